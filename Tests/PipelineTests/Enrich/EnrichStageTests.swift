import Foundation
import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline

/// Enrichment in a lake: the log, what is done before, and what dead runs leave.
@Suite struct EnrichStageTests {
  let fixture: EnrichFixture
  let lake: Lake
  let parent: DatastreamRecord
  private static let synced = "019a9f3e-5b1c-7c21-9a53-0d4f5f0c7d12"
  private static let extracted = "019a9f3e-5b1c-7c21-9a53-0d4f5f0c7d13"

  init() throws {
    fixture = try EnrichFixture()
    try fixture.writeSources()
    let home = fixture.scratch.path + "/lake"
    _ = try Lake.initialize(home)
    lake = try Lake(home)
    for (name, zone) in [("synced", "synchronized"), ("drive", "extracted")] {
      try fixture.scratch.makeFolder("lake/" + zone)
      try FileManager.default.copyItem(
        atPath: "\(fixture.scratch.path)/\(name)", toPath: "\(home)/\(zone)/m")
    }
    parent = try DatastreamRecord(
      Record(
        .datastream,
        [
          "id": .string(Self.synced), "measurement": .string(EnrichFixture.measurement), "zone": "synchronized",
          "state": "COMPLETED", "path": "synchronized/m", "vin": "V", "start": "2022-09-30T08:00:00Z", "rows": 1,
          "kind": "sync", "digest": "sha256:0", "parents": [.string(Self.extracted)],
        ]), at: "-:1")
    let lineage = try Lineage(lake, tool: Tool("av-test", version: "0"))
    for (id, zone, parents) in [(Self.extracted, "extracted", []), (Self.synced, "synchronized", [Self.extracted])] {
      try lineage.append(
        .datastreamCreated(
          id, measurement: EnrichFixture.measurement, zone: zone, kind: "x", path: "\(zone)/m", parents: parents,
          stage: "x", config: "0", outputVersion: 1))
      _ = try lineage.move(id, to: .processing)
      _ = try lineage.move(id, to: .completed)
    }
  }

  private func enrichment(_ text: String = #"{weather: {files: ["10865.csv"]}}"#) throws -> Enrichment {
    try Enrichment(fixture.settings(text), jobs: 2)
  }

  private func run(_ enrichment: Enrichment, isForced: Bool = false) throws -> EnrichStage.Outcome {
    let lineage = try Lineage(lake, tool: Tool("av-enrich", version: "0"))
    return try EnrichStage(lake: lake, lineage: lineage, enrichment: enrichment, isForced: isForced).run(parent)
  }

  private func states() throws -> [String: DatastreamState] {
    var reader = LineageReader(try lake.lineageFolder())
    return try reader.view().datastreams.mapValues(\.state)
  }

  @Test func samplesAreEnrichedOnceFromTheStreamsThatTheyAreOf() throws {
    let first = try run(enrichment())
    let path = try #require(first.record["path"]?.string)
    #expect(first.record["status"] == "done")
    #expect(first.record["zone"] == "enriched")
    #expect(first.record["parents"] == [.string(Self.synced)])
    let table = try fixture.read("lake/" + path + "/enriched.parquet")
    #expect(table["lat"]?.validity?[0] ?? true)
    #expect(table["vin"]?.texts[0] == "V")
    let second = try run(enrichment())
    #expect(second.record["status"] == "skipped")
    #expect(second.record["path"] == first.record["path"])
    #expect(second.record["digest"] == first.record["digest"])
    #expect(try run(enrichment(), isForced: true).record["digest"] == first.record["digest"])
  }

  @Test func anotherSourceIsAnotherDatastream() throws {
    let first = try run(enrichment())
    try fixture.scratch.write(try fixture.scratch.text("10865.csv") + "\n", "10865.csv")
    let second = try run(enrichment())
    #expect(second.record["status"] == "done")
    #expect(first.record["id"] != second.record["id"])
  }

  @Test func aPlanIsWhatTheWorkDoes() throws {
    let plan = try EnrichPreview(lake, enrichment(), isForced: false).plan(parent)
    #expect(plan["planned"] == true)
    let done = try run(enrichment())
    #expect(plan["id"] == done.record["id"])
    #expect(plan["path"] == done.record["path"])
  }

  @Test func aStoppedRunLeavesNothingAndIsDoneByTheNext() throws {
    var stopping = try enrichment()
    stopping.step = { throw Interruption() }
    #expect(throws: Interruption.self) { try run(stopping) }
    #expect(try states().values.filter { $0 == .processing }.count == 1)
    #expect(try run(enrichment()).record["status"] == "done")
  }

  @Test func aFailureIsInTheLogAndCanBeTriedAgain() throws {
    try fixture.scratch.write("year,month,day,hour,temp\nx\n", "10865.csv")
    #expect(throws: WeatherError.self) { try run(enrichment()) }
    #expect(try states().values.contains(.failed))
    try fixture.writeSources()
    #expect(try run(enrichment()).record["status"] == "done")
  }

  @Test func otherZonesAreRefused() throws {
    var record = parent.record
    record["zone"] = "extracted"
    let wrong = try DatastreamRecord(record, at: "-:1")
    let lineage = try Lineage(lake, tool: Tool("av-enrich", version: "0"))
    let stage = try EnrichStage(lake: lake, lineage: lineage, enrichment: enrichment(), isForced: false)
    #expect(throws: RecordError.self) { try stage.run(wrong) }
  }
}

import Foundation
import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline

/// Scenes in a lake: made once for the same samples, rules and tags, and told in the log.
@Suite struct SceneStageTests {
  let fixture: SceneFixture
  let lake: Lake
  let parent: DatastreamRecord
  private static let id = "019a9f3e-5b1c-7c21-9a53-0d4f5f0c7d12"
  private static let measurement = "019a9f3e-5b1c-7c21-9a53-0d4f5f0c7d14"

  init() throws {
    let rows = 40
    fixture = try SceneFixture(
      seconds: tenths(rows),
      [
        ("ax_mps2", .numbers((0..<rows).map { $0 >= 10 && $0 < 20 ? -4 : 0 })),
        ("speed_mps", .numbers((0..<rows).map { _ in 9 })),
        ("sample_id", .words((0..<rows).map { "s\($0)" })), ("lat", .numbers((0..<rows).map { _ in 48 })),
        ("lon", .numbers((0..<rows).map { _ in 9 })),
      ])
    let home = fixture.scratch.path + "/lake"
    _ = try Lake.initialize(home)
    lake = try Lake(home)
    try fixture.scratch.makeFolder("lake/enriched/m")
    try FileManager.default.copyItem(
      atPath: "\(fixture.scratch.path)/enriched.parquet", toPath: "\(home)/enriched/m/enriched.parquet")
    parent = try DatastreamRecord(
      Record(
        .datastream,
        [
          "id": .string(Self.id), "measurement": .string(Self.measurement), "zone": "enriched", "state": "COMPLETED",
          "path": "enriched/m", "vin": "V", "start": "2023-11-14T22:13:20Z", "kind": "enrichment",
        ]), at: "-:1")
    let lineage = try Lineage(lake, tool: Tool("av-test", version: "0"))
    try lineage.append(
      .datastreamCreated(
        Self.id, measurement: Self.measurement, zone: "enriched", kind: "enrichment", path: "enriched/m", parents: [],
        stage: "x", config: "0", outputVersion: 1))
    _ = try lineage.move(Self.id, to: .processing)
    _ = try lineage.move(Self.id, to: .completed)
  }

  private func run(_ settings: SceneSettings) throws -> SceneStage.Outcome {
    let lineage = try Lineage(lake, tool: Tool("av-scenes", version: "0"))
    return try SceneStage(lake: lake, lineage: lineage, finder: SceneFinder(settings, jobs: 2), isForced: false).run(
      parent)
  }

  @Test func scenesAreFoundOnceAndSummedUpInTheLog() throws {
    let first = try run(SceneSettings(only: ["hard_brake"]))
    #expect(first.record["status"] == "done")
    #expect(first.record["zone"] == "scenes")
    #expect(first.record["rows"] == 1)
    let path = try #require(first.record["path"]?.string)
    let table = try ParquetFile(FileReader("\(fixture.scratch.path)/lake/\(path)/scenes.parquet"))
    let row = try table.batch(group: 0)
    #expect(row["type"]?.texts == ["hard_brake"])
    #expect(row["vin"]?.texts == ["V"])
    #expect(row["start_sample"]?.texts == ["s11"])
    #expect(row["end_sample"]?.texts == ["s19"])
    #expect(row["geohash"]?.texts == ["u0wt5mf"] || row["geohash"]?.texts[0]?.count == 7)
    #expect(row["date"]?.texts == ["2023-11-14"])
    #expect(first.scenes[0]["start_ts"] == "2023-11-14T22:13:21.100000000Z")
    #expect(row["scene_id"]?.texts[0] == first.scenes[0]["scene_id"]?.string)
    let again = try run(SceneSettings(only: ["hard_brake"]))
    #expect(again.record["status"] == "skipped")
    #expect(again.scenes == first.scenes)
    let other = try run(SceneSettings(only: ["hard_accel"]))
    #expect(other.record["id"] != first.record["id"])
    #expect(other.record["rows"] == 0)
    var reader = LineageReader(try lake.lineageFolder())
    var summaries: [JSON] = []
    try reader.read { entry in if entry.event.name == "scene.summary" { summaries.append(.object(entry.event.fields)) }
    }
    #expect(summaries.count == 2)
    #expect(summaries.first?["types"] == ["hard_brake": 1])
  }

  @Test func tagsWithTimesAreScenes() throws {
    let before = try run(SceneSettings(only: ["hard_brake"]))
    let lineage = try Lineage(lake, tool: Tool("av-meta", version: "0"))
    try lineage.append(
      .measurementCreated(
        Self.measurement, vin: "V", start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 1), manifest: "0",
        files: 1))
    try lineage.append(
      .tag(
        ["measurement": .string(Self.measurement)], key: "note", value: "a dog\"", source: "driver",
        start: Timestamp(nanoseconds: SceneFixture.time(1.5)), end: Timestamp(nanoseconds: SceneFixture.time(2))))
    let after = try run(SceneSettings(only: ["hard_brake"]))
    #expect(after.record["id"] != before.record["id"])
    #expect(after.scenes.map { $0["scene"]?.string } == ["hard_brake", "driver_note"])
    #expect(after.scenes[1]["params"]?["value"] == "a dog\"")
  }

  @Test func whatIsNoTableOfSamplesIsRefused() throws {
    var raw = parent
    raw.zone = "raw"
    #expect(throws: RecordError.self) {
      let lineage = try Lineage(lake, tool: Tool("av-scenes", version: "0"))
      _ = try SceneStage(lake: lake, lineage: lineage, finder: SceneFinder(SceneSettings(), jobs: 1), isForced: false)
        .run(raw)
    }
    let scratch = try ScratchFolder()
    #expect(throws: SourceError.self) { _ = try SceneTable(scratch.path) }
    let unsorted = try SceneFixture(seconds: [1, 0], [])
    #expect(throws: SourceError.self) { _ = try SceneTable(unsorted.scratch.path) }
  }

  @Test func foundAndTrueScenesArePaired() throws {
    let finder = SceneFinder(try SceneSettings(only: ["hard_brake"]), jobs: 1)
    let outcome = try SceneFolders(finder, to: nil, isForced: false).run(SceneFinder.Input(fixture.scratch.path))
    let second: Int64 = 1_000_000_000
    let truth = [
      SceneScore.Event(type: "hard_brake", start: SceneFixture.time(1) + second / 20, end: SceneFixture.time(2)),
      SceneScore.Event(type: "hard_brake", start: SceneFixture.time(3), end: SceneFixture.time(3.5)),
      SceneScore.Event(type: "stop", start: SceneFixture.time(3), end: SceneFixture.time(3.5)),
    ]
    let range = TimeRange(
      start: Timestamp(nanoseconds: SceneFixture.time(0)), end: Timestamp(nanoseconds: SceneFixture.time(4)))
    let records = SceneScore(outcome.scenes, truth: truth, range: range).records
    #expect(records.map { $0["scene"]?.string } == ["hard_brake", "stop"])
    #expect(records[0]["precision"] == .number(1))
    #expect(records[0]["recall"] == .number(0.5))
    #expect(records[0]["onset_ms"]?["median"] == .number(50))
    #expect(records[1]["recall"] == .number(0))
    #expect(records[1]["precision"] == .null)
  }
}

import Core
import Foundation
import Testing

@testable import Pipeline

/// What people and workers add to the log.
@Suite struct AmendmentTests {
  private func found(_ lake: Lake, _ kind: FindKind, _ change: (inout FindRequest) throws -> Void) throws -> [Record] {
    var request = FindRequest(kind), records: [Record] = []
    try change(&request)
    _ = try Find.records(lake, request) { records.append($0) }
    return records
  }

  @Test func anEventOfAWorkerComesOnce() throws {
    let small = try SmallLake()
    let amendment = try Amendment(small.lake, tool: LineageFixture.tool)
    let event = Record(
      .event,
      [
        "id": "0190a0b0-0000-7000-8000-000000000001", "event": "tag", "target": ["measurement": "m1"],
        "key": "kpi", "value": "7", "source": "worker",
      ])
    var unknown = event
    unknown["id"] = "0190a0b0-0000-7000-8000-000000000002"
    unknown["target"] = ["measurement": "m2"]
    var state = event
    state["event"] = "datastream.state"
    func statuses(_ records: [Record]) throws -> [String?] {
      try amendment.append(records.map { ($0, "-:1") }).map { (try? $0.get())?["status"]?.string }
    }
    #expect(try statuses([event, event, unknown, state]) == ["done", "skipped", nil, nil])
    let size = try FileReader(small.lake.path + "/lineage/" + LineageLog.writerName(Host.name) + ".jsonl").count
    #expect(try statuses([event]) == ["skipped"])
    #expect(try FileReader(small.lake.path + "/lineage/" + LineageLog.writerName(Host.name) + ".jsonl").count == size)
    #expect(try found(small.lake, .measurements) { $0.tags = [try FindTag("kpi=7")] }.count == 1)
  }

  @Test func anIdWithOtherContentIsRefused() throws {
    let small = try SmallLake()
    let amendment = try Amendment(small.lake, tool: LineageFixture.tool)
    let event = Record(
      .event,
      [
        "id": "0190a0b0-0000-7000-8000-000000000001", "event": "tag", "target": ["measurement": "m1"],
        "key": "kpi", "value": "7",
      ])
    var other = event
    other["value"] = "8"
    #expect(throws: IntegrityError.self) { try amendment.append([(event, "a"), (other, "b")]) }
    #expect(try found(small.lake, .measurements) { $0.tags = [try FindTag("kpi")] }.isEmpty, "nothing was written")
    _ = try amendment.append([(event, "a")])
    #expect(throws: IntegrityError.self) { try amendment.append([(other, "b")]) }
  }

  private static let shapeless: [JSONObject] = [
    ["event": "tag", "key": "k", "value": "v"], ["event": "tag", "target": ["measurement": "m1"], "value": "v"],
    ["event": "tag", "target": ["measurement": "m1"], "key": "k", "value": ["a": 1]],
    ["event": "note", "target": ["measurement": "m1"]],
    ["event": "measurement.updated", "measurement": "m1", "set": ["end": "garbage"]],
    ["event": "file.facts", "measurement": "m1", "path": "a.bag", "bytes": -1],
    ["event": "scene.summary", "datastream": "ex-1", "count": -1],
  ]

  @Test(arguments: shapeless) func anEventThatMeansNothingIsRefused(_ event: JSONObject) throws {
    let small = try SmallLake()
    var record = Record(.event, event)
    record["id"] = "0190a0b0-0000-7000-8000-000000000001"
    let answers = try Amendment(small.lake, tool: LineageFixture.tool).append([(record, "-")])
    #expect(throws: RecordError.self) { try answers[0].get() }
  }

  /// By the index, as by the whole log.
  @Test func rawIsNotSupersededByNothing() throws {
    let small = try SmallLake()
    let amendment = try Amendment(small.lake, tool: LineageFixture.tool)
    #expect(throws: UsageError.self) { try amendment.supersede("raw-1", by: nil) }
  }

  @Test func whatIsSupersededIsSoOnce() throws {
    let small = try SmallLake()
    let amendment = try Amendment(small.lake, tool: LineageFixture.tool)
    #expect(try amendment.supersede("ex-1", by: nil).map { $0["status"] } == ["done"])
    #expect(try amendment.supersede("ex-1", by: nil).map { $0["status"] } == ["skipped"])
    #expect(try found(small.lake, .streams) { $0.states = ["SUPERSEDED"] }.map { $0["id"]?.string } == ["ex-1"])
    #expect(throws: UsageError.self) { try amendment.supersede("raw-1", by: "ex-1") }
  }

  @Test func onlyTheSameKindStandsForADatastream() throws {
    let small = try SmallLake()
    let lineage = try Lineage(small.lake, tool: LineageFixture.tool, run: "run-2", writer: "other")
    for (id, kind) in [("ex-2", "sensors"), ("ex-3", "camera")] {
      try lineage.append(
        .datastreamCreated(
          id, measurement: "m1", zone: "extracted", kind: kind, path: id, parents: ["raw-1"], stage: "extract",
          config: "c", outputVersion: 1))
      try lineage.move(id, to: .processing)
      try lineage.move(id, to: .completed)
    }
    let amendment = try Amendment(small.lake, tool: LineageFixture.tool)
    for other in ["ex-3", "raw-1", "ex-1"] {
      #expect(throws: UsageError.self) { try amendment.supersede("ex-1", by: other) }
    }
    #expect(try amendment.supersede("ex-1", by: "ex-2").count == 1)
  }

  @Test func aTagIsWrittenOnce() throws {
    let small = try SmallLake()
    let amendment = try Amendment(small.lake, tool: LineageFixture.tool)
    func status(_ value: String?, _ start: Int64? = nil) throws -> [JSON?] {
      var tag = Amendment.Tag(key: "road", value: value, source: "user")
      tag.start = start.map(Timestamp.init(nanoseconds:))
      return try amendment.tag(["m1", "ex-1", "M1"], tag).map { $0["status"] }
    }
    #expect(try status(nil) == ["skipped", "skipped"])
    #expect(try status("city") == ["done", "done"])
    #expect(try status("city") == ["skipped", "skipped"])
    #expect(try status("city", 5) == ["done", "done"])
    #expect(try status("land") == ["done", "done"])
    #expect(try status(nil) == ["done", "done"])
    #expect(try status(nil) == ["skipped", "skipped"])
    #expect(try found(small.lake, .streams) { $0.tags = [try FindTag("road")] }.isEmpty)
  }

  @Test func resultsFromOutsideAreTakenOnce() throws {
    let small = try SmallLake()
    let folder = small.scratch.path + "/results"
    try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true)
    try Data("kpi".utf8).write(to: URL(filePath: folder + "/kpi.json"))
    try Data("more".utf8).write(to: URL(filePath: folder + "/sub/more.json"))
    let request = Registration.Request(zone: "enriched", kind: "kpi")
    // Ids of results follow from ids of parents, which are UUIDs.
    let lineage = try Lineage(small.lake, tool: LineageFixture.tool, run: "run-4")
    #expect(throws: RecordError.self) {
      try Registration(small.lake, lineage).register(folder, parents: ["ex-1"], request)
    }
    #expect(throws: UsageError.self) {
      var other = request
      other.zone = "raw"
      _ = try Registration(small.lake, lineage).register(folder, parents: ["ex-1"], other)
    }
  }
}

@Suite struct FindParsingTests {
}

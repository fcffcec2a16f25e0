import Core
import Testing

@testable import Pipeline

@Suite struct LineageTests {
  let scratch: ScratchFolder
  let lake: Lake

  init() throws {
    scratch = try ScratchFolder()
    lake = try Lake.initialize(scratch.path + "/lake").lake
  }

  func lineage(_ writer: String = "host") throws -> Lineage {
    try Lineage(lake, tool: LineageFixture.tool, writer: writer)
  }

  func created(_ path: String = "extracted/d", config: String = "c1") -> LineageEvent {
    .datastreamCreated(
      "d", measurement: "m", zone: "extracted", kind: "sensors", path: path, parents: [], stage: "extract",
      config: config, outputVersion: 1)
  }

  @Test func aRunSeesWhatItWrote() throws {
    let lineage = try lineage()
    try lineage.start(args: ["-j", "2"])
    #expect(try lineage.append(created()))
    #expect(try lineage.move("d", to: .processing) == .moves)
    #expect(try lineage.move("d", to: .completed, facts: ["digest": "sha256:1"]) == .moves)
    #expect(try lineage.datastream("d")?.state == .completed)
    try lineage.end(.done, exit: .success)
    let view = try self.lineage().view
    #expect(view.datastreams["d"]?.state == .completed)
    #expect(view.datastreams["d"]?.run == lineage.run)
    #expect(view.runs[lineage.run]?.outcome?["exit"] == 0)
  }

  @Test func whatIsRefusedIsNotWritten() throws {
    let lineage = try lineage()
    try lineage.append(created())
    let before = try scratch.read("lake/lineage/host.jsonl")
    for attempt in [
      { _ = try lineage.move("d", to: .completed) }, { _ = try lineage.move("x", to: .processing) },
      { _ = try lineage.append(created(config: "c2")) },
    ] as [() throws -> Void] {
      #expect(throws: IntegrityError.self) { try attempt() }
    }
    #expect(try lineage.append(created()) == false)
    #expect(try scratch.read("lake/lineage/host.jsonl") == before)
  }

  @Test func twoCompletionsThatDifferAreAnAlarm() throws {
    let lineage = try lineage()
    try lineage.append(created())
    try lineage.move("d", to: .processing)
    try lineage.move("d", to: .completed, facts: ["digest": "sha256:1"])
    #expect(try lineage.move("d", to: .completed, facts: ["digest": "sha256:1"]) == .repeats)
    let error = #expect(throws: IntegrityError.self) {
      try lineage.move("d", to: .completed, facts: ["digest": "sha256:2"])
    }
    #expect(error?.description == "d: COMPLETED with digest sha256:2, recorded with sha256:1")
  }

  @Test func aCrashedAttemptIsTakenUpByTheNextRun() throws {
    let first = try lineage()
    try first.append(created())
    try first.move("d", to: .processing)
    let second = try lineage()
    #expect(try second.append(created("extracted/elsewhere")))
    #expect(try second.move("d", to: .processing) == .repeats)
    #expect(try second.datastream("d")?.run == second.run)
    try second.move("d", to: .completed)
    let view = try lineage().view
    #expect(view.datastreams["d"]?.path == "extracted/elsewhere")
    #expect(view.allConflicts.isEmpty)
  }

  @Test func aConflictStopsWhatTouchesIt() throws {
    let (one, other) = (try lineage("one"), try lineage("other"))
    try one.append(created())
    try one.append(created())
    let late = try lineage("other")
    for (lineage, digest) in [(one, "sha256:1"), (late, "sha256:2")] {
      try lineage.move("d", to: .processing)
      try lineage.move("d", to: .completed, facts: ["digest": .string(digest)])
    }
    _ = other
    let next = try lineage("third")
    let error = #expect(throws: IntegrityError.self) { try next.move("d", to: .deleted) }
    #expect(error?.description.contains("recorded with sha256:1") == true)
    #expect(throws: IntegrityError.self) { try next.append(created()) }
  }

  @Test func aMeasurementKeepsItsManifest() throws {
    let lineage = try lineage()
    func created(_ digest: String) -> LineageEvent {
      .measurementCreated(
        "m", vin: "V", start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 1), manifest: digest, files: 1)
    }
    #expect(try lineage.append(created("aa")))
    #expect(try lineage.append(created("aa")) == false)
    let error = #expect(throws: IntegrityError.self) { try lineage.append(created("bb")) }
    #expect(error?.code == .twoDigests)
  }

  @Test func laterRunsAreLaterWhateverTheirClock() throws {
    let one = try lineage("one")
    try one.append(LineageEvent("test", [:]))
    let newest = try #require(try lineage("x").view.newest)
    let other = try lineage("other")
    try other.append(LineageEvent("test", [:]))
    #expect(try #require(other.view.newest) > newest)
  }
}

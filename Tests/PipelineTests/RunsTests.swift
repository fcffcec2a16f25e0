import Core
import Testing

@testable import Pipeline

/// Who worked on a lake, and how it ended.
@Suite struct RunsTests {
  /// A lake in which one run ended, one crashed and one goes on.
  struct RunsLake {
    let scratch: ScratchFolder
    let lake: Lake
    let lease: Lease
  }

  /// This process, as if it had begun at another time: the run of such a start lives by a lease, or not at all.
  static let gone: JSONObject = ["start_ticks": 1]

  func fixture() throws -> RunsLake {
    let scratch = try ScratchFolder()
    let lake = try Lake.initialize(scratch.path + "/lake").lake
    let ended = try Lineage(lake, tool: LineageFixture.tool, run: "ended", writer: "host")
    try ended.start()
    try ended.end(.partial, exit: .items, items: ["done": 2, "failed": 1])
    try Lineage(lake, tool: Tool("av-other", version: "0"), run: "crashed", writer: "host").start(more: Self.gone)
    try Lineage(lake, tool: LineageFixture.tool, run: "running", writer: "host").start(more: Self.gone)
    return RunsLake(scratch: scratch, lake: lake, lease: try Lease("m-1", of: lake, run: "running"))
  }

  func runs(_ lake: Lake, _ change: (inout Runs.Filter) -> Void = { _ in }) throws -> [String] {
    var filter = Runs.Filter()
    change(&filter)
    return try records(lake, filter).map { "\($0["id"]?.string ?? "") \($0["outcome"]?.string ?? "")" }
  }

  func records(_ lake: Lake, _ filter: Runs.Filter = Runs.Filter()) throws -> [Record] {
    var records: [Record] = []
    #expect(try Runs.records(lake, filter) { records.append($0) } == .success)
    return records
  }

  @Test func whatCrashedComesFirstThenWhatGoesOn() throws {
    let fixture = try fixture()
    #expect(try runs(fixture.lake) == ["crashed crashed", "running running", "ended partial"])
    try fixture.lease.release()
    #expect(try runs(fixture.lake) == ["running crashed", "crashed crashed", "ended partial"])
  }

  @Test func runsAreFiltered() throws {
    let fixture = try fixture()
    #expect(try runs(fixture.lake) { $0.tool = "av-other" } == ["crashed crashed"])
    #expect(try runs(fixture.lake) { $0.outcome = .running } == ["running running"])
    #expect(try runs(fixture.lake) { $0.outcome = .partial } == ["ended partial"])
    #expect(try runs(fixture.lake) { $0.since = .now } == [])
    #expect(try runs(fixture.lake) { $0.limit = 2 } == ["crashed crashed", "running running"])
    #expect(try runs(fixture.lake) { $0.limit = 1 } == ["crashed crashed"])
    try fixture.lease.release()
  }

  @Test func aRecordHasWhatIsKnown() throws {
    let fixture = try fixture()
    let records = try records(fixture.lake)
    #expect(records.map(\.kind) == [.run, .run, .run])
    #expect(records.map { $0["items"] } == [nil, nil, ["done": 2, "failed": 1]])
    #expect(records.map { $0["duration"] == nil } == [true, false, false])
    #expect(records.allSatisfy { $0["pid"] == .count(Host.processID) && $0["host"] == .string(Host.name) })
    try fixture.lease.release()
  }

  @Test func theLeaseOfADeadProcessIsNobodys() throws {
    let fixture = try fixture()
    try fixture.lease.release()
    var owner = Lease.Owner(run: "crashed")
    // A process of that id that began at another time.
    owner.startTicks = (owner.startTicks ?? 0) + 1
    try fixture.scratch.makeFolder("lake/lineage/leases/m-2")
    try fixture.scratch.write(owner.json.text, "lake/lineage/leases/m-2/owner.json")
    #expect(try runs(fixture.lake) { $0.outcome = .running } == [])
  }
}

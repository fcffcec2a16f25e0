import Core
import Testing

@testable import Pipeline

/// A log that is looked up, against one that is read as a whole.
@Suite struct LineageLookupTests {
  private static func lineage(_ lake: Lake, _ reading: Lineage.Reading, run: String) throws -> Lineage {
    try Lineage(lake, tool: LineageFixture.tool, run: run, writer: "host", reading: reading)
  }

  private static func created(_ stream: Int, config: Int) -> LineageEvent {
    .datastreamCreated(
      "d-\(stream)", measurement: "m-\(stream % 3)", zone: stream % 2 == 0 ? "raw" : "extracted", kind: "sensors",
      path: "extracted/d-\(stream)", parents: [], stage: "extract", config: "c\(config)", outputVersion: 1)
  }

  /// One step of a run, and what comes of it.
  private static func step(_ lineage: Lineage, _ dice: inout LifecyclePropertyTests.Dice) throws -> String {
    let stream = dice.roll(6), id = "d-\(stream)", start = Timestamp(nanoseconds: 5)
    let target: JSONObject =
      dice.roll(2) == 0 ? ["datastream": .string(id)] : ["measurement": .string("m-\(stream % 3)")]
    switch dice.roll(8) {
    case 0, 1: return "\(try lineage.append(created(stream, config: dice.roll(5) / 4)))"
    case 2, 3:
      let all: [DatastreamState] = [.startCopy, .copyComplete, .processing, .completed, .failed, .superseded, .deleted]
      let facts: JSONObject = ["digest": .string("sha256:\(dice.roll(5) / 4)"), "rows": .count(dice.roll(9))]
      return "\(try lineage.move(id, to: all[dice.roll(all.count)], facts: facts))"
    case 4:
      return
        "\(try lineage.append(.measurementCreated("m-\(stream % 3)", vin: "V", start: start, end: start, manifest: "\(dice.roll(5) / 4)", files: 1)))"
    case 5: return "\(try lineage.append(.tag(target, key: "k", value: "\(dice.roll(3))", source: "user")))"
    case 6: return try lineage.datastream(id).map { "\($0.state) \($0.outcome) \($0.tags) \($0.facts)" } ?? "none"
    default:
      // One that is known by name alone may be none.
      return try lineage.measurement("m-\(stream % 3)").map { "\($0.facts) \($0.tags)" } ?? "\(JSONObject()) []"
    }
  }

  private static func outcomes(_ lake: Lake, _ reading: Lineage.Reading, seed: UInt64) throws -> [String] {
    var dice = LifecyclePropertyTests.Dice(state: (seed + 1) &* 0x9e37_79b9_7f4a_7c15), outcomes: [String] = []
    for run in 0..<6 {
      let lineage = try lineage(lake, reading, run: "run-\(run)")
      try lineage.start()
      for _ in 0..<12 {
        do { outcomes.append(try step(lineage, &dice)) } catch let error as IntegrityError {
          outcomes.append("refused: \(error.code)")
        }
        // Others bring the index up to date in the middle of a run.
        if dice.roll(6) == 0 { try LakeIndex(lake).update() }
      }
      try lineage.end(.done, exit: .success)
    }
    return outcomes
  }

  @Test(arguments: 0..<24) func whatComesOfARunIsTheSame(_ seed: UInt64) throws {
    let scratch = try ScratchFolder()
    let one = try Lake.initialize(scratch.path + "/one").lake, other = try Lake.initialize(scratch.path + "/other").lake
    let whole = try Self.outcomes(one, .whole, seed: seed)
    #expect(try Self.outcomes(other, .lookedUp(above: -1), seed: seed) == whole)
    #expect(whole.contains { $0.hasPrefix("refused") } && whole.contains("true"))
    let views = try [one, other].map { try $0.recordedView() }
    #expect(views[0].datastreams.mapValues(\.state) == views[1].datastreams.mapValues(\.state))
  }

  @Test func theLastLinesOfOthersAreKnown() throws {
    let scratch = try ScratchFolder(), lake = try Lake.initialize(scratch.path + "/lake").lake
    let first = try Lineage(lake, tool: LineageFixture.tool, run: "run-1", writer: "other")
    try first.start()
    try first.end(.done, exit: .success)
    try Self.lineage(lake, .lookedUp(above: -1), run: "run-2").start()
    let heads = try lake.recordedView().runs["run-2"]?.facts["heads"]?.array
    #expect(heads?.map { $0["writer"]?.string } == ["other"] && heads?.first?["seq"] == 2)
    var result: [Record] = []
    #expect(try Verification.run(lake, level: .log) { result.append($0) } == .success)
  }

  /// The index may go, or never be there: nothing depends on it.
  @Test func withoutAnIndexTheLogIsReadAgain() throws {
    let small = try SmallLake()
    let lineage = try Self.lineage(small.lake, .lookedUp(above: -1), run: "run-9")
    try Folder("\(small.lake.path)/lineage").remove(LakeIndex.name)
    #expect(try lineage.datastream("ex-1")?.state == .completed)
    #expect(try lineage.measurement("m1")?.vin == small.lake.recordedView().measurements["m1"]?.vin)
    #expect(try lineage.datastream("nosuch") == nil)
  }

  @Test func aDamagedLogIsRefused() throws {
    let small = try SmallLake()
    var lines = String(decoding: try small.scratch.read("lake/lineage/host.jsonl"), as: UTF8.self)
    lines.replace("\"event\":\"datastream.created\"", with: "\"event\":\"datastream.creatid\"", maxReplacements: 1)
    try small.scratch.write(lines, "lake/lineage/host.jsonl")
    #expect(throws: IntegrityError.self) { try Self.lineage(small.lake, .lookedUp(above: -1), run: "run-9") }
  }
}

import Core
import Testing

@testable import Pipeline

/// What the index counts, against a fold of the whole log.
@Suite struct IndexFiguresTests {
  /// A log of several writers in which many things happen, also what must not.
  private func lake(seed: UInt64) throws -> (scratch: ScratchFolder, lake: Lake) {
    let scratch = try ScratchFolder(), lake = try Lake.initialize(scratch.path + "/lake").lake
    var dice = LifecyclePropertyTests.Dice(state: (seed + 1) &* 0x9e37_79b9_7f4a_7c15)
    let states = DatastreamState.allCases
    for run in 0..<8 {
      let log = try LineageLog(lake.lineageFolder(), writer: "w\(dice.roll(3))", tool: LineageFixture.tool)
      try log.append(.runStart(LineageFixture.tool), run: "run-\(run)")
      for _ in 0..<20 {
        let stream = dice.roll(8), id = "d-\(stream)"
        let event: LineageEvent =
          switch dice.roll(8) {
          case 0, 1:
            .datastreamCreated(
              id, measurement: "m-\(stream % 3)", zone: ["raw", "extracted"][stream % 2], kind: "k\(stream % 3)",
              path: "p/\(id)", parents: ["d-\(dice.roll(9))"], stage: "s", config: "c\(dice.roll(9) / 8)",
              outputVersion: 1)
          case 2, 3, 4:
            .datastreamState(
              id, Transition(from: dice.pick(states), to: dice.pick(states)),
              facts: ["rows": .count(dice.roll(100)), "bytes": .count(dice.roll(1000)), "files": .count(dice.roll(5))])
          case 5:
            .measurementCreated(
              "m-\(stream % 3)", vin: "V", start: Timestamp(nanoseconds: 1_000_000_000),
              end: Timestamp(nanoseconds: 61_000_000_000), manifest: "\(dice.roll(5) / 4)", files: 1)
          case 6: .integrityAlarm(["datastream": .string(id)], path: "p", expected: "a", found: "b")
          default: LineageEvent("datastream.state", ["from": "CREATED", "to": "PROCESSING"])
          }
        try log.append(event, run: "run-\(run)")
        if dice.roll(9) == 0 { try LakeIndex(lake).update() }
      }
      if dice.roll(3) > 0 { try log.append(.runEnd(.done, exit: 0), run: "run-\(run)") }
    }
    return (scratch, lake)
  }

  @Test(arguments: 0..<12) func theyAreThoseOfTheWholeLog(_ seed: UInt64) throws {
    let (scratch, lake) = try lake(seed: seed)
    defer { withExtendedLifetime(scratch) {} }
    var reader = LineageReader(try lake.lineageFolder())
    let view = try reader.view(), figures = try LakeFigures(lake)
    #expect(figures.events == reader.count && figures.newest == view.newest)
    #expect(figures.measurements == view.measurements.count && figures.alarms == view.alarms.count)
    #expect(figures.conflicts == view.allConflicts.count)
    #expect(figures.seconds == Double(60 * view.measurements.values.count { $0.start != nil }))
    for zone in figures.zones {
      let streams = view.datastreams.values.filter { $0.zone == zone.name }
      for (state, count) in zone.states { #expect(streams.count { $0.state == state } == count) }
      #expect(zone.states.reduce(0) { $0 + $1.count } == streams.count)
      let whole = streams.filter(\.state.isWhole)
      #expect(zone.rows == whole.reduce(0) { $0 + ($1.outcome["rows"]?.integer ?? 0) })
      #expect(zone.bytes == whole.reduce(0) { $0 + ($1.outcome["bytes"]?.integer ?? 0) })
    }
    #expect(Set(figures.zones.map(\.name)) == Set(view.datastreams.values.map(\.zone)))
    #expect(figures.runs.reduce(0) { $0 + $1.count } == view.runs.count)
    let lists = try LakeFederation(lake).read { (try $0[0].conflicts(), try $0[0].alarms()) }.result
    #expect(lists.0 == view.allConflicts.map(\.description).sorted() && lists.1.count == view.alarms.count)
  }

  @Test(arguments: 0..<6) func productsAreThoseOfTheWholeLog(_ seed: UInt64) throws {
    let (scratch, lake) = try lake(seed: seed)
    defer { withExtendedLifetime(scratch) {} }
    let view = try lake.recordedView(), (catalog, _) = try Catalog.read(lake)
    for entry in catalog.entries {
      let streams = view.datastreams.values.filter { $0.zone == entry.product.zone }
      let whole = streams.filter(\.state.isWhole)
      #expect(entry.whole == whole.count && entry.failed == streams.count { $0.state == .failed })
      #expect(entry.files == whole.reduce(0) { $0 + ($1.outcome["files"]?.integer ?? 0) })
      #expect(entry.measurements == Set(whole.map(\.measurement)).count)
      #expect(entry.newest?.time == whole.map(\.changed).max())
      let parents = Set(whole.flatMap(\.parents).compactMap { view.datastreams[$0]?.zone }).subtracting([
        entry.product.zone
      ])
      #expect(Set(entry.upstream) == parents)
    }
  }

  @Test func whatIsAroundDamageIsFound() throws {
    let small = try SmallLake()
    let whole = try LakeFigures(small.lake).events
    var text = String(decoding: try small.scratch.read("lake/lineage/host.jsonl"), as: UTF8.self)
    text.replace("\"event\":\"file.facts\"", with: "\"event\":\"file.fact\"", maxReplacements: 1)
    try small.scratch.write(text, "lake/lineage/host.jsonl")
    var options = Find.Options(), records: [Record] = [], warnings: [String] = []
    #expect(throws: IntegrityError.self) {
      try Find.records(small.lake, FindRequest(.streams), options) { records.append($0) }
    }
    options.scope.mode = .salvage
    let found = try Find.records(small.lake, FindRequest(.streams), options, warning: { warnings.append($0) }) {
      records.append($0)
    }
    #expect(found.count == records.count && found.count > 0 && !found.isWhole)
    #expect(warnings.contains { $0.contains("host.jsonl") })
    let figures = try LakeFigures(small.lake, LogScope(mode: .salvage))
    #expect(figures.exit == .loss && figures.events > 0 && figures.events <= whole)
  }

  @Test func whatTheLogSaidThenIsFound() throws {
    let small = try SmallLake()
    let before = try #require(try LakeFigures(small.lake).newest)
    let amendment = try Amendment(small.lake, tool: LineageFixture.tool)
    _ = try amendment.supersede("ex-1", by: nil)
    let (then, _) = try LineageStory.read(about: ["ex-1"], small.lake, LogScope(asOf: before))
    let (now, _) = try LineageStory.read(about: ["ex-1"], small.lake)
    #expect(then.view.datastreams["ex-1"]?.state == .completed)
    #expect(now.view.datastreams["ex-1"]?.state == .superseded)
    #expect(
      try Catalog.read(small.lake, LogScope(asOf: before)).catalog.entries.contains {
        $0.product.name == "extracted" && $0.whole == 1
      })
  }

  /// What an index that followed says of parents and files is what one that was made anew says.
  @Test func whatIsToldAgainStandsForWhatWasTold() throws {
    let small = try SmallLake()
    let lineage = try Lineage(small.lake, tool: LineageFixture.tool, run: "run-2", writer: "other")
    func rows() throws -> [[Int64]] {
      try LakeIndex(small.lake).read {
        [try $0.numbers("SELECT parent FROM edge ORDER BY parent"), try $0.numbers("SELECT count(*) FROM file")]
      }
    }
    for parent in ["raw-1", "other-1", "other-2"] {
      try lineage.append(
        LineageEvent("label.returned", ["datastream": "ex-1", "measurement": "m1", "parents": [.string(parent)]]))
      try LakeIndex(small.lake).update()
    }
    try lineage.append(
      LineageEvent("file.facts", ["measurement": "m1", "datastream": "ex-1", "path": "new.bag", "bytes": 3]))
    let followed = try rows()
    try LakeIndex(small.lake).rebuild(because: "of a test")
    let anew = try rows()
    #expect(
      followed.map(\.count) == anew.map(\.count) && followed[0].count == 2 && followed[1] == [2] && anew[1] == [2])
  }
}

import Testing

@testable import Core
@testable import Pipeline

/// From rows to scenes: the states, the steps after them, sequences, tracks.
@Suite struct SceneSearchTests {
  private typealias Found = SceneFixture.Found

  /// A tenth of a second each: `#` true, `.` false, `?` unknown, a space a second without a row.
  private func fixture(_ rows: String, _ more: [String: String] = [:]) throws -> SceneFixture {
    var seconds: [Double] = [], time = 0.0
    func flags(_ text: String) -> [Bool?] { text.filter { $0 != " " }.map { $0 == "?" ? nil : $0 == "#" } }
    for row in rows {
      if row != " " { seconds.append(time) }
      time = ((time + (row == " " ? 1 : 0.1)) * 10).rounded() / 10
    }
    return try SceneFixture(
      seconds: seconds,
      [("p", .flags(flags(rows)))] + more.sorted { $0.key < $1.key }.map { ($0.key, .flags(flags($0.value))) })
  }

  private func scenes(_ rows: String, _ rule: String) throws -> [String] {
    try fixture(rows).scenes(rule).map { "\($0.start)-\($0.end)" }
  }

  @Test(arguments: [
    ("..###..", "0.2-0.5"), ("###..", "0.0-0.3"), ("..###", "0.2-0.5"), (".#.#.", "0.1-0.2 0.3-0.4"), (".....", ""),
    ("?????", ""), ("..#?#..", "0.2-0.3 0.4-0.5"), ("..## ##..", "0.2-0.55 1.4-1.6"),
  ]) func aSceneIsWhereTheConditionHolds(_ rows: String, _ found: String) throws {
    #expect(try scenes(rows, "enter: 'p'").joined(separator: " ") == found)
  }

  @Test(arguments: [
    ("..###..", false, false), ("###..", true, false), ("..###", false, true), ("?##..", true, false),
    ("..##?..", false, true), ("..## ...", false, true),
  ]) func whatTheEdgeOfTheDataCutsSaysSo(_ rows: String, _ start: Bool, _ end: Bool) throws {
    let result = try fixture(rows).result("{rules: [{id: 'r', version: '1', type: 'r', enter: 'p'}]}")
    let interval = try #require(result.scenes.first?.interval)
    #expect(interval.isCutAtStart == start)
    #expect(interval.isCutAtEnd == end)
  }

  @Test func interruptionsAreBridgedAndUnknownStretchesToo() throws {
    #expect(try scenes(".##.##...", "enter: 'p', gap_s: 0.1") == ["0.1-0.6"])
    #expect(try scenes(".##?##...", "enter: 'p', gap_s: 0.1") == ["0.1-0.6"])
    #expect(try scenes(".##???##.", "enter: 'p', gap_s: 0.2") == ["0.1-0.3", "0.6-0.8"])
    #expect(try scenes(".## ##...", "enter: 'p', gap_s: 2") == ["0.1-1.5"])
  }

  @Test func shortOnesAreDroppedAndLongOnesCut() throws {
    #expect(try scenes(".#.###.", "enter: 'p', min_s: 0.2") == ["0.3-0.6"])
    #expect(try scenes("#..", "enter: 'p', min_s: 0.2") == [])
    #expect(try scenes("#..", "enter: 'p', min_s: 0.2, keep_truncated: true") == ["0.0-0.1"])
    #expect(try scenes(".#####.", "enter: 'p', max_s: 0.2") == ["0.1-0.3", "0.3-0.5", "0.5-0.6"])
    #expect(try scenes("..#....", "enter: 'p', pad_s: [0.1, 0.2]") == ["0.1-0.5"])
    #expect(try scenes("#......", "enter: 'p', pad_s: [5, 9]") == ["0.0-0.7"])
  }

  @Test func hysteresisHoldsAScene() throws {
    let speeds: [Double?] = [5, 2, 4, 2, 4, 8, 2]
    let fixture = try SceneFixture(seconds: tenths(7), [("v", .numbers(speeds))])
    #expect(try fixture.scenes("enter: 'v < 3', exit: 'v > 6'").map(\.description) == ["r 0.1-0.5", "r 0.6-0.7"])
  }

  @Test func scenesOfOtherRulesDecide() throws {
    let fixture = try fixture("##..##..##", ["q": "#####....."])
    func found(_ more: String) throws -> [String] {
      try fixture.found(
        fixture.result(
          """
          {rules: [{id: 'q', version: '1', type: 'q', enter: 'q'}, {id: 'r', version: '1', type: 'r', enter: 'p', \(more)}]}
          """)
      ).filter { $0.rule == "r" }.map { "\($0.start)-\($0.end)" }
    }
    #expect(try found("during: 'q'") == ["0.0-0.2"])
    #expect(try found("overlaps: 'q'") == ["0.0-0.2", "0.4-0.6"])
    #expect(try found("not_during: 'q'") == ["0.8-1.0"])
    #expect(try found("not_during: 'q', margin_s: 0.5") == [])
  }

  @Test func aSceneGoesOnWhileItsExtensionsHold() throws {
    let fixture = try fixture("....##....", ["q": "..####.###"])
    #expect(try fixture.scenes("enter: 'p', extend_back: 'q'").map(\.description) == ["r 0.2-0.6"])
    #expect(try fixture.scenes("enter: 'p', extend_forward: 'not q'").map(\.description) == ["r 0.4-0.7"])
  }

  @Test func stepsFollowEachOther() throws {
    let fixture = try fixture("##.....##.", ["q": "...##.....", "s": "......#..."])
    func found(_ steps: String) throws -> [String] {
      try fixture.scenes("sequence: \(steps)").map { "\($0.start)-\($0.end)" }
    }
    #expect(try found("[{enter: 'p'}, {enter: 'q', within_s: 0.1}]") == ["0.0-0.5"])
    #expect(try found("[{enter: 'p'}, {enter: 'q', within_s: 0.05}]") == [])
    #expect(
      try found("[{enter: 'p'}, {enter: 'q'}, {enter: 's', within_s: 0.1}], span: 'first.end..last.start'") == [
        "0.2-0.6"
      ])
    #expect(try found("[{enter: 'p', min_s: 0.3}, {enter: 'q'}]") == [])
    #expect(try found("[{enter: 'q'}, {any: [{enter: 's'}, {enter: 'p'}], within_s: 1}]") == ["0.3-0.7"])
  }

  @Test func figuresAreOfTheRowsOfAScene() throws {
    let fixture = try SceneFixture(
      seconds: tenths(6),
      [
        ("speed_mps", .numbers([10, 10, 10, 10, 10, 10])), ("yaw_rate_radps", .numbers([0, 0, 0, 0, 0, 0])),
        ("x", .numbers([0, 4, 2, nil, 8, 0])), ("t", .words(["a", "b", "c", "d", "e", "f"])),
      ])
    let result = try fixture.result(
      """
      {rules: [{id: 'r', version: '1', type: 'r', enter: 'speed_mps > 1 and coalesce(x, 1) > 0', agg: {a: "min(x)", b: "max(x)",
        c: "mean(x)", d: "first(t)", e: "last(t)", f: "at_max(t, x)", g: "count()", h: "duration()", i: "share(x > 3)",
        j: "path_length()", k: "last(x) - first(x)", l: "heading_change()", m: "lateral_shift()"}, where: "a > 1 and k = 4"}]}
      """)
    let values = Dictionary(uniqueKeysWithValues: try #require(result.scenes.first).values.map { ($0.name, $0.value) })
    #expect(values["a"] == .number(2))
    #expect(values["b"] == .number(8))
    #expect(abs((values["c"]?.number ?? 0) - 14.0 / 3) < 1e-12)
    #expect(values["d"] == "b")
    #expect(values["e"] == "e")
    #expect(values["f"] == "e")
    #expect(values["g"] == .number(4))
    #expect(values["h"] == .number(0.4))
    #expect(abs((values["i"]?.number ?? 0) - 2.0 / 3) < 1e-12)
    #expect(abs((values["j"]?.number ?? 0) - 3) < 1e-9)
    #expect(values["k"] == .number(4))
    #expect(values["l"] == .number(0))
    #expect(values["m"] == .number(0))
    #expect(try fixture.scenes("enter: 'x > 0', where: 'max(x) > 100'") == [])
  }

  @Test func aLaneChangeShiftsAndATurnTurns() throws {
    // A sine of the yaw rate over 4 s at 20 m/s, as the integral by hand has it.
    let count = 41
    let rates = (0..<count).map { 0.1 * Mathematics.sin(2 * .pi * Double($0) / 40) }
    let table = try SceneFixture(
      seconds: tenths(count),
      [("speed_mps", .numbers(Array(repeating: 20, count: count))), ("yaw_rate_radps", .numbers(rates))])
    let values = try #require(
      table.result(
        "{rules: [{id: 'r', version: '1', type: 'r', enter: 'speed_mps > 0', agg: {s: 'lateral_shift()', h: 'heading_change()'}}]}"
      ).scenes.first
    ).values
    var heading = 0.0, shift = 0.0
    for rate in rates {
      heading += rate * 0.1
      shift += 20 * Mathematics.sin(heading) * 0.1
    }
    #expect(abs((values[1].value.number ?? 0) - shift) < 0.1)
    #expect(abs(values[0].value.number ?? 1) < 1e-6)
  }

  @Test func rulesMayBeOfEachTrack() throws {
    // Track a comes near and goes; track b is always near, and not seen for a while.
    let times = tenths(20)
    var seconds: [Double] = [], tracks: [String?] = [], distances: [Double?] = []
    for (row, time) in times.enumerated() {
      seconds += [time]
      tracks += ["a"]
      distances += [row >= 5 && row < 10 ? 5 : 30]
      guard row < 8 || row > 14 else { continue }
      seconds += [time]
      tracks += ["b"]
      distances += [4]
    }
    let fixture = try SceneFixture(
      seconds: times, [("speed_mps", .numbers(times.map { $0 }))],
      objects: (seconds, [("track_id", .words(tracks)), ("dist_m", .numbers(distances))]))
    let rule = "{rules: [{id: 'r', version: '1', type: 'r', per: 'track', enter: 'dist_m < 10 and speed_mps >= 0'}]}"
    let expected = ["b 0.0 0.95", "a 0.5 1.0", "b 1.5 2.0"]
    for block in [3, 7, 1000] {
      let scenes = try fixture.result(rule, block: block).scenes
      let found = scenes.map { scene in
        let start = Double(scene.interval.start - SceneFixture.start) / 1e9
        let end = Double(scene.interval.end - SceneFixture.start) / 1e9
        return "\(scene.actors[0]) \((start * 100).rounded() / 100) \((end * 100).rounded() / 100)"
      }
      #expect(found == expected, "in blocks of \(block)")
    }
  }

  @Test func objectsAreAskedOfEachSample() throws {
    let fixture = try SceneFixture(
      seconds: tenths(5), [("objects_age_s", .numbers([0, 0, nil, 0, 0]))],
      objects: (
        [0.1, 0.1, 0.3],
        [
          ("class_group", .words(["pedestrian", "vehicle", "pedestrian"])), ("dist_m", .numbers([20, 5, 8])),
          ("track_id", .words(["p", "v", "p"])), ("score", .numbers([0.5, 1, 0.7])),
        ]
      ))
    #expect(
      try fixture.scenes("enter: \"any(objects, class_group = 'pedestrian')\"").map(\.description) == [
        "r 0.1-0.2", "r 0.3-0.4",
      ])
    #expect(try fixture.scenes("enter: \"count(objects, dist_m < 30) = 2\"").map(\.description) == ["r 0.1-0.2"])
    #expect(
      try fixture.scenes("enter: \"count(objects, dist_m < 30) = 0\"").map(\.description) == ["r 0.0-0.1", "r 0.4-0.5"])
    #expect(
      try fixture.scenes("enter: \"nearest(objects, class_group = 'pedestrian') < 10\"").map(\.description) == [
        "r 0.3-0.4"
      ])
    #expect(
      try fixture.scenes("enter: \"all(objects, dist_m < 10)\"").map(\.description) == ["r 0.0-0.1", "r 0.3-0.5"])
    let scene = try #require(
      try fixture.result(
        "{rules: [{id: 'r', version: '1', type: 'r', enter: 'objects_age_s >= 0', gap_s: 1, actors: \"objects where class_group = 'pedestrian'\"}]}"
      ).scenes.first)
    #expect(scene.actors == ["p"])
    #expect(abs(scene.confidence - 0.8 * 0.6) < 1e-9)
  }

  @Test func blocksDoNotShow() throws {
    var random = Seeded(4)
    let count = 400
    var seconds: [Double] = [], time = 0.0
    for _ in 0..<count {
      seconds.append(time)
      time = ((time + (Int.random(in: 0..<40, using: &random) == 0 ? 2 : 0.1)) * 10).rounded() / 10
    }
    let x = (0..<count).map { _ in
      Int.random(in: 0..<9, using: &random) == 0 ? nil : Double.random(in: -3...3, using: &random)
    }
    let fixture = try SceneFixture(seconds: seconds, [("x", .numbers(x))])
    let rules = """
      {rules: [
        {id: 'a', version: '1', type: 'a', enter: "mean(x, 1) > 0.3 and always[0,0.5](x > -2.5)", exit: "smooth(x, 3) < 0", gap_s: 0.3, agg: {i: "integral(x)", m: "mean(x)"}},
        {id: 'b', version: '1', type: 'b', enter: "since(x > 2.5) > 1 or once[0.2,2](x < -2.8)", min_s: 0.2},
        {id: 'c', version: '1', type: 'c', sequence: [{rule: 'a'}, {rule: 'b', within_s: 3}]} ]}
      """
    let whole = try fixture.result(rules)
    #expect(whole.scenes.count > 15)
    for block in [1, 7, 64] {
      let result = try fixture.result(rules, block: block)
      #expect(fixture.found(result) == fixture.found(whole), "in blocks of \(block)")
      #expect(result.scenes.map { $0.values.map(\.value) } == whole.scenes.map { $0.values.map(\.value) })
      #expect(result.counts == whole.counts)
    }
  }
}

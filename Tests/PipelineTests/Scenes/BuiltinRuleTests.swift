import Testing

@testable import Core
@testable import Pipeline

/// Each rule that comes with the tool: what it finds, what is just below its threshold, and that nothing known finds nothing.
@Suite struct BuiltinRuleTests {
  /// One signal over rows of a tenth of a second; the others are constant.
  private func found(
    _ id: String, _ signal: String, _ values: [Double?], _ more: [(name: String, values: SceneFixture.Values)] = []
  ) throws -> [String] {
    let fixture = try SceneFixture(seconds: tenths(values.count), [(signal, .numbers(values))] + more)
    return try fixture.builtIn(id).map { "\($0.start)-\($0.end)" }
  }

  /// Rows of a value between rows of another.
  private static func pulse(_ value: Double, _ count: Int, around rest: Double = 0, before: Int = 10, after: Int = 10)
    -> [Double?]
  {
    Array(repeating: rest, count: before) + Array(repeating: value, count: count) + Array(repeating: rest, count: after)
  }

  private static func constant(_ value: Double, _ count: Int) -> SceneFixture.Values {
    .numbers(Array(repeating: value, count: count))
  }

  @Test(arguments: [
    ("hard_brake", "ax_mps2", -3.0, -2.99, 4), ("emergency_brake", "ax_mps2", -6.0, -5.9, 3),
    ("hard_accel", "ax_mps2", 2.5, 2.4, 6),
    ("high_jerk", "jerk_mps3", -8.4, 8.3, 2), ("sharp_turn", "ay_mps2", -4.0, 3.9, 4),
    ("low_ttc", "ttc_s", 1.4, 1.6, 3),
    ("pedestrian", "num_pedestrians", 1.0, 0.0, 6), ("cyclist", "num_cyclists", 2.0, 0.0, 6),
    ("many_pedestrians", "num_pedestrians", 5.0, 4.0, 11), ("many_vehicles", "num_vehicles", 10.0, 9.0, 21),
    ("traffic_light", "num_traffic_lights", 1.0, 0.0, 6), ("traffic_sign", "num_traffic_signs", 1.0, 0.0, 4),
    ("speeding", "speed_over_limit_mps", 2.9, 2.7, 31),
  ]) func aThresholdIsAThreshold(_ id: String, _ signal: String, _ value: Double, _ below: Double, _ rows: Int) throws {
    let count = 20 + rows
    let rest = signal == "ttc_s" ? 9.0 : 0
    let more = [
      ("speed_mps", Self.constant(12, count)),
      ("class_group", SceneFixture.Values.words(Array(repeating: "x", count: count))),
    ]
    // The mean of the first row and its neighbours is still below: what is smoothed begins with the second.
    let isSmoothed = ["hard_brake", "emergency_brake", "hard_accel", "sharp_turn"].contains(id)
    let expected = ["\(isSmoothed ? 1.1 : 1.0)-\(Double(10 + rows) / 10)"]
    #expect(try found(id, signal, Self.pulse(value, rows, around: rest), more) == expected)
    #expect(try found(id, signal, Self.pulse(below, rows, around: rest), more).isEmpty)
    // Too short.
    #expect(
      try found(id, signal, Self.pulse(value, 1, around: rest), more.map { ($0.0, $0.1.prefix(21)) }).isEmpty
        || rows <= 2)
    #expect(try found(id, signal, Array(repeating: nil, count: count), more).isEmpty)
    // Cut at both ends.
    let cut = try SceneFixture(seconds: tenths(count), [(signal, Self.constant(value, count))] + more)
    let text = try Configuration(Array(BuiltinRules.text.utf8), file: "builtin")
    let all = try cut.result(RuleSet([RuleFile(text, file: "builtin", isBuiltIn: true).rules], only: [id])).scenes
    #expect(all.count == 1)
    #expect(all.first?.interval.isCutAtStart == true && all.first?.interval.isCutAtEnd == true)
  }

  @Test func brakingChattersAndIsOneScene() throws {
    let values: [Double?] = [0, -4, -3, -4, -1.6, -4, -1, nil, -4, 0, 0, 0, 0, 0, 0]
    #expect(try found("hard_brake", "ax_mps2", values, [("speed_mps", Self.constant(9, 15))]) == ["0.2-0.9"])
  }

  @Test func noiseOfARowIsNoBraking() throws {
    // A gentle stop at 2.4 m/s2 with a row of noise beyond the threshold.
    let values: [Double?] = [0, 0, -2.4, -2.5, -2.3, -3.3, -2.2, -2.4, -2.6, -2.4, 0, 0, 0, 0, 0]
    #expect(try found("hard_brake", "ax_mps2", values, [("speed_mps", Self.constant(9, 15))]).isEmpty)
  }

  @Test func aVehicleStopsStandsAndStarts() throws {
    let speeds: [Double?] =
      (0..<20).map { 4 - Double($0) * 0.2 } + Array(repeating: 0, count: 30) + (0..<20).map { Double($0) * 0.2 }
    #expect(try found("standstill", "speed_mps", speeds) == ["1.9-5.4"])
    #expect(try found("stop", "speed_mps", speeds) == ["1.0-1.9"])
    #expect(try found("start", "speed_mps", speeds) == ["5.4-6.1"])
    // It only creeps.
    #expect(try found("stop", "speed_mps", speeds.map { max($0 ?? 0, 0.5) }).isEmpty)
  }

  @Test(arguments: [("turn_left", 1.0), ("turn_right", -1.0)]) func aTurnIsBetween45And135Degrees(
    _ id: String, _ sign: Double
  ) throws {
    func turn(_ degrees: Double) throws -> [String] {
      let rate = sign * degrees / 3 * .pi / 180
      return try found(id, "yaw_rate_radps", Self.pulse(rate, 31), [("speed_mps", Self.constant(5, 51))])
    }
    #expect(try turn(90) == ["1.0-4.1"])
    #expect(try turn(40).isEmpty)
    #expect(try turn(160).isEmpty)
    #expect(try turn(-90).isEmpty)
  }

  @Test func aUTurnIsOnASmallRadius() throws {
    func turn(_ speed: Double) throws -> [String] {
      try found("u_turn", "yaw_rate_radps", Self.pulse(.pi / 6, 61), [("speed_mps", Self.constant(speed, 81))])
    }
    #expect(try turn(4) == ["1.0-7.1"])
    #expect(try turn(15).isEmpty)
  }

  @Test(arguments: [("lane_change_left", 1.0), ("lane_change_right", -1.0)])
  func aLaneChangeEndsInTheOldDirection(_ id: String, _ sign: Double) throws {
    func change(_ peak: Double) throws -> [String] {
      let swing = (0...40).map { sign * peak * Mathematics.sin(2 * .pi * Double($0) / 40) }
      let values: [Double?] = Array(repeating: 0, count: 120) + swing + Array(repeating: 0, count: 120)
      return try found(id, "yaw_rate_radps", values, [("speed_mps", Self.constant(15, values.count))])
    }
    #expect(try change(0.09).count == 1)
    #expect(try change(0.02).isEmpty)
    #expect(try change(-0.09).isEmpty)
  }

  @Test func laneNumbersTellALaneChange() throws {
    let lanes: [Double?] = Array(repeating: 1, count: 10) + Array(repeating: 2, count: 10)
    let offsets = (0..<20).map { row -> Double? in row < 10 ? Double(row) * 0.17 : Double(row - 20) * 0.17 }
    #expect(
      try found(
        "lane_change_left_by_lane", "lane_id", lanes,
        [("lane_left_id", .numbers(lanes.map { ($0 ?? 0) + 1 })), ("lane_offset_m", .numbers(offsets))]) == ["0.1-2.0"])
  }

  @Test func followingEndsFartherThanItBegins() throws {
    let gaps: [Double?] =
      Array(repeating: 70, count: 5) + Array(repeating: 30, count: 40) + Array(repeating: 55, count: 5)
      + Array(repeating: 70, count: 5)
    let more: [(String, SceneFixture.Values)] = [
      ("speed_mps", Self.constant(15, 55)), ("thw_s", .numbers(gaps.map { ($0 ?? 0) / 15 })),
      ("nearest_in_path_class", .words(Array(repeating: "car", count: 55))),
    ]
    #expect(try found("following", "nearest_in_path_m", gaps, more) == ["0.5-5.0"])
  }

  @Test func surroundingsLastAMinute() throws {
    let count = 1300
    func words(_ word: String, _ rows: Int) -> SceneFixture.Values {
      .words(
        Array(repeating: "clear", count: 20) + Array(repeating: word, count: rows)
          + Array(repeating: "clear", count: count - 20 - rows))
    }
    for (id, column, word) in [
      ("snow", "condition", "snow"), ("night", "light", "night"), ("dusk", "light", "civil_twilight"),
    ] {
      #expect(try found(id, "x", Array(repeating: 0, count: count), [(column, words(word, 700))]) == ["2.0-72.0"])
      #expect(try found(id, "x", Array(repeating: 0, count: count), [(column, words(word, 500))]).isEmpty)
    }
  }

  @Test func dataThatIsMissingIsAScene() throws {
    let flags: [Bool?] =
      Array(repeating: true, count: 10) + Array(repeating: false, count: 15) + Array(repeating: true, count: 10)
    let fixture = try SceneFixture(
      seconds: tenths(20) + tenths(15).map { $0 + 4 },
      [
        ("gnss_ok", .flags(flags)), ("n_present", .numbers(flags.map { $0 == true ? 4 : 3 })),
        ("n_expected", Self.constant(4, 35)),
      ])
    #expect(try fixture.builtIn("gnss_loss").map(\.description) == ["gnss_loss 1.0-4.5"])
    #expect(try fixture.builtIn("sensor_gap").map(\.description) == ["sensor_gap 1.0-2.15", "sensor_gap 4.0-4.5"])
    #expect(try fixture.builtIn("clock_jump").map(\.description) == ["clock_jump 4.0-4.1"])
  }

  @Test(arguments: [("cut_in", true), ("cut_out", false)]) func anotherComesIntoThePath(_ id: String, _ isIn: Bool)
    throws
  {
    let times = tenths(60)
    // From 3.5 m beside to the middle in two seconds, or the other way.
    let across = times.map { time -> Double? in
      let part = min(max(0, (time - 2) / 2), 1)
      let inside = 3.5 * (1 - Mathematics.cos(.pi * part)) / 2
      return isIn ? 3.5 - inside : inside
    }
    let count = times.count
    let fixture = try SceneFixture(
      seconds: times, [("speed_mps", Self.constant(10, count)), ("yaw_rate_radps", Self.constant(0, count))],
      objects: (
        times,
        [
          ("track_id", .words(Array(repeating: "7", count: count))), ("x_m", Self.constant(20, count)),
          ("class_group", .words(Array(repeating: "vehicle", count: count))), ("lateral_m", .numbers(across)),
          ("in_path", .flags(across.map { abs($0 ?? 9) <= 1.75 })), ("dist_m", Self.constant(20, count)),
        ]
      ))
    let scenes = try fixture.builtIn(id)
    #expect(scenes.count == 1)
    let scene = try #require(scenes.first)
    // It has moved by 0.375 m.
    #expect(abs(scene.start - 2.42) < 0.11)
    #expect(abs(scene.end - 4) < 0.3)
  }
}

extension SceneFixture.Values {
  fileprivate func prefix(_ count: Int) -> SceneFixture.Values {
    switch self {
    case .numbers(let values): .numbers(Array(values.prefix(count)))
    case .flags(let values): .flags(Array(values.prefix(count)))
    case .words(let values): .words(Array(values.prefix(count)))
    }
  }
}

import Testing

@testable import Core
@testable import Pipeline

private let second: Int64 = 1_000_000_000

private func telemetry(_ scratch: ScratchFolder, _ name: String, _ text: String) throws -> Telemetry.Place {
  try scratch.write(text, name)
  return Telemetry.Place(name: String(name.prefix { $0 != "." }), path: "\(scratch.path)/\(name)")
}

/// Rows of `t_ns` and one value.
private func table(_ column: String, _ rows: [(Double, Double)]) -> String {
  "t_ns,\(column)\n" + rows.map { "\(Int64($0.0 * 1e9)),\($0.1)\n" }.joined()
}

private func signals(
  _ places: [Telemetry.Place], _ numbers: [EgoColumn: SignalMapping], fix: SignalMapping? = nil,
  words: [EgoWord: SignalMapping] = [:]
) throws -> EgoSignals {
  var mappings = SignalMappings()
  (mappings.numbers, mappings.fix, mappings.words) = (numbers, fix, words)
  return try EgoSignals(mappings, Telemetry(places: places), maxGap: nil)
}

@Test func unitsAndSignsAreApplied() throws {
  let scratch = try ScratchFolder()
  let can = try telemetry(scratch, "can.csv", "t_ns,v,yaw\n0,36,90\n1000000000,72,180\n")
  var yaw = SignalMapping(column: "can__yaw", unit: "deg/s")
  yaw.sign = -1
  let ego = try signals([can], [.speed: SignalMapping(column: "can__v", unit: "km/h"), .yawRate: yaw])
  let states = ego.states(at: [0, second / 2, second])
  #expect(states[.speed] == [10, 15, 20])
  #expect(zip(states[.yawRate], [-0.5, -0.75, -1]).allSatisfy { abs($0 - $1 * .pi) < 1e-12 })
  #expect(
    states[.lateralAcceleration].enumerated().allSatisfy { abs($1 - states[.speed][$0] * states[.yawRate][$0]) < 1e-9 })
  #expect(ego.source?.contains(#""ay_mps2":"derived from speed_mps, yaw_rate_radps""#) == true)
}

@Test func aUnitThatDoesNotFitIsAnErrorWithTheNearest() throws {
  let scratch = try ScratchFolder()
  let can = try telemetry(scratch, "can.csv", table("v", [(0, 1), (1, 2)]))
  for unit in ["deg", "kmph"] {
    #expect(throws: SourceError.self) { try signals([can], [.speed: SignalMapping(column: "can__v", unit: unit)]) }
  }
  let missing = #expect(throws: SourceError.self) { try signals([can], [.speed: SignalMapping(column: "cam__v")]) }
  #expect(missing?.description == "signals: no table has 'cam__v'; the nearest stream is 'can'")
}

@Test func accelerationAndJerkAreCentralDifferences() throws {
  let scratch = try ScratchFolder()
  // v = t³, so that a = 3t² + 0.15² and the jerk is 6t.
  let rows = (0...400).map { (index: Int) -> (Double, Double) in
    (Double(index) / 100, Mathematics.pow(Double(index) / 100, 3))
  }
  let can = try telemetry(scratch, "can.csv", table("v", rows))
  let states = try signals([can], [.speed: SignalMapping(column: "can__v")]).states(at: [0, 2 * second, 4 * second])
  #expect(states[.longitudinalAcceleration][0].isNaN)
  #expect(abs(states[.longitudinalAcceleration][1] - (12 + 0.15 * 0.15)) < 1e-6)
  #expect(abs(states[.jerk][1] - 12) < 1e-6)
  #expect(states[.longitudinalAcceleration][2].isNaN)
}

@Test func nothingIsDerivedAcrossAGap() throws {
  let scratch = try ScratchFolder()
  // 50 Hz, without the values from 1.98 s to 2.08 s.
  let times = (0...200).map { Double($0) / 50 }
  let rows = times.filter { $0 < 1.97 || $0 > 2.09 }.map { (time: Double) -> (Double, Double) in (time, 10 * time) }
  let can = try telemetry(scratch, "can.csv", table("v", rows))
  let at = [1.5, 1.79, 1.9, 2.02, 2.15, 2.3].map { Int64($0 * 1e9) }
  let states = try signals([can], [.speed: SignalMapping(column: "can__v")]).states(at: at)
  #expect(states[.speed].map(\.isNaN) == [false, false, false, true, false, false])
  #expect(states[.longitudinalAcceleration].map(\.isNaN) == [false, false, true, true, true, false])
  #expect(abs(states[.longitudinalAcceleration][0] - 10) < 1e-9)
}

@Test func speedAndCourseFollowFromPositions() throws {
  let scratch = try ScratchFolder()
  // 20 m/s to the east along the equator at 10 Hz, then standing.
  let degrees = 20 / EarthPoint.radius * 180 / .pi
  let rows = (0...200).map { index -> String in
    let time = Double(index) / 10
    return "\(Int64(time * 1e9)),0.0,\(10 + degrees * min(time, 10))\n"
  }
  let gps = try telemetry(scratch, "gps.csv", "t_ns,latitude,longitude\n" + rows.joined())
  let ego = try signals([gps], [:])
  let states = ego.states(at: [5 * second, 5 * second + 50_000_000, 18 * second])
  #expect(abs(states[.speed][0] - 20) < 1e-3)
  #expect(abs(states[.heading][0] - 90) < 1e-6)
  #expect(abs(states[.longitude][1] - (10 + degrees * 5.05)) < 1e-9)
  #expect(states[.speed][2] == 0)
  // Standing, it still points where it went.
  #expect(abs(states[.heading][2] - 90) < 1e-6)
  #expect(abs(states[.yawRate][0]) < 1e-9)
}

@Test func headingsTurnTheShortWayAndYawTheOtherWayRound() throws {
  let scratch = try ScratchFolder()
  // Clockwise through north by 20° a second.
  let rows = (0...100).map { (index: Int) -> (Double, Double) in
    (Double(index) / 10, (300 + 2 * Double(index)).truncatingRemainder(dividingBy: 360))
  }
  let gps = try telemetry(scratch, "imu.csv", table("heading", rows))
  let states = try signals([gps], [.heading: SignalMapping(column: "imu__heading")]).states(at: [
    3 * second + 50_000_000
  ])
  #expect(abs(states[.heading][0] - 1) < 1e-9)
  #expect(abs(states[.yawRate][0] + 20 * .pi / 180) < 1e-9)
}

@Test func fixesThatAreNoneAreNoPositions() throws {
  let scratch = try ScratchFolder()
  let rows = [(0, 48.0, 0), (1, 0.0, -1), (2, 48.0, 0), (3, 48.0, 0), (4, 48.0, 0), (5, 48.0, 0), (20, 48.0, 1)]
  let text = rows.map { "\($0.0 * Int(second)),\($0.1),\($0.1 == 0 ? 0.0 : 11.0),\($0.2)\n" }.joined()
  let gps = try telemetry(scratch, "gps.csv", "t_ns,latitude,longitude,status\n" + text)
  let ego = try signals([gps], [:], fix: SignalMapping(column: "gps__status"))
  let states = ego.states(at: [0, second, 2 * second, 10 * second, 20 * second])
  // Between good fixes that are near the position is known; across a gap it is not.
  #expect(states[.latitude].map(\.isNaN) == [false, false, false, true, false])
  #expect(states[.latitude][1] == 48)
  #expect(states.fix == [true, false, true, nil, true])
}

@Test func twoStreamsOfPositionsAreNotGuessedBetween() throws {
  let scratch = try ScratchFolder()
  let text = "t_ns,latitude,longitude\n0,48.0,11.0\n"
  let places = try ["a.csv", "b.csv"].map { try telemetry(scratch, $0, text) }
  let ego = try signals(places, [:])
  #expect(ego.fixes == nil)
  #expect(ego.notes.count == 1)
  let named = try signals(
    places, [.latitude: SignalMapping(column: "b__latitude"), .longitude: SignalMapping(column: "b__longitude")])
  #expect(named.fixes != nil)
  #expect(throws: SourceError.self) { try signals(places, [.latitude: SignalMapping(column: "b__latitude")]) }
}

@Test func wordsHoldUntilTheyAreTooOldAndAreOnlyThoseAllowed() throws {
  let scratch = try ScratchFolder()
  let can = try telemetry(scratch, "can.csv", "t_ns,turn,gear\n0,1,D\n1000000000,7,D\n2000000000,0,R\n")
  var turn = SignalMapping(column: "can__turn")
  turn.texts = ["0": "off", "1": "left"]
  let states = try signals([can], [:], words: [.indicator: turn, .gear: SignalMapping(column: "can__gear")])
    .states(at: [second / 2, second, 2 * second, 4 * second, 5 * second])
  #expect(states.words[.indicator] == ["left", nil, "off", "off", nil])
  #expect(states.words[.gear] == ["D", "D", "R", "R", nil])
}

@Test func tablesWithTimesBeforeACorrectionAreRefused() throws {
  let scratch = try ScratchFolder()
  let can = try telemetry(scratch, "can.csv", table("v", [(0, 1), (1, 2)]))
  var mappings = SignalMappings()
  mappings.numbers[.speed] = SignalMapping(column: "can__v")
  #expect(throws: SourceError.self) {
    try EgoSignals(mappings, Telemetry(places: [can], corrected: ["can"]), maxGap: nil)
  }
}

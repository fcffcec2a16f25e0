import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline

/// A drive in traffic: speeds up, slows down and stands at random; m/s.
private struct SpeedDrive {
  private static let hertz = 50.0
  private var speeds: [Double] = []

  init(seconds: Double, seed: Int) {
    var random = Random(seed)
    var speed = random.uniform(5, 15), rest = 0, length = 1, peak = 0.0
    for _ in 0...Int(seconds * Self.hertz) + 1 {
      if rest == 0 {
        length = Int(random.uniform(2, 8) * Self.hertz)
        rest = length
        // As often even as not; slower when fast.
        peak = random.below(2) == 0 ? 0 : random.uniform(0.5, 2.5) * (random.uniform(0, 25) > speed ? 1 : -1)
      }
      let part = Double(length - rest) / Double(length)
      let acceleration = peak / 2 * (1 - Mathematics.cos(2 * .pi * part)) + 0.05 * random.normal()
      speed = max(0, speed + acceleration / Self.hertz)
      speeds.append(speed)
      rest -= 1
    }
  }

  func speed(at time: Double) -> Double {
    let place = max(0, time) * Self.hertz, knot = min(Int(place), speeds.count - 2)
    return speeds[knot] + (speeds[knot + 1] - speeds[knot]) * (place - Double(knot))
  }
}

private func score(_ drives: Range<Int>, hertz: Double, jitter: Double, step: Double, noise: Double) throws
  -> ClockScore
{
  var score = ClockScore()
  for seed in drives {
    var random = Random(seed)
    let offset = random.uniform(-0.4, 0.4), drift = random.uniform(-80, 80)
    let drive = SpeedDrive(seconds: 900, seed: seed)
    let bus = recorded(drive.speed, seconds: 900, hertz: 50, jitter: 0.002, step: 0.01 / 3.6, seed: seed)
    let other = recorded(
      drive.speed, seconds: 900, hertz: hertz, offset: offset, drift: drift, jitter: jitter, step: step, noise: noise,
      seed: seed + 1)
    try score.add(report(other, bus, by: .speed), offset: offset, drift: drift)
  }
  return score
}

@Test func theClockOfAnotherBusIsFoundBySpeed() throws {
  let score = try score(9_301..<9_303, hertz: 50, jitter: 0.002, step: 0.1 / 3.6, noise: 0)
  #expect(score.offsets.max() ?? 99 < 2, "\(score.offsets) \(score.drifts)")
  #expect(score.drifts.max() ?? 99 < 5, "\(score.offsets) \(score.drifts)")
}

@Test func theClockOfGNSSIsFoundBySpeed() throws {
  let score = try score(9_401..<9_403, hertz: 10, jitter: 0.001, step: 0, noise: 0.05)
  #expect(score.offsets.max() ?? 99 < 10, "\(score.offsets) \(score.drifts)")
}

@Test func atASteadySpeedNothingIsToBeSeen() {
  for seed in 1...3 {
    let bus = recorded({ _ in 25 }, seconds: 150, hertz: 50, step: 0.01 / 3.6, noise: 0.02, seed: seed)
    let fixes = recorded({ _ in 25 }, seconds: 150, hertz: 10, noise: 0.05, seed: seed + 100)
    #expect(report(fixes, bus, by: .speed).reason == .steady, "seed \(seed)")
  }
}

@Test func stopAndGoThatRepeatsIsAmbiguous() {
  func speed(_ time: Double) -> Double { 8 + 4 * Mathematics.sin(2 * .pi * time / 12) }
  let bus = recorded(speed, seconds: 300, hertz: 50, step: 0.01 / 3.6)
  #expect(
    report(recorded(speed, seconds: 300, hertz: 10, offset: 0.1, noise: 0.05), bus, by: .speed).reason == .periodic)
}

/// Streams of one drive: which of them tell of turning, of speed or of both, and what is to be found of their clocks.
@Test func streamsWithoutAYawRateAreComparedByTheirSpeed() throws {
  let turns = YawDrive(seconds: 900, seed: 9_501), drive = SpeedDrive(seconds: 900, seed: 9_502)
  func stream(_ name: String, hertz: Double, offset: Double, drift: Double, _ columns: [(String, (Double) -> Double)])
    throws -> SyncTable
  {
    let seconds = (0..<Int(900 * hertz)).map { Double($0) / hertz }
    return table(
      name, times: seconds.map { origin + Int64((($0 + offset + drift * 1e-6 * $0) * 1e9).rounded()) },
      columns.map { name, value in doubles(name, seconds.map(value)) })
  }
  let imu = try stream("imu/main", hertz: 100, offset: 0, drift: 0, [("yaw_rate_deg", turns.rate)])
  let bus = try stream(
    "can/esp", hertz: 50, offset: 0.1, drift: 20,
    [("yaw_rate_deg", turns.rate), ("speed_kph", { drive.speed(at: $0) * 3.6 })])
  let fixes = try stream("gps/main", hertz: 10, offset: -0.25, drift: -30, [("speed", drive.speed)])
  func reports(_ tables: [SyncTable]) throws -> [String: ClockReport] {
    let streams = try StreamReading(settings: SyncSettings(), jobs: 1).streams(of: tables).streams
    let reports = try MotionReading(settings: ClockSettings(), jobs: 1).reports(of: streams)
    return Dictionary(uniqueKeysWithValues: zip(streams.map(\.name), reports))
  }
  func check(_ report: ClockReport?, _ offset: Double, _ drift: Double) throws {
    let found = try #require(report?.offset) / 1e6, slope = try #require(report?.drift)
    #expect(abs(found - offset) < 10 && abs(slope - drift) < 15, "\(found) ms, \(slope) ppm")
  }
  // Through the bus, whose own clock is known by its yaw rate.
  var found = try reports([imu, bus, fixes])
  try check(found["can/esp"], 100, 20)
  try check(found["gps/main"], -250, -30)
  #expect(found["gps/main"]?.via == "can/esp" && found["gps/main"]?.reference == "imu/main")
  // By speed alone.
  found = try reports([bus, fixes])
  try check(found["gps/main"], -350, -50)
  #expect(found["gps/main"]?.motion == .speed && found["can/esp"]?.reason == .isReference)
  // The bus that could tell is not there.
  let other = try stream("imu/other", hertz: 50, offset: 0, drift: 0, [("yaw_rate_deg", turns.rate)])
  #expect(try reports([imu, other, fixes])["gps/main"]?.reason == .noLink)
}

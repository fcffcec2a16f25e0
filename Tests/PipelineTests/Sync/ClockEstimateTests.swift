import Testing

@testable import Core
@testable import Pipeline

/// A drive by the recipe of sync.md 4.3: pulses of yaw rate at random, on a road that bends slowly; degrees a second.
struct YawDrive {
  private var pulses: [(start: Double, length: Double, height: Double)] = []
  private var bends: [Double] = []

  init(seconds: Double, seed: Int) {
    var random = Random(seed)
    var time = random.uniform(0, 12)
    while time < seconds {
      let length = random.uniform(2, 8)
      pulses.append((time, length, random.uniform(3, 30) * (random.below(2) == 0 ? 1 : -1)))
      time += length - 12 * Mathematics.log(random.uniform(1e-9, 1))
    }
    bends = (0...Int(seconds) + 2).map { _ in 0.6 * random.normal() }
  }

  func rate(at time: Double) -> Double {
    let knot = min(max(0, Int(time)), bends.count - 2)
    var rate = bends[knot] + (bends[knot + 1] - bends[knot]) * (time - Double(knot))
    for pulse in pulses where time > pulse.start && time < pulse.start + pulse.length {
      rate += pulse.height / 2 * (1 - Mathematics.cos(2 * .pi * (time - pulse.start) / pulse.length))
    }
    return rate
  }
}

let origin: Int64 = 1_710_232_200_123_456_789

/// What a sensor with a clock of its own records: jitter in seconds, a step of quantisation, white noise.
func recorded(
  _ rate: (Double) -> Double, seconds: Double, hertz: Double, offset: Double = 0, drift: Double = 0,
  jitter: Double = 0, step: Double = 0, noise: Double = 0, seed: Int = 1
) -> MotionSeries {
  var random = Random(seed &+ 7919)
  let readings = (0..<Int(seconds * hertz)).map { index -> (Int64, Double) in
    let time = Double(index) / hertz
    var value = rate(time) + noise * random.normal()
    if step > 0 { value = (value / step).rounded() * step }
    let shown = time + offset + drift * 1e-6 * time + jitter * random.normal()
    return (origin + Int64((shown * 1e9).rounded()), value)
  }.sorted { $0.0 < $1.0 }
  return MotionSeries(times: readings.map(\.0), rates: readings.map(\.1))
}

func report(_ series: MotionSeries, _ reference: MotionSeries, by motion: SharedMotion = .turning) -> ClockReport {
  ClockEstimate.report(of: series, against: reference, first: origin, name: "imu", by: motion)
}

/// How far estimates are off: milliseconds, and parts per million.
struct ClockScore {
  var offsets: [Double] = [], drifts: [Double] = []
  mutating func add(_ report: ClockReport, offset: Double, drift: Double) throws {
    offsets.append(abs(try #require(report.offset) / 1e6 - offset * 1e3))
    drifts.append(abs(try #require(report.drift) - drift))
  }
}

private func score(hertz: Double, jitter: Double, step: Double, noise: Double, drives: Range<Int>) throws -> ClockScore
{
  var score = ClockScore()
  for seed in drives {
    var random = Random(seed)
    let offset = random.uniform(-0.4, 0.4), drift = random.uniform(-80, 80)
    let drive = YawDrive(seconds: 900, seed: seed)
    let imu = recorded(drive.rate, seconds: 900, hertz: 100, noise: 0.1, seed: seed)
    let other = recorded(
      drive.rate, seconds: 900, hertz: hertz, offset: offset, drift: drift, jitter: jitter, step: step, noise: noise,
      seed: seed + 1)
    try score.add(report(other, imu), offset: offset, drift: drift)
  }
  return score
}

@Test func theClockOfABusAt50HertzIsFoundWithinAMillisecond() throws {
  let score = try score(hertz: 50, jitter: 0.002, step: 0.1, noise: 0, drives: 9_001..<9_009)
  let offsets = score.offsets.sorted(), drifts = score.drifts.sorted()
  #expect(offsets[4] < 1 && offsets[7] < 2, "\(offsets)")
  #expect(drifts[7] < 3, "\(drifts)")
}

@Test func theClockOfABusAt10HertzIsFoundWithinFourMilliseconds() throws {
  let score = try score(hertz: 10, jitter: 0.005, step: 0.1, noise: 0, drives: 9_101..<9_105)
  #expect(score.offsets.max() ?? 9 < 4, "\(score.offsets)")
}

@Test func theClockOfGNSSAt10HertzIsFoundWithinTenMilliseconds() throws {
  let score = try score(hertz: 10, jitter: 0, step: 0, noise: 1.5, drives: 9_201..<9_205)
  #expect(score.offsets.max() ?? 99 < 10, "\(score.offsets)")
}

@Test func anOffsetOfManySecondsIsFound() throws {
  let drive = YawDrive(seconds: 600, seed: 77)
  let imu = recorded(drive.rate, seconds: 600, hertz: 100, noise: 0.1)
  for offset in [-18.0, 7.5, 29] {
    let found = report(recorded(drive.rate, seconds: 600, hertz: 50, offset: offset, step: 0.1, seed: 2), imu)
    #expect(abs(try #require(found.offset) / 1e9 - offset) < 0.003, "\(offset): \(found)")
    #expect(found.cause == (offset == -18 ? .gpsUTC : nil))
  }
}

@Test func onAStraightRoadNothingIsToBeSeen() {
  for seed in 1...20 {
    let imu = recorded({ _ in 0 }, seconds: 300, hertz: 100, noise: 0.3, seed: seed)
    let can = recorded({ _ in 0 }, seconds: 300, hertz: 50, step: 0.1, noise: 0.1, seed: seed + 100)
    let found = report(can, imu)
    #expect(!found.isObservable && found.offset == nil && found.reason == .noMotion, "seed \(seed)")
  }
}

@Test func noiseOnTwoStreamsIsNoCommonMotion() {
  for seed in 1...10 {
    let imu = recorded({ _ in 0 }, seconds: 300, hertz: 100, noise: 20, seed: seed)
    let can = recorded({ _ in 0 }, seconds: 300, hertz: 50, noise: 20, seed: seed + 100)
    #expect(report(can, imu).reason == .noAgreement, "seed \(seed)")
  }
}

@Test(arguments: [0.7, 1.5, 4, 9]) func aPeriodicSlalomIsAmbiguous(period: Double) {
  func slalom(_ time: Double) -> Double { 15 * Mathematics.sin(2 * .pi * time / period) }
  let imu = recorded(slalom, seconds: 300, hertz: 100, noise: 0.1)
  let found = report(recorded(slalom, seconds: 300, hertz: 50, offset: 0.1, step: 0.1, seed: 3), imu)
  #expect(found.reason == .periodic && found.offset == nil, "\(found)")
}

@Test func oppositeSignsAreTold() {
  let drive = YawDrive(seconds: 300, seed: 8)
  let imu = recorded(drive.rate, seconds: 300, hertz: 100, noise: 0.1)
  #expect(report(recorded({ -drive.rate(at: $0) }, seconds: 300, hertz: 50, step: 0.1), imu).reason == .opposite)
}

@Test func fortySecondsAreTooShort() {
  let drive = YawDrive(seconds: 40, seed: 5)
  let imu = recorded(drive.rate, seconds: 40, hertz: 100)
  #expect(report(recorded(drive.rate, seconds: 40, hertz: 50), imu).reason == .shortOverlap)
  #expect(report(MotionSeries(times: [], rates: []), imu).reason == .shortOverlap)
}

@Test func withFewWindowsThereIsAnOffsetAndNoDrift() throws {
  let drive = YawDrive(seconds: 170, seed: 4)
  let imu = recorded(drive.rate, seconds: 170, hertz: 100, noise: 0.1)
  let found = report(recorded(drive.rate, seconds: 170, hertz: 50, offset: 0.05, step: 0.1), imu)
  #expect(found.windows >= 3 && found.windows < 6 && found.drift == nil)
  #expect(abs(try #require(found.offset) / 1e6 - 50) < 5)
}

@Test func aGapInOneStreamDoesNotShiftTheEstimate() throws {
  let drive = YawDrive(seconds: 900, seed: 12)
  var imu = recorded(drive.rate, seconds: 900, hertz: 100, noise: 0.1)
  let kept = imu.times.indices.filter { !(200_000_000_000..<215_000_000_000).contains(imu.times[$0] - origin) }
  imu = MotionSeries(times: kept.map { imu.times[$0] }, rates: kept.map { imu.values[$0] })
  let found = report(recorded(drive.rate, seconds: 900, hertz: 50, offset: -0.2, drift: 30, step: 0.1), imu)
  #expect(abs(try #require(found.offset) / 1e6 + 200) < 2)
  #expect(abs(try #require(found.drift) - 30) < 3)
}

@Test func theTruthLiesInTheInterval() throws {
  var inside = 0
  for seed in 300..<310 {
    let drive = YawDrive(seconds: 900, seed: seed)
    let imu = recorded(drive.rate, seconds: 900, hertz: 100, noise: 0.1, seed: seed)
    let can = recorded(
      drive.rate, seconds: 900, hertz: 50, offset: 0.123, drift: 20, jitter: 0.002, step: 0.1, seed: seed)
    let found = report(can, imu)
    let half = try #require(found.offsetInterval), offset = try #require(found.offset)
    inside += abs(offset - 123e6) <= half ? 1 : 0
  }
  #expect(inside >= 8, "\(inside) of 10")
}

import Testing

@testable import Core
@testable import Pipeline

private let second: Int64 = 1_000_000_000
private let log: [Int64] = (0..<100).map { 1_700_000_000 * second + $0 * 10_000_000 }

@Test func stampsNearTheRecordTimeAreUsed() {
  let clock = StreamClock(.automatic, log: log, stamps: log.map { $0 - 3_000_000 })
  #expect(clock.usesHeader)
  #expect(clock.offset == -3_000_000)
  #expect(clock.time(log: log[5], stamp: log[5] - 3_000_000) == (log[5] - 3_000_000, .header))
}

@Test func aStampThatIsMissingOrFarOffIsRepaired() {
  let clock = StreamClock(.automatic, log: log, stamps: log.map { $0 - 3_000_000 })
  #expect(clock.time(log: log[5], stamp: 0) == (log[5] - 3_000_000, .repaired))
  #expect(clock.time(log: log[5], stamp: log[5] - 60 * second) == (log[5] - 3_000_000, .repaired))
}

@Test(arguments: [
  (-315_964_782 * second, "gps-epoch"), (18 * second, "gps-utc"), (37 * second, "tai"),
  (-1_699_999_000 * second, "since-boot"),
])
func anotherClockIsNamedAndNotUsed(_ offset: Int64, _ name: String) {
  let clock = StreamClock(.automatic, log: log, stamps: log.map { $0 + offset })
  #expect(!clock.usesHeader)
  #expect(clock.warning?.contains(name) == true)
  #expect(clock.time(log: log[0], stamp: log[0] + offset) == (log[0], .log))
}

@Test func fewStampsAreNotEnough() {
  let stamps = log.enumerated().map { $0.offset % 10 == 0 ? 0 : $0.element }
  #expect(!StreamClock(.automatic, log: log, stamps: stamps).usesHeader)
  #expect(StreamClock(.header, log: log, stamps: stamps).usesHeader)
  #expect(!StreamClock(.log, log: log, stamps: log).usesHeader)
}

@Test func aStreamWithoutStampsHasNothingToWarnOf() {
  let clock = StreamClock(.automatic, log: log, stamps: log.map { _ in 0 })
  #expect(!clock.usesHeader)
  #expect(clock.warning == nil)
}

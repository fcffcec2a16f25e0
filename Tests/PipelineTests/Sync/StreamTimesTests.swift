import Testing

@testable import Core
@testable import Pipeline

private let second = ClockName.second
private let start: Int64 = 1_710_232_200 * second

private func chosen(
  log: [Int64], stamps: [Int64], _ change: (inout StreamRules) -> Void = { _ in }
) throws -> ChosenTimes {
  var recorded = RecordedTimes(used: log)
  (recorded.log, recorded.stamps) = (log, stamps)
  var rules = StreamRules()
  change(&rules)
  return try ChosenTimes(recorded, rules, stream: "s")
}

private let log = (0..<100).map { start + Int64($0) * 100 * millisecond }

@Test func stampsAreUsedWhereNearlyAllAreSetAndNear() throws {
  var stamps = log.map { $0 - 20 * millisecond }
  #expect(try chosen(log: log, stamps: stamps).times == stamps)
  stamps[3] = 0
  let repaired = try chosen(log: log, stamps: stamps)
  #expect(repaired.source == .header && repaired.repaired == 1 && repaired.times[3] == log[3] - 20 * millisecond)
  for row in 0..<6 { stamps[row] = 0 }
  let tooFew = try chosen(log: log, stamps: stamps)
  #expect(tooFew.source == .log && tooFew.times == log && tooFew.warnings.count == 1)
}

@Test(arguments: [
  (18 * second, "gps-utc"), (37 * second, "tai"), (-315_964_782 * second, "gps-epoch"), (7200 * second, "timezone"),
  (-3600 * second, "timezone"), (-start + 221 * second, "since-boot"), (1234 * second, ""),
])
func aClockFarOffIsNamedAndNotUsed(offset: Int64, name: String) throws {
  let found = try chosen(log: log, stamps: log.map { $0 + offset - 30 * millisecond })
  #expect(found.times == log && found.source == .log)
  let warning = try #require(found.warnings.first)
  #expect(warning.hasSuffix(name.isEmpty ? "off" : "(\(name))") && warning.contains("\(offset - 30 * millisecond)"))
}

@Test(arguments: [(18, ClockName.gpsUTC), (37, .tai), (-315_964_782, .gpsEpoch)] as [(Int64, ClockName)])
func aNamedScaleIsCorrectedOnlyWhenAskedFor(seconds: Int64, name: ClockName) throws {
  let truth = log.map { $0 - 30 * millisecond }
  let found = try chosen(log: log, stamps: truth.map { $0 + seconds * second }) { $0.clock = .named(name) }
  #expect(found.times == truth && found.source == .shifted && found.shift == -seconds * second)
}

@Test func timeSinceBootBeginsAtTheRecordTime() throws {
  let found = try chosen(log: log, stamps: log.map { $0 - start + 221 * second }) { $0.clock = .named(.sinceBoot) }
  #expect(found.times == log)
}

@Test func aZoneAndOldLeapSecondsNeedAPerson() {
  let stamps = log.map { $0 + 7200 * second }
  #expect(throws: SyncError.self) { try chosen(log: log, stamps: stamps) { $0.clock = .named(.timezone) } }
  let old = log.map { $0 - 10 * 365 * 86_400 * second }
  #expect(throws: SyncError.self) {
    try chosen(log: old, stamps: old.map { $0 + 16 * second }) { $0.clock = .named(.gpsUTC) }
  }
}

@Test func aShiftIsAddedToTheTimeThatIsUsed() throws {
  let found = try chosen(log: log, stamps: []) { $0.clock = StreamRules.ClockRule("+12.5ms") }
  #expect(found.times == log.map { $0 + 12_500_000 } && found.source == .shifted)
  let late = try chosen(log: log, stamps: log) { $0.timestampOffset = 50 * millisecond }
  #expect(late.times == log.map { $0 - 50 * millisecond })
  let logged = try chosen(log: log, stamps: []) { $0.timestampOffset = 50 * millisecond }
  #expect(logged.times == log)
}

@Test func aTimeThatIsNotThereIsAnError() {
  #expect(throws: SyncError.self) { try chosen(log: log, stamps: []) { $0.time = .header } }
  #expect(throws: SyncError.self) { try chosen(log: log, stamps: []) { $0.time = .publish } }
}

@Test func timesAtTheEndsOfTheirRangeDoNotTrap() throws {
  let wild: [Int64] = [.min, -1, 0, 1, .max]
  for rule in [nil, .header, .log] as [StreamRules.TimeRule?] {
    for clock in [nil, .shift(.max), .shift(.min), .named(.sinceBoot)] as [StreamRules.ClockRule?] {
      let found = try chosen(log: wild, stamps: wild.reversed()) { ($0.time, $0.clock) = (rule, clock) }
      _ = StreamOrder(found.times, contents: [:])
      _ = StreamStatistics(found.times.sorted())
    }
  }
}

@Test func theMostSpecificPatternDecides() throws {
  var settings = SyncSettings()
  func entry(_ pattern: String, _ tolerance: Int64) throws -> StreamEntry {
    var rules = StreamRules()
    rules.tolerance = tolerance
    return StreamEntry(try Glob(pattern), rules)
  }
  settings.streams = [try entry("camera/*", 1), try entry("camera/front*", 2), try entry("camera/front_left", 3)]
  #expect(try settings.rules(for: "camera/back").tolerance == 1)
  #expect(try settings.rules(for: "camera/front_right").tolerance == 2)
  #expect(try settings.rules(for: "camera/front_left").tolerance == 3)
  #expect(try settings.rules(for: "imu/a").tolerance == nil)
  settings.streams = [try entry("imu/*a", 1), try entry("imu/a*", 2)]
  #expect(throws: UsageError.self) { try settings.rules(for: "imu/aa") }
}

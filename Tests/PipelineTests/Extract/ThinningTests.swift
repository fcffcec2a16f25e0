import Testing

@testable import Core
@testable import Pipeline

private func kept(_ change: (inout Thinning) -> Void, of times: [Int64], track: Track? = nil) -> [Int] {
  var rules = Thinning()
  change(&rules)
  var thinner = Thinner(rules, start: times.first ?? 0, track: track)
  return thinner.keep(times)
}

private let second: Int64 = 1_000_000_000

@Test func everyNthMessageBeginsWithTheFirst() {
  #expect(kept({ $0.every = 3 }, of: [0, 1, 2, 3, 4, 5, 6]) == [0, 3, 6])
}

@Test func aRateTakesTheFirstMessageOfEachPeriodAndDoesNotDrift() {
  // 10 Hz with jitter, thinned to 2 Hz: one in each half second from the first on.
  let times: [Int64] = (0..<20).map { $0 * 100_000_000 + ($0 % 3) * 1_000_000 }
  #expect(kept({ $0.period = 500_000_000 }, of: times) == [0, 5, 10, 15])
}

@Test func aRateNeverTakesTwoOfOnePeriodAfterAGap() {
  #expect(kept({ $0.period = second }, of: [0, 5 * second, 5 * second + 1, 6 * second - 1, 6 * second]) == [0, 1, 4])
}

@Test func aWindowIsHalfOpen() {
  let rules: (inout Thinning) -> Void = {
    $0.from = Timestamp(nanoseconds: 2)
    $0.to = Timestamp(nanoseconds: 4)
  }
  #expect(kept(rules, of: [1, 2, 3, 4]) == [1, 2])
}

@Test func aSkippedStartCountsFromTheRecordingsStart() {
  #expect(kept({ $0.skipStart = 2 }, of: [10, 11, 12, 13]) == [2, 3])
}

@Test func aDistanceCountsThePathAndNotTheStraightLine() {
  var track = Track()
  // There and back along a meridian: 0.001 degrees are about 111 m.
  for (time, latitude) in [(0, 48.0), (1, 48.001), (2, 48.0), (3, 48.001)] {
    track.add(Int64(time) * second, latitude: latitude, longitude: 9)
  }
  let times = (0...3).map { Int64($0) * second }
  #expect(kept({ $0.distance = 100 }, of: times, track: track) == [0, 1, 2, 3])
  #expect(kept({ $0.distance = 200 }, of: times, track: track) == [0, 2])
}

@Test func standingStillKeepsNothingNew() {
  var track = Track()
  for time in 0..<5 { track.add(Int64(time) * second, latitude: 48 + Double(time % 2) * 1e-7, longitude: 9) }
  #expect(kept({ $0.distance = 1 }, of: (0..<5).map { Int64($0) * second }, track: track) == [0])
}

@Test func rulesCombineAndTellWhatEachLeftOut() {
  var rules = Thinning()
  (rules.every, rules.limit) = (2, 2)
  var thinner = Thinner(rules, start: 0, track: nil)
  #expect(thinner.keep([0, 1, 2, 3, 4, 5, 6]) == [0, 2])
  #expect(thinner.dropped == ["every": 3, "limit": 2])
}

@Test(arguments: [Int64.min, -1, 0, Int64.max]) func anyTimeIsAnswered(_ time: Int64) {
  let rules: (inout Thinning) -> Void = {
    $0.period = 1
    $0.skipStart = .max
  }
  #expect(kept(rules, of: [time, 0, time]).count <= 3)
}

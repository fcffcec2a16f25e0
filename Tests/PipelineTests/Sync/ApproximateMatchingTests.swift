import Testing

@testable import Pipeline

private func sets(_ streams: [[Int64]], _ rules: ApproximateMatching = ApproximateMatching()) -> [[Int64]] {
  rules.sets(of: streams).map { rows in rows.enumerated().map { streams[$0][$1] } }
}

@Test(
  arguments: [
    ([[0, 100, 200, 300], [40, 140, 240, 340]], [[0, 40], [100, 140], [200, 240], [300, 340]]),
    (
      [[0, 100, 200, 300], [3, 53, 103, 153, 203, 253, 303], [48, 148, 248, 348]],
      [[0, 3, 48], [100, 103, 148], [200, 203, 248], [300, 303, 348]]
    ),
    ([[0, 100, 200, 300, 400], [5, 205, 305, 405]], [[0, 5], [200, 205], [300, 305], [400, 405]]),
    ([[0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], [52, 103]], [[50, 52], [100, 103]]),
    ([[0, 20, 40, 60], [10, 30, 50], [10, 30, 50]], [[0, 10, 10], [20, 30, 30], [40, 50, 50]]),
    (
      [[0, 98, 203, 299, 401], [12, 105, 190, 312, 395], [7, 101, 210, 290, 408]],
      [[0, 12, 7], [98, 105, 101], [203, 190, 210], [299, 312, 290], [401, 395, 408]]
    ),
  ] as [([[Int64]], [[Int64]])])
func setsOfMessagesAreThoseOfApproximateTime(streams: [[Int64]], expected: [[Int64]]) {
  #expect(sets(streams) == expected)
}

private func randomStreams(_ seed: Int) -> [[Int64]] {
  var random = Random(seed)
  return (0..<2 + random.below(4)).map { _ in
    let period = 20 + random.below(200), phase = random.below(200), jitter = 1 + random.below(period)
    return (0..<random.below(40)).map { Int64(phase + $0 * period + random.below(jitter)) }.sorted()
  }
}

@Test func aMessageIsInAtMostOneSetAndSetsNeverCross() {
  for seed in 1...500 {
    let streams = randomStreams(seed)
    let sets = ApproximateMatching().sets(of: streams)
    for (one, next) in zip(sets, sets.dropFirst()) {
      #expect(zip(one, next).allSatisfy { $0 < $1 }, "seed \(seed)")
    }
  }
}

@Test func aSetIsNeverWiderThanTheLargestInterval() {
  var rules = ApproximateMatching()
  rules.maxInterval = 30
  for seed in 1...200 {
    for set in sets(randomStreams(seed), rules) { #expect((set.max() ?? 0) - (set.min() ?? 0) <= 30, "seed \(seed)") }
  }
}

@Test func aQueueThatIsLongEnoughChangesNothing() {
  for seed in 1...200 {
    let streams = randomStreams(seed)
    var rules = ApproximateMatching()
    let unbounded = rules.sets(of: streams)
    rules.queueSize = 100
    #expect(rules.sets(of: streams) == unbounded, "seed \(seed)")
  }
}

@Test func whenMessagesComeChangesNothingWhileNoneIsDropped() {
  for seed in 1...200 {
    let streams = randomStreams(seed)
    var random = Random(seed + 1000)
    var rules = ApproximateMatching()
    let unbounded = rules.sets(of: streams)
    rules.queueSize = 100
    let arrivals = streams.map { own in
      let late = Int64(random.below(3000))
      return own.map { $0 + late }
    }
    #expect(rules.sets(of: streams, arrivals: arrivals) == unbounded, "seed \(seed)")
  }
}

@Test func aShortQueueLosesSetsAndNeverMixesThem() {
  var rules = ApproximateMatching()
  rules.queueSize = 2
  for seed in 1...200 {
    let sets = rules.sets(of: randomStreams(seed))
    for (one, next) in zip(sets, sets.dropFirst()) { #expect(zip(one, next).allSatisfy { $0 < $1 }, "seed \(seed)") }
  }
}

@Test func aStreamWithoutMessagesMakesNoSets() {
  #expect(ApproximateMatching().sets(of: [[1, 2], []]) == [])
  #expect(ApproximateMatching().sets(of: []) == [])
}

@Test func timesAtTheEndsOfTheirRangeMakeSets() {
  #expect(ApproximateMatching().sets(of: [[.min, 0, .max], [.min, .max]]).count >= 1)
}

import Testing

@testable import Pipeline

/// By trying every pair.
private func bruteForce(_ matching: NearestMatching, _ times: [Int64], _ references: [Int64]) -> [Int?] {
  func away(_ message: Int, _ reference: Int) -> Int64 { abs(times[message] - matching.phase - references[reference]) }
  return references.indices.map { reference in
    guard let best = times.indices.min(by: { away($0, reference) < away($1, reference) }) else { return nil }
    guard away(best, reference) <= matching.tolerance else { return nil }
    let back = references.indices.min { away(best, $0) < away(best, $1) }
    return matching.isReused || back == reference ? best : nil
  }
}

@Test(arguments: [false, true]) func nearestPairsAreThoseOfTryingEveryPair(isReused: Bool) {
  for seed in 1...400 {
    var random = Random(seed)
    let times = (0..<random.below(40)).map { _ in Int64(random.below(60)) }.sorted()
    let references = (0..<random.below(40)).map { _ in Int64(random.below(60)) }.sorted()
    let matching = NearestMatching(
      phase: Int64(random.below(9)) - 4, tolerance: Int64(random.below(8)), isReused: isReused)
    let pairs = matching.pairs(of: times, with: references)
    let rows: [Int?] = pairs.map { if case .message(let row) = $0 { row } else { nil } }
    #expect(rows == bruteForce(matching, times, references), "seed \(seed)")
    if !isReused { #expect(Set(rows.compactMap { $0 }).count == rows.compactMap { $0 }.count) }
  }
}

private let period: Int64 = 100_000_000

@Test(arguments: [0, 7, 25, 48, 60, 99])
func theUsualLagOfACameraIsFound(milliseconds: Int64) {
  let references = (0..<200).map { Int64($0) * period }
  var random = Random(Int(milliseconds))
  let lag = milliseconds * 1_000_000
  let times = references.map { $0 + lag + Int64(random.below(2_000_000)) }
  let phase = Phase.estimate(of: times, against: references)
  #expect(phase.source == .estimated)
  // A lag of more than half a period is one of less, to the next reference.
  let expected = milliseconds > 50 ? lag - period : lag
  #expect(abs(phase.value - expected - 1_000_000) < 500_000)
}

@Test func withoutThirtyPairsThatAgreeThereIsNoPhase() {
  let references = (0..<200).map { Int64($0) * period }
  #expect(Phase.estimate(of: Array(references.prefix(29)), against: references) == Phase(value: 0, source: .unknown))
  var random = Random(3)
  let wild = (0..<200).map { Int64($0) * period + Int64(random.below(100_000_000)) }
  #expect(Phase.estimate(of: wild, against: references).source == .unknown)
  #expect(Phase.estimate(of: [], against: []).source == .unknown)
}

@Test func aDroppedFrameLeavesItsReferenceAloneAndNoOther() {
  let references = (0..<50).map { Int64($0) * period }
  let times = references.map { $0 + 7_000_000 }.enumerated().filter { $0.offset != 20 }.map(\.element)
  let pairs = NearestMatching(phase: 7_000_000, tolerance: period / 2).pairs(of: times, with: references)
  for (reference, pair) in pairs.enumerated() where reference != 20 {
    #expect(pair == .message(reference < 20 ? reference : reference - 1))
  }
  #expect(pairs[20] == .tooFar(19))
}

@Test func atTwiceTheRateEveryOtherMessageIsTaken() {
  let references = (0..<50).map { Int64($0) * period }
  let times = (0..<100).map { Int64($0) * period / 2 + 1_000_000 }
  let pairs = NearestMatching(tolerance: period / 2).pairs(of: times, with: references)
  #expect(pairs == references.indices.map { .message(2 * $0) })
}

@Test func aMessageThatIsNearerToAnotherReferenceIsTaken() {
  let pairs = NearestMatching(tolerance: 100).pairs(of: [12], with: [0, 10])
  #expect(pairs == [.taken(0), .message(0)])
  #expect(NearestMatching(tolerance: 1).pairs(of: [12], with: [0, 10]) == [.tooFar(0), .tooFar(0)])
  #expect(NearestMatching(tolerance: 1).pairs(of: [], with: [0]) == [.noMessage])
}

import Testing

@testable import Core
@testable import Pipeline

private let second: Int64 = 1_000_000_000

/// Numbers that depend only on a seed.
struct Random {
  var state: UInt64
  init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9e37_79b9_7f4a_7c15 }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
  mutating func below(_ end: Int) -> Int { Int(next() % UInt64(end)) }
  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * Double(next() >> 11) / Double(1 << 53)
  }
  mutating func normal() -> Double {
    (-2 * Mathematics.log(uniform(1e-300, 1))).squareRoot() * Mathematics.cos(2 * .pi * uniform(0, 1))
  }
}

/// Every row is looked at, for the definition's sake.
private func bruteForce(_ join: AsOf, _ times: [Int64], _ instant: Int64) -> Int? {
  let previous = times.lastIndex { $0 <= instant }, next = times.firstIndex { $0 >= instant }
  let row: Int?
  switch join.direction {
  case .previous: row = previous
  case .next: row = next
  case .exact: row = times.lastIndex(of: instant)
  case .nearest:
    let best = times.map { ($0 - instant).magnitude }.min()
    row = best.flatMap { best in previous.map { instant - times[$0] == best } ?? false ? previous : next }
  }
  guard let row, let tolerance = join.tolerance else { return row }
  return (times[row] - instant).magnitude <= tolerance ? row : nil
}

@Test(arguments: AsOf.Direction.allCases, [nil, 0, 1, 3] as [Int64?])
func anAsOfJoinIsWhatTryingEveryRowGives(direction: AsOf.Direction, tolerance: Int64?) {
  for seed in 1...150 {
    var random = Random(seed)
    let times = (0..<random.below(30)).map { _ in Int64(random.below(40)) }.sorted()
    let instants = (0..<random.below(30)).map { _ in Int64(random.below(44)) - 2 }.sorted()
    let join = AsOf(direction, tolerance: tolerance)
    #expect(join.rows(of: times, at: instants) == instants.map { bruteForce(join, times, $0) }, "seed \(seed)")
    // One at a time, in any order.
    for instant in instants.reversed() {
      #expect(join.row(of: times, at: instant) == bruteForce(join, times, instant), "seed \(seed)")
    }
  }
}

@Test func rankedValuesAreThoseOfTheSortedList() {
  for seed in 1...60 {
    var random = Random(seed)
    let values = (0..<1 + random.below(200)).map { _ in Int64(random.below(seed % 3 == 0 ? 4 : 1000)) }
    for shape in [values, values.sorted(), values.sorted().reversed(), values.sorted() + values.sorted().reversed()] {
      let sorted = shape.sorted()
      for rank in [0, shape.count / 3, shape.count / 2, shape.count - 1] {
        #expect(shape.ranked(rank) == sorted[rank], "seed \(seed), rank \(rank)")
      }
    }
  }
}

@Test func ofRowsAsFarAwayTheEarlierIsNearest() {
  #expect(AsOf(.nearest).rows(of: [10, 20], at: [15]) == [0])
  #expect(AsOf(.nearest).rows(of: [10, 19], at: [15]) == [1])
}

@Test func ofRowsOfOneTimePreviousTakesTheLastAndNextTheFirst() {
  let times: [Int64] = [5, 10, 10, 10, 20]
  #expect(AsOf(.previous).rows(of: times, at: [10, 12]) == [3, 3])
  #expect(AsOf(.next).rows(of: times, at: [9, 10]) == [1, 1])
  #expect(AsOf(.nearest).rows(of: times, at: [10]) == [3])
}

@Test func timesAtTheEndsOfTheirRangeAreNotTooFarApart() {
  let times: [Int64] = [.min, .max]
  #expect(AsOf(.nearest).rows(of: times, at: [-2, 0]) == [0, 1])
  #expect(AsOf(.previous, tolerance: .max).rows(of: times, at: [-1, 0]) == [0, nil])
}

@Test func epochTimesThatDifferByANanosecondAreTold() {
  let time: Int64 = 1_700_000_000_000_000_001
  #expect(AsOf(.exact).rows(of: [time], at: [time - 1, time, time + 1]) == [nil, 0, nil])
  let resampling = Resampling(times: [time, time + 4], instants: [time + 1])
  #expect(resampling.linear([0, 8]) == [2])
}

@Test func aValueBetweenRowsIsOnTheirLine() {
  let resampling = Resampling(times: [0, 10, 20], instants: [-1, 0, 5, 10, 19, 20, 21])
  #expect(resampling.linear([0, 100, 0]) == [nil, 0, 50, 100, 10, 0, nil])
}

@Test func nothingIsSaidInAGapExceptAtItsEnds() {
  let resampling = Resampling(times: [0, 10, 100], instants: [5, 10, 12, 99, 100], maxGap: 20, maxAge: 20)
  #expect(resampling.linear([0, 1, 2]) == [0.5, 1, nil, nil, 2])
  #expect(resampling.rows(.previous) == [0, 1, 1, nil, 2])
  #expect(resampling.rows(.nearest) == [0, 1, nil, nil, 2])
  #expect(resampling.rows(.next) == [1, 1, nil, 2, 2])
  #expect(resampling.rows(.none) == [nil, 1, nil, nil, 2])
  #expect(resampling.situation(2) == .gap(before: 1, after: 2))
}

@Test func aHeldValueGrowsTooOld() {
  let resampling = Resampling(times: [0], instants: [0, 7, 8], maxGap: nil, maxAge: 7)
  #expect(resampling.rows(.previous) == [0, 0, nil])
  #expect(resampling.situation(1) == .afterLast(0))
}

@Test func aMissingOrNaNNeighbourGivesNothing() throws {
  let column = Column(.float64([1, .nan, 3, 4]), validity: [true, true, true, false])
  let resampling = Resampling(times: [0, 10, 20, 30], instants: [0, 5, 10, 15, 20, 25, 30])
  let values = try #require(resampling.values(of: column, .linear))
  #expect(values.validity == [true, false, false, false, true, false, false])
}

@Test func integersStayIntegersWhenHeldAndBecomeDoublesOnALine() throws {
  let resampling = Resampling(times: [0, 10], instants: [5])
  let column = Column(.int32([1, 2]))
  guard case .int32(let held) = try #require(resampling.values(of: column, .previous)).values else {
    Issue.record("not an integer")
    return
  }
  #expect(held == [1])
  guard case .float64(let line) = try #require(resampling.values(of: column, .linear)).values else {
    Issue.record("not a double")
    return
  }
  #expect(line == [1.5])
}

@Test func textHasNoLine() {
  #expect(Resampling(times: [0], instants: [0]).values(of: Column(.text(Texts(["a"]))), .linear) == nil)
}

@Test func headingsGoTheShortWayRound() {
  let resampling = Resampling(times: [0, 10], instants: [0, 5, 10])
  #expect(resampling.circular([350, 20], period: 360) == [350, 5, 20])
  #expect(resampling.circular([20, 350], period: 360) == [20, 5, 350])
  #expect(resampling.circular([170, -170], period: 360) == [170, 180, -170])
  #expect(resampling.circular([10, 350], period: 360) == [10, 0, 350])
  let turns = resampling.circular([3, -3], period: 2 * .pi)
  #expect(turns[1].map { abs(abs($0) - .pi) < 1e-12 } == true)
}

@Test func positionsCrossTheDateLine() throws {
  let resampling = Resampling(times: [0, 10], instants: [0, 5, 10])
  let line = resampling.geodetic(latitudes: [52.5, 52.5], longitudes: [179.999, -179.999])
  #expect(abs(abs(try #require(line.longitudes[1])) - 180) < 1e-9)
  #expect(line.longitudes[0] == 179.999)
  #expect(line.longitudes[2] == -179.999)
  // 136 m of chord bulge by less than a nanodegree.
  #expect(abs(try #require(line.latitudes[1]) - 52.5) < 1e-7)
}

@Test func aQuaternionTurnsAtConstantSpeedAndTheShortWay() throws {
  let half = 0.5.squareRoot()
  let resampling = Resampling(times: [0, 3], instants: [1])
  // From no turn to 90 degrees about z, given once as q and once as -q.
  for sign in [1.0, -1] {
    let turn = resampling.slerp([0, 0], [0, 0], [0, sign * half], [1, sign * half])
    #expect(abs(try #require(turn[2][0]) - Mathematics.sin(.pi / 12)) < 1e-12)
    #expect(abs(try #require(turn[3][0]) - Mathematics.cos(.pi / 12)) < 1e-12)
  }
  // Opposite turns have no shortest way: some unit quaternion, not NaN.
  let any = resampling.slerp([0, 0], [0, 0], [0, 1], [1, 0])
  #expect(abs(any.reduce(0) { $0 + ($1[0] ?? 0) * ($1[0] ?? 0) } - 1) < 1e-12)
}

@Test func pickingKeepsTypesAndFillsWithMissing() {
  let list = Column(.list(offsets: [0, 2, 3], element: Column(.int8([1, 2, 3]))))
  let picked = list.picking([1, nil, 0])
  guard case .list(let offsets, _) = picked.values else {
    Issue.record("not a list")
    return
  }
  #expect(offsets == [0, 1, 1, 3])
  #expect(picked.validity == [true, false, true])
  #expect(Column(.int64([])).picking([nil, nil]).validity == [false, false])
}

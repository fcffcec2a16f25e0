import Testing

@testable import Core
@testable import Pipeline

/// In every form: none, one difference, differences that are small, and any.
@Test(
  arguments: [
    [], [5, 15, 25], [5, 16, 24], [0, 15, 25], [0, 0, 0], [5, .max, 25], [.min, 15, 0],
    [Int64(Int32.min) + 10, 20, 30],
  ] as [[Int64]])
func timesBesideOthersAreTheSame(_ times: [Int64]) {
  let base: [Int64] = [10, 20, 30]
  let kept = TimesBeside(times, beside: base)
  for row in base.indices {
    let expected = times.isEmpty || times[row] == 0 ? nil : times[row]
    #expect(kept.time(row, beside: base[row]) == expected, "row \(row) of \(times)")
  }
}

/// What is held of a table is only what is near, and rows may be asked for in any order.
@Test func aWindowReadsEveryPartOnceInAnyOrder() throws {
  let values = (0..<1000).map(Double.init)
  let table = table("can/a", times: values.map { Int64($0) }, [doubles("x", values)], groupRows: 100)
  var window = TableWindow(table, ["x"])
  var random = Random(3)
  for asked in [Array(0..<1000), [999, 5, 5, 350, 120, 121, 0], (0..<200).map { _ in random.below(1000) }, []] {
    let batch = try window.rows(asked)
    guard case .float64(let found)? = batch.columns.first?.values else {
      Issue.record("no numbers")
      return
    }
    #expect(found == asked.map { values[$0] })
  }
}

@Test(arguments: 0..<20) func neighboursAreAllThatResamplingNeeds(seed: Int) {
  var random = Random(seed)
  let times = (0..<200).map { _ in Int64(random.below(120)) }.sorted()
  let instants = (0..<60).map { _ in Int64(random.below(140)) - 10 }.sorted()
  let values = times.indices.map { Double($0 * $0) }
  let whole = Resampling(times: times, instants: instants, maxGap: 3, maxAge: 2)
  for places in [0..<60, 10..<30, 59..<60] {
    let rows = whole.neighbours(of: places)
    #expect(rows == Array(Set(rows)).sorted())
    let near = Resampling(
      times: rows.map { times[$0] }, instants: Array(instants[places]), maxGap: 3, maxAge: 2)
    #expect(near.linear(rows.map { values[$0] }) == Array(whole.linear(values)[places]))
    for policy in [Interpolation.previous, .next, .nearest, .none] {
      #expect(near.rows(policy).map { $0.map { rows[$0] } } == Array(whole.rows(policy)[places]), "\(policy)")
    }
  }
}

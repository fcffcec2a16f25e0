import Core

/// A stream's messages on the time line: sorted, without duplicates, in segments between jumps of its clock (sync.md 1.3).
struct StreamOrder: Sendable {
  /// Sorted; duplicates are left out.
  private(set) var times: [Int64] = []
  /// Rows of the table in this order, equal times in file order; nil where it is the table's own.
  private let rows: [Int]?
  /// Of each of `times`; empty where the clock never jumped back.
  private(set) var segments: [Int32] = []
  private(set) var segmentCount = 1
  /// Rows that repeat another message, in file order, and the time of each.
  private(set) var duplicates: [Int] = []
  private(set) var duplicateTimes: [Int64] = []
  /// The median of the gaps between messages; nil for fewer than two.
  private(set) var period: Int64?
  /// Messages whose time is earlier than that of one before them in the table.
  private(set) var outOfOrder = 0

  /// A clock that goes back farther was set.
  private static let jump: Int64 = ClockName.second

  /// Rows whose time another row has too: only these can be duplicates.
  static func ambiguous(_ times: [Int64]) -> Set<Int> {
    var isSorted = true
    for row in times.indices.dropFirst() where times[row] <= times[row - 1] {
      isSorted = false
      break
    }
    guard !isSorted else { return [] }
    let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    var found: Set<Int> = []
    for (one, other) in zip(order, order.dropFirst()) where times[one] == times[other] {
      found.formUnion([one, other])
    }
    return found
  }

  /// `contents` has a digest of the content of each ambiguous row; rows without one are no duplicates.
  init(_ times: [Int64], contents: [Int: [UInt8]]) {
    // Where it begins, in file order.
    var starts = [0]
    var isSorted = true
    for row in times.indices {
      if row > 0, times[row] < times[row - 1] {
        outOfOrder += 1
        isSorted = false
        if distance(times[row], times[row - 1]) > UInt64(Self.jump) { starts.append(row) }
      }
    }
    segmentCount = starts.count
    guard !isSorted || !contents.isEmpty else {
      (rows, self.times, period) = (nil, times, Rates.medianGap(times))
      return
    }
    var order = Array(times.indices)
    if !isSorted { order.sort { (times[$0], $0) < (times[$1], $1) } }
    if !contents.isEmpty {
      var seen: Set<[UInt8]> = []
      var isDuplicate: Set<Int> = []
      for (index, row) in order.enumerated() {
        if index > 0, times[row] != times[order[index - 1]] { seen = [] }
        if let content = contents[row], !seen.insert(content).inserted { isDuplicate.insert(row) }
      }
      duplicates = isDuplicate.sorted()
      duplicateTimes = duplicates.map { times[$0] }
      order.removeAll { isDuplicate.contains($0) }
    }
    rows = order
    self.times = order.map { times[$0] }
    period = Rates.medianGap(self.times)
    guard starts.count > 1 else { return }
    segments = order.map { row in
      Int32(truncatingIfNeeded: starts.indices.bisect { starts[$0] > row } - 1)
    }
  }

  var count: Int { times.count }

  /// The row of the table that the message at an index is.
  func row(_ index: Int) -> Int { rows?[index] ?? index }

  /// Corrects every time by a function that keeps their order.
  mutating func correct(_ corrected: (Int64) -> Int64) {
    times = times.map(corrected)
    duplicateTimes = duplicateTimes.map(corrected)
    period = Rates.medianGap(times)
  }
}

/// Which row of a series stands for an instant: the one join under synchronisation and enrichment.
///
/// ```
///   times    10   20  20   35            rows 0 … 3, sorted, equal times in file order
///   at 20    previous 2   next 1   nearest 2   exact 2
///   at 28    previous 2   next 3   nearest 3            (35 is nearer than 20)
///   at 27.5  nearest 2: of two rows as far away the earlier
/// ```
/// As pandas' `merge_asof` does it: of rows with the same time, `previous` takes the last, `next` the first, and
/// `nearest` takes the previous row unless the next is nearer.
package struct AsOf: Sendable, Hashable {
  package enum Direction: String, Sendable, CaseIterable {
    /// The last row at or before the instant.
    case previous
    /// The first row at or after it.
    case next
    /// The one with the smallest distance.
    case nearest
    /// One at the instant.
    case exact
  }

  package var direction: Direction
  /// A row that is farther away, in nanoseconds, is none; nil for no limit.
  package var tolerance: Int64?

  package init(_ direction: Direction, tolerance: Int64? = nil) {
    self.direction = direction
    self.tolerance = tolerance
  }

  /// The row for each instant, nil where there is none; both lists are sorted, and it takes O(n + m).
  package func rows(of times: [Int64], at instants: [Int64]) -> [Int?] {
    var cursor = AsOfCursor(times)
    return instants.map { instant in
      cursor.advance(to: instant)
      return row(cursor, instant)
    }
  }

  /// The row for one instant among sorted times, in O(log n).
  package func row(of times: [Int64], at instant: Int64) -> Int? {
    var cursor = AsOfCursor(times)
    cursor.jump(to: instant)
    return row(cursor, instant)
  }

  private func row(_ cursor: AsOfCursor, _ instant: Int64) -> Int? {
    guard let row = anyRow(cursor, instant) else { return nil }
    if let tolerance, distance(cursor.times[row], instant) > UInt64(max(0, tolerance)) { return nil }
    return row
  }

  private func anyRow(_ cursor: AsOfCursor, _ instant: Int64) -> Int? {
    switch direction {
    case .previous: return cursor.previous
    case .next: return cursor.next
    case .exact: return cursor.previous.flatMap { cursor.times[$0] == instant ? $0 : nil }
    case .nearest:
      guard let previous = cursor.previous else { return cursor.next }
      guard let next = cursor.next else { return previous }
      let isNextNearer = distance(cursor.times[next], instant) < distance(cursor.times[previous], instant)
      return isNextNearer ? next : previous
    }
  }
}

/// Walks a sorted series along with sorted instants.
package struct AsOfCursor {
  package let times: [Int64]
  /// Rows before this one are earlier than the instant.
  private var earlier = 0
  /// Rows before this one are not later than the instant.
  private var notLater = 0

  package init(_ times: [Int64]) { self.times = times }

  /// Goes on to an instant that is not earlier than the one before.
  package mutating func advance(to instant: Int64) {
    earlier = max(earlier, notLater > 0 && times[notLater - 1] < instant ? notLater : earlier)
    while earlier < times.count, times[earlier] < instant { earlier += 1 }
    notLater = max(notLater, earlier)
    while notLater < times.count, times[notLater] <= instant { notLater += 1 }
  }

  /// Goes to any instant.
  package mutating func jump(to instant: Int64) {
    earlier = times.lowerBound(of: instant)
    notLater = times.upperBound(of: instant)
  }

  /// The last row at or before the instant.
  package var previous: Int? { notLater > 0 ? notLater - 1 : nil }
  /// The first row at or after it.
  package var next: Int? { earlier < times.count ? earlier : nil }
}

/// How far apart two times are; no times are too far apart.
package func distance(_ one: Int64, _ other: Int64) -> UInt64 {
  one <= other ? UInt64(bitPattern: other &- one) : UInt64(bitPattern: one &- other)
}

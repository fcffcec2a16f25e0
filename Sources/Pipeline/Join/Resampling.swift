/// What the value of a column is between two rows (sync.md 5).
package enum Interpolation: String, Sendable, CaseIterable {
  /// The last value at or before the instant, not older than the greatest age.
  case previous
  /// The value of the nearest row within the greatest gap; the earlier of two as near.
  case nearest
  /// The first value at or after the instant, within the greatest gap.
  case next
  /// On the line between the neighbours.
  case linear
  /// The shortest way round; `circular` takes the period from the column's unit.
  case circular
  case circularDegrees = "circular-deg"
  case circularRadians = "circular-rad"
  /// Latitude and longitude in degrees: on the straight line between the points.
  case geodetic
  /// Quaternions of columns x, y, z, w: a turn about one axis at constant speed.
  case slerp
  /// Only a row at the very instant.
  case none
}

/// Where instants lie among the rows of a state stream, and what may be said of it there.
///
/// Nothing is extrapolated, and nothing interpolated where neighbours are farther apart than `maxGap`. At the time of a
/// row the value is the row's, of several rows of one time the last one's.
package struct Resampling: Sendable {
  package let times: [Int64]
  package let instants: [Int64]
  /// In nanoseconds; nil for no limit.
  package let maxGap: Int64?
  package let maxAge: Int64?
  /// The last row at or before each instant.
  private let before: [Int?]
  private let after: [Int?]

  /// Both lists are sorted.
  package init(times: [Int64], instants: [Int64], maxGap: Int64? = nil, maxAge: Int64? = nil) {
    (self.times, self.instants, self.maxGap, self.maxAge) = (times, instants, maxGap, maxAge)
    before = AsOf(.previous).rows(of: times, at: instants)
    after = AsOf(.next).rows(of: times, at: instants)
  }

  /// The rows at or before and at or after some instants, in order: no other is asked for their values.
  func neighbours(of places: Range<Int>) -> [Int] {
    var rows: [Int] = []
    rows.reserveCapacity(2 * places.count)
    for place in places {
      let (one, other) = (after[place], before[place])
      // Of several at the instant itself the first and the last.
      for row in [min(one ?? .max, other ?? .max), max(one ?? -1, other ?? -1)] where row >= 0 && row < times.count {
        if row > rows.last ?? -1 { rows.append(row) }
      }
    }
    return rows
  }

  /// Two rows around an instant and how far it is from the first to the second, 0 for at the first.
  package struct Bracket: Sendable, Equatable {
    package var first, second: Int
    package var weight: Double
  }

  /// What is known at an instant.
  package enum Situation: Sendable, Equatable {
    case exact(Int)
    case between(Bracket)
    /// Neighbours are too far apart.
    case gap(before: Int, after: Int)
    case beforeFirst
    case afterLast(Int)
    case empty
  }

  package func situation(_ index: Int) -> Situation {
    let instant = instants[index]
    guard let first = before[index] else { return times.isEmpty ? .empty : .beforeFirst }
    if times[first] == instant { return .exact(first) }
    guard let second = after[index] else { return .afterLast(first) }
    let gap = distance(times[first], times[second])
    guard maxGap.map({ gap <= UInt64(max(0, $0)) }) ?? true else { return .gap(before: first, after: second) }
    return .between(
      Bracket(first: first, second: second, weight: Double(distance(times[first], instant)) / Double(gap)))
  }

  /// The rows that are interpolated between, nil where the value is not known; weight 0 at a row.
  package func bracket(_ index: Int) -> Bracket? {
    switch situation(index) {
    case .exact(let row): Bracket(first: row, second: row, weight: 0)
    case .between(let bracket): bracket
    default: nil
    }
  }

  /// The one row whose value is taken, for policies that take one.
  package func row(_ index: Int, _ policy: Interpolation) -> Int? {
    switch policy {
    case .previous:
      guard let row = before[index] else { return nil }
      let age = distance(times[row], instants[index])
      return maxAge.map { age <= UInt64(max(0, $0)) } ?? true ? row : nil
    case .next:
      guard let row = after[index] else { return nil }
      let wait = distance(times[row], instants[index])
      return maxGap.map { wait <= UInt64(max(0, $0)) } ?? true ? row : nil
    case .nearest:
      guard let bracket = bracket(index) else { return nil }
      guard bracket.weight > 0 else { return bracket.first }
      let toFirst = distance(times[bracket.first], instants[index])
      return distance(times[bracket.second], instants[index]) < toFirst ? bracket.second : bracket.first
    default:
      if case .exact(let row) = situation(index) { return row }
      return nil
    }
  }

  /// The row for every instant, for `Column.picking`.
  package func rows(_ policy: Interpolation) -> [Int?] { instants.indices.map { row($0, policy) } }
}

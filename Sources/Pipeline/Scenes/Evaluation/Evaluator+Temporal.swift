/// Operators over bounded stretches of time (scenes.md 3.3): dense in the rows' times, with robustness.
///
/// A window that reaches past the data or into a gap is unknown, unless a row that is there decides it.
extension Evaluator {
  func temporal(_ kind: Expression.Temporal, _ from: Double, _ to: Double, _ inner: Truths) -> Truths {
    let (near, far) = (SceneRows.nanoseconds(from), SceneRows.nanoseconds(to))
    let windows = kind.isPast ? self.windows(from: -far, to: -near) : self.windows(from: near, to: far)
    // For some is not for none.
    guard kind.isUniversal else { return negation(forAll(negation(inner), windows)) }
    return forAll(inner, windows)
  }

  private func forAll(_ inner: Truths, _ windows: RowWindows) -> Truths {
    let no = Self.counts(inner.values, of: Truth.no), unknown = Self.counts(inner.values, of: Truth.unknown)
    let values = inner.values.indices.map { row -> UInt8 in
      let low = Int(windows.low[row]), end = Int(windows.high[row]) + 1
      guard low < end else { return Truth.unknown }
      if no[end] > no[low] { return Truth.no }
      return windows.isWhole[row] && unknown[end] == unknown[low] ? Truth.yes : Truth.unknown
    }
    guard let margins = inner.margins else { return Truths(values) }
    let least = Self.least(margins, windows)
    return Truths(values, margins: values.indices.map { values[$0] == Truth.unknown ? .nan : least[$0] })
  }

  /// How many there are before each row.
  private static func counts(_ values: [UInt8], of wanted: UInt8) -> [Int32] {
    var counts: [Int32] = [0]
    counts.reserveCapacity(values.count + 1)
    var count: Int32 = 0
    for value in values {
      if value == wanted { count += 1 }
      counts.append(count)
    }
    return counts
  }

  /// The second is true at some row of the window, and the first at all rows from this one until there.
  func until(_ from: Double, _ to: Double, _ first: Truths, _ second: Truths) -> Truths {
    let windows = self.windows(from: SceneRows.nanoseconds(from), to: SceneRows.nanoseconds(to))
    // From each row on, the first row at which `first` is false, and at which it is not true.
    let untrue = Self.next(first.values) { $0 != Truth.yes }, false_ = Self.next(first.values) { $0 == Truth.no }
    let yes = Self.counts(second.values, of: Truth.yes), no = Self.counts(second.values, of: Truth.no)
    let values = first.values.indices.map { row -> UInt8 in
      let low = Int(windows.low[row]), end = Int(windows.high[row]) + 1
      // Up to the row where `first` stops being true, which itself need not be.
      let sure = min(end, untrue[row] + 1), possible = min(end, false_[row] + 1)
      if low < sure, yes[sure] > yes[low], !rows.hasGap(row, before: sure) { return Truth.yes }
      // No row of the window may still be it.
      let isOver = windows.isWhole[row] || false_[row] < end
      let candidates = max(0, possible - low)
      return isOver && candidates == (low < possible ? Int(no[possible] - no[low]) : 0) ? Truth.no : Truth.unknown
    }
    guard let ours = first.margins, let theirs = second.margins else { return Truths(values) }
    let margins = values.indices.map { row -> Double in
      guard values[row] != Truth.unknown else { return .nan }
      return Self.best(row, Int(windows.low[row]), Int(windows.high[row]), ours, theirs)
    }
    return Truths(values, margins: margins)
  }

  /// The greatest, over the window's rows, of the least of the second there and the first before.
  private static func best(_ row: Int, _ low: Int, _ high: Int, _ first: [Double], _ second: [Double]) -> Double {
    var best = -Double.infinity, least = Double.infinity
    for other in row..<max(row, high + 1) {
      if other >= low, !second[other].isNaN { best = max(best, min(second[other], least)) }
      if !first[other].isNaN { least = min(least, first[other]) }
      if least <= best { break }
    }
    return best
  }

  private static func next(_ values: [UInt8], where condition: (UInt8) -> Bool) -> [Int] {
    var next = Array(repeating: values.count, count: values.count)
    for row in values.indices.reversed() {
      next[row] = condition(values[row]) ? row : row + 1 < values.count ? next[row + 1] : values.count
    }
    return next
  }
}

extension SceneRows {
  /// Whether a gap is between a row and the last one before `end`.
  fileprivate func hasGap(_ row: Int, before end: Int) -> Bool { end > row && gaps[end - 1] != gaps[row] }
}

import Core

/// Consecutive rows of a table on which expressions are evaluated: some that count, and those around them that they look at.
///
/// A row's value holds from its time until the next row, at most for `hold`; then there is a gap, in which nothing is known.
struct SceneRows: Sendable {
  /// Nanoseconds, ascending.
  let times: [Int64]
  /// The rows that count; the others are only looked at.
  let main: Range<Int>
  /// The number in the table of the first row that is here.
  let first: Int
  /// Times of the first and the last row of the table.
  let extent: ClosedRange<Int64>
  /// In nanoseconds.
  let hold: Int64
  let columns: [String: SceneVector]
  let objects: SceneObjects?
  /// How long a row of a track holds.
  let trackHold: Int64
  /// How many gaps there are before each row: between rows i − 1 and i there is one where `gaps[i]` is more than before.
  let gaps: [Int32]

  init(
    times: [Int64], main: Range<Int>, first: Int, extent: ClosedRange<Int64>, hold: Int64,
    columns: [String: SceneVector], objects: SceneObjects? = nil, trackHold: Int64? = nil
  ) {
    (self.times, self.main, self.first, self.extent, self.hold) = (times, main, first, extent, hold)
    (self.columns, self.objects, self.trackHold) = (columns, objects, trackHold ?? hold)
    var gaps: [Int32] = []
    gaps.reserveCapacity(times.count)
    var count: Int32 = 0
    for row in times.indices {
      if row > 0, times[row] - times[row - 1] > hold { count += 1 }
      gaps.append(count)
    }
    self.gaps = gaps
  }

  var count: Int { times.count }

  /// Whether nothing is known between the row before and this one.
  func isAfterGap(_ row: Int) -> Bool { row > 0 && gaps[row] != gaps[row - 1] }

  /// Nanoseconds of seconds, to the nearest.
  static func nanoseconds(_ seconds: Double) -> Int64 { Int64((seconds * 1e9).rounded()) }
}

/// Rows of the table of objects, in the order of the samples that they belong to.
struct SceneObjects: Sendable {
  /// Of each object, the row among the samples that are here.
  let samples: [Int]
  let columns: [String: SceneVector]

  var count: Int { samples.count }
}

/// The rows that an interval of time around each row holds.
struct RowWindows {
  /// The first row, and the last; a window without rows has its end before its beginning.
  private(set) var low: [Int32] = [], high: [Int32] = []
  /// Whether all of the interval is within the data and no gap is in it.
  private(set) var isWhole: [Bool] = []

  /// From `from` to `to` nanoseconds after each row's time, both or only the end among them.
  init(_ rows: SceneRows, from: Int64, to: Int64, includesStart: Bool = true) {
    let times = rows.times
    low.reserveCapacity(times.count)
    high.reserveCapacity(times.count)
    isWhole.reserveCapacity(times.count)
    // The first row from the interval's start on, and the first behind its end.
    var begin = 0, end = 0
    for time in times {
      let (start, stop) = (time + from, time + to)
      while begin < times.count, includesStart ? times[begin] < start : times[begin] <= start { begin += 1 }
      while end < times.count, times[end] <= stop { end += 1 }
      low.append(Int32(begin))
      high.append(Int32(end - 1))
      let isInside = start >= rows.extent.lowerBound && stop <= rows.extent.upperBound
      isWhole.append(isInside && !Self.hasGap(rows, start, stop, begin, end))
    }
  }

  /// Whether nothing is known at some instant of the interval, whose rows are from `begin` to before `end`.
  private static func hasGap(_ rows: SceneRows, _ start: Int64, _ stop: Int64, _ begin: Int, _ end: Int) -> Bool {
    /// Whether the gap before a row, if there is one, begins before the interval is over.
    func opens(_ row: Int) -> Bool {
      row > 0 && row < rows.count && rows.isAfterGap(row) && rows.times[row - 1] + rows.hold < stop
    }
    if opens(begin), rows.times[begin] > start { return true }
    guard begin < end else { return false }
    return rows.gaps[end - 1] != rows.gaps[begin] || opens(end)
  }
}

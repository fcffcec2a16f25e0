extension Evaluator {
  /// A function of the values in a stretch of time at each row.
  func windowed(_ function: Function, _ values: [Double], _ seconds: Double) -> [Double] {
    let span = SceneRows.nanoseconds(seconds)
    switch function {
    case .delta: return change(values, span)
    case .integral: return integral(values, span)
    case .smooth:
      return WindowSums(values, first: rows.first).means(windows(from: -span / 2, to: span / 2))
    case .mean: return WindowSums(values, first: rows.first).means(windows(from: -span, to: 0, includesStart: false))
    case .smin:
      return Self.least(values, windows(from: -span, to: 0, includesStart: false))
    case .smax:
      return Self.least(values.map { -$0 }, windows(from: -span, to: 0, includesStart: false)).map { -$0 }
    default: return Array(repeating: .nan, count: count)
    }
  }

  /// The row whose value holds at a time before each row; nil where nothing is known.
  private func held(_ span: Int64) -> [Int?] {
    var behind = 0
    return rows.times.map { time in
      let wanted = time - span
      while behind < rows.count, rows.times[behind] <= wanted { behind += 1 }
      let row = behind - 1
      guard row >= 0, wanted - rows.times[row] <= rows.hold else { return nil }
      return row
    }
  }

  private func change(_ values: [Double], _ span: Int64) -> [Double] {
    zip(held(span), values).map { row, value in row.map { value - values[$0] } ?? .nan }
  }

  /// From the value that held then on; unknown where a gap or an unknown value is between.
  private func integral(_ values: [Double], _ span: Int64) -> [Double] {
    let times = rows.times
    // Areas between neighbours; unknown across a gap.
    let areas = values.indices.map { row -> Double in
      guard row > 0, !rows.isAfterGap(row) else { return row == 0 ? 0 : .nan }
      return (values[row] + values[row - 1]) / 2 * Double(times[row] - times[row - 1]) / 1e9
    }
    let sums = WindowSums(areas, first: rows.first)
    return zip(held(span), values.indices).map { start, row in
      guard let start else { return .nan }
      guard start < row else { return 0 }
      let unused = Double(times[row] - span - times[start]) / 1e9
      // The first value holds, as it does for a change.
      return sums.sum(start + 1, row, needsAll: true) - values[start] * unused
    }
  }

  /// The least known value of each window.
  static func least(_ values: [Double], _ windows: RowWindows) -> [Double] {
    var result = Array(repeating: Double.nan, count: values.count)
    // Rows of rising values: the first is the least of the window.
    var queue: [Int] = []
    queue.reserveCapacity(values.count)
    var head = 0, next = 0
    for row in values.indices {
      let low = Int(windows.low[row]), high = Int(windows.high[row])
      while next <= high {
        if !values[next].isNaN {
          while queue.count > head, values[queue[queue.count - 1]] >= values[next] { queue.removeLast() }
          queue.append(next)
        }
        next += 1
      }
      while head < queue.count, queue[head] < low { head += 1 }
      if head < queue.count { result[row] = values[queue[head]] }
    }
    return result
  }
}

/// Sums of stretches of values that do not hang on where the rows begin: they are made of blocks that the table's rows are
/// in, always in the same order.
struct WindowSums {
  private static let size = 64

  private let values: [Double]
  /// Of the first row in its block.
  private let phase: Int
  private var blocks: [Double] = []
  private var knownBlocks: [Int32] = []

  init(_ values: [Double], first: Int) {
    self.values = values
    phase = first % Self.size
    let count = (phase + values.count + Self.size - 1) / Self.size
    blocks.reserveCapacity(count)
    for block in 0..<count {
      let (sum, known) = plain(max(0, block * Self.size - phase), min(values.count, (block + 1) * Self.size - phase))
      blocks.append(sum)
      knownBlocks.append(Int32(known))
    }
  }

  private func plain(_ from: Int, _ end: Int) -> (sum: Double, known: Int) {
    var sum = 0.0, known = 0
    for row in from..<max(from, end) where !values[row].isNaN {
      sum += values[row]
      known += 1
    }
    return (sum, known)
  }

  /// Of the rows from `low` to `high`, both among them.
  private func total(_ low: Int, _ high: Int) -> (sum: Double, known: Int) {
    guard low <= high else { return (0, 0) }
    let first = (low + phase) / Self.size, last = (high + phase) / Self.size
    guard first < last else { return plain(low, high + 1) }
    var (sum, known) = plain(low, (first + 1) * Self.size - phase)
    for block in first + 1..<last {
      sum += blocks[block]
      known += Int(knownBlocks[block])
    }
    let rest = plain(last * Self.size - phase, high + 1)
    return (sum + rest.sum, known + rest.known)
  }

  /// NaN where one is missing and all are needed.
  func sum(_ low: Int, _ high: Int, needsAll: Bool) -> Double {
    let (sum, known) = total(low, high)
    return needsAll && known < high - low + 1 ? .nan : sum
  }

  /// Of the known values of each window.
  func means(_ windows: RowWindows) -> [Double] {
    values.indices.map { row in
      let (sum, known) = total(Int(windows.low[row]), Int(windows.high[row]))
      return known > 0 ? sum / Double(known) : .nan
    }
  }
}

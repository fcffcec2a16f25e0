import Core

/// Pairs of a key and a value.
struct MDF4Points: Sendable {
  let keys: [Double]
  let values: [Double]

  /// Interleaved, as the file has them; sorted by key, equal keys in the file's order.
  init(_ pairs: [Double]) {
    let points = stride(from: 0, to: pairs.count - 1, by: 2).map { (key: pairs[$0], value: pairs[$0 + 1]) }
    let isSorted = zip(points, points.dropFirst()).allSatisfy { $0.key <= $1.key }
    let ordered = isSorted ? points : points.filter { !$0.key.isNaN }.sorted { $0.key < $1.key }
    keys = ordered.map(\.key)
    values = ordered.map(\.value)
  }

  var isEmpty: Bool { keys.isEmpty }

  /// The first key that is not below `x`.
  private func upper(_ x: Double) -> Int { keys.indices.bisect { !(keys[$0] < x) } }

  func interpolated(_ x: Double) -> Double {
    guard !x.isNaN, let first = values.first, let last = values.last else { return .nan }
    let upper = upper(x)
    guard upper > 0 else { return first }
    guard upper < keys.count else { return last }
    let (key, value) = (keys[upper - 1], values[upper - 1])
    return value + (x - key) * (values[upper] - value) / (keys[upper] - key)
  }

  func nearest(_ x: Double) -> Double {
    guard !x.isNaN, let first = values.first, let last = values.last else { return .nan }
    let upper = upper(x)
    guard upper > 0 else { return first }
    guard upper < keys.count else { return last }
    return x - keys[upper - 1] <= keys[upper] - x ? values[upper - 1] : values[upper]
  }
}

/// Ranges of a value; where they overlap the first in the file counts.
struct MDF4Ranges: Sendable {
  let lows: [Double]
  let highs: [Double]
  /// Ascending and apart, so that they can be searched.
  private let isSorted: Bool

  init(lows: [Double], highs: [Double]) {
    self.lows = lows
    self.highs = highs
    isSorted =
      zip(lows, highs).allSatisfy { $0 <= $1 } && zip(highs, lows.dropFirst()).allSatisfy { $0 < $1 }
  }

  /// Integers have both ends in their range, other numbers the lower one only.
  func index(of x: Double, isInteger: Bool) -> Int? {
    func contains(_ index: Int) -> Bool { lows[index] <= x && (isInteger ? x <= highs[index] : x < highs[index]) }
    guard isSorted, lows.count > 8 else { return lows.indices.first(where: contains) }
    let low = lows.indices.bisect { !(lows[$0] <= x) }
    return low > 0 && contains(low - 1) ? low - 1 : nil
  }
}

/// How well a stretch of one signal fits another at each lag: zero-mean, normalised, over what both know.
struct Correlation: Sendable {
  /// In samples: positive when the second signal is late.
  private(set) var lag: Double
  private(set) var peak: Double
  /// The lowest of what was tried.
  private(set) var trough: Double
  /// How sharp the peak is: its curvature, per sample squared; 0 at a limit.
  private(set) var sharpness = 0.0
  /// The best lag is the first or the last that was tried.
  private(set) var isAtLimit: Bool
  /// Another peak is nearly as high.
  private(set) var isAmbiguous: Bool

  /// A second peak of more than this part of the first makes it ambiguous.
  private static let rival = 0.95

  /// Tries lags from `centre - reach` to `centre + reach`: every `stride`th, and all around the best of these.
  ///
  /// Nil where fewer than half of the stretch is known to both at any lag.
  init?(_ one: [Double], _ stretch: Range<Int>, _ other: [Double], centre: Int, reach: Int, stride step: Int) {
    var coarse: [(lag: Int, value: Double)] = []
    for lag in stride(from: centre - reach, through: centre + reach, by: step) {
      guard let value = Self.value(one, stretch, other, lag) else { continue }
      coarse.append((lag, value))
    }
    guard let best = coarse.indices.max(by: { coarse[$0].value < coarse[$1].value }) else { return nil }
    let around = max(centre - reach, coarse[best].lag - step)...min(centre + reach, coarse[best].lag + step)
    let fine = around.compactMap { lag in Self.value(one, stretch, other, lag).map { (lag: lag, value: $0) } }
    guard let top = fine.max(by: { $0.value < $1.value }) else { return nil }
    peak = top.value
    trough = coarse.reduce(top.value) { min($0, $1.value) }
    isAtLimit = abs(top.lag - centre) >= reach
    lag = Double(top.lag)
    isAmbiguous = coarse.indices.dropFirst().dropLast().contains { index in
      let value = coarse[index].value
      return abs(index - best) > 1 && value >= coarse[index - 1].value && value >= coarse[index + 1].value
        && value > Self.rival * coarse[best].value
    }
    guard !isAtLimit, let before = Self.value(one, stretch, other, top.lag - 1),
      let after = Self.value(one, stretch, other, top.lag + 1)
    else { return }
    let bend = before - 2 * top.value + after
    guard bend < 0 else { return }
    sharpness = -bend
    lag += (before - after) / (2 * bend)
  }

  /// How much the lag is worth: the inverse of its variance, up to a factor.
  ///
  /// Noise moves the peak the less, the sharper it is and the less noise there is.
  var weight: Double { max(peak * sharpness / max(1 - peak * peak, 1e-3), 1e-12) }

  /// The correlation at one lag; nil where too little is known.
  private static func value(_ one: [Double], _ stretch: Range<Int>, _ other: [Double], _ lag: Int) -> Double? {
    let range = max(stretch.lowerBound, -lag, 0)..<min(stretch.upperBound, other.count - lag, one.count)
    guard range.lowerBound < range.upperBound, 2 * range.count >= stretch.count else { return nil }
    var count = 0.0, a = 0.0, b = 0.0, aa = 0.0, bb = 0.0, ab = 0.0
    for index in range {
      let x = one[index], y = other[index + lag]
      // NaN of either makes the product NaN.
      let product = x * y
      guard !product.isNaN else { continue }
      count += 1
      a += x
      b += y
      aa += x * x
      bb += y * y
      ab += product
    }
    guard 2 * count >= Double(stretch.count) else { return nil }
    let spread = (aa - a * a / count) * (bb - b * b / count)
    guard spread > 0 else { return nil }
    return (ab - a * b / count) / spread.squareRoot()
  }
}

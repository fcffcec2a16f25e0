import Core

/// The rhythm of a stream on the time line.
struct StreamStatistics: Sendable {
  /// Hz, over all.
  private(set) var rate: Double?
  /// Of the gaps, in nanoseconds.
  private(set) var period: (median: Int64, mad: Int64)?
  /// How far gaps are from the median.
  private(set) var jitter: (p50: Int64, p95: Int64, max: Int64)?
  /// Gaps longer than 2.5 periods: the first 100, and how many there are.
  private(set) var gaps: [(start: Int64, end: Int64)] = []
  private(set) var gapCount = 0
  private(set) var range: (start: Int64, end: Int64)?

  private static let listed = 100

  /// `middle` is the median of the gaps, where it is known already.
  init(_ times: [Int64], period middle: Int64? = nil) {
    guard let first = times.first, let last = times.last else { return }
    range = (first, last)
    guard times.count > 1 else { return }
    let all = zip(times, times.dropFirst()).map { Int64(clamping: distance($0, $1)) }
    let span = Double(distance(first, last)) / 1e9
    rate = span > 0 ? (Double(times.count - 1) / span * 1e6).rounded() / 1e6 : nil
    let middle = middle ?? all.median
    let away = all.map { Int64(clamping: distance($0, middle)) }
    let half = away.median
    period = (middle, half)
    jitter = (half, away.ranked(min(away.count - 1, away.count * 95 / 100)), away.max() ?? 0)
    for (index, gap) in all.enumerated() where middle > 0 && gap / 5 > middle / 2 && Double(gap) > 2.5 * Double(middle)
    {
      gapCount += 1
      if gaps.count < Self.listed { gaps.append((times[index], times[index + 1])) }
    }
  }

  var json: JSONObject {
    var object: JSONObject = [:]
    object["rate_hz"] = rate.map { .number($0) } ?? .null
    object["period_ms"] = period.map { ["median": .milliseconds($0.median), "mad": .milliseconds($0.mad)] } ?? .null
    object["jitter_ms"] =
      jitter.map { ["p50": .milliseconds($0.p50), "p95": .milliseconds($0.p95), "max": .milliseconds($0.max)] } ?? .null
    object["gaps"] = [
      "total": .count(gapCount),
      "first": .array(
        gaps.map { gap in
          [
            "start": .string("\(Timestamp(nanoseconds: gap.start))"),
            "end": .string("\(Timestamp(nanoseconds: gap.end))"),
            "s": .number(Double(distance(gap.start, gap.end)) / 1e9),
          ]
        }),
    ]
    return object
  }
}

/// How far the messages of samples are from the samples' times.
struct Deviations: Sendable {
  private(set) var minimum: Int64 = 0
  private(set) var p05: Int64 = 0
  private(set) var median: Int64 = 0
  private(set) var p95: Int64 = 0
  private(set) var maximum: Int64 = 0
  /// 41 bins over ± the limit; what lies outside is in the outermost.
  private(set) var histogram = Array(repeating: 0, count: Self.bins)
  private(set) var limit: Int64

  static let bins = 41

  /// Nil without values.
  init?(_ values: [Int64], limit: Int64) {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    self.limit = max(1, limit)
    func quantile(_ part: Double) -> Int64 { sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] }
    (minimum, maximum) = (sorted[0], sorted[sorted.count - 1])
    (p05, median, p95) = (quantile(0.05), quantile(0.5), quantile(0.95))
    let width = 2 * Double(self.limit) / Double(Self.bins)
    for value in sorted {
      let bin = ((Double(value) + Double(self.limit)) / width).rounded(.down)
      histogram[Int(min(max(bin, 0), Double(Self.bins - 1)))] += 1
    }
  }

  var json: JSON {
    [
      "min": .milliseconds(minimum), "p05": .milliseconds(p05), "p50": .milliseconds(median),
      "p95": .milliseconds(p95), "max": .milliseconds(maximum), "histogram": .array(histogram.map(JSON.count)),
    ]
  }
}

extension JSON {
  /// Nanoseconds as milliseconds.
  static func milliseconds(_ nanoseconds: Int64) -> JSON { .number(Double(nanoseconds) / 1e6) }
}

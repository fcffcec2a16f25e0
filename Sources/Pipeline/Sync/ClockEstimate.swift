import Core

/// Offset and drift of one clock against another, from the motion that both streams tell of (sync.md 4.2).
///
/// ```
///   t(b) = t + offset + drift · (t − first)          positive offset: b's stamps are late
/// ```
/// The two are compared in windows of 60 s, each of which gives a lag; a line through the lags gives offset and drift.
struct ClockEstimate: Sendable {
  /// 200 Hz.
  private static let step: Int64 = 5_000_000
  private static let smoothing = 9
  private static let window = 12_000, hop = 6_000
  /// Lags of ±1 s around what is expected.
  private static let reach = 200
  private static let fewestMessages = 50
  private static let leastCorrelation = 0.9
  /// Over all, at 20 Hz, lags of ±30 s.
  private static let coarseFactor = 10, coarseReach = 600
  private static let leastOverlap = UInt64(60 * ClockName.second)
  /// In steps: nearly a day.
  private static let longest: UInt64 = 1 << 24
  private static let fewest = 3, fewestForDrift = 6

  /// What a window says.
  struct Lag: Sendable {
    /// Its middle, in seconds from the first time.
    var at: Double
    /// In nanoseconds.
    var lag: Double
    var correlation: Double
    var weight: Double
  }

  /// Compares a stream's motion with a reference's; `first` is the measurement's first time.
  static func report(
    of series: MotionSeries, against reference: MotionSeries, first: Int64, name: String,
    by motion: SharedMotion = .turning
  ) -> ClockReport {
    var report = ClockReport(reference: name)
    report.motion = motion
    guard let start = [series.times.first, reference.times.first].compactMap({ $0 }).max(),
      let end = [series.times.last, reference.times.last].compactMap({ $0 }).min(), start < end,
      !series.times.isEmpty, !reference.times.isEmpty, distance(start, end) >= leastOverlap
    else {
      report.reason = .shortOverlap
      return report
    }
    let count = Int(min(distance(start, end) / UInt64(step), longest)) + 1
    func sampled(_ series: MotionSeries) -> [Double] {
      motion.changes(series.sampled(from: start, count: count, step: step, smoothing: smoothing), step: step)
    }
    let one = sampled(reference), other = sampled(series)
    let centre = coarse(one, other)
    guard !centre.isAmbiguous else {
      report.reason = .periodic
      return report
    }
    let found = lags(one, other, reference.times, start: start, centre: centre.lag, &report)
    guard report.reason == nil else { return report }
    let since = Double(start.subtractingSaturated(first)) / 1e9
    fit(found.map { Lag(at: $0.at + since, lag: $0.lag, correlation: $0.correlation, weight: $0.weight) }, &report)
    let slower = max(series.period ?? 0, reference.period ?? 0)
    check(slower: slower, &report)
    return report
  }

  /// Where to look, in steps; ambiguous when the whole drive fits at several lags.
  private static func coarse(_ one: [Double], _ other: [Double]) -> (lag: Int, isAmbiguous: Bool) {
    func thinned(_ values: [Double]) -> [Double] {
      stride(from: 0, to: values.count, by: coarseFactor).map { values[$0] }
    }
    let (one, other) = (thinned(one), thinned(other))
    let reach = min(coarseReach, one.count / 3)
    // What is far from the ends is there at every lag.
    guard let all = Correlation(one, 0..<one.count, other, centre: 0, reach: reach, stride: 1), all.peak >= 0.5 else {
      return (0, false)
    }
    guard !all.isAmbiguous else { return (0, true) }
    let lag = Int(all.lag.rounded()) * coarseFactor
    return (abs(lag) > Self.reach * 4 / 5 ? lag : 0, false)
  }

  private static func lags(
    _ one: [Double], _ other: [Double], _ times: [Int64], start: Int64, centre: Int, _ report: inout ClockReport
  ) -> [Lag] {
    var centre = centre, found: [Lag] = []
    var moving = 0, limited = 0, periodic = 0, opposite = 0
    for begin in stride(from: 0, through: max(0, one.count - window), by: hop) {
      let stretch = begin..<min(begin + window, one.count)
      report.windowsTotal += 1
      guard Self.moves(one, stretch, report.motion), Self.count(times, start, stretch) >= fewestMessages else {
        continue
      }
      moving += 1
      guard let fit = Correlation(one, stretch, other, centre: centre, reach: reach, stride: 4) else { continue }
      if fit.trough <= -leastCorrelation, fit.peak < leastCorrelation {
        opposite += 1
      } else if fit.isAmbiguous {
        periodic += 1
      } else if fit.isAtLimit {
        limited += 1
      } else if fit.peak >= leastCorrelation {
        let middle = Double(stretch.lowerBound + stretch.upperBound) / 2 * Double(step) / 1e9
        found.append(Lag(at: middle, lag: fit.lag * Double(step), correlation: fit.peak, weight: fit.weight))
        centre = Int(fit.lag.rounded())
      }
    }
    report.windows = found.count
    guard found.count < fewest else { return found }
    report.reason =
      moving == 0
      ? report.motion == .turning ? .noMotion : .steady
      : 2 * opposite > moving
        ? .opposite : 2 * periodic > moving ? .periodic : 2 * limited > moving ? .atLimit : .noAgreement
    return found
  }

  /// Whether the reference moves enough to see something.
  private static func moves(_ values: [Double], _ stretch: Range<Int>, _ motion: SharedMotion) -> Bool {
    let known = values[stretch].filter { !$0.isNaN }
    guard 2 * known.count >= stretch.count else { return false }
    let mean = known.reduce(0, +) / Double(known.count)
    let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count)
    return variance >= motion.least * motion.least
  }

  private static func count(_ times: [Int64], _ start: Int64, _ stretch: Range<Int>) -> Int {
    let from = start + Int64(stretch.lowerBound) * step, to = start + Int64(stretch.upperBound) * step
    return times.lowerBound(of: to) - times.lowerBound(of: from)
  }

  // MARK: A line through the lags

  private static func fit(_ lags: [Lag], _ report: inout ClockReport) {
    var kept = lags
    var line = Line(kept, hasSlope: kept.count >= fewestForDrift)
    for _ in 0..<3 {
      let residuals = kept.map { abs($0.lag - line.value(at: $0.at)) }
      let limit = 4.5 * (residuals.middle + 1000)
      let inside = zip(kept, residuals).filter { $0.1 <= limit }.map(\.0)
      guard inside.count < kept.count, inside.count >= fewest else { break }
      kept = inside
      line = Line(kept, hasSlope: kept.count >= fewestForDrift)
    }
    let residuals = kept.map { abs($0.lag - line.value(at: $0.at)) }.sorted()
    report.windows = kept.count
    report.offset = line.offset
    report.offsetInterval = line.offsetInterval
    if line.hasSlope { (report.drift, report.driftInterval) = (line.slope / 1000, line.slopeInterval / 1000) }
    report.correlation = kept.map(\.correlation).middle
    report.residualP95 = residuals[min(residuals.count - 1, residuals.count * 95 / 100)]
    report.residualMAD = residuals.middle
  }

  private static func check(slower: Int64, _ report: inout ClockReport) {
    if let scatter = report.residualMAD, scatter > Double(slower) / 2 {
      report.reason = .scatter
      (report.offset, report.offsetInterval, report.drift, report.driftInterval) = (nil, nil, nil, nil)
    }
    report.cause = report.offset.flatMap(ClockName.cause(estimated:))
  }
}

/// A straight line through lags by weighted least squares, or their mean; offset in nanoseconds, slope in nanoseconds a
/// second.
private struct Line {
  let hasSlope: Bool
  private(set) var offset: Double
  private(set) var slope = 0.0
  private(set) var offsetInterval: Double
  private(set) var slopeInterval = 0.0

  init(_ lags: [ClockEstimate.Lag], hasSlope: Bool) {
    self.hasSlope = hasSlope
    func sum(_ value: (ClockEstimate.Lag) -> Double) -> Double { lags.reduce(0) { $0 + $1.weight * value($1) } }
    let total = sum { _ in 1 }
    let meanAt = sum(\.at) / total, meanLag = sum(\.lag) / total
    let spread = sum { ($0.at - meanAt) * ($0.at - meanAt) }
    if hasSlope, spread > 0 { slope = sum { ($0.at - meanAt) * ($0.lag - meanLag) } / spread }
    offset = meanLag - slope * meanAt
    let (offset, slope) = (offset, slope)
    let squares = sum { lag in
      let residual = lag.lag - offset - slope * lag.at
      return residual * residual
    }
    let freedom = lags.count - (hasSlope ? 2 : 1)
    // Windows overlap by half, so that two of them tell little more than one.
    let variance = 2 * squares / Double(max(1, freedom))
    let t = Self.quantile(freedom)
    let tilt = hasSlope && spread > 0 ? meanAt * meanAt / spread : 0
    offsetInterval = t * (variance * (1 / total + tilt)).squareRoot()
    slopeInterval = hasSlope && spread > 0 ? t * (variance / spread).squareRoot() : 0
  }

  func value(at time: Double) -> Double { offset + slope * time }

  /// Of Student's t for 95 %, within a percent.
  private static func quantile(_ freedom: Int) -> Double {
    let table = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
    return freedom < 1 ? table[0] : freedom <= table.count ? table[freedom - 1] : 1.96 + 2.68 / Double(freedom)
  }
}

extension [Double] {
  /// The median.
  fileprivate var middle: Double { isEmpty ? 0 : sorted()[count / 2] }
}

extension [Int64] {
  /// The first index whose value is not less, in a sorted list.
  func lowerBound(of value: Int64) -> Int {
    indices.bisect { self[$0] >= value }
  }
}

import Core

/// A value at an instant, and the gap-free stretch of its series that the instant lies in.
struct StretchValue: Sendable, Equatable {
  /// NaN where nothing is known.
  var value: Double
  var stretch: Int

  static let unknown = StretchValue(value: .nan, stretch: -1)
}

/// Numbers over time, known between neighbours that are not too far apart.
struct Series: Sendable {
  let times: [Int64]
  let values: [Double]
  /// In degrees; else none.
  let isDirection: Bool
  /// In nanoseconds.
  let maxGap: Int64
  /// Of each row; the next begins after each gap.
  let stretches: [Int]

  /// Rows need no order; those without time or value are left out, of several of one time the last counts.
  init(_ rows: [(time: Int64?, value: Double)], isDirection: Bool = false, maxGap: Int64? = nil) {
    var kept = rows.compactMap { row in row.time.flatMap { row.value.isFinite ? ($0, row.value) : nil } }
    if !zip(kept, kept.dropFirst()).allSatisfy({ $0.0 <= $1.0 }) {
      kept = kept.enumerated().sorted { ($0.1.0, $0.0) < ($1.1.0, $1.0) }.map(\.element)
    }
    var times: [Int64] = [], values: [Double] = []
    for (time, value) in kept {
      if times.last == time {
        values[values.count - 1] = value
      } else {
        times.append(time)
        values.append(value)
      }
    }
    self.init(times: times, values: values, isDirection: isDirection, maxGap: maxGap ?? Self.usualGap(times))
  }

  /// Sorted times without repeats.
  init(times: [Int64], values: [Double], isDirection: Bool, maxGap: Int64) {
    (self.times, self.values, self.isDirection, self.maxGap) = (times, values, isDirection, maxGap)
    var stretch = 0
    stretches = times.indices.map { row in
      if row > 0, distance(times[row - 1], times[row]) > UInt64(maxGap) { stretch += 1 }
      return stretch
    }
  }

  /// 2.5 usual periods; 0 for fewer than two rows.
  static func usualGap(_ times: [Int64]) -> Int64 {
    guard let usual = Rates.medianGap(times) else { return 0 }
    return usual > Int64.max / 5 ? .max : usual * 5 / 2
  }

  /// Sorted instants.
  func at(_ instants: [Int64]) -> [StretchValue] {
    let near = times.window(around: instants)
    let resampling = Resampling(times: Array(times[near]), instants: instants, maxGap: maxGap)
    let own = Array(values[near])
    let found = isDirection ? resampling.circular(own, period: 360) : resampling.linear(own)
    return instants.indices.map { index in
      guard let value = found[index], let bracket = resampling.bracket(index) else { return .unknown }
      return StretchValue(value: value, stretch: stretches[near.lowerBound + bracket.first])
    }
  }
}

extension Int64 {
  /// The sum, or the last number that there is.
  func moved(by step: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(step)
    return overflow ? (step < 0 ? .min : .max) : sum
  }
}

extension [Int64] {
  /// Of sorted times, those from the last before the first of sorted instants to the first after the last.
  func window(around instants: [Int64]) -> Range<Int> {
    guard let first = instants.first, let last = instants.last else { return 0..<0 }
    let low = Swift.max(0, upperBound(of: first) - 1)
    return low..<Swift.max(low, Swift.min(count, upperBound(of: last) + 1))
  }
}

/// A signal that can be asked at any instants: recorded, or derived from others.
struct EgoSignal: Sendable {
  /// Sorted instants.
  let at: @Sendable ([Int64]) -> [StretchValue]
  /// For `ego_source`.
  let origin: String

  init(_ series: Series, origin: String) {
    at = series.at
    self.origin = origin
  }

  init(origin: String, _ at: @escaping @Sendable ([Int64]) -> [StretchValue]) {
    (self.origin, self.at) = (origin, at)
  }

  private static let window: Int64 = 300_000_000

  /// The central difference over 0.3 s, times a factor; unknown where a gap lies in between.
  func derivative(origin: String, isDirection: Bool = false, factor: Double = 1) -> EgoSignal {
    EgoSignal(origin: origin) { instants in
      let half = Self.window / 2
      let before = at(instants.map { $0.moved(by: -half) })
      let after = at(instants.map { $0.moved(by: half) })
      return zip(before, after).map { one, other in
        guard one.stretch == other.stretch, one.value.isFinite, other.value.isFinite else { return .unknown }
        let change = other.value - one.value
        let turned = isDirection ? change.remainder(dividingBy: 360) : change
        return StretchValue(value: turned / (Double(Self.window) / 1e9) * factor, stretch: one.stretch)
      }
    }
  }

  func times(_ other: EgoSignal, origin: String) -> EgoSignal {
    EgoSignal(origin: origin) { instants in
      zip(at(instants), other.at(instants)).map { StretchValue(value: $0.value * $1.value, stretch: $0.stretch) }
    }
  }
}

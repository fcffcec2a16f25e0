package import Core

/// How regularly the messages of a channel come: fed with their record times in file order, in constant memory.
///
/// Intervals are counted in buckets 1/32 of an octave wide, so percentiles are right to about 2 %.
package struct Rhythm: Sendable {
  package private(set) var count = 0
  package private(set) var range: TimeRange?
  /// Times earlier than the one before.
  package private(set) var backward = 0
  /// Times equal to the one before.
  package private(set) var repeated = 0
  /// The longest interval and where it begins.
  package private(set) var longest: (nanoseconds: Int64, from: Int64)?
  private var last: Int64 = 0
  /// By octave, empty where nothing was counted: a file can have many channels with few messages.
  private var octaves: [[Int]] = []

  private static let octave = 32

  package init() {}

  package mutating func add(_ time: Int64) {
    defer {
      last = time
      count += 1
    }
    guard count > 0, let known = range else {
      range = TimeRange(start: Timestamp(nanoseconds: time), end: Timestamp(nanoseconds: time))
      return
    }
    range = known.extended(to: Timestamp(nanoseconds: time))
    let (interval, overflow) = time.subtractingReportingOverflow(last)
    guard !overflow else { return }
    if interval < 0 {
      backward += 1
    } else if interval == 0 {
      repeated += 1
    } else {
      if interval > longest?.nanoseconds ?? 0 { longest = (interval, last) }
      if octaves.isEmpty { octaves = Array(repeating: [], count: 64) }
      let (octave, part) = Self.bucket(interval)
      if octaves[octave].isEmpty { octaves[octave] = Array(repeating: 0, count: Self.octave) }
      octaves[octave][part] += 1
    }
  }

  package mutating func add(_ times: [Int64]) { for time in times { add(time) } }

  /// Messages a second between the first and the last; nil below two messages or without duration.
  package var rate: Double? {
    guard count > 1, let range, range.end > range.start else { return nil }
    return Double(count - 1) / (Double(range.end.nanoseconds - range.start.nanoseconds) / 1e9)
  }

  /// The interval that a share of the intervals do not exceed, in nanoseconds; nil without intervals.
  package func percentile(_ share: Double) -> Double? {
    let total = counts.reduce(0) { $0 + $1.number }
    guard total > 0 else { return nil }
    let wanted = max(1, Int((Double(total) * share).rounded(.up)))
    var seen = 0
    for (bucket, number) in counts {
      seen += number
      if seen >= wanted { return Self.middle(of: bucket) }
    }
    return nil
  }

  /// Intervals longer than `periods` median intervals.
  package func gaps(longerThan periods: Double) -> Int {
    guard let median = percentile(0.5) else { return 0 }
    return counts.reduce(0) { Self.middle(of: $1.bucket) > median * periods ? $0 + $1.number : $0 }
  }

  /// The buckets that are not empty, from the shortest intervals on.
  private var counts: [(bucket: Int, number: Int)] {
    octaves.enumerated().flatMap { octave, parts in
      parts.enumerated().compactMap { $1 > 0 ? (octave * Self.octave + $0, $1) : nil }
    }
  }

  private static func bucket(_ interval: Int64) -> (octave: Int, part: Int) {
    let exponent = 63 - interval.leadingZeroBitCount
    let shifted = exponent >= 5 ? interval >> Int64(exponent - 5) : interval << Int64(5 - exponent)
    return (exponent, Int(shifted & 31))
  }

  private static func middle(of bucket: Int) -> Double {
    let base = Double(UInt64(1) << UInt64(bucket / octave))
    return base * (1 + (Double(bucket % octave) + (bucket / octave >= 5 ? 0.5 : 0)) / Double(octave))
  }
}

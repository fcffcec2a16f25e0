import Core

/// Pairs the messages of a stream with reference messages, one to one (sync.md 3.1).
///
/// Message m and reference r pair if m minimises |e(m) − t(r)| over the stream and r minimises it over the references,
/// and it is at most the tolerance; e(m) = t(m) − phase. Of equals the earlier in time, then the earlier in the file.
struct NearestMatching {
  /// What became of each reference.
  enum Pairing: Sendable, Equatable {
    case message(Int)
    /// The nearest message is too far.
    case tooFar(Int)
    /// The nearest message is nearer to another reference.
    case taken(Int)
    case noMessage
  }

  /// The expected lag behind the reference in nanoseconds, either sign.
  var phase: Int64 = 0
  var tolerance: Int64
  /// Each reference takes its nearest message, whether or not another has it.
  var isReused = false

  /// Both lists are sorted, equal times in file order; takes O(n + m).
  func pairs(of times: [Int64], with references: [Int64]) -> [Pairing] {
    let effective = times.map { $0.subtractingSaturated(phase) }
    let nearest = Self.nearest(of: references, in: effective)
    let back = isReused ? [] : Self.nearest(of: effective, in: references)
    return references.indices.map { reference in
      guard let message = nearest[reference] else { return .noMessage }
      guard distance(effective[message], references[reference]) <= UInt64(max(0, tolerance)) else {
        return .tooFar(message)
      }
      return isReused || back[message] == reference ? .message(message) : .taken(message)
    }
  }

  /// For each time the element with the smallest distance; of equals the first.
  static func nearest(of times: [Int64], in elements: [Int64]) -> [Int?] {
    var cursor = AsOfCursor(elements)
    // The first of the elements that have the time of the last one before.
    var firstOfRun = 0
    return times.map { time in
      cursor.advance(to: time)
      let next = cursor.next
      if let next, elements[next] == time { return next }
      guard let last = cursor.previous else { return next }
      if elements[firstOfRun] != elements[last] {
        firstOfRun = last
        while firstOfRun > 0, elements[firstOfRun - 1] == elements[last] { firstOfRun -= 1 }
      }
      guard let next, distance(elements[next], time) < distance(elements[last], time) else { return firstOfRun }
      return next
    }
  }
}

/// The usual lag of a stream behind the reference, where it has one.
struct Phase: Sendable, Equatable {
  enum Source: String, Sendable {
    /// Told by the user, or 0 because nothing was asked for.
    case fixed
    case estimated
    /// Asked for, and not to be seen: 0 is used.
    case unknown
  }

  var value: Int64
  var source: Source

  /// Median lag of mutual-nearest pairs within half a reference period, if there are enough that agree.
  static func estimate(of times: [Int64], against references: [Int64]) -> Phase {
    guard let period = Rates.medianGap(references), period > 0 else { return Phase(value: 0, source: .unknown) }
    let pairs = NearestMatching(tolerance: period / 2).pairs(of: times, with: references)
    var lags: [Int64] = []
    for (reference, pair) in pairs.enumerated() {
      if case .message(let message) = pair { lags.append(times[message] &- references[reference]) }
    }
    guard lags.count >= Self.fewest else { return Phase(value: 0, source: .unknown) }
    let middle = lags.median
    let spread = lags.map { Int64(clamping: distance($0, middle)) }.median
    guard spread <= period / 10 else { return Phase(value: 0, source: .unknown) }
    return Phase(value: middle, source: .estimated)
  }

  private static let fewest = 30
}

/// Gaps between the times of a stream.
enum Rates {
  /// The median of the gaps between sorted times; nil for fewer than two.
  static func medianGap(_ times: [Int64]) -> Int64? {
    guard times.count > 1 else { return nil }
    return zip(times, times.dropFirst()).map { Int64(clamping: distance($0, $1)) }.median
  }
}

extension [Int64] {
  /// The middle value, of an even number the later of the two in the middle; 0 of none.
  var median: Int64 { isEmpty ? 0 : quantile(0.5) }

  /// The value at a part of the way from the smallest to the largest.
  func quantile(_ part: Double) -> Int64 {
    ranked(Swift.min(count - 1, Int(Double(count) * part)))
  }

  /// The value that has an index once they are sorted; they are only sorted as far as that needs (Hoare's selection).
  func ranked(_ rank: Int) -> Int64 {
    var values = self
    var low = 0, high = count - 1
    // Values that defeat the choice of pivots are sorted.
    for _ in 0..<64 where low < high {
      let ends = [values[low], values[low + (high - low) / 2], values[high]].sorted()
      let pivot = ends[1]
      var left = low, right = high
      while left <= right {
        while values[left] < pivot { left += 1 }
        while pivot < values[right] { right -= 1 }
        guard left <= right else { break }
        values.swapAt(left, right)
        left += 1
        right -= 1
      }
      if rank <= right {
        high = right
      } else if rank >= left {
        low = left
      } else {
        return pivot
      }
    }
    return low < high ? values.sorted()[rank] : values[rank]
  }
}

extension Int64 {
  func subtractingSaturated(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other > 0 ? .min : .max) : difference
  }

  func addingSaturated(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }
}

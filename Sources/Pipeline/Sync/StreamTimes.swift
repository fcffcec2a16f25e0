import Core

/// The times of a stream's messages as its table has them, in the table's order; nanoseconds since 1970.
package struct RecordedTimes: Sendable {
  /// The time that extraction used.
  package var used: [Int64]
  /// When the recorder had it; empty where the table does not say.
  package var log: [Int64] = []
  /// 0 where it has none; empty where the table has none at all.
  package var publish: [Int64] = []
  package var stamps: [Int64] = []

  /// What extraction says of `used`: `log`, `header`, `master`.
  package var source: String?

  package init(used: [Int64]) { self.used = used }

  package var count: Int { used.count }
}

/// Which time of each message is used, decided once a stream (sync.md 1.2).
struct ChosenTimes: Sendable {
  var times: [Int64]
  private(set) var source: Source
  /// Median of stamp − record time, in nanoseconds, and the quantiles around it; nil without stamps.
  private(set) var stampOffsets: (median: Int64, p05: Int64, p95: Int64)?
  /// Messages whose stamp was far off and was taken from the record time.
  private(set) var repaired = 0
  /// What was added because a person asked for it.
  private(set) var shift: Int64 = 0
  private(set) var warnings: [String] = []

  enum Source: String, Sendable { case header, log, publish, master, repaired, shifted }

  /// A stamp farther than this from the record time is on another clock.
  private static let farthest: Int64 = 10 * ClockName.second

  /// - Throws: `SyncError` when the rules ask for a time that the stream has not.
  init(_ recorded: RecordedTimes, _ rules: StreamRules, stream: String) throws(SyncError) {
    let base = recorded.log.isEmpty ? recorded.used : recorded.log
    let differences = zip(recorded.stamps, base).compactMap { $0 == 0 ? nil : $0.subtractingSaturated($1) }
    let median = differences.median
    if !differences.isEmpty {
      stampOffsets = (median, differences.quantile(0.05), differences.quantile(0.95))
    }
    times = base
    source = .log
    var rule = rules.time ?? .automatic
    // A scale that is named is that of the stamps.
    if case .named? = rules.clock { rule = .header }
    switch rule {
    case .log: break
    case .publish:
      guard recorded.publish.contains(where: { $0 != 0 }) else {
        throw .time(stream, "has no publish times")
      }
      times = zip(recorded.publish, base).map { $0 == 0 ? $1 : $0 }
      source = .publish
    case .header:
      guard !differences.isEmpty else { throw .time(stream, "has no header stamps") }
      useStamps(recorded.stamps, base, median)
    case .automatic:
      guard !differences.isEmpty else {
        // What extraction found is all there is to choose from.
        times = recorded.used
        source = recorded.source.flatMap(Source.init(rawValue:)) ?? .log
        break
      }
      if differences.count * 100 >= recorded.count * 95, median.magnitude <= Self.farthest.magnitude {
        useStamps(recorded.stamps, base, median)
      } else {
        warn(differences.count * 100 / recorded.count, median, recorded.stamps.median)
      }
    }
    try shift(rules.clock, median, stream)
    // What is known of the stamps says nothing of other times.
    if let late = rules.timestampOffset, source == .header || source == .shifted {
      for row in times.indices { times[row] = times[row].subtractingSaturated(late) }
    }
  }

  private mutating func useStamps(_ stamps: [Int64], _ log: [Int64], _ median: Int64) {
    source = .header
    for row in times.indices {
      let difference = stamps[row].subtractingSaturated(log[row])
      if stamps[row] != 0, distance(difference, median) <= UInt64(Self.farthest) {
        times[row] = stamps[row]
      } else {
        times[row] = log[row].addingSaturated(median)
        repaired += 1
      }
    }
  }

  private mutating func warn(_ share: Int, _ median: Int64, _ stamp: Int64) {
    var text = "record time is used: \(share) % of the stamps are set, their median is \(median) ns off"
    if median.magnitude > Self.farthest.magnitude, let cause = ClockName.cause(offset: median, stamp: stamp) {
      text += " (\(cause.rawValue))"
    }
    warnings.append(text)
  }

  private mutating func shift(_ rule: StreamRules.ClockRule?, _ median: Int64, _ stream: String) throws(SyncError) {
    switch rule {
    case nil: return
    case .shift(let value)?: shift = value
    case .named(let name)?:
      guard let correction = name.correction(offset: median) else {
        throw .time(stream, "is in a zone of its own: give its offset, such as -2h")
      }
      if name.countsLeapSeconds, let first = times.first, first.addingSaturated(correction) < ClockName.lastLeapSecond {
        throw .time(stream, "is from before 2017, when leap seconds were fewer: give the shift itself")
      }
      shift = correction
    }
    for row in times.indices { times[row] = times[row].addingSaturated(shift) }
    source = .shifted
  }
}

package import Core

/// What is asked of the streams that a pattern matches; what it does not say is as by default.
package struct StreamRules: Sendable {
  /// A sample without it is incomplete.
  package var isRequired: Bool?
  /// Messages are matched whole, or sampled.
  package var nature: StreamNature?
  /// In nanoseconds.
  package var tolerance: Int64?
  package var phase: PhaseRule?
  /// Several samples may use one message.
  package var isReused: Bool?
  /// Policies of columns, by pattern; the first that matches counts.
  package var policies: [(column: Glob, policy: Interpolation)]?
  /// In nanoseconds.
  package var maxGap: Int64?
  package var maxAge: Int64?
  package var time: TimeRule?
  package var clock: ClockRule?
  /// In nanoseconds: how late the header stamp is by design.
  package var timestampOffset: Int64?
  /// Estimates that are applied must be there.
  package var isClockRequired: Bool?

  package init() {}

  /// The expected lag behind the reference.
  package enum PhaseRule: Sendable, Hashable {
    case automatic
    case fixed(Int64)
  }

  /// Which of a message's times is used.
  package enum TimeRule: String, Sendable, CaseIterable {
    case automatic = "auto"
    case header, log, publish
  }

  /// A correction that a person asks for.
  package enum ClockRule: Sendable, Hashable {
    case named(ClockName)
    /// Added, in nanoseconds.
    case shift(Int64)

    /// `gps-utc`, `tai`, …, or a signed duration such as `+12.5ms`.
    package init?(_ text: String) {
      if let name = ClockName(rawValue: text) {
        self = .named(name)
      } else if let shift = Measure.duration(text.hasPrefix("+") ? String(text.dropFirst()) : text) {
        self = .shift(shift)
      } else {
        return nil
      }
    }

    var text: String {
      switch self {
      case .named(let name): name.rawValue
      case .shift(let shift): "\(shift)ns"
      }
    }
  }

  var json: JSON {
    var object: JSONObject = [:]
    object["clock"] = clock.map { .string($0.text) }
    object["clock_required"] = isClockRequired.map { .bool($0) }
    object["max_age_ns"] = maxAge.map(JSON.count)
    object["max_gap_ns"] = maxGap.map(JSON.count)
    object["nature"] = nature.map { .string($0.rawValue) }
    switch phase {
    case .automatic?: object["phase"] = "auto"
    case .fixed(let phase)?: object["phase"] = .count(phase)
    case nil: break
    }
    object["policies"] = policies.map { policies in
      .array(policies.map { [.string($0.column.description), .string($0.policy.rawValue)] })
    }
    object["required"] = isRequired.map { .bool($0) }
    object["reuse"] = isReused.map { .bool($0) }
    object["time"] = time.map { .string($0.rawValue) }
    object["timestamp_offset_ns"] = timestampOffset.map(JSON.count)
    object["tolerance_ns"] = tolerance.map(JSON.count)
    return .object(object)
  }

  /// These rules, and where they say nothing those of another.
  func filled(from other: StreamRules) -> StreamRules {
    var rules = self
    rules.isRequired = isRequired ?? other.isRequired
    rules.nature = nature ?? other.nature
    rules.tolerance = tolerance ?? other.tolerance
    rules.phase = phase ?? other.phase
    rules.isReused = isReused ?? other.isReused
    rules.policies = policies ?? other.policies
    rules.maxGap = maxGap ?? other.maxGap
    rules.maxAge = maxAge ?? other.maxAge
    rules.time = time ?? other.time
    rules.clock = clock ?? other.clock
    rules.timestampOffset = timestampOffset ?? other.timestampOffset
    rules.isClockRequired = isClockRequired ?? other.isClockRequired
    return rules
  }
}

/// How messages of a stream are used.
package enum StreamNature: String, Sendable, CaseIterable {
  /// Matched whole, never interpolated: camera, lidar, radar.
  case frame
  /// Sampled at a sample's time: CAN, IMU, GNSS, tables of numbers.
  case state
}

/// Rules, and the streams they are for: a name, or a glob.
package struct StreamEntry: Sendable {
  package var pattern: Glob
  package var rules: StreamRules

  package init(_ pattern: Glob, _ rules: StreamRules) {
    self.pattern = pattern
    self.rules = rules
  }

  /// More for a pattern that leaves less open: a name above any glob, then by the characters that stand for themselves.
  fileprivate var specificity: Int {
    let text = pattern.description
    let open = text.utf8.filter { "*?[]{}!".utf8.contains($0) }.count
    return open == 0 && !text.hasPrefix("re:") ? .max : text.utf8.count - 2 * open
  }
}

extension SyncSettings {
  /// The rules for a stream: of the options that match, the most specific; then of the configuration.
  ///
  /// - Throws: `UsageError` when two patterns are as specific.
  func rules(for stream: String) throws(UsageError) -> StreamRules {
    var rules = StreamRules()
    // Options are one setting each, and several may be for one stream.
    let options = overrides.filter { $0.pattern.matches(stream) }.sorted { $0.specificity > $1.specificity }
    for entry in options { rules = rules.filled(from: entry.rules) }
    let matching = streams.filter { $0.pattern.matches(stream) }
    guard let most = matching.map(\.specificity).max() else { return rules }
    let best = matching.filter { $0.specificity == most }
    guard best.count == 1 else {
      throw UsageError("'\(best[0].pattern)' and '\(best[1].pattern)' match '\(stream)' alike: which is meant?")
    }
    return rules.filled(from: best[0].rules)
  }
}

package import Core

/// How the streams of a measurement are brought onto one time line: the whole of it decides the output, so the digest of
/// its JSON names the datastream.
package struct SyncSettings: Sendable {
  /// How messages find each other (sync.md 3).
  package enum Policy: String, Sendable, CaseIterable { case nearest, approximate, exact, latest, grid }
  /// Which stamp of a set is the sample's.
  package enum SampleTime: String, Sendable, CaseIterable { case ref, last, first, mid }
  /// What becomes of samples that lack a required stream.
  package enum Incomplete: String, Sendable, CaseIterable { case keep, drop, pad }
  /// What is drawn besides the tables.
  package enum Picture: String, Sendable, CaseIterable { case html }

  /// Streams that take part, by name.
  package var only = GlobSet.all
  package var policy = Policy.nearest
  /// Name of the stream that gives the sample times; else the first lidar, the first camera, the slowest frame stream.
  package var reference: String?
  /// In nanoseconds: the grid's period.
  package var period: Int64?
  /// In nanoseconds: samples at this distance are key frames; nil for all.
  package var keyframes: Int64?
  /// In nanoseconds from the first message of all.
  package var skipStart: Int64 = 0
  package var incomplete = Incomplete.keep
  package var sampleTime = SampleTime.ref
  /// ApproximateTime's numbers.
  package var approximate = ApproximateSettings()
  /// Rules of streams: by the configuration, and above them by options.
  package var streams: [StreamEntry] = []
  package var overrides: [StreamEntry] = []
  package var clocks = ClockSettings()
  /// Columns of the wide table, `stream/column`; nil for no such table.
  package var wide: GlobSet?
  package var picture: Picture?

  package init() {}

  /// With every default filled in; keys in alphabetical order.
  package var json: JSON {
    func list(_ entries: [StreamEntry]) -> JSON {
      .array(entries.map { ["pattern": .string($0.pattern.description), "rules": $0.rules.json] })
    }
    var object: JSONObject = [
      "approximate": approximate.json, "clocks": clocks.json, "incomplete": .string(incomplete.rawValue),
      "only": Self.list(only), "keyframes_ns": keyframes.map(JSON.count) ?? .null, "overrides": list(overrides),
      "period_ns": period.map(JSON.count) ?? .null, "policy": .string(policy.rawValue),
      "reference": reference.map { .string($0) } ?? .null, "sample_time": .string(sampleTime.rawValue),
      "skip_start_ns": .count(skipStart), "streams": list(streams),
    ]
    object["picture"] = picture.map { .string($0.rawValue) } ?? .null
    object["wide"] = wide.map(Self.list) ?? .null
    return .object(object)
  }

  private static func list(_ globs: GlobSet) -> JSON {
    .array(globs.included.map { .string("\($0)") } + globs.excluded.map { .string("!\($0)") })
  }
}

/// The numbers of ApproximateTime.
package struct ApproximateSettings: Sendable {
  /// In thousandths.
  package var agePenalty: Int64 = 100
  /// In nanoseconds; nil for no limit.
  package var maxInterval: Int64?
  package var queueSize: Int?

  package init() {}

  var json: JSON {
    [
      "age_penalty": .count(agePenalty), "max_interval_ns": maxInterval.map(JSON.count) ?? .null,
      "queue_size": queueSize.map(JSON.count) ?? .null,
    ]
  }
}

/// Which clocks are compared by which signals, and whether what is found is applied.
package struct ClockSettings: Sendable {
  /// Clocks are estimated and reported.
  package var isEstimated = false
  /// Times are corrected by what was estimated.
  package var isApplied = false
  /// The stream whose clock is the truth; else the one with the highest rate that has a signal.
  package var reference: String?
  /// Yaw rate and speed by stream; empty to look for them by the names of columns.
  package var signals: [(stream: String, signal: MotionSignal)] = []

  package init() {}

  var json: JSON {
    func listed(_ kinds: Set<MotionSignal.Kind>) -> JSONObject {
      JSONObject(signals.filter { kinds.contains($0.signal.kind) }.map { .init(key: $0.stream, value: $0.signal.json) })
    }
    let speeds = listed([.speed])
    var own: JSONObject = [
      "applied": .bool(isApplied), "estimated": .bool(isEstimated),
      "reference": reference.map { .string($0) } ?? .null, "yaw": .object(listed([.rate, .course])),
    ]
    if !speeds.members.isEmpty { own["speed"] = .object(speeds) }
    return .object(own)
  }
}

/// Where a stream tells how fast the vehicle turns, or how fast it goes.
package struct MotionSignal: Sendable, Hashable {
  package enum Kind: String, Sendable, CaseIterable {
    /// A yaw rate in any unit.
    case rate
    /// A course over ground, of which the rate is taken.
    case course
    /// A speed, which clocks are compared by where no yaw rate is known.
    case speed
  }

  package var column: String
  package var kind = Kind.rate
  /// 1 for positive to the left, as ISO 8855; -1 where it is the other way round.
  package var sign: Int64 = 1
  /// `deg` or `rad`, of a speed any unit that is known; nil to go by the column.
  package var unit: String?
  /// Speed in m/s: a course is used only where it is at least 3.
  package var speed: String?

  package init(column: String) { self.column = column }

  var json: JSON {
    [
      "column": .string(column), "kind": .string(kind.rawValue), "sign": .count(sign),
      "speed": speed.map { .string($0) } ?? .null, "unit": unit.map { .string($0) } ?? .null,
    ]
  }
}

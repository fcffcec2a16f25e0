package import Core

/// Reads the settings of a synchronisation from a configuration file; what it does not name keeps its default.
///
/// ```json5
/// { policy: "nearest", reference: "lidar/top", keyframes: "2Hz", skip_start: "2s", incomplete: "keep",
///   streams: { "lidar/top": {required: true}, "camera/*": {tolerance: "25ms", phase: "auto", required: true},
///              "can/*": {policies: {gear: "previous", speed: "linear"}, max_gap: "100ms"} },
///   clocks: { reference: "imu/main", yaw: {"imu/main": "gyro_z", "can/esp": "-yaw_rate"}, apply: false } }
/// ```
extension SyncSettings {
  package init(_ file: Configuration) throws {
    self.init()
    only = try file.globs("only") ?? .all
    policy = try file.choice("policy") ?? .nearest
    reference = try file.string("reference")
    if let rate = try file.rate("rate") {
      period = try Self.period(rate, file, "rate")
      if file.value("policy") == nil { policy = .grid }
    }
    if let rate = try file.rate("keyframes") { keyframes = try Self.period(rate, file, "keyframes") }
    skipStart = try file.duration("skip_start") ?? 0
    incomplete = try file.choice("incomplete") ?? .keep
    sampleTime = try file.choice("sample_time") ?? .ref
    if let numbers = try file.table("approximate") { approximate = try ApproximateSettings(numbers) }
    if let entries = try file.table("streams") {
      for pattern in entries.keys {
        guard let table = try entries.table(pattern) else { continue }
        do throws(Glob.Failure) { streams.append(StreamEntry(try Glob(pattern), StreamRules())) } catch {
          throw entries.error(pattern, "is refused: \(error)")
        }
        streams[streams.count - 1].rules = try StreamRules(table)
      }
    }
    if let table = try file.table("clocks") { clocks = try ClockSettings(table) }
    wide = try file.globs("columns")
    picture = try file.choice("report")
    try file.finish()
  }

  /// Nanoseconds between so many a second.
  package static func period(of rate: Double) -> Int64? {
    guard rate > 1e-9, rate <= 1e9 else { return nil }
    return Int64((1e9 / rate).rounded())
  }

  private static func period(_ rate: Double, _ file: Configuration, _ key: String) throws -> Int64 {
    guard let period = period(of: rate) else { throw file.error(key, "must be more than 0 and at most 1 GHz") }
    return period
  }
}

extension ApproximateSettings {
  fileprivate init(_ table: Configuration) throws {
    self.init()
    if let penalty = try table.number("age_penalty", in: 0...1000) { agePenalty = Int64((penalty * 1000).rounded()) }
    maxInterval = try table.duration("max_interval")
    queueSize = try table.integer("queue_size", in: 1...1_000_000).map { Int($0) }
  }
}

extension ClockSettings {
  fileprivate init(_ table: Configuration) throws {
    self.init()
    isEstimated = try table.bool("estimate") ?? true
    isApplied = try table.bool("apply") ?? false
    reference = try table.string("reference")
    if let yaw = try table.table("yaw") { try add(yaw, .rate) }
    if let speeds = try table.table("speed") { try add(speeds, .speed) }
  }

  private mutating func add(_ table: Configuration, _ kind: MotionSignal.Kind) throws {
    for stream in table.keys {
      if case .object? = table.value(stream), let own = try table.table(stream) {
        signals.append((stream, try MotionSignal(own, kind)))
      } else if let column = try table.string(stream) {
        var signal = MotionSignal(column: column.hasPrefix("-") ? String(column.dropFirst()) : column)
        signal.sign = column.hasPrefix("-") ? -1 : 1
        signal.kind = kind
        signals.append((stream, signal))
      }
    }
  }
}

extension MotionSignal {
  /// As in `{column: "course", kind: "course", unit: "deg", sign: 1, speed: "speed"}`.
  fileprivate init(_ table: Configuration, _ usual: Kind) throws {
    self.init(column: try table.required("column", table.string))
    kind = try table.choice("kind") ?? usual
    guard (kind == .speed) == (usual == .speed) else { throw table.error("kind", "is not for this table") }
    sign = try table.integer("sign", in: -1...1) ?? 1
    if sign == 0 { throw table.error("sign", "must be 1 or -1") }
    speed = try table.string("speed")
    unit = try table.string("unit")
    guard let unit else { return }
    guard kind == .speed ? Unit(unit)?.quantity == .speed : ["deg", "rad"].contains(unit) else {
      throw table.error("unit", kind == .speed ? "must be a unit of speed, such as km/h" : "must be deg or rad")
    }
  }
}

extension StreamRules {
  fileprivate init(_ table: Configuration) throws {
    self.init()
    isRequired = try table.bool("required")
    nature = try table.choice("nature")
    tolerance = try Self.amount(table, "tolerance")
    if table.value("phase") == .string("auto") {
      phase = .automatic
    } else if let value = try table.duration("phase") {
      phase = .fixed(value)
    }
    isReused = try table.bool("reuse")
    if let columns = try table.table("policies") {
      policies = try columns.keys.compactMap { column in
        guard let policy: Interpolation = try columns.choice(column) else { return nil }
        do throws(Glob.Failure) { return (try Glob(column), policy) } catch {
          throw columns.error(column, "is refused: \(error)")
        }
      }
    }
    maxGap = try Self.amount(table, "max_gap")
    maxAge = try Self.amount(table, "max_age")
    time = try table.choice("time")
    if let text = try table.string("clock") {
      guard let rule = ClockRule(text) else {
        throw table.error("clock", "must be a shift such as '+12.5ms', or \(ClockName.list)")
      }
      clock = rule
    }
    timestampOffset = try table.duration("timestamp_offset")
    isClockRequired = try table.bool("required_clock")
  }

  private static func amount(_ table: Configuration, _ key: String) throws -> Int64? {
    guard let value = try table.duration(key) else { return nil }
    guard value >= 0 else { throw table.error(key, "must not be negative") }
    return value
  }
}

extension ClockName {
  package static let list = allCases.map(\.rawValue).joined(separator: ", ")
}

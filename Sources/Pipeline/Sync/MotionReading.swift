import Core

/// Finds how each stream tells of the vehicle's motion, and estimates the clocks by it: by how it turns, and by its speed
/// where no yaw rate is known.
struct MotionReading: Sendable {
  let settings: ClockSettings
  let jobs: Int

  /// A report a stream, in the streams' order.
  func reports(of streams: [SyncStream]) throws -> [ClockReport] {
    let turning = try streams.map { try signal(of: $0, .turning) }
    let speeds = try streams.map { try signal(of: $0, .speed) }
    func count(_ signals: [MotionSignal?]) -> Int { signals.count { $0 != nil } }
    let isBySpeed = count(turning) < 2 && count(speeds) > 1
    let signals = isBySpeed ? speeds : turning
    guard let reference = try reference(among: streams.indices.filter { signals[$0] != nil }, streams) else {
      return streams.map { _ in ClockReport(reference: "", reason: .noSignal) }
    }
    let name = streams[reference].name
    var reports = streams.map { _ in ClockReport(reference: name, reason: .noSignal) }
    reports[reference].reason = .isReference
    let seeing = streams.indices.filter { signals[$0] != nil && $0 != reference }
    try compare(seeing, with: reference, streams, signals, by: isBySpeed ? .speed : .turning, &reports)
    if !isBySpeed { try link(streams, speeds, reference, turning, &reports) }
    return Self.shared(reports, streams)
  }

  private func compare(
    _ some: [Int], with reference: Int, _ streams: [SyncStream], _ signals: [MotionSignal?], by motion: SharedMotion,
    _ reports: inout [ClockReport]
  ) throws {
    guard !some.isEmpty, let signal = signals[reference] else { return }
    let name = streams[reference].name
    let first = streams.compactMap(\.order.times.first).min() ?? 0
    let truth = try Self.series(streams[reference], signal)
    var found: [ClockReport] = []
    try parallelMap(some, jobs: jobs) { index in
      guard let signal = signals[index] else { return ClockReport(reference: name, reason: .noSignal) }
      return ClockEstimate.report(
        of: try Self.series(streams[index], signal), against: truth, first: first, name: name, by: motion)
    } _: {
      found.append($0)
    }
    for (index, report) in zip(some, found) { reports[index] = report }
  }

  /// Compares streams without a yaw rate by their speed: with the reference, or one that was compared with it.
  private func link(
    _ streams: [SyncStream], _ speeds: [MotionSignal?], _ reference: Int, _ turning: [MotionSignal?],
    _ reports: inout [ClockReport]
  ) throws {
    let rest = streams.indices.filter { turning[$0] == nil && speeds[$0] != nil }
    guard !rest.isEmpty else { return }
    let known = streams.indices.filter { speeds[$0] != nil && reports[$0].isObservable }
    let link = speeds[reference] != nil ? reference : known.min { Self.isFaster($0, $1, streams) }
    guard let link else {
      for index in rest { (reports[index].reason, reports[index].motion) = (.noLink, .speed) }
      return
    }
    try compare(rest, with: link, streams, speeds, by: .speed, &reports)
    guard link != reference else { return }
    for index in rest { reports[index] = reports[index].composed(with: reports[link], of: streams[link].name) }
  }

  /// Streams of one channel have one clock: what was found of one is true of all.
  private static func shared(_ reports: [ClockReport], _ streams: [SyncStream]) -> [ClockReport] {
    let channels = streams.map { $0.table.metadata["avtools.channel"] }
    return reports.indices.map { index in
      guard reports[index].reason == .noSignal, let channel = channels[index],
        let other = reports.indices.first(where: {
          channels[$0] == channel && (reports[$0].isObservable || reports[$0].reason == .isReference)
        })
      else { return reports[index] }
      var report = reports[other]
      report.sharedWith = streams[other].name
      return report
    }
  }

  private func reference(among seeing: [Int], _ streams: [SyncStream]) throws(SyncError) -> Int? {
    if let name = settings.reference {
      guard let index = seeing.first(where: { streams[$0].name == name }) else {
        let names = seeing.map { streams[$0].name }
        throw .missingStream(name, near: names.nearest(to: name), in: names)
      }
      return index
    }
    let sensors = seeing.filter { streams[$0].name.hasPrefix("imu/") }
    return (sensors.isEmpty ? seeing : sensors).min { Self.isFaster($0, $1, streams) }
  }

  private static func isFaster(_ one: Int, _ other: Int, _ streams: [SyncStream]) -> Bool {
    func period(_ index: Int) -> Int64 { streams[index].order.period ?? .max }
    return (period(one), one) < (period(other), other)
  }

  /// What the configuration says, else what the names of the columns say; nil where nothing does.
  private func signal(of stream: SyncStream, _ motion: SharedMotion) throws(SyncError) -> MotionSignal? {
    if let own = settings.signals.first(where: {
      $0.stream == stream.name && ($0.signal.kind == .speed) == (motion == .speed)
    })?.signal {
      let names = stream.table.message.fields.map(\.name)
      for column in [own.column] + (own.speed.map { [$0] } ?? []) where !names.contains(column) {
        let near = names.nearest(to: column).map { "; did you mean '\($0)'?" } ?? ""
        throw .policy(stream: stream.name, column: column, "is not there" + near)
      }
      return own
    }
    guard settings.signals.isEmpty, stream.nature == .state else { return nil }
    let field = stream.table.message.fields.first { field in
      guard ColumnPolicies.isNumber(field.type) else { return false }
      let name = field.name.lowercased()
      return motion == .turning ? Self.isYawRate(name) : Self.isSpeed(name)
    }
    return field.map { field in
      var signal = MotionSignal(column: field.name)
      if motion == .speed { signal.kind = .speed }
      return signal
    }
  }

  private static func isYawRate(_ name: String) -> Bool {
    name.contains("yaw") && name.contains("rate") || name == "angular_velocity.z" || name == "twist.twist.angular.z"
      || name == "gyro_z"
  }

  /// The vehicle's own: not that of a wheel, of one axis, or one that is wanted or allowed.
  private static func isSpeed(_ name: String) -> Bool {
    if name == "twist.twist.linear.x" { return true }
    guard name.contains("speed") || name.contains("velocity") else { return false }
    let others = [
      "wheel", "wind", "limit", "engine", "motor", "fan", "angular", "yaw", "lateral", "vertical", "north", "east",
      "up", "down", "target", "desired", "cruise", "set", "accuracy", "cov", "std", "valid", "over", ".x", ".y", ".z",
    ]
    return !others.contains(where: name.contains)
  }

  /// The motion that a stream tells of, at its times; of the longest segment of its clock.
  private static func series(_ stream: SyncStream, _ signal: MotionSignal) throws -> MotionSeries {
    let part = Segments([stream]).longest(of: stream)
    func values(_ column: String) throws -> [Double] {
      guard let all = try stream.table.numbers(column) else {
        throw SyncError.policy(stream: stream.name, column: column, "has no numbers")
      }
      return part.times.indices.map { all[stream.order.row(part.index($0))] }
    }
    let isDegrees = Self.isInDegrees(signal, stream)
    let scale = Double(signal.sign) * (isDegrees ? 1 : 180 / .pi)
    switch signal.kind {
    case .speed:
      let scale = Double(signal.sign) * Self.metresPerSecond(signal, stream)
      return MotionSeries(times: part.times, rates: try values(signal.column).map { $0 * scale })
    case .rate:
      return MotionSeries(times: part.times, rates: try values(signal.column).map { $0 * scale })
    case .course:
      return MotionSeries(
        times: part.times, courses: try values(signal.column).map { $0 * scale },
        speeds: try signal.speed.map { try values($0) })
    }
  }

  /// By what is configured, the column's unit, or its name; else a rate is in radians, as in ROS, and a course in degrees.
  private static func isInDegrees(_ signal: MotionSignal, _ stream: SyncStream) -> Bool {
    if let unit = signal.unit { return unit == "deg" }
    if let unit = unit(of: signal, stream), !unit.isEmpty { return unit.hasPrefix("deg") || unit.hasPrefix("°") }
    return signal.column.lowercased().contains("deg") || signal.kind == .course
  }

  /// What one of a speed's unit is: by what is configured, the column's unit, or its name; else m/s.
  private static func metresPerSecond(_ signal: MotionSignal, _ stream: SyncStream) -> Double {
    if let unit = (signal.unit ?? unit(of: signal, stream)).flatMap(Unit.init), unit.quantity == .speed {
      return unit.factor
    }
    let name = signal.column.lowercased()
    return ["kph", "kmh", "km_h"].contains(where: name.contains) ? 1 / 3.6 : 1
  }

  private static func unit(of signal: MotionSignal, _ stream: SyncStream) -> String? {
    stream.table.schema.fields.first { $0.name == signal.column }?.unit
  }
}

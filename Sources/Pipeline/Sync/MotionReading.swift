import Core

/// Finds how each stream tells of the vehicle's turning, and estimates the clocks by it.
struct MotionReading: Sendable {
  let settings: ClockSettings
  let jobs: Int

  /// A report a stream, in the streams' order.
  func reports(of streams: [SyncStream]) throws -> [ClockReport] {
    let signals = try streams.map { try signal(of: $0) }
    let seeing = streams.indices.filter { signals[$0] != nil }
    let reference = try self.reference(among: seeing, streams)
    guard let reference, let signal = signals[reference] else {
      return streams.map { _ in ClockReport(reference: "", reason: .noSignal) }
    }
    let name = streams[reference].name
    let first = streams.compactMap(\.order.times.first).min() ?? 0
    let truth = try Self.series(streams[reference], signal)
    var reports: [ClockReport] = []
    try parallelMap(Array(streams.indices), jobs: jobs) { index in
      guard index != reference else { return ClockReport(reference: name, reason: .isReference) }
      guard let signal = signals[index] else { return ClockReport(reference: name, reason: .noSignal) }
      return ClockEstimate.report(of: try Self.series(streams[index], signal), against: truth, first: first, name: name)
    } _: {
      reports.append($0)
    }
    return Self.shared(reports, streams)
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
    func period(_ index: Int) -> Int64 { Rates.medianGap(streams[index].order.times) ?? .max }
    let sensors = seeing.filter { streams[$0].name.hasPrefix("imu/") }
    return (sensors.isEmpty ? seeing : sensors).min { (period($0), $0) < (period($1), $1) }
  }

  /// What the configuration says, else what the names of the columns say; nil where nothing does.
  private func signal(of stream: SyncStream) throws(SyncError) -> MotionSignal? {
    if let own = settings.signals.first(where: { $0.stream == stream.name })?.signal {
      let names = stream.table.message.fields.map(\.name)
      for column in [own.column] + (own.speed.map { [$0] } ?? []) where !names.contains(column) {
        let near = names.nearest(to: column).map { "; did you mean '\($0)'?" } ?? ""
        throw .policy(stream: stream.name, column: column, "is not there" + near)
      }
      return own
    }
    guard settings.signals.isEmpty, stream.nature == .state else { return nil }
    return stream.table.message.fields.first { field in
      let name = field.name.lowercased()
      guard ColumnPolicies.isNumber(field.type) else { return false }
      return name.contains("yaw") && name.contains("rate") || name == "angular_velocity.z"
        || name == "twist.twist.angular.z" || name == "gyro_z"
    }.map { MotionSignal(column: $0.name) }
  }

  /// The motion that a stream tells of, at its times; of the longest segment of its clock.
  private static func series(_ stream: SyncStream, _ signal: MotionSignal) throws -> MotionSeries {
    let part = Segments([stream]).longest(of: stream)
    func values(_ column: String) throws -> [Double] {
      guard let all = try stream.table.numbers(column) else {
        throw SyncError.policy(stream: stream.name, column: column, "has no numbers")
      }
      return part.indices.map { all[stream.order.rows[$0]] }
    }
    let isDegrees = Self.isInDegrees(signal, stream)
    let scale = Double(signal.sign) * (isDegrees ? 1 : 180 / .pi)
    switch signal.kind {
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
    if let unit = signal.unit { return unit == .deg }
    if let unit = stream.table.schema.fields.first(where: { $0.name == signal.column })?.unit, !unit.isEmpty {
      return unit.hasPrefix("deg") || unit.hasPrefix("°")
    }
    return signal.column.lowercased().contains("deg") || signal.kind == .course
  }
}

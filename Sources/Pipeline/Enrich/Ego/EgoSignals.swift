import Core

/// The vehicle's signals, recorded or derived, ready to be asked at samples.
struct EgoSignals: Sendable {
  private(set) var fixes: FixSeries?
  private var numbers: [EgoColumn: EgoSignal] = [:]
  private var words: [EgoWord: WordSeries] = [:]
  private var fixState: WordSeries?
  private var isSpeedMeasured = false
  private var origins: [(column: String, origin: String)] = []
  /// What a person should know.
  private(set) var notes: [String] = []

  /// - Throws: `SourceError` for what the configuration names and no table has, and for units that do not fit.
  init(_ mappings: SignalMappings, _ telemetry: Telemetry, maxGap: Int64?) throws {
    try takePosition(mappings, telemetry, maxGap)
    for column in EgoColumn.allCases where column != .latitude && column != .longitude {
      guard let mapping = mappings.numbers[column] else { continue }
      numbers[column] = try Self.signal(mapping, column, telemetry, maxGap)
    }
    for word in EgoWord.allCases {
      guard let mapping = mappings.words[word] else { continue }
      words[word] = try WordSeries(telemetry.source(mapping.column), maxGap, mapping, allowed: word.texts)
    }
    if let mapping = mappings.fix {
      fixState = try WordSeries(telemetry.source(mapping.column), maxGap, mapping, allowed: nil, isFlag: true)
    }
    isSpeedMeasured = numbers[.speed] != nil
    derive()
    for column in EgoColumn.allCases {
      if let signal = numbers[column] { origins.append((column.rawValue, signal.origin)) }
    }
    for word in EgoWord.allCases { if let series = words[word] { origins.append((word.rawValue, series.origin)) } }
    if let fixState { origins.append(("gnss_ok", fixState.origin)) }
  }

  /// JSON of the source of each column that has one.
  var source: String? {
    guard !origins.isEmpty else { return nil }
    return JSON.object(JSONObject(origins.map { .init(key: $0.column, value: .string($0.origin)) })).text
  }

  private mutating func takePosition(
    _ mappings: SignalMappings, _ telemetry: Telemetry, _ maxGap: Int64?
  ) throws {
    var names = (mappings.numbers[.latitude]?.column, mappings.numbers[.longitude]?.column)
    guard (names.0 == nil) == (names.1 == nil) else {
      throw SourceError("signals", "has one of lat and lon, and a position needs both", code: .configuration)
    }
    if names.0 == nil {
      let found = try telemetry.positions()
      if found.count > 1 {
        let all = found.map(\.latitude).joined(separator: ", ")
        notes.append("several streams have positions, and none is used: name one as signals: {lat: …, lon: …}: \(all)")
      }
      guard found.count == 1, let only = found.first else { return }
      names = (only.latitude, only.longitude)
    }
    guard let north = names.0, let east = names.1 else { return }
    let (latitude, longitude) = (try telemetry.source(north), try telemetry.source(east))
    guard latitude.table.path == longitude.table.path else {
      throw SourceError("signals", "lat and lon must be of one table", code: .configuration)
    }
    let batch = try latitude.table.columns([latitude.field.name, longitude.field.name])
    guard let latitudes = batch.columns[0].numbers, let longitudes = batch.columns[1].numbers else {
      throw SourceError(latitude.table.path, "'\(north)' and '\(east)' are no degrees", code: .configuration)
    }
    func degrees(_ values: [Double], _ column: EgoColumn, _ source: Telemetry.Source) throws -> [Double] {
      let conversion = try Self.conversion(mappings.numbers[column], column, source)
      return values.map { conversion($0) }
    }
    fixes = FixSeries(
      times: try latitude.table.times(latitude.clock), latitudes: try degrees(latitudes, .latitude, latitude),
      longitudes: try degrees(longitudes, .longitude, longitude), maxGap: maxGap)
    origins += [("lat", latitude.name), ("lon", longitude.name)]
  }

  private static func conversion(
    _ mapping: SignalMapping?, _ column: EgoColumn, _ source: Telemetry.Source
  ) throws -> UnitConversion {
    let unit = mapping?.unit ?? source.field.unit ?? column.unit
    guard let conversion = UnitConversion(from: unit, to: column.unit) else {
      let near = Unit.names.nearest(to: unit).map { "; did you mean '\($0)'?" } ?? ""
      throw SourceError(
        "signals.\(column.rawValue)", "'\(unit.shown)' is no unit that becomes \(column.unit)\(near)",
        code: .configuration)
    }
    return conversion
  }

  private static func signal(
    _ mapping: SignalMapping, _ column: EgoColumn, _ telemetry: Telemetry, _ maxGap: Int64?
  ) throws -> EgoSignal {
    let source = try telemetry.source(mapping.column)
    let batch = try source.table.columns([source.field.name])
    guard let values = batch.columns[0].numbers else {
      throw SourceError(source.table.path, "column '\(source.field.name)' has no numbers", code: .configuration)
    }
    let conversion = try conversion(mapping, column, source)
    let times = try source.table.times(source.clock)
    let rows = zip(times, values).map { time, value in
      let converted = conversion(value) * mapping.sign
      return (time: time, value: column.isDirection ? converted.remainderEuclidean(360) : converted)
    }
    return EgoSignal(Series(rows, isDirection: column.isDirection, maxGap: maxGap), origin: source.name)
  }

  /// What is not recorded and follows from what is.
  private mutating func derive() {
    if let fixes {
      let motion = fixes.motion()
      if numbers[.speed] == nil { numbers[.speed] = EgoSignal(motion.speed, origin: "derived from lat, lon") }
      if numbers[.heading] == nil { numbers[.heading] = EgoSignal(motion.course, origin: "derived from lat, lon") }
    }
    if numbers[.longitudinalAcceleration] == nil, let speed = numbers[.speed] {
      numbers[.longitudinalAcceleration] = speed.derivative(origin: "derived from speed_mps")
    }
    if numbers[.yawRate] == nil, let heading = numbers[.heading] {
      // Headings turn clockwise, yaw to the left.
      numbers[.yawRate] = heading.derivative(
        origin: "derived from heading_deg", isDirection: true, factor: -.pi / 180)
    }
    if numbers[.lateralAcceleration] == nil, let speed = numbers[.speed], let rate = numbers[.yawRate] {
      numbers[.lateralAcceleration] = speed.times(rate, origin: "derived from speed_mps, yaw_rate_radps")
    }
    if numbers[.jerk] == nil, let acceleration = numbers[.longitudinalAcceleration] {
      numbers[.jerk] = acceleration.derivative(origin: "derived from ax_mps2")
    }
  }

  /// Sorted instants.
  func states(at instants: [Int64]) -> EgoStates {
    var states = EgoStates(count: instants.count)
    states.isSpeedMeasured = isSpeedMeasured
    if let fixes {
      (states.numbers[.latitude], states.numbers[.longitude]) = fixes.positions(at: instants)
    }
    for (column, signal) in numbers {
      states.numbers[column] = signal.at(instants).map { known in
        // Rounding may end at a full turn.
        column.isDirection && known.value >= 360 ? 0 : known.value
      }
    }
    for (word, series) in words { states.words[word] = series.at(instants) }
    if let fixState { states.fix = fixState.at(instants).map { $0.map { $0 == "true" } } }
    return states
  }
}

/// The vehicle at samples; what no source tells is absent, and NaN or nil at single samples.
struct EgoStates: Sendable {
  let count: Int
  var numbers: [EgoColumn: [Double]] = [:]
  var words: [EgoWord: [String?]] = [:]
  var fix: [Bool?]?
  /// Not derived from positions.
  var isSpeedMeasured = false

  init(count: Int) { self.count = count }

  /// NaN where it is not known.
  subscript(column: EgoColumn) -> [Double] { numbers[column] ?? Array(repeating: .nan, count: count) }
}

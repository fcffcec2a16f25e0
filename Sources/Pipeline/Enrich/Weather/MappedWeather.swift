import Core

/// A table of observations whose columns a configuration names.
///
/// ```json5
/// {file: "obs.csv", time: "obs_time", zone: "UTC", lat: "lat", lon: "lon", station: "id",
///  fields: {temp_c: {col: "T", unit: "K"}, wind_mps: {col: "ff", unit: "kn"}}}
/// ```
struct MappedWeather: Sendable, Equatable {
  var file: String
  var clock: SourceClock
  /// Columns; without a station all rows are of one.
  var station: String?
  var latitude: String?
  var longitude: String?
  var fields: [WeatherField: Source]

  struct Source: Sendable, Equatable {
    var column: String
    var unit: String
  }

  func read(_ hints: WeatherHints) throws -> WeatherContents {
    let table = try SourceTable(file)
    let times = try table.times(clock)
    let order = fields.sorted { $0.key.rawValue < $1.key.rawValue }
    let values = try table.columns(order.map(\.value.column))
    var numbers: [(field: WeatherField, values: [Double], conversion: UnitConversion)] = []
    for (index, entry) in order.enumerated() {
      // A rate over an hour is the sum of the hour.
      let unit =
        entry.value.unit.hasSuffix("/h") && entry.key == .precipitation
        ? String(entry.value.unit.dropLast(2)) : entry.value.unit
      guard let conversion = UnitConversion(from: unit, to: entry.key.unit) else {
        throw SourceError(file, "'\(unit.shown)' is no unit of \(entry.key.column)", code: .configuration)
      }
      guard let column = values.columns[index].numbers else {
        throw SourceError(file, "column '\(entry.value.column)' has no numbers", code: .configuration)
      }
      numbers.append((entry.key, column, conversion))
    }
    let names = try station.map { try table.columns([$0]).columns[0].texts }
    let place = try position(table)
    var rows: [String: [WeatherObservation]] = [:], seen: [String] = [], places: [String: EarthPoint] = [:]
    var contents = WeatherContents()
    contents.rows = times.count
    for (index, time) in times.enumerated() {
      guard let time else { continue }
      let name = names?[index] ?? hints.station ?? table.name
      var row = WeatherObservation(time: time)
      for (field, values, conversion) in numbers where values[index].isFinite {
        row[field] = conversion(values[index])
      }
      if rows[name] == nil { seen.append(name) }
      rows[name, default: []].append(row)
      if places[name] == nil, let point = place(index) { places[name] = point }
    }
    contents.stations = seen.map { name in
      WeatherStation(name: name, source: "mapped", position: places[name] ?? hints.position(name), rows[name] ?? [])
    }
    return contents
  }

  private func position(_ table: SourceTable) throws -> (Int) -> EarthPoint? {
    guard let latitude, let longitude else { return { _ in nil } }
    let batch = try table.columns([latitude, longitude])
    guard let north = batch.columns[0].numbers, let east = batch.columns[1].numbers else {
      throw SourceError(file, "'\(latitude)' and '\(longitude)' are no degrees", code: .configuration)
    }
    return { row in
      guard abs(north[row]) <= 90, abs(east[row]) <= 180 else { return nil }
      return EarthPoint(latitude: north[row], longitude: east[row])
    }
  }
}

extension Column {
  /// The values as text, nil where there is none.
  var texts: [String?] {
    (0..<count).map { row in
      guard validity?[row] ?? true else { return nil }
      return switch values {
      case .text(let texts): String(decoding: texts[row], as: UTF8.self)
      case .bool(let values): values[row] == 1 ? "true" : "false"
      case .int64(let values): String(values[row])
      case .int32(let values): String(values[row])
      case .int16(let values): String(values[row])
      case .int8(let values): String(values[row])
      case .uint64(let values): String(values[row])
      case .uint32(let values): String(values[row])
      case .uint16(let values): String(values[row])
      case .uint8(let values): String(values[row])
      case .float64(let values): JSON.number(values[row]).text
      case .float32(let values): JSON.number(Double(values[row])).text
      case .list, .structure: nil
      }
    }
  }
}

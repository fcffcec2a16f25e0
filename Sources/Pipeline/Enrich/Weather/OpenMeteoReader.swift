import Core

/// Tables of Open-Meteo (https://open-meteo.com/en/docs): blocks with empty lines between, units in the headers.
///
/// ```
///   latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation
///   48.12,11.58,524.0,7200,Europe/Berlin,CEST
///
///   time,temperature_2m (°C),precipitation (mm),weather_code (wmo code),wind_speed_10m (km/h)
///   2022-09-30T00:00,11.2,0.3,61,14.8
/// ```
/// Several places have a `location_id` in front, one row each in the first block. Times are local by the offset, which is
/// the same for the whole file, also across a change of clocks. Only hourly blocks are used: sums are of an hour.
enum OpenMeteoReader {
  private static let fields: [String: WeatherField] = [
    "temperature_2m": .temperature, "dew_point_2m": .dewPoint, "dewpoint_2m": .dewPoint,
    "relative_humidity_2m": .humidity, "relativehumidity_2m": .humidity, "precipitation": .precipitation,
    "snow_depth": .snowDepth, "wind_direction_10m": .windDirection, "winddirection_10m": .windDirection,
    "wind_speed_10m": .wind, "windspeed_10m": .wind, "wind_gusts_10m": .gust, "windgusts_10m": .gust,
    "surface_pressure": .pressure, "visibility": .visibility, "cloud_cover": .cover, "cloudcover": .cover,
  ]

  private struct Place {
    var position: EarthPoint?
    var zone: LocalTime
    var rows: [WeatherObservation] = []
  }

  static func read(_ table: inout WeatherTable, _ hints: WeatherHints) throws(WeatherError) -> WeatherContents {
    var contents = WeatherContents()
    var places: [String: Place] = [:], order: [String] = []
    var header = try table.next() ?? []
    if header.contains("utc_offset_seconds") {
      while let record = try table.next(), record != [""] {
        let id = header.firstIndex(of: "location_id").map { record.count > $0 ? record[$0] : "" } ?? "0"
        places[id] = try place(record, header, table)
        order.append(id)
      }
      header = try nextHeader(&table)
    } else {
      guard let offset = hints.offset else {
        throw table.error("the first block is missing: times are local", hint: "say --weather-offset +02:00")
      }
      places["0"] = Place(position: hints.position(MeteostatReader.station(of: table.file)), zone: offset)
      order = ["0"]
    }
    var isHourly = false
    while !header.isEmpty {
      let block = try read(block: header, &table, places, &contents)
      if !isHourly, let step = step(block), step == 3600 {
        isHourly = true
        for (id, rows) in block { places[id]?.rows = rows }
      }
      header = try nextHeader(&table)
    }
    guard isHourly else { throw table.error("no hourly block, with times an hour apart, is there") }
    let name = hints.station ?? MeteostatReader.station(of: table.file)
    contents.stations = order.compactMap { id in
      places[id].map { place in
        WeatherStation(
          name: order.count > 1 ? "\(name)/\(id)" : name, source: "open-meteo", position: place.position, place.rows)
      }
    }
    return contents
  }

  private static func nextHeader(_ table: inout WeatherTable) throws(WeatherError) -> [String] {
    while let record = try table.next() {
      if record != [""] { return record }
    }
    return []
  }

  private static func place(
    _ record: [String], _ header: [String], _ table: WeatherTable
  ) throws(WeatherError) -> Place {
    func number(_ name: String) throws(WeatherError) -> Double {
      guard let index = header.firstIndex(of: name), index < record.count else { throw table.error("has no \(name)") }
      return try table.number(record[index])
    }
    let (latitude, longitude) = (try number("latitude"), try number("longitude"))
    guard let offset = Int64(exactly: try number("utc_offset_seconds")), offset.magnitude <= 86_400 else {
      throw table.error("utc_offset_seconds is no offset of a day")
    }
    guard abs(latitude) <= 90, abs(longitude) <= 360 else { throw table.error("is at no place on earth") }
    return Place(
      position: EarthPoint(latitude: latitude, longitude: longitude), zone: LocalTime(offset: offset))
  }

  /// Seconds between the first two times of a block.
  private static func step(_ block: [String: [WeatherObservation]]) -> Int64? {
    guard let rows = block.values.first(where: { $0.count > 1 }) else {
      // One row is of an hour: what is finer has more.
      return block.values.contains { $0.count == 1 } ? 3600 : nil
    }
    return Int64(clamping: distance(rows[0].time, rows[1].time) / 1_000_000_000)
  }

  private static func read(
    block header: [String], _ table: inout WeatherTable, _ places: [String: Place], _ contents: inout WeatherContents
  ) throws(WeatherError) -> [String: [WeatherObservation]] {
    let columns = header.map(Header.init)
    guard let clock = columns.firstIndex(where: { $0.name == "time" }) else { throw table.error("a block has no time") }
    let id = columns.firstIndex { $0.name == "location_id" },
      code = columns.firstIndex { $0.name == "weather_code" || $0.name == "weathercode" }
    let pressure = columns.contains { $0.name == "surface_pressure" }
    var used: [(place: Int, field: WeatherField, conversion: UnitConversion)] = []
    for (place, column) in columns.enumerated() {
      // Pressure at sea level stands in where that of the place is not given.
      let field = column.name == "pressure_msl" && !pressure ? .pressure : fields[column.name]
      guard let field else { continue }
      guard let conversion = UnitConversion(from: column.unit, to: field.unit) else {
        throw table.error("'\(column.unit.shown)' is no unit of \(column.name)")
      }
      used.append((place, field, conversion))
    }
    var rows: [String: [WeatherObservation]] = [:]
    while let record = try table.next(), record != [""] {
      guard record.count == header.count else {
        throw table.error("wanted \(header.count) fields, found \(record.count)")
      }
      let place = id.map { record[$0] } ?? "0"
      guard let known = places[place] else { throw table.error("location '\(place.shown)' is not in the first block") }
      // Blocks of days have dates alone, and are no observations.
      guard let time = time(record[clock], known.zone) else {
        if record[clock].utf8.count == 10 { continue }
        throw table.error("'\(record[clock].shown)' is no time")
      }
      contents.rows += 1
      var row = WeatherObservation(time: time)
      for (place, field, conversion) in used {
        row[field] = conversion(try table.number(record[place], missing: ["NaN", "nan", "null"]))
      }
      if let code {
        let number = try table.number(record[code], missing: ["NaN", "nan", "null"])
        if let state = Int(exactly: number).flatMap(WeatherState.init(wmo:)) {
          row.state = state
        } else if number.isFinite {
          contents.unknownCodes += 1
        }
      }
      rows[place, default: []].append(row)
    }
    return rows
  }

  /// A local time, or seconds since 1970, which are asked for as `timeformat=unixtime`.
  private static func time(_ text: String, _ zone: LocalTime) -> Int64? {
    if let seconds = Int64(text) {
      let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
      return overflow ? nil : value
    }
    return zone.instant(text)
  }

  /// `wind_speed_10m (km/h)`.
  private struct Header {
    var name: String
    var unit: String

    init(_ text: String) {
      guard text.hasSuffix(")"), let open = text.lastIndex(of: "(") else {
        (name, unit) = (text, "")
        return
      }
      name = String(text[..<open]).trimmed
      unit = String(text[text.index(after: open)...].dropLast())
    }
  }
}

extension String {
  /// Without spaces at the ends.
  var trimmed: String {
    var text = self[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

import Core

/// Bulk files of hourly observations of Meteostat, one station a file (https://dev.meteostat.net/bulk/hourly.html).
///
/// ```
///   year,month,day,hour,temp,rhum,prcp,snwd,wdir,wspd,wpgt,pres,tsun,coco,temp_source,…    since 2025
///   2022-09-30,8,11.2,9.1,87,0.3,,250,14.8,29.6,1012.3,,7                                  before, without a header
/// ```
/// °C, %, mm, mm, °, km/h, hPa, minutes; times in UTC; an empty field is missing.
enum MeteostatReader {
  private static let old = [
    "date", "hour", "temp", "dwpt", "rhum", "prcp", "snow", "wdir", "wspd", "wpgt", "pres", "tsun", "coco",
  ]
  private static let fields: [String: (field: WeatherField, factor: Double)] = [
    "temp": (.temperature, 1), "dwpt": (.dewPoint, 1), "rhum": (.humidity, 1), "prcp": (.precipitation, 1),
    "snwd": (.snowDepth, 1), "snow": (.snowDepth, 1), "wdir": (.windDirection, 1), "wspd": (.wind, 1 / 3.6),
    "wpgt": (.gust, 1 / 3.6), "pres": (.pressure, 1), "cldc": (.cover, 100.0 / 8),
  ]

  static func read(
    _ table: inout WeatherTable, hasHeader: Bool, _ hints: WeatherHints
  ) throws(WeatherError) -> WeatherContents {
    let header = hasHeader ? try table.next() ?? [] : old
    let places = header.enumerated().compactMap { place, name in fields[name].map { (place, $0.field, $0.factor) } }
    let code = header.firstIndex(of: "coco")
    let date = ["year", "month", "day", "hour"].map { header.firstIndex(of: $0) }
    var contents = WeatherContents()
    var rows: [WeatherObservation] = []
    while let record = try table.next() {
      if record == [""] { continue }
      guard record.count == header.count else {
        throw table.error("wanted \(header.count) fields, found \(record.count)")
      }
      contents.rows += 1
      guard let time = time(record, date, header) else { throw table.error("has no date and hour") }
      var row = WeatherObservation(time: time)
      for (place, field, factor) in places { row[field] = try table.number(record[place]) * factor }
      if let code, !record[code].isEmpty {
        let number = try table.number(record[code])
        if let state = Int(exactly: number).flatMap(WeatherState.init(meteostat:)) {
          row.state = state
        } else {
          contents.unknownCodes += 1
        }
      }
      rows.append(row)
    }
    let name = hints.station ?? station(of: table.file)
    contents.stations = [WeatherStation(name: name, source: "meteostat", position: hints.position(name), rows)]
    return contents
  }

  private static func time(_ record: [String], _ parts: [Int?], _ header: [String]) -> Int64? {
    func two(_ text: String) -> String { text.utf8.count < 2 ? "0" + text : text }
    guard let hour = parts[3].map({ record[$0] }) else { return nil }
    let day: String
    if let year = parts[0], let month = parts[1], let date = parts[2] {
      day = "\(record[year])-\(two(record[month]))-\(two(record[date]))"
    } else {
      guard let date = header.firstIndex(of: "date") else { return nil }
      day = record[date]
    }
    return Timestamp("\(day)T\(two(hour)):00:00Z")?.nanoseconds
  }

  /// `10865` of `weather/10865.csv.gz`.
  static func station(of path: String) -> String {
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? path
    return name.firstIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}

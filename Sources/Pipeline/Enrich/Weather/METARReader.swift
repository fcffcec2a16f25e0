import Core

/// Reports of airports as the Iowa Environmental Mesonet gives them (https://mesonet.agron.iastate.edu/request/download.phtml).
///
/// ```
///   station,valid,lon,lat,tmpf,dwpf,relh,drct,sknt,p01i,alti,mslp,vsby,gust,skyc1,skyl1,wxcodes
///   EDDM,2022-09-30 08:20,11.78,48.35,52.00,48.00,86.2,250,8,0.01,29.88,M,6.21,M,BKN,1200,-RA BR
/// ```
/// °F, %, °, knots, inches of the hour before, inHg, hPa, statute miles; `M` is missing, `T` a trace. `valid` is in the
/// zone that was asked for at the download.
enum METARReader {
  private static let fields: [String: (field: WeatherField, unit: String)] = [
    "tmpf": (.temperature, "°F"), "dwpf": (.dewPoint, "°F"), "relh": (.humidity, "%"),
    "drct": (.windDirection, "deg"), "sknt": (.wind, "kn"), "gust": (.gust, "kn"), "p01i": (.precipitation, "inch"),
    "vsby": (.visibility, "SM"),
  ]
  private static let covers: [String: Double] = [
    "CLR": 0, "SKC": 0, "NSC": 0, "NCD": 0, "FEW": 19, "SCT": 44, "BKN": 75, "OVC": 100, "VV": 100,
  ]

  private struct Station {
    var position: EarthPoint?
    var rows: [WeatherObservation] = []
  }

  static func read(_ table: inout WeatherTable, _ hints: WeatherHints) throws(WeatherError) -> WeatherContents {
    let header = try table.next() ?? []
    func place(_ name: String) -> Int? { header.firstIndex(of: name) }
    let used = header.enumerated().compactMap { index, name in
      fields[name].flatMap { field, unit in
        UnitConversion(from: unit, to: field.unit).map { (index, field, $0) }
      }
    }
    let skies = (1...4).compactMap { place("skyc\($0)") }
    let (station, valid) = (place("station") ?? 0, place("valid") ?? 1)
    var contents = WeatherContents(), stations: [String: Station] = [:], order: [String] = []
    while let record = try table.next() {
      if record == [""] { continue }
      guard record.count == header.count else {
        throw table.error("wanted \(header.count) fields, found \(record.count)")
      }
      contents.rows += 1
      guard let time = hints.zone.instant(record[valid]) else {
        throw table.error("'\(record[valid].shown)' is no time")
      }
      var row = WeatherObservation(time: time)
      for (index, field, conversion) in used { row[field] = conversion(try number(record[index], table)) }
      row[.pressure] = try pressure(record, sea: place("mslp"), altimeter: place("alti"), table)
      let covers = skies.compactMap { Self.covers[record[$0].trimmed] }
      let cover = covers.max()
      row[.cover] = cover ?? .nan
      let codes = place("wxcodes").map { record[$0] } ?? ""
      let groups = codes == "M" ? [] : codes.split(separator: " ").map(String.init)
      row.state = WeatherState(metar: groups, cover: cover, unknown: &contents.unknownCodes)
      let name = record[station]
      if stations[name] == nil {
        order.append(name)
        stations[name] = Station(
          position: try position(record, place("lat"), place("lon"), table) ?? hints.position(name))
      }
      stations[name]?.rows.append(row)
    }
    contents.stations = order.compactMap { name in
      stations[name].map { WeatherStation(name: name, source: "metar", position: $0.position, $0.rows) }
    }
    return contents
  }

  private static func number(_ text: String, _ table: WeatherTable) throws(WeatherError) -> Double {
    let text = text.trimmed
    return text == "T" ? 0.0001 : try table.number(text, missing: ["M", "null"])
  }

  /// In hPa: at sea level where it is reported, else the altimeter's setting.
  private static func pressure(
    _ record: [String], sea: Int?, altimeter: Int?, _ table: WeatherTable
  ) throws(WeatherError) -> Double {
    var level = Double.nan
    if let sea { level = try number(record[sea], table) }
    guard level.isNaN, let altimeter else { return level }
    return try number(record[altimeter], table) * 33.86389
  }

  private static func position(
    _ record: [String], _ latitude: Int?, _ longitude: Int?, _ table: WeatherTable
  ) throws(WeatherError) -> EarthPoint? {
    guard let latitude, let longitude else { return nil }
    let (north, east) = (try number(record[latitude], table), try number(record[longitude], table))
    guard abs(north) <= 90, abs(east) <= 180 else { return nil }
    return EarthPoint(latitude: north, longitude: east)
  }
}

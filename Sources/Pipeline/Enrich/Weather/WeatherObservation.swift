import Core

/// What a station saw at a time, in the units of the table; NaN where it says nothing.
struct WeatherObservation: Sendable {
  var time: Int64
  /// By the number of the field.
  var values = SIMD16<Double>(repeating: .nan)
  var state = WeatherState(nil, nil)

  init(time: Int64) { self.time = time }

  subscript(field: WeatherField) -> Double {
    get { values[field.rawValue] }
    set { values[field.rawValue] = newValue }
  }

  /// Fills in the dew point from temperature and humidity (Magnus formula); whether it did.
  mutating func deriveDewPoint() -> Bool {
    let humidity = self[.humidity], temperature = self[.temperature]
    guard self[.dewPoint].isNaN, humidity > 0, temperature.isFinite else { return false }
    let gamma = Mathematics.log(humidity / 100) + 17.625 * temperature / (243.04 + temperature)
    self[.dewPoint] = 243.04 * gamma / (17.625 - gamma)
    return true
  }
}

/// The numbers of an observation.
enum WeatherField: Int, Sendable, CaseIterable {
  case temperature, dewPoint, humidity, precipitation, snowDepth, windDirection, wind, gust, pressure, visibility, cover

  /// The column, and what generic mappings call it.
  var column: String {
    switch self {
    case .temperature: "temp_c"
    case .dewPoint: "dewpoint_c"
    case .humidity: "rh_pct"
    case .precipitation: "precip_mm_h"
    case .snowDepth: "snow_depth_mm"
    case .windDirection: "wind_dir_deg"
    case .wind: "wind_mps"
    case .gust: "gust_mps"
    case .pressure: "pressure_hpa"
    case .visibility: "visibility_m"
    case .cover: "cloud_pct"
    }
  }

  /// Of the column; precipitation is the sum of an hour.
  var unit: String {
    switch self {
    case .temperature, .dewPoint: "°C"
    case .humidity, .cover: "%"
    case .precipitation, .snowDepth: "mm"
    case .windDirection: "deg"
    case .wind, .gust: "m/s"
    case .pressure: "hPa"
    case .visibility: "m"
    }
  }

  /// Those that change steadily, so that a value between observations may be said.
  static let interpolated: SIMDMask<SIMD16<Int64>> = {
    var mask = SIMDMask<SIMD16<Int64>>(repeating: false)
    for field in [WeatherField.temperature, .dewPoint, .humidity, .pressure] { mask[field.rawValue] = true }
    return mask
  }()
}

/// The observations of one station, sorted by time; of several of one time the last that was read.
struct WeatherStation: Sendable {
  var name: String
  /// `meteostat`, `open-meteo`, `metar` or `mapped`.
  var source: String
  var position: EarthPoint?
  private(set) var observations: [WeatherObservation]
  private(set) var times: [Int64]
  /// Observations that another one of the same time has replaced.
  private(set) var duplicates = 0
  /// Observations whose dew point was derived.
  private(set) var derived = 0

  init(name: String, source: String, position: EarthPoint?, _ rows: [WeatherObservation]) {
    (self.name, self.source, self.position) = (name, source, position)
    let isSorted = zip(rows, rows.dropFirst()).allSatisfy { $0.time < $1.time }
    var kept: [WeatherObservation] = []
    // Stable, so that the last of the file stays the last.
    let sorted =
      isSorted ? rows : rows.enumerated().sorted { ($0.1.time, $0.0) < ($1.1.time, $1.0) }.map(\.element)
    for row in sorted {
      if kept.last?.time == row.time {
        kept.removeLast()
        duplicates += 1
      }
      kept.append(row)
    }
    for index in kept.indices where kept[index].deriveDewPoint() { derived += 1 }
    observations = kept
    times = kept.map(\.time)
  }

  /// One station for all of a name and source, in the order of their first.
  static func merged(_ stations: [WeatherStation]) -> [WeatherStation] {
    var places: [String: Int] = [:], merged: [WeatherStation] = []
    for station in stations {
      let key = "\(station.source)\u{0}\(station.name)"
      guard let place = places[key] else {
        places[key] = merged.count
        merged.append(station)
        continue
      }
      var whole = WeatherStation(
        name: station.name, source: station.source, position: merged[place].position ?? station.position,
        merged[place].observations + station.observations)
      whole.duplicates += merged[place].duplicates + station.duplicates
      whole.derived += merged[place].derived + station.derived
      merged[place] = whole
    }
    return merged
  }

  /// The last observation at or before an instant.
  func last(at instant: Int64) -> Int? {
    let next = times.upperBound(of: instant)
    return next > 0 ? next - 1 : nil
  }
}

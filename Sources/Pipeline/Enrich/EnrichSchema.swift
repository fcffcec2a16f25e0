import Core

/// The columns of `enriched.parquet`, group by group (enrich.md 6); those of the map are `MapColumns`.
enum EnrichSchema {
  static let keys = [
    Field("sample_id", .string), Field("measurement_id", .string), Field("seq", .int64),
    Field("t_ns", .int64, unit: "ns"), Field("ts", .timestamp), Field("vin", .string, isNullable: true),
  ]

  /// In the order of the table.
  static let ego: [Field] = {
    let numbers: [EgoColumn] = [
      .latitude, .longitude, .altitude, .heading, .speed, .longitudinalAcceleration, .lateralAcceleration, .yawRate,
      .jerk, .steering, .brake, .throttle,
    ]
    return numbers.map(field) + [
      text("gear"), text("indicator"), flag("gnss_ok"), field(.accuracy), text("ego_source"),
    ]
  }()

  static let weather =
    [
      WeatherField.temperature, .dewPoint, .humidity, .precipitation, .snowDepth, .windDirection, .wind, .gust,
      .pressure, .visibility, .cover,
    ].map { number($0.column, $0 == .precipitation ? "mm/h" : $0.unit) }
    + [
      text("condition"), text("precip_intensity"), text("road_condition"), text("weather_source"),
      text("weather_station"), number("weather_age_s", "s"), number("weather_dist_m", "m"), text("weather_method"),
    ]

  static let sun = [
    number("sun_elevation_deg", "deg"), number("sun_elevation_apparent_deg", "deg"), number("sun_azimuth_deg", "deg"),
    number("sun_azimuth_rel_deg", "deg"), text("light"), flag("low_sun_glare"),
  ]

  static let space = [text("geohash"), text("quadkey"), text("country_code")]

  static let objects =
    ObjectSummary.counted.map { Field($0.name, .int32, isNullable: true) } + [
      number("nearest_m", "m"), number("nearest_in_path_m", "m"), text("nearest_in_path_class"), number("ttc_s", "s"),
      number("thw_s", "s"), number("objects_age_s", "s"),
    ]

  /// What a reader of a column should know besides its name and unit.
  private static let notes: [String: String] = [
    "heading_deg": "clockwise from north, 0 to 360", "ay_mps2": "positive to the left",
    "yaw_rate_radps": "positive to the left", "hacc_m": "horizontal accuracy of the fix",
    "ego_source": "JSON: the source of each column of the vehicle",
    "precip_mm_h": "sum of the hour that contains the sample", "road_condition": "inferred from weather, not observed",
    "dewpoint_c": "derived from temperature and humidity where the source has none",
    "weather_age_s": "sample less observation", "sun_elevation_deg": "geometric, without refraction",
    "sun_azimuth_rel_deg": "azimuth less heading, -180 to 180", "objects_age_s": "sample less message",
    "ttc_s": "distance in the path by closing speed of the track", "thw_s": "distance in the path by own speed",
  ]

  /// For the file's metadata: name, unit and note of each column that has one.
  static func description(of schema: Schema) -> String {
    JSON.array(
      schema.fields.compactMap { field in
        let note = notes[field.name]
        guard field.unit != nil || note != nil else { return nil }
        var object: JSONObject = ["name": .string(field.name)]
        object["unit"] = field.unit.map { .string($0) }
        object["note"] = note.map { .string($0) }
        return .object(object)
      }
    ).text
  }

  private static func field(_ column: EgoColumn) -> Field { number(column.rawValue, column.unit) }
  private static func number(_ name: String, _ unit: String) -> Field {
    Field(name, .float64, isNullable: true, unit: unit)
  }
  private static func text(_ name: String) -> Field { Field(name, .string, isNullable: true) }
  private static func flag(_ name: String) -> Field { Field(name, .bool, isNullable: true) }
}

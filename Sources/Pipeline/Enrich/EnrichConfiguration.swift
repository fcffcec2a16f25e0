package import Core

/// Reads the settings of an enrichment from a configuration file; what it does not name keeps its default.
///
/// ```json5
/// { weather: {files: ["w/10865.csv.gz"], max_dist: "50km", max_age: "90min", stations: {"10865": [48.16, 11.54]}},
///   signals: {speed_mps: {col: "can/esp__v", unit: "km/h"}, yaw_rate_radps: {col: "can/esp__yaw", unit: "deg/s", sign: 1}},
///   map: {files: ["city.osm.pbf"], sigma_z: 4.07, beta: 3, maxspeed: {"DE:urban": 50}},
///   telemetry: [{file: "logger.csv", time: "t", time_unit: "s"}], max_gap: "1s",
///   regions: {countries: ["countries.geojson"], areas: {track: "proving_ground.geojson"}},
///   space: {geohash: 7, quadkey: 16},
///   objects: {files: ["det.jsonl"], boxes: "xyxy", min_score: 0.25},
///   joins: [{prefix: "driver", file: "notes.csv", max_age: "5min"}] }
/// ```
extension EnrichSettings {
  package init(_ file: Configuration) throws {
    self.init()
    if let table = try file.table("weather") { try take(weather: table) }
    if let table = try file.table("signals") { try take(signals: table) }
    try take(telemetry: file)
    maxGap = try file.duration("max_gap")
    if let table = try file.table("regions") {
      regions.countries = try table.paths("countries") ?? []
      regions.key = try table.string("key")
      if let areas = try table.table("areas") {
        for prefix in areas.keys {
          for path in try areas.paths(prefix) ?? [] { regions.areas.append((prefix, path)) }
        }
      }
    }
    if let table = try file.table("space") {
      space.geohash = Int(try table.integer("geohash", in: Geohash.lengths) ?? 7)
      space.quadkey = Int(try table.integer("quadkey", in: Quadkey.zooms) ?? 16)
    }
    if let table = try file.table("map") { try take(map: table) }
    if let table = try file.table("objects") { try take(objects: table) }
    joins = try (file.tables("joins") ?? []).map(TableJoin.init)
    try file.finish()
  }

  private mutating func take(weather table: Configuration) throws {
    weather.files = try table.paths("files") ?? []
    weather.maxDistance = try table.distance("max_dist") ?? weather.maxDistance
    weather.maxAge = try table.duration("max_age") ?? weather.maxAge
    weather.hints.station = try table.string("station")
    if let stations = try table.table("stations") {
      for name in stations.keys { weather.hints.positions[name] = try stations.point(name) }
    }
    weather.hints.zone = try table.zone("zone") ?? .utc
    weather.hints.offset = try table.zone("offset")
    weather.mapped = try (table.tables("mapped") ?? []).map(MappedWeather.init)
  }

  /// Names of files, or tables with the clock of each.
  private mutating func take(telemetry table: Configuration) throws {
    guard let list = table.value("telemetry")?.array, list.contains(where: { $0.object != nil }) else {
      for path in try table.paths("telemetry") ?? [] { add(telemetry: path) }
      return
    }
    for entry in try table.tables("telemetry") ?? [] {
      guard let path = try entry.paths("file")?.first else { throw entry.error("file", "is missing") }
      let name = try entry.string("name") ?? MeteostatReader.station(of: path)
      telemetry.append(Telemetry.Place(name: name, path: path, clock: try SourceClock(entry)))
    }
  }

  private mutating func take(signals table: Configuration) throws {
    for key in table.keys {
      guard let inner = try table.table(key) else { continue }
      var mapping = SignalMapping(column: try inner.required("col", inner.string))
      mapping.unit = try inner.string("unit")
      if let unit = mapping.unit, Unit(unit) == nil {
        let near = Unit.names.nearest(to: unit).map { "; did you mean '\($0)'?" } ?? ""
        throw inner.error("unit", "is no known unit\(near)")
      }
      let sign = try inner.number("sign") ?? 1
      guard abs(sign) == 1 else { throw inner.error("sign", "must be 1 or -1") }
      mapping.sign = sign
      if let column = EgoColumn(rawValue: key) {
        signals.numbers[column] = mapping
      } else if let word = EgoWord(rawValue: key) {
        if let values = try inner.table("values") {
          for value in values.keys { mapping.texts[value] = try values.string(value) }
        }
        if let texts = word.texts, let wrong = mapping.texts.values.sorted().first(where: { !texts.contains($0) }) {
          throw inner.error("values", "has '\(wrong)', which is not \(texts.joined(separator: ", "))")
        }
        signals.words[word] = mapping
      } else if key == "gnss_ok" {
        mapping.least = try inner.number("min") ?? 0
        signals.fix = mapping
      } else {
        let names = EgoColumn.allCases.map(\.rawValue) + EgoWord.allCases.map(\.rawValue) + ["gnss_ok"]
        throw table.error(key, "is no signal" + (names.nearest(to: key).map { "; did you mean '\($0)'?" } ?? ""))
      }
    }
  }

  private mutating func take(map table: Configuration) throws {
    map.files = try table.paths("files") ?? []
    let positive = 1e-3...1e6
    map.match.sigma = try table.number("sigma_z", in: positive) ?? map.match.sigma
    map.match.beta = try table.number("beta", in: positive) ?? map.match.beta
    map.match.radius = try table.distance("radius") ?? map.match.radius
    map.match.largestRadius = try table.distance("max_radius") ?? map.match.largestRadius
    map.match.candidates = Int(try table.integer("candidates", in: 1...64) ?? 8)
    map.match.spacing = try table.distance("spacing") ?? map.match.spacing
    map.match.breakDistance = try table.distance("break_distance") ?? map.match.breakDistance
    map.match.breakTime = try table.duration("break_time").map { Double($0) / 1e9 } ?? map.match.breakTime
    map.match.routeFactor = try table.number("route_factor", in: 1...100) ?? map.match.routeFactor
    map.match.headingLimit = try table.number("heading_limit", in: 0...180) ?? map.match.headingLimit
    if let classes = try table.strings("classes") { map.rules = RoadRules(classes: classes) }
    if let limits = try table.table("maxspeed") { map.limits = try SpeedLimits(limits) }
    if let corners = table.value("bbox") {
      guard let box = MapBox(degrees: corners.array?.map { $0.number ?? .nan } ?? []) else {
        throw table.error("bbox", "must be [south, west, north, east] in degrees")
      }
      map.box = box
    }
  }

  private mutating func take(objects table: Configuration) throws {
    let boxes: BoxConvention? = try table.choice("boxes")
    let images = try table.paths("coco_images")?.first
    objects.files = try (table.paths("files") ?? []).map { DetectionFile(path: $0, boxes: boxes, images: images) }
    objects.minScore = try table.number("min_score", in: 0...1) ?? 0.25
    if let groups = try table.table("groups") {
      for name in groups.keys { objects.groups[name] = try groups.choice(name) }
    }
    if let paths = try table.table("path") {
      for stream in paths.keys { objects.paths[stream] = try paths.points(stream) }
    }
  }
}

extension MapBox {
  /// South, west, north and east; nil for what is no box.
  init?(degrees: [Double]) {
    guard degrees.count == 4, let low = MapPosition(latitude: degrees[0], longitude: degrees[1]),
      let high = MapPosition(latitude: degrees[2], longitude: degrees[3]), low.latitude < high.latitude,
      low.longitude < high.longitude
    else { return nil }
    self.init(south: low.latitude, west: low.longitude, north: high.latitude, east: high.longitude)
  }
}

extension SpeedLimits {
  /// What texts such as `DE:urban` stand for, in km/h.
  init(_ table: Configuration) throws {
    self.init()
    for tag in table.keys { implicit[tag] = try table.number(tag, in: 1...500) }
  }
}

extension TableJoin {
  fileprivate init(_ table: Configuration) throws {
    let prefix = try table.required("prefix", table.string)
    guard Self.isPrefix(prefix) else {
      throw table.error("prefix", "must be letters, digits and _, and begin with a letter")
    }
    guard let file = try table.paths("file")?.first else { throw table.error("file", "is missing") }
    self.init(prefix: prefix, file: file)
    clock = try SourceClock(table)
    maxAge = try table.duration("max_age") ?? maxAge
    let direction = try table.string("direction") ?? "backward"
    guard let known = Self.directions[direction] else {
      throw table.error("direction", "must be backward, forward or nearest")
    }
    self.direction = known
    columns = try table.strings("columns") ?? []
    interpolated = try table.strings("interpolate") ?? []
    keys = try table.strings("by") ?? []
    if let wrong = keys.first(where: { !Self.keyNames.contains($0) }) {
      throw table.error("by", "has '\(wrong)', and samples have \(Self.keyNames.joined(separator: ", "))")
    }
    allowsExact = try table.bool("allow_exact") ?? true
  }

  static let directions: [String: AsOf.Direction] = ["backward": .previous, "forward": .next, "nearest": .nearest]

  /// What may begin the names of columns.
  package static func isPrefix(_ text: String) -> Bool {
    guard let first = text.utf8.first, first | 0x20 >= UInt8(ascii: "a"), first | 0x20 <= UInt8(ascii: "z") else {
      return false
    }
    return Telemetry.plain(text) == text
  }
}

extension MappedWeather {
  fileprivate init(_ table: Configuration) throws {
    guard let path = try table.paths("file")?.first else { throw table.error("file", "is missing") }
    (file, clock) = (path, try SourceClock(table))
    (station, latitude, longitude) = (try table.string("station"), try table.string("lat"), try table.string("lon"))
    if (latitude == nil) != (longitude == nil) {
      throw table.error("lat", "needs 'lon' beside it, and the other way round")
    }
    fields = [:]
    let inner = try table.required("fields") { key throws(ConfigurationError) in try table.table(key) }
    for key in inner.keys {
      guard let field = WeatherField.allCases.first(where: { $0.column == key }) else {
        throw inner.error(key, "is no column of weather")
      }
      guard let source = try inner.table(key) else { continue }
      let unit = try source.string("unit") ?? field.unit
      guard UnitConversion(from: unit, to: field.unit) != nil || (field == .precipitation && unit.hasSuffix("/h"))
      else {
        throw source.error("unit", "does not become \(field.unit)")
      }
      fields[field] = Source(column: try source.required("col", source.string), unit: unit)
    }
  }
}

extension SourceClock {
  fileprivate init(_ table: Configuration) throws {
    self.init()
    column = try table.string("time")
    if let name = try table.string("time_unit") {
      guard let unit = Self.units[name] else { throw table.error("time_unit", "must be s, ms, us or ns") }
      self.unit = unit
    }
    zone = try table.zone("zone") ?? .utc
  }
}

extension Configuration {
  fileprivate func zone(_ key: String) throws(ConfigurationError) -> LocalTime? {
    guard let text = try string(key) else { return nil }
    guard let zone = LocalTime(text) else { throw error(key, "must be UTC or an offset such as +01:00") }
    return zone
  }

  /// A latitude and a longitude.
  fileprivate func point(_ key: String) throws(ConfigurationError) -> SIMD2<Double> {
    let parts = value(key)?.array?.compactMap(\.number) ?? []
    guard parts.count == 2, abs(parts[0]) <= 90, abs(parts[1]) <= 180 else {
      throw error(key, "must be [latitude, longitude] in degrees")
    }
    return SIMD2(parts[0], parts[1])
  }

  fileprivate func points(_ key: String) throws(ConfigurationError) -> [SIMD2<Double>] {
    let corners = (value(key)?.array ?? []).map { $0.array?.compactMap(\.number) ?? [] }
    guard corners.count >= 3, corners.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isFinite) }) else {
      throw error(key, "must be a list of at least 3 corners [x, y] in pixels")
    }
    return corners.map { SIMD2($0[0], $0[1]) }
  }
}

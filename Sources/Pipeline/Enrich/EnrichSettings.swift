package import Core

/// What to join to samples and how: all of it, and the digests of the sources, decide the output.
package struct EnrichSettings: Sendable {
  package init() {}

  package var weather = WeatherSettings()
  package var regions = RegionSettings()
  package var space = SpaceSettings()
  var signals = SignalMappings()
  var telemetry: [Telemetry.Place] = []
  /// In nanoseconds; nil for 2.5 usual periods of each stream.
  var maxGap: Int64?
  var map = MapSettings()
  var objects = ObjectSettings()
  var joins: [TableJoin] = []
}

/// Weather files and what counts as near.
package struct WeatherSettings: Sendable {
  package var files: [String] = []
  var mapped: [MappedWeather] = []
  var hints = WeatherHints()
  /// In metres.
  package var maxDistance = 50_000.0
  /// In nanoseconds.
  package var maxAge: Int64 = 90 * 60_000_000_000

  var isEmpty: Bool { files.isEmpty && mapped.isEmpty }
}

/// Files of areas.
package struct RegionSettings: Sendable {
  /// Countries, whose code becomes `country_code`.
  package var countries: [String] = []
  /// The property with the code.
  package var key: String?
  /// By prefix: areas whose name becomes `<prefix>__name`.
  package var areas: [(prefix: String, file: String)] = []
}

/// How fine spatial keys are.
package struct SpaceSettings: Sendable {
  package var geohash = 7
  package var quadkey = 16
}

extension EnrichSettings {
  /// Reads every source once for its digest, in the order of roles and names.
  package func sources() throws -> [SourceFile] {
    var files: [(role: String, path: String)] = telemetry.map { ("telemetry", $0.path) }
    files += (weather.files + weather.mapped.map(\.file)).map { ("weather", $0) }
    files += map.files.map { ("map", $0) }
    files += objects.files.flatMap { [("objects", $0.path)] + ($0.images.map { [("objects", $0)] } ?? []) }
    files += regions.countries.map { ("region", $0) }
    files += regions.areas.map { ($0.prefix, $0.file) }
    files += joins.map { ($0.prefix, $0.file) }
    var seen: Set<String> = []
    return try files.filter { seen.insert("\($0.role)\u{0}\($0.path)").inserted }.map { role, path in
      do { return try SourceFile(role: role, path: path) } catch let error as SystemError {
        throw ConfigurationError(role, "\(error)")
      }
    }
  }

  /// With every default filled in, without paths: a file is known by its digest.
  package func json(_ sources: [SourceFile]) -> JSON {
    func name(_ path: String) -> JSON {
      .string(sources.first { $0.path == path }?.sha256 ?? path)
    }
    let numbers = signals.numbers.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, $0.value) }
    let words = signals.words.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, $0.value) }
    let fix = signals.fix.map { [("gnss_ok", $0)] } ?? []
    let own: JSONObject = [
      "signals": .object(JSONObject((numbers + words + fix).map { .init(key: $0.0, value: $0.1.json) })),
      "telemetry": .array(
        telemetry.map { ["file": name($0.path), "name": .string($0.name ?? ""), "clock": $0.clock.json] }),
      "max_gap": maxGap.map { .count($0) } ?? .null,
      "weather": weather.json(name), "map": map.json(name),
      "regions": [
        "countries": .array(regions.countries.map(name)), "key": regions.key.map { .string($0) } ?? .null,
        "areas": .array(regions.areas.map { ["prefix": .string($0.prefix), "file": name($0.file)] }),
      ],
      "space": ["geohash": .count(space.geohash), "quadkey": .count(space.quadkey)],
      "objects": objects.json(name),
      "joins": .array(joins.map { $0.json(name) }),
    ]
    return .object(own)
  }
}

extension SignalMapping {
  var json: JSON {
    [
      "col": .string(column), "unit": unit.map { .string($0) } ?? .null, "sign": .number(sign),
      "values": .object(
        JSONObject(texts.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) })),
      "min": .number(least),
    ]
  }
}

extension SourceClock {
  var json: JSON {
    [
      "column": column.map { .string($0) } ?? .null, "unit": unit.map { .count($0) } ?? .null,
      "offset": .count(zone.offset),
    ]
  }
}

extension WeatherSettings {
  fileprivate func json(_ name: (String) -> JSON) -> JSON {
    let positions = hints.positions.sorted { $0.key < $1.key }
    return [
      "files": .array(files.map(name)),
      "mapped": .array(
        mapped.map { source in
          [
            "file": name(source.file), "clock": source.clock.json,
            "station": source.station.map { .string($0) } ?? .null,
            "lat": source.latitude.map { .string($0) } ?? .null, "lon": source.longitude.map { .string($0) } ?? .null,
            "fields": .object(
              JSONObject(
                source.fields.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                  .init(key: $0.key.column, value: ["col": .string($0.value.column), "unit": .string($0.value.unit)])
                })),
          ]
        }),
      // A file's name is the station's where nothing else tells.
      "names": .array(files.map { .string(MeteostatReader.station(of: $0)) }),
      "station": hints.station.map { .string($0) } ?? .null,
      "positions": .object(
        JSONObject(positions.map { .init(key: $0.key, value: [.number($0.value.x), .number($0.value.y)]) })),
      "zone": .count(hints.zone.offset), "offset": hints.offset.map { .count($0.offset) } ?? .null,
      "max_dist_m": .number(maxDistance), "max_age_ns": .count(maxAge),
    ]
  }
}

extension ObjectSettings {
  fileprivate func json(_ name: (String) -> JSON) -> JSON {
    [
      "files": .array(
        files.map { file in
          [
            "file": name(file.path), "boxes": file.boxes.map { .string($0.rawValue) } ?? .null,
            "images": file.images.map(name) ?? .null,
          ]
        }),
      "min_score": .number(minScore),
      "groups": .object(
        JSONObject(groups.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value.rawValue)) })),
      "path": .object(
        JSONObject(
          paths.sorted { $0.key < $1.key }.map { path in
            .init(key: path.key, value: .array(path.value.map { [.number($0.x), .number($0.y)] }))
          })),
    ]
  }
}

extension TableJoin {
  fileprivate func json(_ name: (String) -> JSON) -> JSON {
    [
      "prefix": .string(prefix), "file": name(file), "clock": clock.json, "direction": .string(direction.rawValue),
      "max_age_ns": .count(maxAge), "columns": .array(columns.map { .string($0) }),
      "interpolate": .array(interpolated.map { .string($0) }), "by": .array(keys.map { .string($0) }),
      "allow_exact": .bool(allowsExact),
    ]
  }
}

// What options say, in the words of a command line.

extension EnrichSettings {
  /// What may begin the names of columns: letters, digits and _, the first a letter.
  package static func isPrefix(_ text: String) -> Bool { TableJoin.isPrefix(text) }

  package mutating func add(telemetry path: String) {
    telemetry.append(Telemetry.Place(name: MeteostatReader.station(of: path), path: path))
  }

  package mutating func add(join prefix: String, file: String) { joins.append(TableJoin(prefix: prefix, file: file)) }

  package mutating func add(objects path: String) { objects.files.append(DetectionFile(path: path)) }

  package mutating func add(map path: String) { map.files.append(path) }

  /// `south,west,north,east` in degrees; false for what is no box.
  package mutating func set(box text: String) -> Bool {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
    guard let box = MapBox(degrees: numbers) else { return false }
    map.box = box
    return true
  }

  /// The classes of roads, with their links.
  package mutating func set(mapClasses classes: [String]) { map.rules = RoadRules(classes: classes) }

  /// Limits in km/h of texts such as `DE:urban`, from a file.
  package mutating func set(speedLimits path: String) throws { map.limits = try SpeedLimits(Configuration(path: path)) }

  /// For all files of detections.
  package mutating func set(boxes: BoxConvention?, images: String?) {
    for index in objects.files.indices {
      if let boxes { objects.files[index].boxes = boxes }
      if let images { objects.files[index].images = images }
    }
  }

  package mutating func set(minScore: Double) { objects.minScore = minScore }
}

extension WeatherSettings {
  package mutating func name(station: String) { hints.station = station }

  /// `10865=48.16,11.54`, or without a name for all stations that do not say; false for what is no place.
  package mutating func place(station text: String) -> Bool {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    let numbers = (parts.last ?? "").split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 2, let latitude = numbers[0], let longitude = numbers[1], abs(latitude) <= 90,
      abs(longitude) <= 180
    else { return false }
    hints.positions[parts.count == 2 ? parts[0] : ""] = SIMD2(latitude, longitude)
    return true
  }

  /// False for what is no zone.
  package mutating func set(zone text: String) -> Bool {
    guard let zone = LocalTime(text) else { return false }
    hints.zone = zone
    return true
  }

  package mutating func set(offset text: String) -> Bool {
    guard let zone = LocalTime(text) else { return false }
    hints.offset = zone
    return true
  }
}

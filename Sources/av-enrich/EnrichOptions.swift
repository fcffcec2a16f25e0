import Command
import Core
import Pipeline

/// What is known of the vehicle.
struct VehicleOptions: Options {
  static let title = "Vehicle"

  @Option("Folder of extracted streams that the samples were made from", value: "folder", completion: .directory)
  var drive: [String]
  @Option("Table of a logger, whose columns signals may name", value: "file", completion: .file)
  var telemetry: [String]
  @Option("The vehicle, where no lake knows it", value: "vin") var vin: String?

  func apply(to settings: inout EnrichSettings) {
    for path in telemetry { settings.add(telemetry: path) }
  }
}

/// Files of weather, and which observations count.
struct WeatherOptions: Options {
  static let title = "Weather"

  @Option("Observations of Meteostat, Open-Meteo or METAR", value: "file", completion: .file) var weather: [String]
  @Option("Name of the station whose file does not name it", value: "name") var station: String?
  @Option("Where a station is, or all that do not say", value: "[station=]lat,lon") var stationAt: [String]
  @Option("What the times of METAR tables are in: UTC or an offset", value: "zone") var weatherZone: String?
  @Option("Offset of Open-Meteo times without a first block", value: "offset") var offset: String?
  @Option("Farthest station that counts; else 50km", value: "distance") var maxDist: Metres?
  @Option("Oldest observation that counts; else 90m", value: "duration") var maxAge: Nanoseconds?

  func apply(to settings: inout EnrichSettings) throws {
    settings.weather.files += weather
    if let maxDist { settings.weather.maxDistance = maxDist.value }
    if let maxAge { settings.weather.maxAge = maxAge.value }
    if let station { settings.weather.name(station: station) }
    for text in stationAt {
      guard settings.weather.place(station: text) else {
        throw UsageError("'\(text)' is not [STATION=]LAT,LON in degrees")
      }
    }
    if let weatherZone, !settings.weather.set(zone: weatherZone) {
      throw UsageError("'\(weatherZone)' is neither UTC nor an offset such as +01:00")
    }
    if let offset, !settings.weather.set(offset: offset) {
      throw UsageError("'\(offset)' is not an offset such as +02:00")
    }
  }
}

/// The map, and which of its roads.
struct MapOptions: Options {
  static let title = "Map"

  @Option("Roads: OSM PBF, OSM XML or GeoJSON; several are one map", value: "file", completion: .file)
  var map: [String]
  @Option("Classes of roads, with commas; else those that cars drive on", value: "classes") var mapClasses: String?
  @Option("Part of the map that is read; else the track and 2 km around", value: "south,west,north,east")
  var bbox: String?
  @Option("Limits in km/h of tags such as DE:urban, as JSON5", value: "file", completion: .file)
  var maxspeedTable: String?

  func apply(to settings: inout EnrichSettings) throws {
    for path in map { settings.add(map: path) }
    if let mapClasses {
      settings.set(mapClasses: mapClasses.split(separator: ",").map(String.init))
    }
    if let bbox, !settings.set(box: bbox) { throw UsageError("'\(bbox)' is not SOUTH,WEST,NORTH,EAST in degrees") }
    if let maxspeedTable { try settings.set(speedLimits: maxspeedTable) }
  }
}

/// Areas, and how fine keys are.
struct PlaceOptions: Options {
  static let title = "Places"

  @Option("Areas as GeoJSON: countries, or areas by a prefix of your own", value: "[prefix=]file", completion: .file)
  var region: [String]
  @Option("Length of geohashes; else 7", value: "number") var geohash: Count?
  @Option("Zoom of quadkeys; else 16", value: "number") var quadkey: Count?
  @Option("Columns of any table with times, as prefix__column", value: "prefix=file", completion: .file)
  var join: [String]

  func apply(to settings: inout EnrichSettings) throws {
    for text in region {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      // What is there as it stands is a path.
      if parts.count < 2 || (try? FileReader(text)) != nil {
        settings.regions.countries.append(text)
      } else {
        guard EnrichSettings.isPrefix(parts[0]) else { throw UsageError("'\(parts[0])' cannot begin names of columns") }
        settings.regions.areas.append((parts[0], parts[1]))
      }
    }
    if let geohash {
      guard 1...12 ~= geohash.value else { throw UsageError("--geohash must be 1 to 12") }
      settings.space.geohash = geohash.value
    }
    if let quadkey {
      guard 1...30 ~= quadkey.value else { throw UsageError("--quadkey must be 1 to 30") }
      settings.space.quadkey = quadkey.value
    }
    for text in join {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, EnrichSettings.isPrefix(parts[0]) else {
        throw UsageError("'\(text)' is not PREFIX=FILE")
      }
      settings.add(join: parts[0], file: parts[1])
    }
  }
}

/// Detected objects.
struct ObjectOptions: Options {
  static let title = "Objects"

  @Option("Detections: JSON lines, COCO, OpenLABEL or CSV", value: "file", completion: .file)
  var objects: [String]
  @Option(
    "What the four numbers of a box are", value: "convention",
    completion: .oneOf(BoxConvention.allCases.map(\.rawValue)))
  var boxes: String?
  @Option("Images and categories of COCO results", value: "file", completion: .file) var cocoImages: String?
  @Option("Least score of an object; else 0.25", value: "number") var minScore: String?

  func apply(to settings: inout EnrichSettings) throws {
    let convention = try boxes.map { text in
      guard let known = BoxConvention(rawValue: text) else { throw UsageError("'\(text)' is not xyxy, xywh or cxcywh") }
      return known
    }
    for path in objects { settings.add(objects: path) }
    settings.set(boxes: convention, images: cocoImages)
    if let minScore {
      guard let score = Double(minScore), 0...1 ~= score else { throw UsageError("--min-score must be 0 to 1") }
      settings.set(minScore: score)
    }
  }
}

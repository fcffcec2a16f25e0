import Core

/// What the configuration says of the map.
struct MapSettings: Sendable {
  /// OSM PBF and OSM XML, or GeoJSON; one network together.
  var files: [String] = []
  var match = MatchSettings()
  var rules = RoadRules()
  /// Of what is read; nil for the track and 2 km around it.
  var box: MapBox?
  var limits = SpeedLimits()
}

/// The roads that the samples were on.
struct MapJoin: Sendable {
  private let network: RoadNetwork
  private let matches: [RoadMatch?]
  private let speeds: [Double]
  private let limits: SpeedLimits
  /// Samples without a position.
  let placeless: Int

  init(_ settings: MapSettings, _ states: EgoStates, times: [Int64], jobs: Int) throws {
    var track = MapTrack(
      times: times, latitudes: states[.latitude], longitudes: states[.longitude], headings: states[.heading],
      speeds: states[.speed], accuracies: states[.accuracy])
    track.isSpeedMeasured = states.isSpeedMeasured
    let box = settings.box ?? MapBox(around: track.latitudes, track.longitudes)
    network = try RoadNetwork(settings.files.map { try FileReader($0) }, rules: settings.rules, box: box, jobs: jobs)
    var matcher = RoadMatcher(network, settings.match)
    matches = matcher.match(track)
    speeds = track.speeds
    limits = settings.limits
    placeless = times.indices.count { track.place($0) == nil }
  }

  /// The columns of the group of the map.
  func columns(_ rows: Range<Int>) -> [Column] {
    MapColumns.batch(Array(matches[rows]), speeds: Array(speeds[rows]), network, limits: limits).columns
  }

  /// Samples that have a road, and those that have none by reason.
  func fit(_ rows: Range<Int>) -> (matched: Int, unmatched: [String: Int]) {
    let matched = matches[rows].count { $0 != nil }
    return (matched, ["none_near": rows.count - matched])
  }

  /// For the report.
  var figures: JSONObject {
    let found = matches.compactMap { $0 }
    let mean = found.isEmpty ? nil : found.reduce(0) { $0 + $1.distance } / Double(found.count)
    return [
      "ways": .count(network.ways.count), "segments": .count(network.segmentCount),
      "nodes_missing": .count(network.missingNodes), "mean_dist_m": mean.map { .number($0) } ?? .null,
      "breaks": .count(found.count { $0.isBreak }), "no_position": .count(placeless),
    ]
  }
}

extension MapSettings {
  func json(_ name: (String) -> JSON) -> JSON {
    [
      "files": .array(files.map(name)), "classes": .array(rules.classes.sorted().map { .string($0) }),
      "box": box.map { [.count(Int($0.south)), .count(Int($0.west)), .count(Int($0.north)), .count(Int($0.east))] }
        ?? .null,
      "maxspeed": .object(
        JSONObject(limits.implicit.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .number($0.value)) })),
      "match": [
        .number(match.sigma), .number(match.beta), .number(match.radius), .number(match.largestRadius),
        .count(match.candidates), .number(match.spacing), .number(match.breakDistance), .number(match.breakTime),
        .number(match.routeFactor), .number(match.headingLimit),
      ],
    ]
  }
}

import Core

/// Roads as GeoJSON lines, https://www.rfc-editor.org/rfc/rfc7946.
///
/// ```
///   {"type":"FeatureCollection","features":[
///     {"type":"Feature","properties":{"id":"1","source":"1","target":"2","highway":"primary","maxspeed":50},
///      "geometry":{"type":"LineString","coordinates":[[8.68,50.11],[8.69,50.12]]}} ]}
/// ```
/// Lines that name `source` and `target` meet there only, and are one way unless `oneway` says otherwise, as networks of
/// edges are; the others meet at equal coordinates, and their directions are those of OSM's tags. Without `highway` a
/// line is a road of no class. The whole file is held while it is read, so it is limited to 256 MiB.
struct GeoJSONRoads {
  static let longest = 256 << 20

  private(set) var roads: [Road] = []

  struct Road {
    var id: Int64
    /// The file says it, and it is not the number of the feature.
    var hasID: Bool
    var ends: (source: String, target: String)?
    var tags: OSMTags
    var points: [MapPosition]
  }

  /// The roads of several files; those whose id an earlier one has are left out.
  ///
  /// Throws `MapError`, `SystemError`.
  init(_ files: [FileReader]) throws {
    var seen: Set<Int64> = []
    for file in files {
      let own = try Self(file).roads.filter { !$0.hasID || !seen.contains($0.id) }
      if files.count > 1 { for road in own where road.hasID { seen.insert(road.id) } }
      roads += own
    }
  }

  private init(_ file: FileReader) throws {
    guard file.count <= Self.longest else {
      throw MapError(file.path, "GeoJSON", at: 0, "has \(file.count) bytes, more than \(Self.longest)")
    }
    let bytes = try file.bytes(at: 0, count: file.count)
    let root: JSON
    do throws(JSON.Failure) {
      root = try JSON.parse(bytes, limits: JSON.Limits(bytes: Self.longest))
    } catch { throw MapError(file.path, "GeoJSON", at: error.offset, "line \(error.line): \(error.problem)") }
    guard let features = root["features"]?.array ?? (root["type"]?.string == "Feature" ? [root] : nil) else {
      throw MapError(file.path, "GeoJSON", at: 0, "wanted a FeatureCollection")
    }
    for (index, feature) in features.enumerated() where feature["geometry"]?["type"]?.string == "LineString" {
      do throws(Failure) { roads.append(try Self.road(feature, number: index + 1)) } catch {
        throw MapError(file.path, "GeoJSON, feature \(index + 1),", at: 0, error.problem)
      }
    }
  }

  private struct Failure: Error { var problem: String }

  private static func road(_ feature: JSON, number: Int) throws(Failure) -> Road {
    guard let coordinates = feature["geometry"]?["coordinates"]?.array else {
      throw Failure(problem: "wanted coordinates")
    }
    var points: [MapPosition] = []
    for pair in coordinates {
      guard let pair = pair.array, pair.count >= 2, let longitude = pair[0].number, let latitude = pair[1].number,
        let point = MapPosition(latitude: latitude, longitude: longitude)
      else { throw Failure(problem: "wanted [longitude, latitude], found \(pair)") }
      points.append(point)
    }
    var tags = OSMTags()
    for member in feature["properties"]?.object?.members ?? [] {
      if let text = member.value.word { tags.pairs.append((member.key, text)) }
    }
    let id = tags["id"].flatMap { Int64($0.hasPrefix("way/") ? String($0.dropFirst(4)) : $0) }
    var ends: (String, String)?
    if let source = tags["source"], let target = tags["target"] { ends = (source, target) }
    return Road(id: id ?? Int64(number), hasID: id != nil, ends: ends, tags: tags, points: points)
  }
}

extension JSON {
  /// A text, number or truth as a tag would write it.
  fileprivate var word: String? {
    switch self {
    case .string(let text): text
    case .integer(let value): String(value)
    case .unsigned(let value): String(value)
    case .number(let value): Int64(exactly: value).map { String($0) } ?? String(value)
    case .bool(let value): value ? "yes" : "no"
    case .null, .array, .object: nil
    }
  }
}

extension RoadAssembly {
  init(_ map: GeoJSONRoads, rules: RoadRules, box: MapBox?) {
    self.init()
    var places: [MapPosition: Int32] = [:]
    var named: [String: Int32] = [:]
    for road in map.roads {
      let isNear = box.map { road.points.contains(where: $0.contains) } ?? true
      guard isNear, road.tags["highway"] == nil || rules.isDrivable(road.tags) else { continue }
      let start = references.count
      for (index, point) in road.points.enumerated() {
        let name = index == 0 ? road.ends?.source : index == road.points.count - 1 ? road.ends?.target : nil
        if let name {
          references.append(named[name] ?? add(point, id: Int64(name)))
          named[name] = references[references.count - 1]
        } else if road.ends != nil {
          references.append(add(point, id: nil))
        } else {
          references.append(places[point] ?? add(point, id: nil))
          places[point] = references[references.count - 1]
        }
      }
      let isDirected = road.ends != nil && road.tags["oneway"] == nil
      var way = RoadNetwork.Way(id: road.id, road.tags, &texts)
      way.isOneWay = way.isOneWay || isDirected
      lines.append(
        Line(
          way: way, directions: isDirected ? .forward : RoadDirections(road.tags),
          references: start..<references.count))
    }
  }

  /// Nodes without an id are numbered below zero.
  private mutating func add(_ point: MapPosition, id: Int64?) -> Int32 {
    nodeIDs.append(id ?? -Int64(positions.count) - 1)
    positions.append(point)
    events.append(0)
    return Int32(truncatingIfNeeded: positions.count - 1)
  }
}

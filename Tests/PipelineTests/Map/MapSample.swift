import Foundation

@testable import Core
@testable import Pipeline

/// A map of a few elements, written in each form that is read.
struct MapSample {
  var nodes: [(id: Int64, latitude: Int32, longitude: Int32, tags: [(String, String)])] = []
  var ways: [(id: Int64, nodes: [Int64], tags: [(String, String)])] = []
  var features = ["OsmSchema-V0.6", "DenseNodes"]

  /// Nodes from 1 on, at 1e-7 degrees from (50, 8), in metres to the east and north.
  init(_ places: [(east: Double, north: Double)], _ ways: [(id: Int64, nodes: [Int64], tags: [(String, String)])]) {
    let aside = MapMetric.sphere.east(at: 50)
    nodes = places.enumerated().map { index, place in
      let latitude = 50 + place.north / MapMetric.metersPerDegree, longitude = 8 + place.east / aside
      return (Int64(index + 1), Int32((latitude * 1e7).rounded()), Int32((longitude * 1e7).rounded()), [])
    }
    self.ways = ways
  }

  /// Two roads that cross at node 2, a one-way road from it, a signal at node 5, a footway.
  static let crossing: MapSample = {
    var sample = MapSample(
      [(0, 0), (200, 0), (400, 0), (200, 200), (200, -100), (200, -200), (400, 200), (100, 50)],
      [
        (10, [1, 2, 3], [("highway", "primary"), ("maxspeed", "50"), ("name", "East & West"), ("lanes", "2")]),
        (
          11, [4, 2, 5, 6],
          [("highway", "residential"), ("maxspeed", "20 mph"), ("lit", "yes"), ("surface", "asphalt")]
        ),
        (
          12, [2, 7],
          [
            ("highway", "tertiary_link"), ("oneway", "yes"), ("tunnel", "yes"), ("ref", "A1"), ("junction", "circular"),
          ]
        ),
        (13, [1, 8], [("highway", "footway")]),
      ])
    sample.nodes[4].tags = [("highway", "traffic_signals")]
    return sample
  }()

  var xml: [UInt8] {
    func escape(_ text: String) -> String { text.replacing("&", with: "&amp;").replacing("\"", with: "&quot;") }
    func tags(_ tags: [(String, String)]) -> String {
      tags.map { "    <tag k=\"\(escape($0))\" v='\(escape($1))'/>\n" }.joined()
    }
    var text = "<?xml version='1.0' encoding='UTF-8'?>\n<osm version=\"0.6\">\n  <!-- a > b -->\n"
    for node in nodes {
      let place = "lat=\"\(Double(node.latitude) / 1e7)\" lon=\"\(Double(node.longitude) / 1e7)\""
      text += "  <node id=\"\(node.id)\" \(place)>\n\(tags(node.tags))  </node>\n"
    }
    for way in ways {
      text += "  <way id=\"\(way.id)\">\n" + way.nodes.map { "    <nd ref=\"\($0)\"/>\n" }.joined() + tags(way.tags)
      text += "  </way>\n"
    }
    return Array((text + "  <relation id=\"9\"/>\n</osm>\n").utf8)
  }

  /// Ways as lines with their tags; nodes have no ids there, and no tags.
  var geoJSON: [UInt8] {
    let places = Dictionary(uniqueKeysWithValues: nodes.map { ($0.id, $0) })
    let features = ways.map { way in
      let points = way.nodes.compactMap { places[$0] }.map {
        "[\(Double($0.longitude) / 1e7),\(Double($0.latitude) / 1e7)]"
      }
      let tags = way.tags.map { ",\"\($0)\":\"\($1)\"" }.joined()
      return "{\"type\":\"Feature\",\"properties\":{\"id\":\(way.id)\(tags)},\"geometry\":"
        + "{\"type\":\"LineString\",\"coordinates\":[\(points.joined(separator: ","))]}}"
    }
    return Array("{\"type\":\"FeatureCollection\",\"features\":[\(features.joined(separator: ",\n"))]}".utf8)
  }

  func pbf(_ codec: Codec? = .zlib, dense: Bool = true) throws -> [UInt8] {
    var header: [UInt8] = []
    for feature in features { header += Self.field(4, Array(feature.utf8)) }
    return try Self.blob("OSMHeader", header, codec) + Self.blob("Other", [1], nil)
      + Self.blob("OSMData", block(dense: dense), codec)
  }

  private func block(dense: Bool) -> [UInt8] {
    var strings = [""]
    func number(_ text: String) -> UInt64 {
      if let index = strings.firstIndex(of: text) { return UInt64(index) }
      strings.append(text)
      return UInt64(strings.count - 1)
    }
    let granularity: Int64 = 100
    var group: [UInt8] = []
    if dense {
      var tags: [UInt64] = []
      for node in nodes {
        for tag in node.tags { tags += [number(tag.0), number(tag.1)] }
        tags.append(0)
      }
      group += Self.field(
        2,
        Self.field(1, Self.deltas(nodes.map(\.id))) + Self.field(8, Self.deltas(nodes.map { Int64($0.latitude) }))
          + Self.field(9, Self.deltas(nodes.map { Int64($0.longitude) }))
          + Self.field(10, tags.flatMap(Self.varint)))
    } else {
      for node in nodes {
        group += Self.field(
          1,
          [0x08] + Self.varint(Self.zigzag(node.id)) + Self.field(2, node.tags.flatMap { Self.varint(number($0.0)) })
            + Self.field(3, node.tags.flatMap { Self.varint(number($0.1)) })
            + [0x40] + Self.varint(Self.zigzag(Int64(node.latitude)))
            + [0x48] + Self.varint(Self.zigzag(Int64(node.longitude))))
      }
    }
    var roads: [UInt8] = []
    for way in ways {
      roads += Self.field(
        3,
        [0x08] + Self.varint(UInt64(way.id)) + Self.field(2, way.tags.flatMap { Self.varint(number($0.0)) })
          + Self.field(3, way.tags.flatMap { Self.varint(number($0.1)) }) + Self.field(8, Self.deltas(way.nodes)))
    }
    roads += Self.field(4, [0x08, 9])
    let table = strings.flatMap { Self.field(1, Array($0.utf8)) }
    return Self.field(1, table) + Self.field(2, group) + Self.field(2, roads) + [0x88, 0x01]
      + Self.varint(UInt64(granularity))
  }

  static func blob(_ type: String, _ bytes: [UInt8], _ codec: Codec?) throws -> [UInt8] {
    var blob = bytes.isEmpty ? [] : field(1, bytes)
    if let codec {
      let numbers: [Codec: Int] = [.zlib: 3, .lz4Block: 6, .zstd: 7]
      blob = [0x10] + varint(UInt64(bytes.count)) + field(numbers[codec] ?? 4, try codec.compress(bytes.bytes))
    }
    let header = field(1, Array(type.utf8)) + [0x18] + varint(UInt64(blob.count))
    return [0, 0, UInt8(header.count >> 8), UInt8(header.count & 255)] + header + blob
  }

  static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(UInt64(number << 3 | 2)) + varint(UInt64(bytes.count)) + bytes
  }

  static func varint(_ value: UInt64) -> [UInt8] {
    value < 128 ? [UInt8(value)] : [UInt8(value & 127) | 128] + varint(value >> 7)
  }

  static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }

  static func deltas(_ values: [Int64]) -> [UInt8] {
    zip(values, [0] + values).flatMap { varint(zigzag($0 - $1)) }
  }
}

/// A file in a folder of its own that goes away with the value.
final class MapFile {
  let folder: String
  let path: String

  init(_ bytes: [UInt8], name: String = "map") throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "av-\(UUID())").path
    path = folder + "/" + name
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: path))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}

extension RoadNetwork {
  /// The network of a map in memory.
  static func of(_ bytes: [UInt8], box: MapBox? = nil) throws -> RoadNetwork {
    let file = try MapFile(bytes)
    return try RoadNetwork(FileReader(file.path), box: box)
  }
}

/// Public maps beside the repository; what needs them is skipped where they are absent.
enum MapData {
  static let folder: String? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let data =
      ProcessInfo.processInfo.environment["AV_SHARED_DATA"]
      ?? root.deletingLastPathComponent().appending(path: "shared/data").path
    return FileManager.default.fileExists(atPath: data + "/schemas/osm") ? data + "/schemas" : nil
  }()

  static var isHere: Bool { folder != nil }
  static let bristol = "osm/whitelion_bristol_uk.osm.pbf"
  static let amsterdam = "osm/amsterdam.osm.pbf"
}

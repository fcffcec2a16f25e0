import Foundation
import Testing

@testable import Core
@testable import Pipeline

/// Writes what is read and matched, for Tests/Interop/map.py to compare with others.
@Suite struct MapInteropTests {
  private static let folder = ProcessInfo.processInfo.environment["AV_MAP_INTEROP"]

  /// `*.osm.pbf`, `*.osm` and `*.osm.gz` become lists of their elements.
  @Test(.enabled(if: folder != nil, "AV_MAP_INTEROP is not set"))
  func mapFilesAreListed() throws {
    for name in try names() where name.hasSuffix(".osm.pbf") || name.hasSuffix(".osm") || name.hasSuffix(".osm.gz") {
      let file = try FileReader(path(name))
      var lines: [String] = []
      let selection = OSMSelection(nodes: .all, ways: .all)
      let add: (OSMBlock) -> Void = { block in
        for node in block.nodes {
          lines.append("n \(node.id) \(node.position.latitude) \(node.position.longitude) \(node.highway ?? "")")
        }
        for way in block.ways {
          let tags = way.tags.pairs.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "\u{1}")
          lines.append("w \(way.id) \(way.nodes.map(String.init).joined(separator: ",")) \(tags)")
        }
      }
      if case .pbf = try MapFormat(file) {
        try OSMPBF(file).read(selection, jobs: 2, add)
      } else {
        try OSMXML(file).read(selection, add)
      }
      try lines.joined(separator: "\n").write(toFile: path(name + ".list"), atomically: true, encoding: .utf8)
    }
  }

  /// `*.track` of lines `seconds latitude longitude` are matched on the GeoJSON network of the same name, which names its
  /// edges; a match a line.
  @Test(.enabled(if: folder != nil, "AV_MAP_INTEROP is not set"))
  func tracksAreMatched() throws {
    for name in try names() where name.hasSuffix(".track") {
      let rows = try String(contentsOfFile: path(name), encoding: .utf8).split(separator: "\n").map { line in
        try line.split(separator: " ").map { try #require(Double($0)) }
      }
      let network = try RoadNetwork(FileReader(path(name.dropLast(6) + ".geojson")))
      var settings = MatchSettings()
      (settings.spacing, settings.evens) = (0, false)
      var matcher = RoadMatcher(network, settings)
      let matches = matcher.match(
        MapTrack(
          times: rows.map { Int64($0[0] * 1e9) }, latitudes: rows.map { $0[1] }, longitudes: rows.map { $0[2] }))
      let lines = matches.map { match in
        match.map { "\(network.way($0.edge).id) \($0.offset) \($0.distance) \($0.probability) \($0.isBreak)" } ?? "none"
      }
      try lines.joined(separator: "\n").write(toFile: path(name + ".matched"), atomically: true, encoding: .utf8)
    }
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: #require(Self.folder)).sorted()
  }

  private func path(_ name: String) -> String { (Self.folder ?? "") + "/" + name }
}

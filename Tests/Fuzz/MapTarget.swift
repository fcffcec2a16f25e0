import Core
import Pipeline

extension FuzzTarget {
  /// The input is a map of any form: OSM PBF, OSM XML, perhaps packed, or GeoJSON.
  static let osm = FuzzTarget(name: "osm", run: matchOnMap) { try seedMaps() }
}

private let scratch = ScratchFile()

private func matchOnMap(_ bytes: [UInt8]) throws {
  scratch.fill(bytes)
  let network = try RoadNetwork(FileReader(scratch.path))
  must(network.firstPoint.count == network.segmentCount + 1, "points of \(network.segmentCount) segments")
  must(Int(network.firstPoint[network.segmentCount]) == network.latitudes.count, "points that belong to no segment")
  for edge in network.edges {
    let length = network.length(edge)
    must(length.isFinite && length >= 0, "an edge of \(length) m")
    must(Int(network.end(edge)) < network.nodeIDs.count, "an edge to a node that is not there")
  }
  // A drive over the first points, a little beside them.
  let points = 0..<min(24, network.latitudes.count)
  let track = MapTrack(
    times: points.map { Int64($0) * 1_000_000_000 },
    latitudes: points.map { Double(network.latitudes[$0]) / 1e7 + 2e-5 },
    longitudes: points.map { Double(network.longitudes[$0]) / 1e7 }, speeds: points.map { Double($0) })
  var matcher = RoadMatcher(network)
  for match in matcher.match(track).compactMap({ $0 }) {
    must(network.isAllowed(match.edge), "a match on an edge that must not be driven")
    must(match.offset >= -0.01 && match.offset <= network.length(match.edge) + 0.01, "a match \(match.offset) m along")
    must(match.probability >= 0 && match.probability < 1.001, "a probability of \(match.probability)")
  }
}

/// Two roads that meet, in each form; not packed, so that changes reach what is inside.
private func seedMaps() throws -> [(name: String, bytes: [UInt8])] {
  let xml = """
    <?xml version="1.0"?><osm version="0.6"><node id="1" lat="50" lon="8"/><node id="2" lat="50.001" lon="8"><tag \
    k="highway" v="stop"/></node><node id="3" lat="50.001" lon="8.001"/><way id="7"><nd ref="1"/><nd ref="2"/><tag \
    k="highway" v="primary"/><tag k="maxspeed" v="30 mph"/></way><way id="8"><nd ref="2"/><nd ref="3"/><tag \
    k="highway" v="road"/><tag k="oneway" v="-1"/></way></osm>
    """
  let json = """
    {"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"1","source":"1","target":"2"},\
    "geometry":{"type":"LineString","coordinates":[[8,50],[8,50.001]]}},{"type":"Feature","properties":\
    {"highway":"road"},"geometry":{"type":"LineString","coordinates":[[8,50.001],[8.001,50.001]]}}]}
    """
  let packed = try Codec.gzip.compress(Array(xml.utf8).bytes)
  return [
    ("xml", Array(xml.utf8)), ("gzip", packed), ("geojson", Array(json.utf8)), ("dense", pbf(dense: true)),
    ("plain", pbf(dense: false)),
  ]
}

private func pbf(dense: Bool) -> [UInt8] {
  let strings = ["", "highway", "primary", "stop"].flatMap { field(1, Array($0.utf8)) }
  // Nodes 1, 2, 3 at 50, 8 and 0.001 degrees on; zigzag, then differences.
  let north = number(1_000_000_000), east = number(160_000_000), step = number(20_000)
  let nodes =
    dense
    ? field(
      2,
      field(1, [2, 2, 2]) + field(8, north + step + [0]) + field(9, east + [0] + step)
        + field(10, [0, 1, 3, 0, 0]))
    : field(1, [0x08, 2, 0x40] + north + [0x48] + east)
      + field(1, [0x08, 4] + field(2, [1]) + field(3, [3]) + [0x40] + number(1_000_020_000) + [0x48] + east)
  let ways = field(3, [0x08, 7] + field(2, [1]) + field(3, [2]) + field(8, [2, 2, 2]))
  let block = field(1, strings) + field(2, nodes) + field(2, ways) + [0x88, 1, 100]
  return blob("OSMHeader", field(4, Array("OsmSchema-V0.6".utf8))) + blob("OSMData", block)
}

private func blob(_ type: String, _ bytes: [UInt8]) -> [UInt8] {
  let blob = field(1, bytes)
  let header = field(1, Array(type.utf8)) + [0x18] + number(blob.count)
  return [0, 0, 0, UInt8(header.count)] + header + blob
}

private func field(_ field: Int, _ bytes: [UInt8]) -> [UInt8] { [UInt8(field << 3 | 2)] + number(bytes.count) + bytes }

private func number(_ value: Int) -> [UInt8] {
  value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + number(value >> 7)
}

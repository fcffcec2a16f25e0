import Testing

@testable import Core
@testable import Pipeline

@Suite struct OSMFileTests {
  @Test func everyFormGivesTheSameElements() throws {
    let sample = MapSample.crossing
    let xml = try elements(sample.xml)
    #expect(xml.nodes.count == 8 && xml.ways.count == 4 && xml.counts.relations == 1 && xml.counts.references == 11)
    #expect(xml.nodes[4].highway == "traffic_signals")
    #expect(xml.ways[0].tags["name"] == "East & West")
    let forms = [
      try sample.pbf(), try sample.pbf(nil), try sample.pbf(.lz4Block), try sample.pbf(.zstd),
      try sample.pbf(dense: false), try Codec.gzip.compress(sample.xml.bytes),
    ]
    for form in forms {
      let other = try elements(form)
      #expect(other.nodes == xml.nodes)
      #expect(other.ways == xml.ways)
      #expect(other.counts == xml.counts)
    }
  }

  @Test func everyFormGivesTheSameNetwork() throws {
    let sample = MapSample.crossing
    let network = try RoadNetwork.of(sample.pbf())
    #expect(try description(RoadNetwork.of(sample.xml)) == description(network))
    // GeoJSON has neither ids of nodes nor their tags.
    var untagged = sample
    untagged.nodes[4].tags = []
    #expect(
      try description(RoadNetwork.of(untagged.geoJSON), ids: false)
        == description(RoadNetwork.of(untagged.pbf()), ids: false))
  }

  @Test func aRequiredFeatureThatIsNotKnownIsRefused() throws {
    var sample = MapSample.crossing
    sample.features.append("HistoricalInformation")
    let bytes = try sample.pbf()
    let error = #expect(throws: MapError.self) { try RoadNetwork.of(bytes) }
    #expect(error?.code == .unsupported)
    #expect(error?.problem.contains("HistoricalInformation") == true)
  }

  @Test func sizesAreLimited() throws {
    let large = [UInt8](repeating: 0, count: OSMPBF.longestBlob)
    let header = try MapSample.blob("OSMHeader", MapSample.field(4, Array("DenseNodes".utf8)), .zlib)
    // Packs to 32 KiB; a byte less is a block that is merely not valid.
    let packed = try MapSample.blob("OSMData", large, .zlib)
    let error = #expect(throws: MapError.self) { try RoadNetwork.of(header + packed) }
    #expect(error?.problem.contains("raw size") == true, "\(String(describing: error))")
    let long = #expect(throws: MapError.self) { try RoadNetwork.of(header + [0, 1, 0, 0] + large.prefix(70_000)) }
    #expect(long?.problem.contains("65535") == true, "\(String(describing: long))")
    #expect(throws: MapError.self) { try RoadNetwork.of([]) }
  }

  @Test func eachPrefixIsRefused() throws {
    for bytes in [try MapSample.crossing.pbf(nil), MapSample.crossing.xml, MapSample.crossing.geoJSON] {
      let whole = try description(RoadNetwork.of(bytes))
      for count in stride(from: 0, to: bytes.count, by: 3) {
        // A file that ends between blobs, or behind the last element, is whole.
        guard let network = try? RoadNetwork.of(Array(bytes[..<count])) else { continue }
        let text = description(network)
        #expect(text == whole || text == description(RoadNetwork(metric: .sphere)), "\(count) of \(bytes.count) bytes")
      }
    }
  }

  @Test func aFlippedByteIsAnErrorOrAnotherMap() throws {
    for (seed, bytes) in [try MapSample.crossing.pbf(nil), try MapSample.crossing.pbf(), MapSample.crossing.xml]
      .enumerated()
    {
      var random = SeededRandom(UInt64(seed))
      for _ in 0..<300 {
        var damaged = bytes
        for _ in 0..<1 + random.below(3) { damaged[random.below(bytes.count)] ^= UInt8(1 << random.below(8)) }
        do {
          let network = try RoadNetwork.of(damaged)
          #expect(network.edges.allSatisfy { Int(network.end($0)) < network.nodeIDs.count })
        } catch { #expect(error is any Problem, "\(error)") }
      }
    }
  }

  @Test(.enabled(if: MapData.isHere, "public maps are absent"))
  func publicMapsHaveTheKnownElements() throws {
    let folder = try #require(MapData.folder)
    let bristol = try all(OSMPBF(FileReader("\(folder)/\(MapData.bristol)")))
    #expect(
      [bristol.counts.nodes, bristol.counts.ways, bristol.counts.relations, bristol.counts.references]
        == [619, 111, 60, 956])
    #expect(bounds(bristol) == MapBox(south: 514_522_057, west: -25_978_443, north: 514_594_244, east: -25_811_901))
    let classes = histogram(bristol, "highway")
    #expect(classes["unclassified"] == 16 && classes["footway"] == 14 && classes["pedestrian"] == 6)
    #expect(classes["primary"] == 3 && classes["cycleway"] == 3 && classes.values.reduce(0, +) == 45)
    #expect(histogram(bristol, "maxspeed")["20 mph"] == 20)
    #expect(bristol.ways.count { $0.tags["oneway"] == "yes" } == 12)
    // A ninth has no highway tag.
    #expect(bristol.ways.count { $0.tags["tunnel"] != nil && $0.tags["highway"] != nil } == 8)
    #expect(bristol.nodes.count { $0.highway == "traffic_signals" } == 1)

    let amsterdam = try all(OSMPBF(FileReader("\(folder)/\(MapData.amsterdam)")))
    #expect(
      [amsterdam.counts.nodes, amsterdam.counts.ways, amsterdam.counts.relations, amsterdam.counts.references]
        == [1429, 184, 12, 1856])
    #expect(bounds(amsterdam) == MapBox(south: 523_384_256, west: 49_169_209, north: 523_551_312, east: 49_451_417))
    #expect(histogram(amsterdam, "highway").values.reduce(0, +) == 54)
    #expect(histogram(amsterdam, "maxspeed") == ["50": 6, "80": 6])
    #expect(histogram(amsterdam, "bridge").values.reduce(0, +) == 5)
    #expect(amsterdam.nodes.count { $0.highway == "traffic_signals" } == 1)
  }

  private func elements(_ bytes: [UInt8]) throws -> OSMBlock {
    let file = try MapFile(bytes)
    let reader = try FileReader(file.path)
    guard case .xml = try MapFormat(reader) else { return try all(OSMPBF(reader)) }
    var whole = OSMBlock()
    try OSMXML(reader).read(OSMSelection(nodes: .all, ways: .all)) { add($0, to: &whole) }
    return whole
  }

  private func all(_ map: OSMPBF) throws -> OSMBlock {
    var whole = OSMBlock()
    try map.read(OSMSelection(nodes: .all, ways: .all), jobs: 2) { add($0, to: &whole) }
    return whole
  }

  private func add(_ block: OSMBlock, to whole: inout OSMBlock) {
    whole.nodes += block.nodes
    whole.ways += block.ways
    whole.counts += block.counts
  }

  private func bounds(_ block: OSMBlock) -> MapBox? {
    let places = block.nodes.map(\.position)
    guard let south = places.map(\.latitude).min(), let north = places.map(\.latitude).max(),
      let west = places.map(\.longitude).min(), let east = places.map(\.longitude).max()
    else { return nil }
    return MapBox(south: south, west: west, north: north, east: east)
  }

  private func histogram(_ block: OSMBlock, _ key: String) -> [String: Int] {
    block.ways.compactMap { $0.tags[key] }.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  /// All that a network says, edge by edge.
  private func description(_ network: RoadNetwork, ids: Bool = true) -> [String] {
    network.edges.map { edge in
      let way = network.way(edge)
      let ends = ids ? "\(network.nodeIDs[Int(network.start(edge))])-\(network.nodeIDs[Int(network.end(edge))]) " : ""
      let texts = [way.roadClass, way.name, way.reference, way.surface].map { network.text($0) ?? "" }
      let points = Int(network.firstPoint[edge.segment])..<Int(network.firstPoint[edge.segment + 1])
      let events = Int(network.firstEvent[edge.segment])..<Int(network.firstEvent[edge.segment + 1])
      return "\(edge.number) \(ends)\(way.id) \(texts) \(network.speedLimit(edge) ?? "") \(network.length(edge)) "
        + "\(points.map { network.degrees($0) }) \(events.map { network.events[$0] }) \(way.isTunnel) \(way.lanes) "
        + "\(way.isOneWay) \(String(describing: way.isLit)) \(network.isIntersection[Int(network.end(edge))])"
    }
  }
}

/// A generator whose numbers are told by its seed.
struct SeededRandom {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &+ 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int(next() >> 1) % count }
  mutating func unit() -> Double { (Double(next() >> 11) + 0.5) / Double(1 << 53) }
  mutating func normal() -> Double { (-2 * Mathematics.log(unit())).squareRoot() * Mathematics.cos(2 * .pi * unit()) }
}

import Testing

@testable import Core
@testable import Pipeline

@Suite struct RoadNetworkTests {
  @Test(
    arguments: [
      ("50", 50), ("30 mph", 48.28032), ("10 knots", 18.52), ("50;70", 50), ("70|50", 50), ("none", nil), ("walk", nil),
      ("signals", nil), ("variable", nil), ("DE:urban", nil), ("", nil), ("-5", nil), ("50;none", nil), ("1e3", nil),
      ("20 mph;50", 32.18688),
    ] as [(String, Double?)])
  func speedLimitsAreInKilometersPerHour(_ tag: String, _ expected: Double?) {
    let limit = SpeedLimits().kilometersPerHour(tag)
    #expect(limit.map { ($0 * 1e6).rounded() } == expected.map { ($0 * 1e6).rounded() })
  }

  @Test func implicitLimitsComeFromTheUser() {
    #expect(SpeedLimits(implicit: ["DE:urban": 50]).kilometersPerHour("DE:urban") == 50)
  }

  @Test(
    arguments: [
      ([("highway", "primary")], RoadDirections.both), ([("highway", "motorway")], .forward),
      ([("highway", "motorway_link"), ("oneway", "no")], .both), ([("highway", "primary"), ("oneway", "1")], .forward),
      ([("highway", "primary"), ("oneway", "-1")], .backward),
      ([("highway", "primary"), ("oneway", "reverse")], .backward),
      ([("highway", "primary"), ("junction", "roundabout")], .forward),
    ] as [([(String, String)], RoadDirections)])
  func directionsAreThoseOfTheTags(_ tags: [(String, String)], _ expected: RoadDirections) {
    #expect(RoadDirections(OSMTags(tags.map { (key: $0, value: $1) })) == expected)
  }

  @Test func waysAreDrivableByClassAndAccess() {
    let rules = RoadRules()
    func isDrivable(_ tags: [(String, String)]) -> Bool {
      rules.isDrivable(OSMTags(tags.map { (key: $0, value: $1) }))
    }
    #expect(isDrivable([("highway", "trunk_link")]))
    #expect(!isDrivable([("highway", "footway")]))
    #expect(!isDrivable([("highway", "service"), ("access", "no")]))
    #expect(isDrivable([("highway", "service"), ("access", "no"), ("motor_vehicle", "destination")]))
    #expect(!isDrivable([("name", "primary")]))
  }

  @Test func waysAreSplitWhereTheyMeet() throws {
    let network = try RoadNetwork.of(MapSample.crossing.pbf())
    // 1-2, 2-3 | 4-2, 2-5-6 | 2-7
    #expect(network.segmentCount == 5 && network.edges.count == 9)
    let ends = network.edges.map { [network.nodeIDs[Int(network.start($0))], network.nodeIDs[Int(network.end($0))]] }
    #expect(ends == [[1, 2], [2, 1], [2, 3], [3, 2], [4, 2], [2, 4], [2, 6], [6, 2], [2, 7]])
    #expect(network.nodeIDs.indices.filter { network.isIntersection[$0] }.map { network.nodeIDs[$0] } == [2])
    #expect(abs(network.length(network.edges[0]) - 200) < 0.01)
    #expect(network.memory > 0 && network.memory < 2000)
  }

  @Test func aNodeThatIsMissingCutsTheWay() throws {
    var sample = MapSample(
      [(0, 0), (100, 0), (200, 0), (300, 0), (400, 0)], [(7, [1, 2, 3, 4, 5], [("highway", "road")])])
    sample.nodes.remove(at: 2)
    let network = try RoadNetwork.of(sample.pbf())
    #expect(network.missingNodes == 1 && network.segmentCount == 2)
    #expect(network.nodeIDs == [1, 2, 4, 5])
  }

  @Test func severalMapsAreOneNetwork() throws {
    // Way 2 crosses the border of the two areas, and is in both; node 3 is where it meets way 3.
    let nodes = [(0.0, 0.0), (100, 0), (200, 0), (300, 0)]
    let way = { (id: Int64) in (id, [id, id + 1], [("highway", "road")]) }
    var west = MapSample(nodes, [way(1), way(2)]), east = MapSample(nodes, [way(2), way(3)])
    west.nodes.removeLast()
    east.nodes.removeFirst()
    let files = try [MapFile(west.pbf()), MapFile(east.xml)]
    let network = try RoadNetwork(files.map { try FileReader($0.path) })
    #expect(network.ways.map(\.id) == [1, 2, 3] && network.segmentCount == 3 && network.missingNodes == 0)
    #expect(network.nodeIDs == [1, 2, 3, 4])
    // A way whose rest is in another file is whole.
    west.nodes.removeLast()
    let cut = try MapFile(west.pbf())
    #expect(try RoadNetwork([FileReader(cut.path)]).missingNodes == 1)
    #expect(try RoadNetwork([FileReader(cut.path), FileReader(files[1].path)]).missingNodes == 0)
  }

  @Test func severalFilesOfGeoJSONAreOneNetwork() throws {
    func file(_ roads: [(id: String?, from: Int, to: Int)]) throws -> MapFile {
      let features = roads.map { road in
        let id = road.id.map { "\"id\":\"\($0)\"," } ?? ""
        return "{\"type\":\"Feature\",\"properties\":{\(id)\"highway\":\"road\"},\"geometry\":{\"type\":\"LineString\","
          + "\"coordinates\":[[8,50.00\(road.from)],[8,50.00\(road.to)]]}}"
      }
      return try MapFile(
        Array("{\"type\":\"FeatureCollection\",\"features\":[\(features.joined(separator: ","))]}".utf8))
    }
    let files = try [file([("7", 0, 1), (nil, 1, 2)]), file([("7", 0, 1), ("9", 2, 3), (nil, 3, 4)])]
    let network = try RoadNetwork(files.map { try FileReader($0.path) })
    #expect(network.ways.map(\.id) == [7, 2, 9, 3] && network.nodeIDs.count == 5)
    let map = try MapFile(MapSample.crossing.pbf())
    #expect(throws: MapError.self) { try RoadNetwork([FileReader(files[0].path), FileReader(map.path)]) }
  }

  @Test func aBoxKeepsWaysThatTouchIt() throws {
    let sample = MapSample(
      [(0, 0), (100, 0), (5000, 0), (5100, 0)],
      [(1, [1, 2], [("highway", "road")]), (2, [3, 4], [("highway", "road")])])
    let box = try #require(MapBox(around: [50], [8], margin: 1000))
    let network = try RoadNetwork.of(sample.pbf(), box: box)
    #expect(network.ways.map(\.id) == [1])
    #expect(try RoadNetwork.of(sample.xml, box: box).ways.map(\.id) == [1])
    #expect(try RoadNetwork.of(sample.geoJSON, box: box).ways.map(\.id) == [1])
    #expect(MapBox(around: [.nan, 0], [8, 0]) == nil)
  }

  @Test func aLoopIsCutAtItsNodeOnly() throws {
    let sample = MapSample(
      [(0, 0), (100, 0), (100, 100)], [(1, [1, 2, 3, 1], [("highway", "road"), ("junction", "roundabout")])])
    let network = try RoadNetwork.of(sample.pbf())
    #expect(network.edges.count == 1)
    #expect(network.start(network.edges[0]) == network.end(network.edges[0]))
  }

  @Test func theGridFindsEveryLegThatIsNear() throws {
    var random = SeededRandom(5)
    var places: [(east: Double, north: Double)] = []
    var ways: [(id: Int64, nodes: [Int64], tags: [(String, String)])] = []
    for way in 0..<40 as Range<Int64> {
      for _ in 0..<2 { places.append((random.unit() * 4000, random.unit() * 4000)) }
      ways.append((way, [2 * way + 1, 2 * way + 2], [("highway", "road")]))
    }
    let network = try RoadNetwork.of(MapSample(places, ways).pbf())
    var settings = MatchSettings()
    settings.candidates = 1000
    settings.largestRadius = 50
    for _ in 0..<400 {
      let fix = (
        latitude: 50 + random.unit() * 0.036, longitude: 8 + random.unit() * 0.056
      )
      let found = network.candidates(fix, heading: nil, settings).map(\.edge.number)
      let near = network.edges.filter { edge in
        network.nearest(to: fix, on: edge, between: 0...network.length(edge))?.distance ?? 100 <= 50
      }
      #expect(Set(found) == Set(near.map(\.number)))
    }
  }
}

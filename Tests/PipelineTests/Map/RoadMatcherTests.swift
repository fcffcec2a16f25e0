import Foundation
import Testing

@testable import Core
@testable import Pipeline

@Suite struct RoadMatcherTests {
  @Test(.enabled(if: MapData.isHere, "public maps are absent"))
  func theToyNetworkGivesThePublishedPaths() throws {
    let folder = try #require(MapData.folder) + "/mapmatch"
    let network = try RoadNetwork(FileReader("\(folder)/fmm_edges.geojson"), metric: .plane)
    let expected = ["1": "2,5,13,14,23", "2": "25,4,3,5,17,19", "3": "8,11,13,18,20,24"]
    let rows = try String(contentsOfFile: "\(folder)/fmm_gps.csv", encoding: .utf8).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ";").map(String.init) }
    for (track, path) in expected {
      let points = try rows.filter { $0[0] == track }.map { (try #require(Double($0[1])), try #require(Double($0[2]))) }
      for sigma in [0.1, 0.2, 0.3, 0.5] {
        for beta in [0.1, 0.5, 1, 2] {
          var settings = MatchSettings()
          (settings.sigma, settings.beta, settings.candidates) = (sigma, beta, 4)
          (settings.radius, settings.largestRadius, settings.spacing, settings.reverse) = (0.4, 0.4, 0, 0)
          var matcher = RoadMatcher(network, settings)
          let route = matcher.route(
            MapTrack(
              times: points.indices.map { Int64($0) * 1_000_000_000 }, latitudes: points.map(\.1),
              longitudes: points.map(\.0)))
          #expect(route.map { String(network.way($0).id) }.joined(separator: ",") == path, "\(sigma) \(beta)")
        }
      }
    }
  }

  /// What a drive's samples know beside their positions.
  enum Knowledge: CaseIterable { case positions, speeds, speedsAndHeadings }

  /// Fixes of 5 m noise a second apart, at 10 m/s.
  @Test(.enabled(if: MapData.isHere, "public maps are absent"), arguments: Knowledge.allCases)
  func noisyDrivesAreOnTheRightWay(_ knowledge: Knowledge) throws {
    let share = 0.97
    var right: [String: Int] = [:], all: [String: Int] = [:], unsure = 0
    for map in [MapData.bristol, MapData.amsterdam] {
      let network = try RoadNetwork(FileReader("\(#require(MapData.folder))/\(map)"))
      for seed in 0..<120 as Range<UInt64> {
        var drive = NoisyDrive(network, seed: seed, seconds: 180, noise: 5)
        // A wheel that is a little too large, and its noise.
        var random = SeededRandom(seed + 1000)
        if knowledge != .positions { drive.track.speeds = drive.ways.map { _ in 10.1 + 0.1 * random.normal() } }
        if knowledge == .speedsAndHeadings { drive.track.headings = drive.headings.map { $0 + 5 * random.normal() } }
        var matcher = RoadMatcher(network)
        for (index, match) in matcher.match(drive.track).enumerated() {
          all[map, default: 0] += 1
          if let match, network.way(match.edge).id == drive.ways[index] {
            right[map, default: 0] += 1
          } else if drive.distances[index] < 5 {
            unsure += 1
          }
        }
      }
    }
    let counts = all.map { "\($0.key): \(right[$0.key] ?? 0) of \($0.value)" }.sorted().joined(separator: ", ")
    let sums = (right: right.values.reduce(0, +), all: all.values.reduce(0, +))
    #expect(
      Double(sums.right) >= share * Double(sums.all),
      "\(knowledge): \(counts); of the wrong ones \(unsure) are within 5 m of an end of their way")
  }

  @Test func pointsWithoutAPlaceOrARoadAreNull() throws {
    var track = straight(metres: stride(from: 0, through: 190, by: 10).map { $0 })
    track.latitudes[3] = .nan
    (track.latitudes[4], track.longitudes[4]) = (0, 0)
    track.latitudes[5] = 91
    track.latitudes[6] += 0.01
    let matches = try match(track)
    #expect(matches.indices.filter { matches[$0] == nil } == [3, 4, 5, 6])
    // They do not cut the track.
    #expect(matches.allSatisfy { $0?.isBreak != true })
  }

  @Test func aGapCutsTheTrack() throws {
    var track = straight(metres: [0, 10, 20, 30, 40])
    for index in 3...4 { track.times[index] += 181_000_000_000 }
    #expect(try match(track).map { $0?.isBreak } == [false, false, false, true, false])
  }

  @Test func whereNoRouteLeadsTheTrackIsCut() throws {
    let sample = MapSample(
      [(0, 0), (100, 0), (200, 0), (300, 0)],
      [(1, [1, 2], [("highway", "road")]), (2, [3, 4], [("highway", "road")])])
    let matches = try match(straight(metres: [50, 90, 210, 250]), RoadNetwork.of(sample.pbf()))
    #expect(matches.map { $0?.isBreak } == [false, false, true, false])
  }

  @Test func aFixThatNoiseMovedBackLeavesTheRoadOpen() throws {
    // A one-way road, and one beside it 40 m to the north: the third fix is 15 m behind the second.
    let sample = MapSample(
      [(0, 0), (300, 0), (0, 40), (300, 40)],
      [
        (1, [1, 2], [("highway", "road"), ("oneway", "yes")]), (2, [3, 4], [("highway", "road"), ("oneway", "yes")]),
      ])
    let network = try RoadNetwork.of(sample.pbf())
    var track = straight(metres: [20, 60, 45, 70, 90, 110], north: 3)
    #expect(try match(track, network).map { $0.map { network.way($0.edge).id } } == Array(repeating: 1, count: 6))
    // So far back is no noise, unless the fixes say so of themselves.
    track = straight(metres: [20, 100, 60, 90, 110], north: 3)
    #expect(try match(track, network).contains { $0.map { network.way($0.edge).id } != 1 || $0?.isBreak == true })
    track.accuracies = track.times.map { _ in 8 }
    #expect(try match(track, network).map { $0.map { network.way($0.edge).id } } == Array(repeating: 1, count: 5))
  }

  @Test func oneWayRoadsAreDrivenOneWay() throws {
    // Two one-way roads side by side, 10 m apart: the fixes are nearer to the wrong one.
    let sample = MapSample(
      [(0, 0), (300, 0), (300, 10), (0, 10)],
      [
        (1, [1, 2], [("highway", "road"), ("oneway", "yes")]), (2, [3, 4], [("highway", "road"), ("oneway", "yes")]),
      ])
    let network = try RoadNetwork.of(sample.pbf())
    var track = straight(metres: stride(from: 20, through: 280, by: 20).map { $0 }, north: 6)
    var ways = try match(track, network).map { $0.map { network.way($0.edge).id } }
    #expect(ways.allSatisfy { $0 == 1 }, "\(ways)")
    // One fix alone is decided by its heading.
    track = straight(metres: [150], north: 6)
    ways = try match(track, network).map { $0.map { network.way($0.edge).id } }
    #expect(ways == [2])
    track.headings = [90]
    track.speeds = [10]
    ways = try match(track, network).map { $0.map { network.way($0.edge).id } }
    #expect(ways == [1])
    track.speeds = [2]
    #expect(try match(track, network).map { $0.map { network.way($0.edge).id } } == [2])
  }

  @Test func atABendTheRoadStaysACandidate() throws {
    // To the east, then to the north; a parallel road to the east. The fix is nearest to the leg behind the car.
    let sample = MapSample(
      [(0, 0), (100, 0), (100, 100), (0, 30), (200, 30)],
      [(1, [1, 2, 3], [("highway", "road")]), (2, [4, 5], [("highway", "road")])])
    let network = try RoadNetwork.of(sample.pbf())
    var track = straight(metres: [97], north: 5)
    track.headings = [90]
    track.speeds = [10]
    #expect(try match(track, network).map { $0.map { network.way($0.edge).id } } == [1])
  }

  @Test func pointsBetweenAreOnTheRoute() throws {
    let track = straight(metres: [0, 3, 6, 10, 12.5, 20], north: 2)
    // Nobody drives so: what is evened would be elsewhere.
    var settings = MatchSettings()
    settings.evens = false
    let matches = try match(track, settings: settings)
    for (match, metres) in zip(matches, [0, 3, 6, 10, 12.5, 20]) {
      let match = try #require(match)
      #expect(abs(match.offset - metres) < 0.1 && abs(match.distance - 2) < 0.1, "\(match)")
    }
  }

  @Test func aStandingCarStaysWhereItWasMatched() throws {
    var track = straight(metres: [0, 20, 20, 22, 20, 40])
    track.speeds = [10, 0, 0, 0.1, 0, 10]
    let matches = try match(track)
    #expect(matches[1...4].allSatisfy { $0?.offset == matches[1]?.offset })
    // The same position again and again, but the car moves.
    track.speeds = [10, 10, 10, 10, 10, 10]
    track.longitudes[3] = track.longitudes[2]
    #expect(try match(track).map { $0 == nil } == [false, false, true, true, true, false])
  }

  @Test func eventsAreMeasuredAlongTheRoute() throws {
    // From the west, right into the road with the signal, 100 m behind the corner.
    let network = try RoadNetwork.of(MapSample.crossing.pbf())
    let aside = MapMetric.sphere.east(at: 50)
    var track = MapTrack(times: [], latitudes: [], longitudes: [])
    for second in 0..<39 {
      let (east, south) = (Double(min(second, 20)) * 10, Double(max(0, second - 20)) * 10)
      track.times.append(Int64(second) * 1_000_000_000)
      track.latitudes.append(50 - south / MapMetric.metersPerDegree)
      track.longitudes.append(8 + east / aside)
    }
    let unknown = [Double](repeating: .nan, count: track.times.count)
    (track.headings, track.speeds, track.accuracies) = (unknown, unknown, unknown)
    let matches = try match(track, network)
    #expect(matches[0]?.signal == nil && matches[9]?.signal == nil)
    for (index, metres) in [(11, 190.0), (15, 150), (19, 110), (25, 50), (29, 10)] {
      #expect(
        abs((matches[index]?.signal ?? -1) - metres) < 0.5, "\(index): \(String(describing: matches[index]?.signal))")
    }
    #expect(matches[32]?.signal == nil && matches.allSatisfy { $0?.crossing == nil })
    #expect(matches[19]?.isIntersection == false)
    let near = straight(metres: [180, 197, 215])
    #expect(try match(near, network).map { $0?.isIntersection } == [false, true, false])
  }

  @Test func columnsSayWhatTheMapSays() throws {
    let network = try RoadNetwork.of(MapSample.crossing.pbf())
    var track = straight(metres: [20, 40, 60])
    track.latitudes[1] = .nan
    track.speeds = [20, 20, 20]
    let batch = MapColumns.batch(try match(track, network), speeds: track.speeds, network)
    #expect(batch.columns.allSatisfy { $0.count == 3 && $0.validity?[1] == false })
    guard case .int64(let ways) = batch["way_id"]?.values, case .float64(let limits) = batch["speed_limit_kph"]?.values,
      case .text(let names) = batch["road_name"]?.values,
      case .float64(let over) = batch["speed_over_limit_mps"]?.values,
      case .int32(let lanes) = batch["lanes"]?.values, case .bool(let tunnels) = batch["tunnel"]?.values,
      case .float64(let probabilities) = batch["match_prob"]?.values,
      case .text(let tags) = batch["speed_limit_tag"]?.values
    else {
      Issue.record("columns are of other types")
      return
    }
    #expect(ways[0] == 10 && limits[0] == 50 && lanes[0] == 2 && tunnels[0] == 0)
    #expect(Array(names[0]) == Array("East & West".utf8) && Array(tags[0]) == Array("50".utf8))
    #expect(abs(over[0] - (20 - 50 / 3.6)) < 1e-9)
    #expect(probabilities[0] > 0.9 && probabilities[0] <= 1.0000001)
    guard case .text(let junctions) = batch["junction"]?.values else {
      Issue.record("junctions are of another type")
      return
    }
    let aside = try #require(network.edges.first { network.way($0).id == 12 })
    let match = RoadMatch(
      edge: aside, offset: 0, distance: 0, latitude: 50, longitude: 8, probability: 1, isBreak: false,
      isIntersection: false)
    let other = MapColumns.batch([match], speeds: [.nan], network)
    #expect(batch["junction"]?.validity?[0] == false && junctions.count == 3)
    guard case .text(let kinds) = other["junction"]?.values else { return }
    #expect(Array(kinds[0]) == Array("circular".utf8))
    #expect(batch["lit"]?.validity?[0] == false && batch["road_ref"]?.validity?[0] == false)
  }

  private func match(
    _ track: MapTrack, _ network: RoadNetwork? = nil, settings: MatchSettings = MatchSettings()
  ) throws -> [RoadMatch?] {
    let road = MapSample([(0, 0), (1000, 0)], [(1, [1, 2], [("highway", "road"), ("oneway", "yes")])])
    var matcher = RoadMatcher(try network ?? .of(road.pbf()), settings)
    return matcher.match(track)
  }

  /// Fixes a second apart, to the east.
  private func straight(metres: [Double], north: Double = 0) -> MapTrack {
    MapTrack(
      times: metres.indices.map { Int64($0) * 1_000_000_000 },
      latitudes: metres.map { _ in 50 + north / MapMetric.metersPerDegree },
      longitudes: metres.map { 8 + $0 / MapMetric.sphere.east(at: 50) })
  }
}

/// A drive at 10 m/s over random roads of a network, a fix a second.
struct NoisyDrive {
  var track: MapTrack
  var ways: [Int64] = []
  var headings: [Double] = []
  /// Metres along the road to the nearer end of the segment.
  var distances: [Double] = []

  init(_ network: RoadNetwork, seed: UInt64, seconds: Int, noise: Double) {
    var random = SeededRandom(seed)
    let edges = network.edges
    var edge = edges[random.below(edges.count)], offset = 0.0
    var latitudes: [Double] = [], longitudes: [Double] = []
    for _ in 0..<seconds {
      while offset > network.length(edge) {
        offset -= network.length(edge)
        let node = Int(network.end(edge)), back = edge
        let leaving = network.leaving[Int(network.firstLeaving[node])..<Int(network.firstLeaving[node + 1])]
          .map { RoadNetwork.Edge(number: Int($0)) }
        let onward = leaving.filter { $0.segment != back.segment }
        // The end of the map, or of a road: the drive ends.
        guard !onward.isEmpty else {
          track = MapTrack(
            times: latitudes.indices.map { Int64($0) * 1_000_000_000 }, latitudes: latitudes, longitudes: longitudes)
          return
        }
        edge = onward[random.below(onward.count)]
      }
      let place = Self.place(network, edge, offset)
      latitudes.append(place.latitude + noise * random.normal() / MapMetric.metersPerDegree)
      longitudes.append(place.longitude + noise * random.normal() / MapMetric.sphere.east(at: place.latitude))
      ways.append(network.way(edge).id)
      headings.append(Self.heading(network, edge, offset))
      distances.append(min(offset, network.length(edge) - offset))
      offset += 10
    }
    track = MapTrack(
      times: latitudes.indices.map { Int64($0) * 1_000_000_000 }, latitudes: latitudes, longitudes: longitudes)
  }

  private static func heading(_ network: RoadNetwork, _ edge: RoadNetwork.Edge, _ offset: Double) -> Double {
    let behind = place(network, edge, max(0, offset - 0.5)),
      ahead = place(network, edge, min(network.length(edge), offset + 0.5))
    let east = (ahead.longitude - behind.longitude) * MapMetric.sphere.east(at: ahead.latitude)
    let north = (ahead.latitude - behind.latitude) * MapMetric.metersPerDegree
    return Mathematics.atan2(east, north) * 180 / .pi
  }

  private static func place(_ network: RoadNetwork, _ edge: RoadNetwork.Edge, _ offset: Double)
    -> (latitude: Double, longitude: Double)
  {
    let along = edge.isForward ? offset : network.length(edge) - offset
    var point = Int(network.firstPoint[edge.segment])
    while point + 2 < Int(network.firstPoint[edge.segment + 1]), Double(network.along[point + 1]) < along { point += 1 }
    let span = Double(network.along[point + 1] - network.along[point])
    let part = span > 0 ? (along - Double(network.along[point])) / span : 0
    let (a, b) = (network.degrees(point), network.degrees(point + 1))
    return (a.latitude + part * (b.latitude - a.latitude), a.longitude + part * (b.longitude - a.longitude))
  }
}

package import Core

/// The roads of a map as a graph, in flat arrays: what is held while samples are matched.
///
/// ```
///   way 7   a──b──c──d      nodes shared with other ways: c; the ends: a, d
///   segment 0 a─b─c, 1 c─d  points of segment s: firstPoint[s]..<firstPoint[s + 1]
///   edge 2s along the points of segment s, 2s + 1 against them, where its directions allow it
/// ```
package struct RoadNetwork: Sendable {
  package typealias Node = UInt32
  package typealias Segment = Int

  /// A segment in one direction; lower ones win where two are as good.
  package struct Edge: Sendable, Hashable {
    package var number: Int

    package init(number: Int) { self.number = number }

    package init(_ segment: Segment, isForward: Bool) { number = 2 * segment + (isForward ? 0 : 1) }

    package var segment: Segment { number >> 1 }
    package var isForward: Bool { number & 1 == 0 }
  }

  /// What a way is; texts are numbers in `texts`, 0 where there is none.
  package struct Way: Sendable, Equatable {
    package var id: Int64
    package var roadClass: UInt32 = 0, name: UInt32 = 0, reference: UInt32 = 0, surface: UInt32 = 0
    /// `roundabout` or another kind of junction that the way is part of.
    package var junction: UInt32 = 0
    package var maxspeed: UInt32 = 0, maxspeedForward: UInt32 = 0, maxspeedBackward: UInt32 = 0
    /// Negative where it is not known.
    package var lanes: Int32 = -1
    package var isOneWay = false, isTunnel = false, isBridge = false
    package var isLit: Bool?

    package init(id: Int64) { self.id = id }
  }

  package let metric: MapMetric
  package internal(set) var texts: [String] = [""]
  package internal(set) var ways: [Way] = []
  /// Ids of the nodes where segments meet or end.
  package internal(set) var nodeIDs: [Int64] = []
  /// Whether at least three roads leave the node.
  package internal(set) var isIntersection: [Bool] = []

  package internal(set) var wayOfSegment: [UInt32] = []
  package internal(set) var from: [Node] = []
  package internal(set) var to: [Node] = []
  package internal(set) var directions: [RoadDirections] = []
  package internal(set) var firstPoint: [UInt32] = [0]
  package internal(set) var latitudes: [Int32] = []
  package internal(set) var longitudes: [Int32] = []
  /// How far a point is from its segment's start.
  package internal(set) var along: [Float] = []

  /// Events of segment s: firstEvent[s]..<firstEvent[s + 1], in the order of its points.
  package internal(set) var firstEvent: [UInt32] = [0]
  package internal(set) var events: [RoadEvent] = []
  package internal(set) var eventPoints: [UInt32] = []

  /// Edges that leave node n: leaving[firstLeaving[n]..<firstLeaving[n + 1]].
  package internal(set) var firstLeaving: [UInt32] = [0]
  package internal(set) var leaving: [UInt32] = []
  package internal(set) var grid = RoadGrid()
  /// References to nodes that the file lacks, as extracts have them; the way is cut there.
  package internal(set) var missingNodes = 0

  init(metric: MapMetric) { self.metric = metric }

  package var segmentCount: Int { from.count }

  /// The edges that may be driven, in order.
  package var edges: [Edge] {
    (0..<2 * segmentCount).map(Edge.init(number:)).filter(isAllowed)
  }

  package func isAllowed(_ edge: Edge) -> Bool {
    directions[edge.segment].contains(edge.isForward ? .forward : .backward)
  }

  package func length(_ edge: Edge) -> Double { Double(along[Int(firstPoint[edge.segment + 1]) - 1]) }
  package func start(_ edge: Edge) -> Node { edge.isForward ? from[edge.segment] : to[edge.segment] }
  package func end(_ edge: Edge) -> Node { edge.isForward ? to[edge.segment] : from[edge.segment] }
  package func way(_ edge: Edge) -> Way { ways[Int(wayOfSegment[edge.segment])] }
  package func text(_ number: UInt32) -> String? { number == 0 ? nil : texts[Int(number)] }

  /// The limit's text of a direction, as it is in the map.
  package func speedLimit(_ edge: Edge) -> String? {
    let way = way(edge)
    let directed = edge.isForward ? way.maxspeedForward : way.maxspeedBackward
    return text(directed == 0 ? way.maxspeed : directed)
  }

  func degrees(_ point: Int) -> (latitude: Double, longitude: Double) {
    (Double(latitudes[point]) / 1e7, Double(longitudes[point]) / 1e7)
  }

  func segment(ofPoint point: Int) -> Segment {
    max(0, (0..<max(0, firstPoint.count - 1)).bisect { Int(firstPoint[$0]) > point } - 1)
  }

  /// The bytes of all arrays, texts without their overhead: what the report states.
  package var memory: Int {
    let perSegment = wayOfSegment.count * 4 + from.count * 8 + directions.count + firstPoint.count * 4
    let perPoint = latitudes.count * 12
    let perNode = nodeIDs.count * 8 + isIntersection.count + firstLeaving.count * 4 + leaving.count * 4
    let perEvent = firstEvent.count * 4 + events.count * 5
    let perWay = ways.count * MemoryLayout<Way>.stride + texts.reduce(0) { $0 + 16 + $1.utf8.count }
    return perSegment + perPoint + perNode + perEvent + perWay + grid.memory
  }

  /// For the report of a run.
  package var summary: JSONObject {
    [
      "ways": .count(ways.count), "nodes": .count(nodeIDs.count), "segments": .count(segmentCount),
      "edges": .count(directions.reduce(0) { $0 + $1.rawValue.nonzeroBitCount }), "points": .count(latitudes.count),
      "missing_nodes": .count(missingNodes), "memory_bytes": .count(memory),
    ]
  }
}

/// Makes a network of lines: cuts them where they meet, and joins what is cut.
struct RoadAssembly {
  /// Longer legs are no roads: the line is cut there.
  static let longestLeg = 50_000.0

  /// A line of a map between nodes that are numbers into the tables below.
  struct Line {
    var way: RoadNetwork.Way
    var directions: RoadDirections
    /// A range of `references`.
    var references: Range<Int>
  }

  var metric = MapMetric.sphere
  var nodeIDs: [Int64] = []
  var positions: [MapPosition] = []
  /// Raw values of `RoadEvent`, 0 where there is none.
  var events: [UInt8] = []
  var lines: [Line] = []
  var references: [Int32] = []
  var texts = TextTable()
  var missing = 0

  /// A reference to a node that is not there.
  static let absent: Int32 = -1

  /// Nil where the network is too large for its numbers.
  consuming func network() -> RoadNetwork? {
    var network = RoadNetwork(metric: metric)
    network.texts = texts.texts
    network.missingNodes = missing
    let isJunction = junctions()
    var numbers = [UInt32](repeating: .max, count: positions.count)
    func graphNode(_ reference: Int32) -> UInt32 {
      let node = Int(reference)
      if numbers[node] == .max {
        numbers[node] = UInt32(network.nodeIDs.count)
        network.nodeIDs.append(nodeIDs[node])
      }
      return numbers[node]
    }
    for line in lines {
      var way: UInt32?
      forEachPiece(of: line, isJunction) { piece in
        if way == nil {
          way = UInt32(network.ways.count)
          network.ways.append(line.way)
        }
        network.wayOfSegment.append(way ?? 0)
        network.directions.append(line.directions)
        network.from.append(graphNode(references[piece.lowerBound]))
        network.to.append(graphNode(references[piece.upperBound - 1]))
        addPoints(piece, to: &network)
      }
    }
    network.join()
    guard let grid = RoadGrid(network) else { return nil }
    network.grid = grid
    return network
  }

  /// Nodes where at least two lines meet, or one meets itself; ends count as well.
  private func junctions() -> [Bool] {
    var uses = [UInt8](repeating: 0, count: positions.count)
    for line in lines {
      for at in line.references where references[at] != Self.absent {
        let node = Int(references[at])
        // The same node twice in a row is one.
        if at > line.references.lowerBound, references[at - 1] == references[at] { continue }
        uses[node] = min(2, uses[node] + 1)
      }
    }
    return uses.map { $0 > 1 }
  }

  /// The pieces of a line from junction to junction, of at least two nodes.
  private func forEachPiece(of line: Line, _ isJunction: [Bool], _ take: (Range<Int>) -> Void) {
    var start = line.references.lowerBound
    for at in line.references {
      let isLast = at == line.references.upperBound - 1
      let isCut = references[at] == Self.absent || (at > start && !isLeg(from: at - 1, to: at))
      if isCut {
        if at - start >= 2 { take(start..<at) }
        start = references[at] == Self.absent ? at + 1 : at
      } else if at > start, isLast || isJunction[Int(references[at])] {
        if at - start > 1 || references[at] != references[start] { take(start..<at + 1) }
        start = at
      }
    }
  }

  private func isLeg(from first: Int, to second: Int) -> Bool {
    let (a, b) = (positions[Int(references[first])], positions[Int(references[second])])
    return metric.distance(a.degrees, b.degrees) <= Self.longestLeg
  }

  private func addPoints(_ piece: Range<Int>, to network: inout RoadNetwork) {
    var along = 0.0
    for at in piece {
      let position = positions[Int(references[at])]
      if at > piece.lowerBound {
        along += metric.distance(positions[Int(references[at - 1])].degrees, position.degrees)
      }
      if let event = RoadEvent(rawValue: events[Int(references[at])]) {
        network.events.append(event)
        network.eventPoints.append(UInt32(truncatingIfNeeded: network.latitudes.count))
      }
      network.latitudes.append(position.latitude)
      network.longitudes.append(position.longitude)
      network.along.append(Float(along))
    }
    network.firstPoint.append(UInt32(truncatingIfNeeded: network.latitudes.count))
    network.firstEvent.append(UInt32(truncatingIfNeeded: network.events.count))
  }
}

extension RoadNetwork {
  /// Lists the edges that leave each node, and which nodes are intersections.
  fileprivate mutating func join() {
    var counts = [UInt32](repeating: 0, count: nodeIDs.count + 1)
    for edge in edges { counts[Int(start(edge)) + 1] += 1 }
    for node in nodeIDs.indices { counts[node + 1] += counts[node] }
    firstLeaving = counts
    leaving = [UInt32](repeating: 0, count: Int(counts[nodeIDs.count]))
    for edge in edges {
      let node = Int(start(edge))
      leaving[Int(counts[node])] = UInt32(edge.number)
      counts[node] += 1
    }
    // A road is told by where its first leg leads: two lines of opposite directions are one.
    var roads: [[MapPosition]] = Array(repeating: [], count: nodeIDs.count)
    for segment in 0..<segmentCount {
      let (first, last) = (Int(firstPoint[segment]), Int(firstPoint[segment + 1]) - 1)
      for (node, point) in [(from[segment], first + 1), (to[segment], last - 1)] {
        let place = MapPosition(latitude: latitudes[point], longitude: longitudes[point])
        if roads[Int(node)].count < 3, !roads[Int(node)].contains(place) { roads[Int(node)].append(place) }
      }
    }
    isIntersection = roads.map { $0.count >= 3 }
  }
}

/// Texts, each once; number 0 is none.
struct TextTable {
  private(set) var texts = [""]
  private var numbers: [String: UInt32] = [:]

  mutating func number(_ text: String?) -> UInt32 {
    guard let text, !text.isEmpty else { return 0 }
    if let number = numbers[text] { return number }
    numbers[text] = UInt32(texts.count)
    texts.append(text)
    return UInt32(texts.count - 1)
  }
}

extension RoadNetwork.Way {
  /// What the tags of a way say, as far as it is kept.
  init(id: Int64, _ tags: OSMTags, _ texts: inout TextTable) {
    self.init(id: id)
    roadClass = texts.number(tags["highway"])
    name = texts.number(tags["name"])
    reference = texts.number(tags["ref"])
    surface = texts.number(tags["surface"])
    junction = texts.number(tags["junction"])
    maxspeed = texts.number(tags["maxspeed"])
    maxspeedForward = texts.number(tags["maxspeed:forward"])
    maxspeedBackward = texts.number(tags["maxspeed:backward"])
    if let count = tags["lanes"].flatMap(Int32.init), count > 0 { lanes = count }
    isOneWay = RoadDirections(tags) != .both
    isTunnel = tags["tunnel"].map { $0 != "no" } ?? false
    isBridge = tags["bridge"].map { $0 != "no" } ?? false
    isLit = tags["lit"].map { !["no", "disused"].contains($0) }
  }
}

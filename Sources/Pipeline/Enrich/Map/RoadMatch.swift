import Core

/// On which road a sample was, and what is ahead on it.
package struct RoadMatch: Sendable {
  package var edge: RoadNetwork.Edge
  /// Metres from the edge's start.
  package var offset: Double
  /// Metres between the sample's position and the road's.
  package var distance: Double
  package var latitude: Double
  package var longitude: Double
  /// How probable the road is among all that were near, given the whole track.
  package var probability: Double
  /// Whether the track was cut before this sample.
  package var isBreak: Bool
  /// Metres along the route to the next of each kind.
  package var signal: Double?, stop: Double?, crossing: Double?
  package var isIntersection: Bool
}

/// The edges that a chain of fixes was driven along.
struct MatchedRoute {
  static let horizon = 200.0
  static let intersectionRadius = 5.0

  /// A place on the route: an index into its edges and metres on that edge.
  struct Place {
    var index: Int
    var offset: Double
  }

  private(set) var edges: [RoadNetwork.Edge]
  /// How far each edge's start is from the first one's.
  private var starts: [Double]
  /// Where the decoded fixes are.
  private(set) var places: [Place]

  init(_ first: RoadCandidate) {
    edges = [first.edge]
    starts = [0]
    places = [Place(index: 0, offset: first.offset)]
  }

  /// Goes on over `edges`, none where it stays on its edge.
  mutating func add(_ candidate: RoadCandidate, over edges: [RoadNetwork.Edge], _ network: RoadNetwork) {
    for edge in edges {
      starts.append(starts[starts.count - 1] + network.length(self.edges[self.edges.count - 1]))
      self.edges.append(edge)
    }
    places.append(Place(index: self.edges.count - 1, offset: candidate.offset))
  }

  /// Metres from the first edge's start.
  func distance(of place: Place) -> Double { starts[place.index] + place.offset }

  /// The place so many metres from the first edge's start; the first or the last where it is beyond.
  func place(at distance: Double, _ network: RoadNetwork) -> Place {
    let low = max(0, starts.indices.bisect { !(starts[$0] <= distance) } - 1)
    return Place(index: low, offset: max(0, min(network.length(edges[low]), distance - starts[low])))
  }

  /// The nearest place to a fix between two places of the route.
  func nearest(
    to fix: (latitude: Double, longitude: Double), from start: Place, to end: Place, _ network: RoadNetwork
  ) -> (candidate: RoadCandidate, index: Int)? {
    var best: (candidate: RoadCandidate, index: Int)?
    for index in start.index...max(start.index, end.index) {
      var low = index == start.index ? start.offset : 0
      var high = index == end.index ? end.offset : network.length(edges[index])
      if low > high { swap(&low, &high) }
      guard let found = network.nearest(to: fix, on: edges[index], between: low...high) else { continue }
      if found.distance < best?.candidate.distance ?? .infinity { best = (found, index) }
    }
    return best
  }

  /// The match of a place of the route.
  func match(_ candidate: RoadCandidate, at index: Int, probability: Double, _ network: RoadNetwork) -> RoadMatch {
    let length = network.length(candidate.edge)
    let isNearStart =
      candidate.offset <= Self.intersectionRadius && network.isIntersection[Int(network.start(candidate.edge))]
    let isNearEnd =
      length - candidate.offset <= Self.intersectionRadius && network.isIntersection[Int(network.end(candidate.edge))]
    var match = RoadMatch(
      edge: candidate.edge, offset: candidate.offset, distance: candidate.distance, latitude: candidate.place.latitude,
      longitude: candidate.place.longitude, probability: probability, isBreak: false,
      isIntersection: isNearStart || isNearEnd)
    lookAhead(from: index, candidate.offset, network, &match)
    return match
  }

  private func lookAhead(from index: Int, _ offset: Double, _ network: RoadNetwork, _ match: inout RoadMatch) {
    // Where the edge begins, as seen from the place.
    var start = -offset
    for edge in edges[index...] {
      guard start <= Self.horizon else { return }
      let length = network.length(edge)
      let events = Int(network.firstEvent[edge.segment])..<Int(network.firstEvent[edge.segment + 1])
      for event in events {
        let along = Double(network.along[Int(network.eventPoints[event])])
        let distance = start + (edge.isForward ? along : length - along)
        guard distance >= 0, distance <= Self.horizon else { continue }
        switch network.events[event] {
        case .signal: match.signal = min(match.signal ?? distance, distance)
        case .stop: match.stop = min(match.stop ?? distance, distance)
        case .crossing: match.crossing = min(match.crossing ?? distance, distance)
        case .giveWay: break
        }
      }
      start += length
    }
  }
}

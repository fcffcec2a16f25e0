/// Puts the samples of a chain on its route.
struct RoutePlacement {
  /// Slower is standing: noise must not move the match then, in metres a second.
  private static let standing = 0.5

  private let track: MapTrack
  private let travelled: TravelledDistance
  /// Which samples were decoded, and where on the route they are.
  private let samples: [Int]
  private let positions: [Double]
  private let route: MatchedRoute
  private let network: RoadNetwork
  private let settings: MatchSettings

  init(
    _ track: MapTrack, _ travelled: TravelledDistance, _ samples: [Int], _ route: MatchedRoute, _ network: RoadNetwork,
    _ settings: MatchSettings
  ) {
    (self.track, self.travelled, self.samples, self.route) = (track, travelled, samples, route)
    (self.network, self.settings) = (network, settings)
    let raw = route.places.map(route.distance)
    positions =
      settings.evening > 0
      ? EvenedRoute(raw, samples: samples, times: track.times, travelled, window: settings.evening).positions : raw
  }

  /// The match of a sample that was decoded.
  func decoded(_ index: Int, probability: Double) -> RoadMatch? {
    let raw = route.places[index]
    let isMoved = positions[index] != route.distance(of: raw)
    return match(
      samples[index], at: isMoved ? route.place(at: positions[index], network) : raw, probability: probability)
  }

  /// The match of a sample after one that was decoded.
  func follower(_ sample: Int, of index: Int, _ decoded: RoadMatch?, probability: Double) -> RoadMatch? {
    guard let fix = track.place(sample) else { return nil }
    let speed = track.speeds[sample]
    let isRepeated = track.place(sample - 1).map { $0 == fix } ?? false
    if speed < Self.standing || (isRepeated && speed.isNaN) { return decoded }
    // A receiver that repeats a position while the car moves does not know where it is.
    if isRepeated { return nil }
    if let position = drivenPosition(sample, after: index) {
      return match(sample, at: route.place(at: position, network), probability: probability)
    }
    let start = route.place(at: positions[index], network)
    let isLast = index == samples.count - 1
    let end =
      isLast
      ? MatchedRoute.Place(index: start.index, offset: network.length(route.edges[start.index]))
      : route.place(at: positions[index + 1], network)
    guard let (candidate, at) = route.nearest(to: fix, from: start, to: end, network),
      candidate.distance <= settings.largestRadius
    else { return nil }
    return route.match(candidate, at: at, probability: probability, network)
  }

  /// Where the car was by its speed since the fix before, made to fit the one after; nil where it is not known.
  private func drivenPosition(_ sample: Int, after index: Int) -> Double? {
    guard settings.evening > 0, let since = travelled.between(samples[index], sample) else { return nil }
    guard index + 1 < samples.count else { return positions[index] + since }
    guard let whole = travelled.between(samples[index], samples[index + 1]), whole > 0 else { return nil }
    return positions[index] + since / whole * (positions[index + 1] - positions[index])
  }

  private func match(_ sample: Int, at place: MatchedRoute.Place, probability: Double) -> RoadMatch? {
    guard let fix = track.place(sample),
      let candidate = network.nearest(
        to: fix, on: route.edges[place.index], between: place.offset...place.offset),
      candidate.distance <= settings.largestRadius
    else { return nil }
    return route.match(candidate, at: place.index, probability: probability, network)
  }
}

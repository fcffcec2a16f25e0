import Core

/// Puts the samples of a chain on its route.
struct RoutePlacement {
  /// Slower is standing: noise must not move the match then, in metres a second.
  private static let standing = 0.5
  /// A car whose speed is not known moves evenly for so long, in seconds.
  private static let longestStep = 5.0
  /// Fixes nearer to each other, in seconds, are off alike: they tell no more than one.
  private static let shortestStep = 0.5
  /// How far noise may put a fix beyond its neighbours, in metres.
  private static let slack = 15.0

  /// A sample whose place on the route is known, in metres from its start.
  private struct Anchor {
    var sample: Int
    var position: Double
  }

  private let track: MapTrack
  private let travelled: TravelledDistance
  /// The samples that were decoded, and where on the route they are.
  private let samples: [Int]
  private let route: MatchedRoute
  /// By sample: those that were decoded, and fixes between them where all are evened.
  private var anchors: [Anchor] = []
  private let network: RoadNetwork
  private let settings: MatchSettings

  /// `end` is the sample behind the last one that belongs to the chain.
  init(
    _ track: MapTrack, _ travelled: TravelledDistance, _ samples: [Int], upTo end: Int, _ route: MatchedRoute,
    _ network: RoadNetwork, _ settings: MatchSettings
  ) {
    (self.track, self.travelled, self.samples, self.route) = (track, travelled, samples, route)
    (self.network, self.settings) = (network, settings)
    for index in samples.indices {
      anchors.append(Anchor(sample: samples[index], position: route.distance(of: route.places[index])))
      if settings.evens { addFollowers(of: index, upTo: index + 1 < samples.count ? samples[index + 1] : end) }
    }
    if settings.evens { even() }
  }

  private mutating func addFollowers(of index: Int, upTo end: Int) {
    var last = samples[index]
    func seconds(_ one: Int, _ other: Int) -> Double { Double(distance(track.times[one], track.times[other])) / 1e9 }
    for sample in samples[index] + 1..<max(end, samples[index] + 1) {
      guard let fix = track.place(sample), track.place(sample - 1).map({ $0 != fix }) ?? true,
        !(track.speeds[sample] < Self.standing), seconds(last, sample) >= Self.shortestStep,
        let (candidate, at) = nearest(to: fix, after: index, slack: Self.slack),
        candidate.distance <= settings.largestRadius
      else { continue }
      last = sample
      anchors.append(
        Anchor(sample: sample, position: route.distance(of: MatchedRoute.Place(index: at, offset: candidate.offset))))
    }
  }

  private mutating func even() {
    var fixes: [EvenedRoute.Fix] = []
    for (index, anchor) in anchors.enumerated() {
      let accuracy = track.accuracies[anchor.sample]
      let sigma = accuracy.isFinite ? max(settings.sigma, accuracy) : settings.sigma
      var fix = EvenedRoute.Fix(
        time: Double(distance(track.times[samples[0]], track.times[anchor.sample])) / 1e9, position: anchor.position,
        variance: sigma * sigma)
      if let last = fixes.last {
        fix.driven = travelled.between(anchors[index - 1].sample, anchor.sample)
        // Receivers are off alike for a second or so.
        fix.variance /= max(0.1, min(1, fix.time - last.time))
      }
      fixes.append(fix)
    }
    for (index, position) in EvenedRoute(fixes).positions.enumerated() { anchors[index].position = position }
  }

  /// The match of a sample that was decoded.
  func decoded(_ index: Int, probability: Double) -> RoadMatch? {
    let raw = route.places[index], position = anchors[anchor(notAfter: samples[index])].position
    let isMoved = position != route.distance(of: raw)
    return match(samples[index], at: isMoved ? route.place(at: position, network) : raw, probability: probability)
  }

  /// The match of a sample after one that was decoded.
  func follower(_ sample: Int, of index: Int, _ decoded: RoadMatch?, probability: Double) -> RoadMatch? {
    guard let fix = track.place(sample) else { return nil }
    let speed = track.speeds[sample]
    let isRepeated = track.place(sample - 1).map { $0 == fix } ?? false
    if speed < Self.standing || (isRepeated && speed.isNaN) { return decoded }
    // A receiver that repeats a position while the car moves does not know where it is.
    if isRepeated { return nil }
    if settings.evens, let position = position(of: sample) {
      return match(sample, at: route.place(at: position, network), probability: probability)
    }
    guard let (candidate, at) = nearest(to: fix, after: index, slack: 0),
      candidate.distance <= settings.largestRadius
    else { return nil }
    return route.match(candidate, at: at, probability: probability, network)
  }

  private func anchor(notAfter sample: Int) -> Int {
    max(0, anchors.indices.bisect { anchors[$0].sample > sample } - 1)
  }

  /// Where the car was between what is known before and after, by its speed, else as if that had been even; nil where
  /// neither tells.
  private func position(of sample: Int) -> Double? {
    let index = anchor(notAfter: sample), before = anchors[index]
    guard before.sample != sample else { return before.position }
    let since = travelled.between(before.sample, sample)
    guard index + 1 < anchors.count else { return since.map { before.position + $0 } }
    let after = anchors[index + 1], way = after.position - before.position
    if let since, let whole = travelled.between(before.sample, after.sample), whole > 0 {
      return before.position + since / whole * way
    }
    let step = Double(distance(track.times[before.sample], track.times[after.sample])) / 1e9
    guard step > 0, step <= Self.longestStep else { return nil }
    return before.position + Double(distance(track.times[before.sample], track.times[sample])) / 1e9 / step * way
  }

  /// The place of the route that is nearest to a fix, between one that was decoded and the next.
  private func nearest(
    to fix: (latitude: Double, longitude: Double), after index: Int, slack: Double
  ) -> (candidate: RoadCandidate, index: Int)? {
    let first = route.distance(of: route.places[index])
    let start = slack > 0 ? route.place(at: first - slack, network) : route.places[index]
    let isLast = index == samples.count - 1
    let end =
      isLast
      ? MatchedRoute.Place(
        index: route.places[index].index, offset: network.length(route.edges[route.places[index].index]))
      : slack > 0
        ? route.place(at: route.distance(of: route.places[index + 1]) + slack, network) : route.places[index + 1]
    return route.nearest(to: fix, from: start, to: end, network)
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

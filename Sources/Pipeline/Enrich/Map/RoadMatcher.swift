/// Finds the roads that a track was driven on (Newson and Krumm 2009).
///
/// Fixes at least `spacing` apart are decoded together, chain by chain; the others are placed on the route between them.
package struct RoadMatcher {
  private let network: RoadNetwork
  private let settings: MatchSettings
  private var routes: RouteSearch
  /// The edges of the chains that are finished.
  private var driven: [RoadNetwork.Edge] = []
  private var travelled = TravelledDistance(MapTrack(times: [], latitudes: [], longitudes: []))

  package init(_ network: RoadNetwork, _ settings: MatchSettings = MatchSettings()) {
    self.network = network
    self.settings = settings
    routes = RouteSearch(network)
  }

  /// A match a sample; nil where there is no position, or no road near it.
  package mutating func match(_ track: MapTrack) -> [RoadMatch?] {
    var matches = [RoadMatch?](repeating: nil, count: track.times.count)
    driven = []
    travelled = TravelledDistance(track)
    var chain: MatchChain?
    var hasBegun = false, isBreak = false
    var kept: (latitude: Double, longitude: Double)?
    var last: Int?
    for sample in track.times.indices {
      guard let fix = track.place(sample) else { continue }
      if let last, isGap(track, last, sample) {
        finish(&chain, track, upTo: sample, &matches)
        isBreak = hasBegun
        kept = nil
      }
      last = sample
      if let kept, network.metric.distance(kept, fix) < settings.spacing { continue }
      kept = fix
      guard let layer = layer(track, sample, fix) else { continue }
      if chain != nil {
        if extend(&chain, layer) { continue }
        finish(&chain, track, upTo: sample, &matches)
        isBreak = true
      }
      chain = MatchChain(layer, isBreak: isBreak)
      hasBegun = true
      isBreak = false
    }
    finish(&chain, track, upTo: track.times.count, &matches)
    return matches
  }

  /// The edges that a track was driven on, one after the other; the chains of a track that is cut follow each other.
  package mutating func route(_ track: MapTrack) -> [RoadNetwork.Edge] {
    _ = match(track)
    return driven
  }

  private func isGap(_ track: MapTrack, _ a: Int, _ b: Int) -> Bool {
    guard let from = track.place(a), let to = track.place(b) else { return false }
    let seconds = (Double(track.times[b]) - Double(track.times[a])) / 1e9
    return seconds > settings.breakTime || network.metric.distance(from, to) > settings.breakDistance
  }

  private func layer(
    _ track: MapTrack, _ sample: Int, _ fix: (latitude: Double, longitude: Double)
  ) -> MatchChain.Layer? {
    let isHeadingKnown = track.speeds[sample] >= settings.headingSpeed && track.headings[sample].isFinite
    let found = network.candidates(fix, heading: isHeadingKnown ? track.headings[sample] : nil, settings)
    guard !found.isEmpty else { return nil }
    let accuracy = track.accuracies[sample]
    let sigma = accuracy.isFinite ? max(settings.sigma, accuracy) : settings.sigma
    let emissions = found.map { candidate in
      let deviation = candidate.distance / sigma
      return -0.5 * deviation * deviation
    }
    return MatchChain.Layer(
      sample: sample, fix: fix, sigma: sigma, candidates: found, emissions: emissions, scores: emissions)
  }

  private mutating func extend(_ chain: inout MatchChain?, _ layer: MatchChain.Layer) -> Bool {
    guard let before = chain?.layers.last else { return false }
    let direct = network.metric.distance(before.fix, layer.fix), reverse = reverse(before, layer)
    var transitions: [Double] = []
    for origin in before.candidates {
      for candidate in layer.candidates {
        let route = routes.distance(from: origin, to: candidate, limit: limit(direct), reverse: reverse)
        transitions.append(route.map { -abs($0 - direct) / settings.beta } ?? -.infinity)
      }
    }
    return chain?.add(layer, transitions: transitions) ?? false
  }

  private func limit(_ direct: Double) -> Double { settings.routeFactor * direct + settings.routeSlack }

  /// Fixes that say of themselves that they are noisier go back farther.
  private func reverse(_ one: MatchChain.Layer, _ other: MatchChain.Layer) -> Double {
    settings.reverse * max(one.sigma, other.sigma) / settings.sigma
  }

  /// Decodes a chain, and matches all samples from its first to before `end`.
  private mutating func finish(
    _ finished: inout MatchChain?, _ track: MapTrack, upTo end: Int, _ matches: inout [RoadMatch?]
  ) {
    guard let chain = finished else { return }
    finished = nil
    let path = chain.path(), probabilities = chain.probabilities(of: path)
    let chosen = zip(chain.layers, path).map { $0.candidates[$1] }
    var route = MatchedRoute(chosen[0])
    for index in chosen.indices.dropFirst() {
      let (before, layer) = (chain.layers[index - 1], chain.layers[index])
      let edges = routes.edges(
        from: chosen[index - 1], to: chosen[index], limit: limit(network.metric.distance(before.fix, layer.fix)),
        reverse: reverse(before, layer))
      route.add(chosen[index], over: edges, network)
    }
    driven += route.edges
    let samples = chain.layers.map(\.sample)
    let placement = RoutePlacement(track, travelled, samples, upTo: end, route, network, settings)
    for index in samples.indices {
      let isLast = index == samples.count - 1
      let decoded = placement.decoded(index, probability: probabilities[index])
      matches[samples[index]] = decoded
      let probability = isLast ? probabilities[index] : min(probabilities[index], probabilities[index + 1])
      for sample in samples[index] + 1..<(isLast ? end : samples[index + 1]) {
        matches[sample] = placement.follower(sample, of: index, decoded, probability: probability)
      }
    }
    if chain.isBreak { matches[samples[0]]?.isBreak = true }
  }
}

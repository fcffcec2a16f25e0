import Core

/// A place on a road where a fix may have been taken.
struct RoadCandidate {
  var edge: RoadNetwork.Edge
  /// Metres from the edge's start.
  var offset: Double
  /// Metres from the fix.
  var distance: Double
  var place: (latitude: Double, longitude: Double)
  /// Whether the road there leads where the car was heading; true where nobody knows.
  var isAhead = true
}

extension RoadNetwork {
  /// Within so many sigmas of a fix a road's other legs count for its direction: at a bend, the nearest may be another
  /// than the one that is driven.
  private static let bend = 3.0

  /// The nearest place of every edge near a fix: by distance, and of equal ones by the edge's number.
  func candidates(_ fix: (latitude: Double, longitude: Double), heading: Double?, _ settings: MatchSettings)
    -> [RoadCandidate]
  {
    var found = nearby(fix, heading: heading, settings, radius: settings.radius)
    if found.isEmpty, settings.radius < settings.largestRadius {
      found = nearby(fix, heading: heading, settings, radius: min(2 * settings.radius, settings.largestRadius))
    }
    if found.contains(where: \.isAhead) { found.removeAll { !$0.isAhead } }
    found.sort { ($0.distance, $0.edge.number) < ($1.distance, $1.edge.number) }
    return Array(found.prefix(settings.candidates))
  }

  private func nearby(
    _ fix: (latitude: Double, longitude: Double), heading: Double?, _ settings: MatchSettings, radius: Double
  ) -> [RoadCandidate] {
    let plane = LocalPlane(around: fix, metric)
    var found: [RoadCandidate] = []
    let legs = grid.legs(around: fix, radius: radius)
    var first = 0
    while first < legs.count {
      let segment = segment(ofPoint: legs[first])
      let feet = legs[first...].prefix { $0 < Int(firstPoint[segment + 1]) }.map { foot(of: $0, plane) }
      first += feet.count
      guard let nearest = feet.min(by: { $0.distance < $1.distance }), nearest.distance <= radius else { continue }
      let around = feet.filter { $0.distance <= max(nearest.distance, Self.bend * settings.sigma) }
      for edge in [Edge(segment, isForward: true), Edge(segment, isForward: false)] where isAllowed(edge) {
        let turn = edge.isForward ? 0.0 : 180
        var candidate = RoadCandidate(
          edge: edge, offset: edge.isForward ? nearest.along : length(edge) - nearest.along,
          distance: nearest.distance, place: plane.place(nearest.point))
        if let heading {
          candidate.isAhead = around.contains { Self.angle($0.bearing + turn, heading) <= settings.headingLimit }
        }
        found.append(candidate)
      }
    }
    return found
  }

  /// The place of an edge that is nearest to a fix, between two offsets.
  func nearest(
    to fix: (latitude: Double, longitude: Double), on edge: Edge, between offsets: ClosedRange<Double>
  ) -> RoadCandidate? {
    let plane = LocalPlane(around: fix, metric)
    let length = length(edge)
    let range = edge.isForward ? offsets : (length - offsets.upperBound)...(length - offsets.lowerBound)
    var best: LegFoot?
    for leg in Int(firstPoint[edge.segment])..<Int(firstPoint[edge.segment + 1]) - 1 {
      guard Double(along[leg + 1]) >= range.lowerBound, Double(along[leg]) <= range.upperBound else { continue }
      let foot = foot(of: leg, plane, within: range)
      if foot.distance < best?.distance ?? .infinity { best = foot }
    }
    return best.map {
      RoadCandidate(
        edge: edge, offset: edge.isForward ? $0.along : length - $0.along, distance: $0.distance,
        place: plane.place($0.point))
    }
  }

  /// The foot of the perpendicular from a plane's origin to a leg, or the end that is nearer.
  private func foot(
    of leg: Int, _ plane: LocalPlane, within range: ClosedRange<Double> = -.infinity...(.infinity)
  ) -> LegFoot {
    let a = plane.point(degrees(leg)), b = plane.point(degrees(leg + 1))
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let square = dx * dx + dy * dy
    var part = square > 0 ? max(0, min(1, -(a.x * dx + a.y * dy) / square)) : 0
    let start = Double(along[leg]), span = Double(along[leg + 1]) - start
    if span > 0 { part = max((range.lowerBound - start) / span, min((range.upperBound - start) / span, part)) }
    let point = (x: a.x + part * dx, y: a.y + part * dy)
    return LegFoot(
      along: start + part * span, distance: (point.x * point.x + point.y * point.y).squareRoot(), point: point,
      bearing: Mathematics.atan2(dx, dy) * 180 / .pi)
  }

  /// The smaller angle between two directions, 0...180 degrees.
  private static func angle(_ a: Double, _ b: Double) -> Double {
    let difference = abs(a - b).truncatingRemainder(dividingBy: 360)
    return min(difference, 360 - difference)
  }
}

private struct LegFoot {
  /// Metres from the segment's start.
  var along: Double
  var distance: Double
  var point: (x: Double, y: Double)
  /// Degrees clockwise from north, along the segment.
  var bearing: Double
}

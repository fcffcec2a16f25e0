import Core

/// How far places are apart: on the sphere, in metres, or in a plane where a degree is a unit.
package enum MapMetric: Sendable {
  case sphere
  /// For networks in plain units, such as those that matchers are tested with.
  case plane

  /// The mean radius of WGS 84, in metres.
  static let radius = 6_371_008.8
  static let metersPerDegree = radius * .pi / 180

  static func cosine(_ degrees: Double) -> Double { Mathematics.cos(degrees * .pi / 180) }

  /// Units a degree to the north.
  var north: Double { self == .sphere ? Self.metersPerDegree : 1 }

  /// Units a degree to the east.
  func east(at latitude: Double) -> Double { self == .sphere ? north * Self.cosine(latitude) : 1 }

  /// The great circle, or the straight line.
  func distance(_ a: (latitude: Double, longitude: Double), _ b: (latitude: Double, longitude: Double)) -> Double {
    let up = b.latitude - a.latitude, right = b.longitude - a.longitude
    guard self == .sphere else { return (up * up + right * right).squareRoot() }
    let halfUp = Mathematics.sin(up * .pi / 360), halfRight = Mathematics.sin(right * .pi / 360)
    let chord = halfUp * halfUp + Self.cosine(a.latitude) * Self.cosine(b.latitude) * halfRight * halfRight
    return 2 * Self.radius * Mathematics.asin(min(1, chord.squareRoot()))
  }
}

/// The plane around a place, in metres east and north: equirectangular, so that within a kilometre an error of distance
/// stays below 1e-4.
struct LocalPlane {
  let origin: (latitude: Double, longitude: Double)
  let east: Double, north: Double
  private let wraps: Bool

  init(around origin: (latitude: Double, longitude: Double), _ metric: MapMetric) {
    self.origin = origin
    north = metric.north
    east = metric.east(at: origin.latitude)
    wraps = metric == .sphere
  }

  func point(_ place: (latitude: Double, longitude: Double)) -> (x: Double, y: Double) {
    var right = place.longitude - origin.longitude
    // Across the antimeridian.
    if wraps, abs(right) > 180 { right -= right > 0 ? 360 : -360 }
    return (right * east, (place.latitude - origin.latitude) * north)
  }

  func place(_ point: (x: Double, y: Double)) -> (latitude: Double, longitude: Double) {
    var longitude = origin.longitude + (east > 0 ? point.x / east : 0)
    if wraps, abs(longitude) > 180 { longitude -= longitude > 0 ? 360 : -360 }
    return (origin.latitude + point.y / north, longitude)
  }
}

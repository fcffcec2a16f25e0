import Core

/// Where the map's origin is on the ellipsoid WGS 84, and the plane that touches it there: x east, y north.
struct Geodesy: Sendable {
  static let latitude = 48.7758, longitude = 9.1829, altitude = 252.0
  private static let semiMajorAxis = 6_378_137.0, eccentricitySquared = 6.694_379_990_141_317e-3

  /// Latitude and longitude in degrees; along the ellipsoid, good to centimetres within a few kilometres.
  static func position(of point: Vector) -> (latitude: Double, longitude: Double) {
    let angle = latitude * .pi / 180
    let sine = Mathematics.sin(angle)
    let bend = 1 - eccentricitySquared * sine * sine
    let meridian = semiMajorAxis * (1 - eccentricitySquared) / (bend * bend.squareRoot())
    let normal = semiMajorAxis / bend.squareRoot()
    return (
      latitude + point.y / meridian * 180 / .pi,
      longitude + point.x / (normal * Mathematics.cos(angle)) * 180 / .pi
    )
  }
}

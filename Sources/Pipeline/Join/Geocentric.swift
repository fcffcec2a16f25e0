import Core

/// A point on the ellipsoid of WGS 84 in axes that turn with the earth, in metres.
struct Geocentric: Sendable {
  private var x, y, z: Double

  private static let radius = 6_378_137.0
  private static let flattening = 1 / 298.257223563
  private static let eccentricity = flattening * (2 - flattening)

  /// From degrees.
  init(latitude: Double, longitude: Double) {
    let (latitude, longitude) = (latitude * .pi / 180, longitude * .pi / 180)
    let sine = Mathematics.sin(latitude)
    let normal = Self.radius / (1 - Self.eccentricity * sine * sine).squareRoot()
    x = normal * Mathematics.cos(latitude) * Mathematics.cos(longitude)
    y = normal * Mathematics.cos(latitude) * Mathematics.sin(longitude)
    z = normal * (1 - Self.eccentricity) * sine
  }

  func moved(to other: Geocentric, by part: Double) -> Geocentric {
    var point = self
    point.x += (other.x - x) * part
    point.y += (other.y - y) * part
    point.z += (other.z - z) * part
    return point
  }

  /// In degrees, -180 to 180.
  var longitude: Double { Mathematics.atan2(y, x) * 180 / .pi }

  /// In degrees; Bowring's formula, good to far below a millimetre near the ground.
  var latitude: Double {
    let across = Mathematics.hypot(x, y)
    let reduced = Mathematics.atan2(z, across * (1 - Self.flattening))
    let polar = Self.radius * (1 - Self.flattening)
    let second = Self.eccentricity / (1 - Self.eccentricity)
    let (sine, cosine) = (Mathematics.sin(reduced), Mathematics.cos(reduced))
    let up = z + second * polar * sine * sine * sine
    let out = across - Self.eccentricity * Self.radius * cosine * cosine * cosine
    return Mathematics.atan2(up, out) * 180 / .pi
  }
}

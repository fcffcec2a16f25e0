import Core

/// A direction from the middle of the earth taken as a sphere: distances without trigonometry for each pair.
struct EarthPoint: Sendable, Equatable {
  /// The mean radius of the earth, in metres (IUGG).
  static let radius = 6_371_008.8

  private let direction: SIMD3<Double>

  /// Degrees north and east.
  init(latitude: Double, longitude: Double) {
    let (latitude, longitude) = (latitude * .pi / 180, longitude * .pi / 180)
    let across = Mathematics.cos(latitude)
    direction = SIMD3(
      across * Mathematics.cos(longitude), across * Mathematics.sin(longitude), Mathematics.sin(latitude))
  }

  /// The square of the straight way, in radii: it orders as distances do.
  func chord(to other: EarthPoint) -> Double {
    let way = direction - other.direction
    return (way * way).sum()
  }

  /// Metres along the great circle.
  func distance(to other: EarthPoint) -> Double { Self.distance(ofChord: chord(to: other)) }

  static func distance(ofChord chord: Double) -> Double {
    2 * radius * Mathematics.asin(min(1, chord.squareRoot() / 2))
  }

  /// The square of the straight way between points so many metres apart, in radii.
  static func chord(ofDistance distance: Double) -> Double {
    let way = 2 * Mathematics.sin(min(.pi, distance / radius) / 2)
    return way * way
  }

  /// Degrees clockwise from north in which another point lies.
  static func bearing(from one: (latitude: Double, longitude: Double), to other: (latitude: Double, longitude: Double))
    -> Double
  {
    let (from, to) = (one.latitude * .pi / 180, other.latitude * .pi / 180)
    let turn = (other.longitude - one.longitude) * .pi / 180
    let y = Mathematics.sin(turn) * Mathematics.cos(to)
    let x =
      Mathematics.cos(from) * Mathematics.sin(to) - Mathematics.sin(from) * Mathematics.cos(to) * Mathematics.cos(turn)
    return (Mathematics.atan2(y, x) * 180 / .pi).remainderEuclidean(360)
  }
}

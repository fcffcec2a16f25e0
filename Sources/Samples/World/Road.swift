/// What the ground is: a leg's road has three lanes and a strip for cycles, in the axes of the leg.
///
/// ```
///   8.75 ========= edge            y, towards the side of the lane change
///   5.25 -  -  -  -
///   1.75 -  -  -  -  lane 0 is around y = 0
///  -1.75 ========= edge
///  -3.25 strip for cycles, then parking to -5.4, then pavement
/// ```
enum Road {
  enum Ground { case asphalt, marking, strip, pavement }

  static let edges = -1.75...8.75

  /// From the leg's beginning to where the next one crosses.
  static func length(of leg: Script.Leg) -> Double { leg.standing + 40 }

  /// Whether a point is on a leg's road or so near that nothing may stand there.
  static func isWide(of leg: Script.Leg, at point: Vector, margin: Double) -> Bool {
    let place = leg.frame.inside(point)
    return place.x > -40 && place.x < length(of: leg) + 30 && leg.side * place.y > -6 - margin
      && leg.side * place.y < 12 + margin
  }

  /// What lies at a place given in a leg's axes; nil off its road.
  static func ground(_ x: Double, _ y: Double, side: Double, length: Double) -> Ground? {
    let y = y * side
    guard x > -30, x < length, y > -8, y < 12 else { return nil }
    guard y > -5.4, y < 8.9 else { return .pavement }
    if y < -1.9 { return .strip }
    if abs(y + 1.75) < 0.1 || abs(y - 8.75) < 0.1 { return .marking }
    guard abs(y - 1.75) < 0.08 || abs(y - 5.25) < 0.08 else { return .asphalt }
    // Lines of 3 m, gaps of 6 m.
    return (x + 900).truncatingRemainder(dividingBy: 9) < 3 ? .marking : .asphalt
  }
}

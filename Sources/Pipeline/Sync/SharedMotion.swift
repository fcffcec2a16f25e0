/// By which motion of the vehicle two clocks are compared.
enum SharedMotion: String, Sendable {
  /// Yaw rates, in degrees a second.
  case turning
  /// Speeds in m/s, by how much they change in a second: the speed itself fits as well a little earlier or later.
  case speed

  /// The least standard deviation of a minute in which there is something to see.
  var least: Double { self == .turning ? 1 : 0.3 }

  /// What is compared of a signal at regular instants, `step` nanoseconds apart; NaN where it is not known.
  func changes(_ values: [Double], step: Int64) -> [Double] {
    guard self == .speed else { return values }
    let half = Int(500_000_000 / step)
    return values.indices.map { index in
      index >= half && index + half < values.count ? values[index + half] - values[index - half] : .nan
    }
  }
}

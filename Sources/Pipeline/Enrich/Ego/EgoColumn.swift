/// What is known of the vehicle itself: columns of numbers, in ISO 8855 axes (x forward, y left, z up).
enum EgoColumn: String, Sendable, CaseIterable {
  case latitude = "lat"
  case longitude = "lon"
  case altitude = "alt_m"
  case heading = "heading_deg"
  case speed = "speed_mps"
  case longitudinalAcceleration = "ax_mps2"
  case lateralAcceleration = "ay_mps2"
  case yawRate = "yaw_rate_radps"
  case jerk = "jerk_mps3"
  case steering = "steering_rad"
  case brake = "brake"
  case throttle = "throttle"
  case accuracy = "hacc_m"

  var unit: String {
    switch self {
    case .latitude, .longitude, .heading: "deg"
    case .altitude, .accuracy: "m"
    case .speed: "m/s"
    case .longitudinalAcceleration, .lateralAcceleration: "m/s2"
    case .yawRate: "rad/s"
    case .jerk: "m/s3"
    case .steering: "rad"
    case .brake, .throttle: "1"
    }
  }

  /// What the values are an angle of, so that they are interpolated the short way round.
  var isDirection: Bool { self == .heading }
}

/// What is known of the vehicle in words.
enum EgoWord: String, Sendable, CaseIterable {
  case gear, indicator

  /// The only texts there may be; nil for any.
  var texts: [String]? { self == .indicator ? ["off", "left", "right", "both"] : nil }
}

/// Where a column of the vehicle is from, as the configuration says.
struct SignalMapping: Sendable, Equatable {
  /// `stream__field` of an extracted or wide table, or `file__column`.
  var column: String
  /// Nil for the unit that the table names, else the ego column's own.
  var unit: String?
  var sign = 1.0
  /// Texts for values, of gear and indicator.
  var texts: [String: String] = [:]
  /// From which value on a fix is good.
  var least = 0.0
}

/// All of the configuration's `signals`.
struct SignalMappings: Sendable, Equatable {
  var numbers: [EgoColumn: SignalMapping] = [:]
  var words: [EgoWord: SignalMapping] = [:]
  var fix: SignalMapping?
}

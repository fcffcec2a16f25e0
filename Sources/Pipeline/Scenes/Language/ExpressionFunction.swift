/// What an expression's value is.
enum ValueType: String, Sendable, Hashable {
  case number, text, truth
  /// Not known before the table is: a column that nobody has described, or null.
  case any

  func fits(_ other: ValueType) -> Bool { self == other || self == .any || other == .any }
}

/// A function of the language; those of time look back unless they say otherwise.
enum Function: String, Sendable, CaseIterable {
  case abs, min, max, sqrt, sin, cos, tan, atan2, hypot, clamp
  case wrapDegrees = "wrap_deg"
  case `if`, coalesce, lower
  case startsWith = "starts_with"

  /// The value in the row before.
  case prev
  /// By how much it has changed in so many seconds.
  case delta
  /// Its change since the row before, per second.
  case rate
  /// Over (t − s, t].
  case mean, smin, smax
  /// By the trapezium rule over the seconds before.
  case integral
  /// The mean over [t − s/2, t + s/2]: without the delay of one that looks back.
  case smooth
  /// Seconds since it was last true, at most an hour.
  case since
  case rise, fall

  // Over the rows of a scene.
  case first, last, count, duration, share
  case atMaximum = "at_max"
  case pathLength = "path_length"
  case headingChange = "heading_change"
  case lateralShift = "lateral_shift"

  enum Scope { case row, window, scene }

  /// How far `since` looks back.
  static let farthest = 3600.0

  /// Of a call with so many arguments, where it could be more than one.
  func scope(_ count: Int, inScene: Bool) -> Scope {
    switch self {
    case .first, .last, .count, .duration, .share, .atMaximum, .pathLength, .headingChange, .lateralShift: .scene
    case .min, .max: inScene && count == 1 ? .scene : .row
    case .mean, .integral: inScene && count == 1 ? .scene : .window
    case .prev, .delta, .rate, .smin, .smax, .smooth, .since, .rise, .fall: .window
    default: .row
    }
  }

  /// How many arguments there may be.
  func arity(inScene: Bool) -> ClosedRange<Int> {
    switch self {
    case .abs, .sqrt, .sin, .cos, .tan, .wrapDegrees, .lower, .prev, .rate, .since, .rise, .fall: 1...1
    case .first, .last, .share: 1...1
    case .atMaximum: 2...2
    case .min, .max: (inScene ? 1 : 2)...16
    case .mean, .integral: (inScene ? 1 : 2)...2
    case .atan2, .hypot, .startsWith, .delta, .smin, .smax, .smooth: 2...2
    case .clamp, .if: 3...3
    case .coalesce: 1...16
    case .count, .duration, .pathLength, .headingChange, .lateralShift: 0...0
    }
  }

  /// Whether the second argument is a number of seconds that is written out.
  var takesSeconds: Bool {
    switch self {
    case .delta, .mean, .smin, .smax, .integral, .smooth: true
    default: false
    }
  }
}

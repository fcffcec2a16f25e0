import Core

/// A heading that changes in pulses, each smooth and known in closed form; radians, positive to the left.
struct Steering: Sendable {
  /// What a pulse does to the heading.
  enum Shape: Sendable {
    /// Ends turned by an angle; the yaw rate is a raised cosine.
    case turn(Double)
    /// Ends as it began, having swung to an angle and back: a lane change.
    case swing(Double)
  }

  private struct Pulse: Sendable {
    var start, duration: Double
    var shape: Shape
    var before: Double
  }

  private var pulses: [Pulse] = []
  private let initial: Double

  init(heading: Double) { initial = heading }

  /// Pulses come in the order of time and do not overlap.
  mutating func add(_ shape: Shape, at start: Double, for duration: Double) {
    pulses.append(Pulse(start: start, duration: duration, shape: shape, before: heading(at: start)))
  }

  func heading(at time: Double) -> Double {
    guard let (pulse, part) = pulse(at: time) else { return initial }
    let angle = 2 * .pi * part
    switch pulse.shape {
    case .turn(let turned): return pulse.before + turned * (part - Mathematics.sin(angle) / (2 * .pi))
    case .swing(let peak): return pulse.before + peak * (1 - Mathematics.cos(angle)) / 2
    }
  }

  func yawRate(at time: Double) -> Double {
    guard let (pulse, part) = pulse(at: time), part < 1 else { return 0 }
    let angle = 2 * .pi * part
    switch pulse.shape {
    case .turn(let turned): return turned / pulse.duration * (1 - Mathematics.cos(angle))
    case .swing(let peak): return peak * .pi / pulse.duration * Mathematics.sin(angle)
    }
  }

  /// The pulse under way or the last before, and how much of it has passed, at most 1.
  private func pulse(at time: Double) -> (Pulse, Double)? {
    guard let first = pulses.first, time >= first.start else { return nil }
    let pulse = pulses[pulses.lastIndex(startingBy: time) { $0.start }]
    return (pulse, min(1, (time - pulse.start) / pulse.duration))
  }

  /// The swing that shifts a vehicle sideways by `shift` metres at a constant speed.
  static func swing(shift: Double, speed: Double, duration: Double) -> Shape {
    var low = 0.0, high = 1.0
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if mean(peak: middle) * speed * duration < abs(shift) { low = middle } else { high = middle }
    }
    return .swing(shift < 0 ? -low : low)
  }

  /// The mean sine of the heading during a swing.
  private static func mean(peak: Double) -> Double {
    let steps = 200
    return (0..<steps).reduce(0.0) { sum, step in
      let angle = 2 * .pi * (Double(step) + 0.5) / Double(steps)
      return sum + Mathematics.sin(peak * (1 - Mathematics.cos(angle)) / 2)
    } / Double(steps)
  }
}

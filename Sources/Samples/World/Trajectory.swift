import Core

/// A point or a difference of two, in metres.
struct Vector: Sendable, Equatable {
  var x, y: Double

  static func + (one: Vector, other: Vector) -> Vector { Vector(x: one.x + other.x, y: one.y + other.y) }
  static func - (one: Vector, other: Vector) -> Vector { Vector(x: one.x - other.x, y: one.y - other.y) }
  static func * (one: Vector, factor: Double) -> Vector { Vector(x: one.x * factor, y: one.y * factor) }

  var length: Double { (x * x + y * y).squareRoot() }

  init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }

  /// Length 1.
  init(direction angle: Double) { self.init(x: Mathematics.cos(angle), y: Mathematics.sin(angle)) }
}

/// Axes on the ground: an origin and where x points; y is to the left.
struct Frame: Sendable {
  var origin: Vector
  var heading: Double
  private var axis: Vector

  init(origin: Vector, heading: Double) {
    self.origin = origin
    self.heading = heading
    axis = Vector(direction: heading)
  }

  /// A difference given in the axes outside.
  func turnedIn(_ vector: Vector) -> Vector {
    Vector(x: vector.x * axis.x + vector.y * axis.y, y: vector.y * axis.x - vector.x * axis.y)
  }

  func turnedOut(_ vector: Vector) -> Vector {
    Vector(x: vector.x * axis.x - vector.y * axis.y, y: vector.x * axis.y + vector.y * axis.x)
  }

  func inside(_ point: Vector) -> Vector { turnedIn(point - origin) }
  func outside(_ point: Vector) -> Vector { turnedOut(point) + origin }
}

/// The ego vehicle at a time: its rear axle in the map (x east, y north), heading counter-clockwise from east; SI units.
struct EgoState: Sendable {
  var frame: Frame
  var speed, acceleration, yawRate: Double

  var position: Vector { frame.origin }
  var heading: Double { frame.heading }
  var lateralAcceleration: Double { speed * yawRate }
}

/// The ego vehicle's way: speed and heading in closed form, position integrated from them (Simpson, 10 ms).
struct Trajectory: Sendable {
  let motion: Motion
  let steering: Steering
  private var nodes: [Vector] = [Vector(x: 0, y: 0)]
  private static let step = 0.01

  /// From 0 to `end` in seconds.
  init(_ motion: Motion, _ steering: Steering, until end: Double) {
    self.motion = motion
    self.steering = steering
    let count = Int(end / Self.step) + 2
    nodes.reserveCapacity(count)
    for index in 0..<count {
      nodes.append(nodes[index] + travel(from: Double(index) * Self.step, to: Double(index + 1) * Self.step))
    }
  }

  func state(at time: Double) -> EgoState {
    let now = motion.state(at: time)
    return EgoState(
      frame: Frame(origin: position(at: time), heading: steering.heading(at: time)), speed: now.speed,
      acceleration: now.acceleration, yawRate: steering.yawRate(at: time))
  }

  func position(at time: Double) -> Vector {
    let index = min(max(0, Int(time / Self.step)), nodes.count - 1)
    return nodes[index] + travel(from: Double(index) * Self.step, to: time)
  }

  private func travel(from start: Double, to end: Double) -> Vector {
    let sum = velocity(at: start) + velocity(at: (start + end) / 2) * 4 + velocity(at: end)
    return sum * ((end - start) / 6)
  }

  private func velocity(at time: Double) -> Vector {
    Vector(direction: steering.heading(at: time)) * motion.state(at: time).speed
  }
}

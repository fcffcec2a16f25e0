import Core

/// Whether the ego vehicle turns and changes lanes.
package enum Route: String, Sendable, CaseIterable {
  case town
  /// It only brakes, stands and goes: nothing tells clocks apart by the yaw rate.
  case straight
}

/// What the ego vehicle does: straight legs, each with a lane change, a stop for a pedestrian and a turn at its end.
///
/// ```
///              cut-in      pedestrian
/// |-- cruise --|==lane change==|--|==brake==|stand|==go==|==turn==|  next leg
/// ```
/// Lanes are counted from the one a leg begins in, at y = 0; the lane change goes to `side`, left is +1.
struct Script: Sendable {
  /// One leg; times in seconds of the drive.
  struct Leg: Sendable {
    var index: Int
    /// The lane of the leg's beginning, along the leg.
    var frame: Frame
    var side: Double
    /// The leg begins; the ego vehicle has its cruising speed; changes lanes; brakes; stands; goes; turns; it is over.
    var start, cruise, laneChange, brake, stand, go, turn, end: Double
    var cruisingSpeed: Double
    /// At most this deceleration, m/s^2.
    var deceleration: Double
    /// Where the ego vehicle stands, along the leg.
    var standing: Double
    /// The angle of the turn at the end.
    var turned: Double

    var laneChangeEnd: Double { laneChange + Script.laneChangeDuration }
  }

  static let laneWidth = 3.5
  static let laneChangeDuration = 3.6
  static let turnDuration = 3.6
  static let turnSpeed = 4.2

  private(set) var legs: [Leg] = []
  private(set) var trajectory: Trajectory

  /// Legs until `seconds` are full, and one more, whose road is in sight before.
  init(seconds: Double, seed: UInt64, route: Route = .town) {
    var noise = Noise(seed, 1)
    var motion = Motion(at: 0, distance: 0, speed: noise.uniform(13, 14))
    let heading = noise.uniform(-.pi, .pi)
    var steering = Steering(heading: heading)
    repeat {
      legs.append(Self.leg(legs.count, after: legs.last, &motion, &steering, &noise))
    } while legs.count < 2 || legs[legs.count - 2].end < seconds
    // A scan that begins before the end ends after it.
    let way = route == .straight ? Steering(heading: heading) : steering
    trajectory = Trajectory(motion, way, until: max(seconds, motion.end) + 1)
    for index in legs.indices {
      let start = trajectory.state(at: legs[index].start)
      legs[index].frame = start.frame
      legs[index].standing = start.frame.inside(trajectory.position(at: legs[index].stand)).x
    }
  }

  private static func leg(
    _ index: Int, after last: Leg?, _ motion: inout Motion, _ steering: inout Steering, _ noise: inout Noise
  ) -> Leg {
    let start = last?.end ?? 0
    if last != nil { motion.change(to: noise.uniform(13, 14), limit: 2.2, jerk: 3) }
    let cruise = motion.end
    let speed = motion.state(at: cruise).speed
    // Without a map, curvature is a mean over 10 s each way: lane changes keep that far from the turns.
    let laneChange = cruise + (last == nil ? 0.5 : noise.uniform(6, 9))
    let side = index.isMultiple(of: 2) ? 1.0 : -1.0
    steering.add(
      Steering.swing(shift: side * laneWidth, speed: speed, duration: laneChangeDuration), at: laneChange,
      for: laneChangeDuration)
    let brake = laneChange + laneChangeDuration + 3
    motion.hold(until: brake)
    // Every third leg stops gently: a stop that is no hard brake.
    let isGentle = index % 3 == 2
    let deceleration = isGentle ? 2.4 : noise.uniform(5.2, 5.7)
    motion.change(to: 0, limit: deceleration, jerk: isGentle ? 3 : 8)
    let stand = motion.end
    // The first turn is over before 20 s.
    let go = last == nil ? 13.6 : stand + noise.uniform(3, 5)
    motion.hold(until: go)
    motion.change(to: turnSpeed, limit: 2.2, jerk: 4)
    let turn = motion.end + 0.05
    let angle = (index / 2).isMultiple(of: 2) ? Double.pi / 2 : -.pi / 2
    steering.add(.turn(angle), at: turn, for: turnDuration)
    motion.hold(until: turn + turnDuration)
    return Leg(
      index: index, frame: Frame(origin: Vector(x: 0, y: 0), heading: 0), side: side, start: start, cruise: cruise,
      laneChange: laneChange, brake: brake, stand: stand, go: go, turn: turn, end: turn + turnDuration,
      cruisingSpeed: speed, deceleration: deceleration, standing: 0, turned: angle)
  }

  /// The leg under way.
  func leg(at time: Double) -> Leg { legs[legs.lastIndex(startingBy: time) { $0.start }] }
}

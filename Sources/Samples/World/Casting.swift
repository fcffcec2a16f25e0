/// The road users of one leg, placed so that the ego vehicle has a reason for what it does.
struct Casting {
  /// How far before the ego vehicle's origin, when it stands, the pedestrian crosses.
  static let crossing = 8.0

  private let leg: Script.Leg
  private let script: Script
  private(set) var agents: [Agent] = []
  private let firstID: Int

  init(_ leg: Script.Leg, _ script: Script, _ noise: inout Noise, firstID: Int) {
    self.leg = leg
    self.script = script
    self.firstID = firstID
    addLead(&noise)
    addCutIn(&noise)
    addPedestrians(&noise)
    addCyclist(&noise)
  }

  /// A slower car in the ego vehicle's lane, the reason for the lane change; it stops for the pedestrian too.
  private mutating func addLead(_ noise: inout Noise) {
    let speed = leg.cruisingSpeed - 3.5
    var motion = Motion(at: leg.laneChange, distance: ego(at: leg.laneChange) + noise.uniform(23, 25), speed: speed)
    motion.hold(until: leg.brake - 1.2)
    motion.change(to: 0, limit: 4, jerk: 6)
    motion.hold(until: leg.go + 1)
    motion.change(to: 10, limit: 1.8, jerk: 3)
    add(.car, "lead", Color(40, 60, 170), across: 0, motion)
  }

  /// From the lane beyond into the ego vehicle's, and away.
  private mutating func addCutIn(_ noise: inout Noise) {
    let start = leg.laneChangeEnd + 0.5, duration = 2.2
    let gap = noise.uniform(16, 18)
    var motion = Motion(at: start, distance: ego(at: start) + gap, speed: leg.cruisingSpeed - 0.3)
    motion.hold(until: start + duration - 0.4)
    motion.change(to: 19, limit: 2.5, jerk: 4)
    let shift = Agent.Shift(
      start: start, duration: duration, from: 0, to: -leg.side * Script.laneWidth)
    add(.car, "cut_in", Color(180, 40, 40), across: 2 * Script.laneWidth, motion, shift)
  }

  /// One crosses before the ego vehicle, which brakes for it; one walks along the far end of the leg.
  private mutating func addPedestrians(_ noise: inout Noise) {
    let begin = leg.brake - 3.5
    let across = Frame(
      origin: leg.frame.outside(Vector(x: leg.standing + Self.crossing, y: leg.side * -6)),
      heading: leg.frame.heading + leg.side * .pi / 2)
    var walk = Motion(at: begin, distance: 0, speed: 0)
    walk.change(to: noise.uniform(1.55, 1.65), limit: 3, jerk: 12)
    add(.pedestrian, "crossing", Color(200, 150, 40), line: across, walk, until: begin + 12)
    let stroll = Motion(at: leg.stand, distance: leg.standing + noise.uniform(24, 28), speed: 1.2)
    add(.pedestrian, "walking", Color(60, 140, 70), across: -6.5, stroll)
  }

  private mutating func addCyclist(_ noise: inout Noise) {
    let motion = Motion(at: leg.laneChange, distance: ego(at: leg.laneChange) + noise.uniform(14, 18), speed: 5)
    add(.cyclist, "riding", Color(30, 160, 160), across: -2.5, motion)
  }

  /// How far along the leg the ego vehicle is.
  private func ego(at time: Double) -> Double {
    leg.frame.inside(script.trajectory.position(at: time)).x
  }

  private mutating func add(
    _ kind: Agent.Kind, _ role: String, _ color: Color, across: Double, _ motion: Motion, _ shift: Agent.Shift? = nil
  ) {
    let line = Frame(origin: leg.frame.outside(Vector(x: 0, y: leg.side * across)), heading: leg.frame.heading)
    add(kind, role, color, line: line, motion, shift, until: leg.end + 5)
  }

  private mutating func add(
    _ kind: Agent.Kind, _ role: String, _ color: Color, line: Frame, _ motion: Motion, _ shift: Agent.Shift? = nil,
    until end: Double
  ) {
    agents.append(
      Agent(
        id: firstID + agents.count, kind: kind, role: role, color: color, line: line, motion: motion, shift: shift,
        from: leg.start - Script.turnDuration, until: end))
  }
}

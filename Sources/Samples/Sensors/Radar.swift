import Core

/// A radar in the front that follows every road user in its sector.
struct Radar: Sendable {
  static let x = 3.6, z = 0.5
  private static let reach = 100.0
  private static let halfAngle = 60 * Double.pi / 180

  struct Track {
    var agent: Agent
    /// In the sensor's axes: x forward, y left; the velocity is that over ground.
    var place: Vector
    var velocity: Vector
  }

  func tracks(in world: World, at time: Double, _ noise: inout Noise) -> [Track] {
    let ego = world.ego(at: time)
    let sensor = Frame(origin: ego.frame.outside(Vector(x: Self.x, y: 0)), heading: ego.heading)
    return world.agentBoxes(at: time).compactMap { box in
      let place = sensor.inside(box.frame.origin)
      guard let id = box.agent, place.length < Self.reach,
        abs(Mathematics.atan2(place.y, place.x)) < Self.halfAngle
      else { return nil }
      let error = Vector(x: 0.1 * noise.normal(), y: 0.1 * noise.normal())
      return Track(agent: world.agents[id - 1], place: place + error, velocity: sensor.turnedIn(box.velocity))
    }
  }
}

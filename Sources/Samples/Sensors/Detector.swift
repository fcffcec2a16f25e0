/// A perfect detector behind a camera: every road user that is large enough, near enough and not hidden.
struct Detector: Sendable {
  let camera: Camera
  private static let reach = 60.0

  struct Detection: Sendable {
    var agent: Agent
    var outline: Camera.Outline
    /// The middle of its base and where it points, in the ego vehicle's axes.
    var place: Vector
    var yaw: Double
    /// Its speed relative to the ground, in the ego vehicle's axes.
    var velocity: Vector
  }

  func detections(in world: World, at time: Double) -> [Detection] {
    let ego = world.ego(at: time)
    let axes = camera.frame(of: ego)
    let seen = world.boxes(at: time, around: axes.origin, reach: Self.reach).compactMap { box in
      camera.outline(of: box, axes).map { (box, $0) }
    }
    return seen.compactMap { box, outline in
      guard let id = box.agent, !isHidden(outline, by: seen.map(\.1)) else { return nil }
      return Detection(
        agent: world.agents[id - 1], outline: outline, place: ego.frame.inside(box.frame.origin),
        yaw: box.frame.heading - ego.heading, velocity: ego.frame.turnedIn(box.velocity))
    }
  }

  /// Whether more than 6 in 10 points of the outline lie in the outlines of nearer boxes.
  private func isHidden(_ outline: Camera.Outline, by others: [Camera.Outline]) -> Bool {
    let nearer = others.filter { $0.distance < outline.distance }
    var hidden = 0
    for row in 0..<5 {
      for column in 0..<5 {
        let x = outline.left + (Double(column) + 0.5) / 5 * (outline.right - outline.left)
        let y = outline.top + (Double(row) + 0.5) / 5 * (outline.bottom - outline.top)
        if nearer.contains(where: { $0.contains(x, y) }) { hidden += 1 }
      }
    }
    return hidden > 15
  }
}

import Core

/// Everything there is during a drive: the ego vehicle's way, the road, other road users and what stands beside the road.
package struct World: Sendable {
  let seconds: Double
  let seed: UInt64
  let script: Script
  private(set) var agents: [Agent] = []
  /// Per leg: parked cars and buildings.
  private var scenery: [[Box]] = []
  /// Which agents are there in a second.
  private var presence: [[Int]] = []

  package init(seconds: Double, seed: UInt64, route: Route = .town) {
    self.seconds = seconds
    self.seed = seed
    script = Script(seconds: seconds, seed: seed, route: route)
    for leg in script.legs {
      var noise = Noise(seed, 2, UInt64(leg.index))
      agents += Casting(leg, script, &noise, firstID: agents.count + 1).agents
      scenery.append(sights(along: leg, &noise))
    }
    presence = Array(repeating: [], count: Int(seconds) + 2)
    for (index, agent) in agents.enumerated() {
      for second in presence.indices where agent.until > Double(second) && agent.from < Double(second + 1) {
        presence[second].append(index)
      }
    }
  }

  func ego(at time: Double) -> EgoState { script.trajectory.state(at: time) }

  /// The road users that are there.
  func agentBoxes(at time: Double) -> [Box] {
    presence[min(max(0, Int(time)), presence.count - 1)].compactMap { agents[$0].box(at: time) }
  }

  /// All boxes within `reach` metres of a point.
  func boxes(at time: Double, around point: Vector, reach: Double) -> [Box] {
    let index = script.leg(at: time).index
    let near = scenery[max(0, index - 1)...min(scenery.count - 1, index + 1)].joined()
    return (agentBoxes(at: time) + near).filter {
      ($0.frame.origin - point).length < reach + $0.size.length / 2
    }
  }

  /// The leg under way and its neighbours, it first.
  func legs(at time: Double) -> [Script.Leg] {
    let index = script.leg(at: time).index
    return [index, index + 1, index - 1].filter { script.legs.indices.contains($0) }.map { script.legs[$0] }
  }

  // MARK: - Scenery

  /// Boxes on both sides of a leg's road, but none on the roads of the neighbours or where the pedestrian crosses.
  private func sights(along leg: Script.Leg, _ noise: inout Noise) -> [Box] {
    var boxes: [Box] = []
    var place = -15.0
    while place < Road.length(of: leg) + 40 {
      let height = noise.uniform(5, 14), depth = noise.uniform(8, 12)
      let grey = UInt8(noise.uniform(90, 190))
      let building = Size(length: noise.uniform(9, 14), width: depth, height: height)
      boxes.append(box(leg, at: place, across: -10 - depth / 2, building, Color(grey, grey - 20, grey - 40)))
      boxes.append(box(leg, at: place + 4, across: 13.5 + depth / 2, building, Color(grey - 10, grey - 10, grey)))
      let red = UInt8(noise.uniform(30, 200)), blue = UInt8(noise.uniform(30, 200))
      if noise.uniform(0, 1) < 0.7, abs(place + 5 - leg.standing - Casting.crossing) > 4 {
        boxes.append(box(leg, at: place + 5, across: -4.3, Agent.Kind.car.size, Color(red, 60, blue)))
      }
      place += 18
    }
    let neighbours = script.legs[max(0, leg.index - 1)...min(script.legs.count - 1, leg.index + 1)]
    return boxes.filter { box in
      neighbours.allSatisfy {
        $0.index == leg.index || !Road.isWide(of: $0, at: box.frame.origin, margin: box.size.width)
      }
    }
  }

  private func box(_ leg: Script.Leg, at place: Double, across: Double, _ size: Size, _ color: Color) -> Box {
    Box(
      frame: Frame(
        origin: leg.frame.outside(Vector(x: place, y: leg.side * across)), heading: leg.frame.heading),
      size: size, color: color)
  }
}

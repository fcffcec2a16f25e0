import Core
import Testing

@testable import Samples

@Test func aChangeOfSpeedEndsExactlyAtTheSpeed() {
  var motion = Motion(at: 0, distance: 0, speed: 13.7)
  motion.hold(until: 2)
  motion.change(to: 0, limit: 5.5, jerk: 8)
  let end = motion.state(at: motion.end)
  #expect(end.speed == 0 && end.acceleration == 0)
  #expect(motion.state(at: motion.end + 10).distance == end.distance)
  // Speed is the derivative of distance, acceleration that of speed.
  for time in stride(from: 2.05, to: motion.end - 0.05, by: 0.1) {
    let before = motion.state(at: time - 1e-4), after = motion.state(at: time + 1e-4), now = motion.state(at: time)
    #expect(abs((after.distance - before.distance) / 2e-4 - now.speed) < 1e-5)
    #expect(abs((after.speed - before.speed) / 2e-4 - now.acceleration) < 1e-2)
    #expect(now.acceleration >= -5.5 - 1e-9)
  }
}

@Test func aSwingShiftsByALaneAndATurnTurns() {
  var steering = Steering(heading: 0.3)
  steering.add(Steering.swing(shift: -3.5, speed: 12, duration: 4), at: 1, for: 4)
  steering.add(.turn(.pi / 2), at: 6, for: 4)
  let way = Trajectory(Motion(at: 0, distance: 0, speed: 12), steering, until: 12)
  let start = Frame(origin: way.position(at: 0), heading: 0.3)
  #expect(abs(start.inside(way.position(at: 5.5)).y + 3.5) < 1e-3)
  #expect(abs(way.state(at: 5.5).heading - 0.3) < 1e-12)
  #expect(abs(way.state(at: 10).heading - 0.3 - .pi / 2) < 1e-12)
}

@Test(arguments: 1...12) func everyDriveHasItsEvents(seed: Int) throws {
  let events = EventFinder(World(seconds: 20, seed: UInt64(seed))).events
  for type in [
    "hard_brake", "stop", "standstill", "lane_change_left", "turn_left", "cut_in", "pedestrian", "pedestrian_crossing",
    "cyclist",
  ] {
    let event = try #require(events.first { $0.type == type }, "\(type)")
    #expect(event.start < event.end && event.end <= 20)
  }
  let brake = try #require(events.first { $0.type == "hard_brake" })
  #expect(try #require(brake.parameters["min_ax"]?.number) < -4)
  #expect(events.filter { $0.type == "stop" }.count == 1)
}

@Test func aLongerDriveRepeatsAndVaries() {
  let events = EventFinder(World(seconds: 120, seed: 3)).events
  let types = Set(events.map(\.type))
  #expect(types.isSuperset(of: ["lane_change_left", "lane_change_right", "turn_left", "turn_right"]))
  let stops = events.filter { $0.type == "stop" }.count, brakes = events.filter { $0.type == "hard_brake" }.count
  #expect(stops >= 4)
  #expect(brakes < stops, "every third stop is gentle")
}

@Test(arguments: [1, 2, 3, 4, 5, 31]) func nobodyIsHit(seed: Int) {
  let world = World(seconds: 90, seed: UInt64(seed))
  for step in 0..<900 {
    let time = Double(step) / 10, ego = world.ego(at: time)
    // The middle of the vehicle is 1.3 m before its rear axle.
    let middle = ego.frame.outside(Vector(x: 1.3, y: 0))
    for box in world.boxes(at: time, around: middle, reach: 20) {
      let place = ego.frame.inside(box.frame.origin) - Vector(x: 1.3, y: 0)
      let isClear = abs(place.x) > 2.3 + box.size.width / 2 || abs(place.y) > 0.95 + box.size.width / 2
      #expect(isClear, "\(time) s: \(box.agent.map { world.agents[$0 - 1].role } ?? "scenery") at \(place)")
    }
  }
}

@Test func theOutlineOfAPedestrianIsWhereItIsDrawn() throws {
  let world = World(seconds: 20, seed: 1)
  let time = world.script.legs[0].stand
  let found = try #require(
    Detector(camera: .front).detections(in: world, at: time).first { $0.agent.role == "crossing" })
  let picture = Camera.front.picture(of: world, at: time, order: .rgb)
  let column = Int((found.outline.left + found.outline.right) / 2)
  let row = Int((found.outline.top + found.outline.bottom) / 2)
  let pixel = Array(picture.bytes[3 * (row * picture.width + column)..<3 * (row * picture.width + column) + 3])
  #expect(pixel == [200, 150, 40] || pixel == [150, 112, 30])
  #expect(found.place.x > 6 && found.place.x < 10)
}

@Test func lidarPointsLieOnTheGroundOrOnBoxes() throws {
  let world = World(seconds: 20, seed: 1)
  let time = world.script.legs[0].stand
  var noise = Noise(1, 1)
  let points = Lidar().scan(of: world, at: time, &noise)
  #expect(points.count > 1500)
  let ego = world.ego(at: time)
  let boxes = world.boxes(at: time, around: ego.position, reach: 60)
  var pedestrians = 0
  for point in points where point.z > -1.8 {
    let place = ego.frame.outside(Vector(x: Double(point.x) + Lidar.x, y: Double(point.y)))
    let box = boxes.first { box in
      let inside = box.frame.inside(place)
      return abs(inside.x) < box.size.length / 2 + 0.3 && abs(inside.y) < box.size.width / 2 + 0.3
    }
    #expect(box != nil, "\(point)")
    if let id = box?.agent, world.agents[id - 1].kind == .pedestrian { pedestrians += 1 }
  }
  #expect(pedestrians >= 3)
}

@Test func onAStraightRouteTheVehicleOnlyBrakesAndGoes() {
  let world = World(seconds: 60, seed: 4, route: .straight)
  #expect((0..<600).allSatisfy { world.ego(at: Double($0) / 10).yawRate == 0 })
  let types = Set(EventFinder(world).events.map(\.type))
  #expect(types.contains("stop") && !types.contains { $0.hasPrefix("turn") || $0.hasPrefix("lane") })
}

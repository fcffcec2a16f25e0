import Core

/// A spinning lidar on the roof: 16 rays one above the other, 180 columns a turn, each column at its own time.
struct Lidar: Sendable {
  static let rings = 16
  static let columns = 180
  /// One turn, in seconds; a scan begins behind the vehicle and goes counter-clockwise.
  static let period = 0.1
  static let x = 0.9, z = 1.9
  private static let reach = 60.0
  private static let slopes = (0..<rings).map { Mathematics.tan((Double($0) * 1.6 - 20) * .pi / 180) }
  private static let turn = (0..<columns).map { 2 * .pi * Double($0) / Double(columns) - .pi }

  /// In the sensor's axes when the ray returned; `time` is that since the scan's start.
  struct Point {
    var x, y, z, intensity, time: Float
    var ring: UInt16
  }

  /// The points of the scan that starts at `time`.
  func scan(of world: World, at time: Double, _ noise: inout Noise) -> [Point] {
    var points: [Point] = []
    points.reserveCapacity(Self.rings * Self.columns)
    let start = world.ego(at: time)
    let near = world.boxes(at: time, around: start.position, reach: Self.reach)
    let legs = world.legs(at: time)
    for column in 0..<Self.columns {
      let passed = Self.period * Double(column) / Double(Self.columns)
      let ego = world.ego(at: time + passed)
      let sensor = Frame(origin: ego.frame.outside(Vector(x: Self.x, y: 0)), heading: ego.heading)
      let direction = sensor.turnedOut(Vector(direction: Self.turn[column]))
      let cuts = near.compactMap { cut($0, from: sensor.origin, direction, passed) }
      for ring in 0..<Self.rings {
        guard
          let hit = hit(cuts, Self.slopes[ring]) ?? ground(legs, sensor.origin, direction, Self.slopes[ring])
        else { continue }
        let range = hit.range + noise.uniform(-0.02, 0.02)
        let way = Vector(direction: Self.turn[column]) * range
        points.append(
          Point(
            x: Float(way.x), y: Float(way.y), z: Float(Self.slopes[ring] * range), intensity: hit.intensity,
            time: Float(passed), ring: UInt16(ring)))
      }
    }
    return points
  }

  /// Where a ray from above enters and leaves a box's base, its height, and what it is made of.
  private struct Cut {
    var entry, exit, height: Double
    var intensity: Float
  }

  private struct Hit {
    var range: Double
    var intensity: Float
  }

  /// Moving boxes have gone on since the scan's start.
  private func cut(_ box: Box, from origin: Vector, _ direction: Vector, _ passed: Double) -> Cut? {
    let start = box.frame.inside(origin - box.velocity * passed), way = box.frame.turnedIn(direction)
    var entry = 0.0, exit = Self.reach
    for (place, step, half) in [(start.x, way.x, box.size.length / 2), (start.y, way.y, box.size.width / 2)] {
      guard abs(step) > 1e-9 else {
        if abs(place) > half { return nil }
        continue
      }
      let one = (-half - place) / step, other = (half - place) / step
      entry = max(entry, min(one, other))
      exit = min(exit, max(one, other))
    }
    guard entry < exit, entry > 0 else { return nil }
    return Cut(entry: entry, exit: exit, height: box.size.height, intensity: Float(box.color.red) / 4 + 30)
  }

  /// The nearest side or top a ray meets; range along the ground.
  private func hit(_ cuts: [Cut], _ slope: Double) -> Hit? {
    var best: Hit?
    let reach = slope < 0 ? min(Self.reach, -Self.z / slope) : Self.reach
    for cut in cuts where cut.entry < reach {
      let level = Self.z + slope * cut.entry
      var range = cut.entry
      if level > cut.height {
        range = slope < 0 ? (cut.height - Self.z) / slope : .infinity
        guard range < cut.exit else { continue }
      }
      if range < best?.range ?? .infinity { best = Hit(range: range, intensity: cut.intensity) }
    }
    return best
  }

  private func ground(_ legs: [Script.Leg], _ origin: Vector, _ direction: Vector, _ slope: Double) -> Hit? {
    guard slope < 0 else { return nil }
    let range = -Self.z / slope
    guard range < Self.reach else { return nil }
    let point = origin + direction * range
    for leg in legs {
      let place = leg.frame.inside(point)
      guard let ground = Road.ground(place.x, place.y, side: leg.side, length: Road.length(of: leg)) else { continue }
      return Hit(range: range, intensity: ground == .marking ? 90 : ground == .pavement ? 22 : 12)
    }
    return Hit(range: range, intensity: 30)
  }
}

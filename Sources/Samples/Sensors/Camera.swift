import Core

/// A pinhole camera on the vehicle, level with the ground, and how it draws the world.
struct Camera: Sendable {
  /// Relative to the rear axle on the ground: forward, left, up.
  var x, y, z: Double
  /// Where it looks, from straight ahead to the left.
  var yaw: Double
  var width, height: Int
  /// In pixels.
  var focalLength: Double
  /// The row of the horizon.
  var horizon: Double

  static let front = Camera(x: 1.6, y: 0, z: 1.4, yaw: 0, width: 320, height: 180, focalLength: 270, horizon: 80)
  static let bayer = Camera(x: 1.6, y: 0.3, z: 1.4, yaw: 0, width: 160, height: 90, focalLength: 100, horizon: 40)
  static let side = Camera(x: 1.2, y: 0.9, z: 1.1, yaw: .pi / 2, width: 160, height: 90, focalLength: 90, horizon: 40)

  /// Nearer than this nothing is drawn.
  private static let near = 0.4
  private static let reach = 120.0

  /// The camera's axes on the ground: x is where it looks.
  func frame(of ego: EgoState) -> Frame {
    Frame(origin: ego.frame.outside(Vector(x: x, y: y)), heading: ego.heading + yaw)
  }

  func picture(of world: World, at time: Double, order: Canvas.Order) -> Canvas {
    var canvas = Canvas(width: width, height: height, order: order)
    let axes = frame(of: world.ego(at: time))
    drawSky(on: &canvas)
    drawGround(world.legs(at: time), axes, on: &canvas)
    let boxes = world.boxes(at: time, around: axes.origin, reach: Self.reach)
    // The farthest first.
    for (_, box) in boxes.map({ (($0.frame.origin - axes.origin).length, $0) }).sorted(by: { $0.0 > $1.0 }) {
      draw(box, axes, on: &canvas)
    }
    return canvas
  }

  // MARK: - Ground and sky

  private func drawSky(on canvas: inout Canvas) {
    for row in 0..<min(height, Int(horizon) + 1) {
      let part = Double(row) / horizon
      let color = Color(UInt8(110 + 80 * part), UInt8(150 + 60 * part), UInt8(210 + 25 * part))
      canvas.fill(row: row, from: 0, to: width, color)
    }
  }

  /// Along a row both coordinates on the ground grow evenly.
  private func drawGround(_ legs: [Script.Leg], _ axes: Frame, on canvas: inout Canvas) {
    let roads = legs.map { ($0, Road.length(of: $0)) }
    for row in Int(horizon) + 1..<height {
      let depth = focalLength * z / (Double(row) + 0.5 - horizon)
      let left = depth * (Double(width) / 2 - 0.5) / focalLength
      let start = axes.outside(Vector(x: depth, y: left))
      let step = axes.turnedOut(Vector(x: 0, y: -depth / focalLength))
      let paths = roads.map { leg, length in
        (
          leg.frame.inside(start), Frame(origin: Vector(x: 0, y: 0), heading: leg.frame.heading).turnedIn(step),
          leg.side, length
        )
      }
      var begin = 0
      var before: Color?
      for column in 0...width {
        let color = column == width ? nil : ground(paths, Double(column))
        guard color != before || column == width else { continue }
        if let before { canvas.fill(row: row, from: begin, to: column, before) }
        begin = column
        before = color
      }
    }
  }

  private func ground(_ paths: [(start: Vector, step: Vector, side: Double, length: Double)], _ column: Double) -> Color
  {
    for path in paths {
      let x = path.start.x + column * path.step.x, y = path.start.y + column * path.step.y
      guard let ground = Road.ground(x, y, side: path.side, length: path.length) else { continue }
      // Bands of 4 m show motion where there is no line.
      let band: UInt8 = (x + 1000).truncatingRemainder(dividingBy: 8) < 4 ? 0 : 5
      return switch ground {
      case .asphalt: Color(84 + band, 84 + band, 88 + band)
      case .marking: Color(225, 225, 220)
      case .strip: Color(96 + band, 84 + band, 84 + band)
      case .pavement: Color(140 + band, 138 + band, 132 + band)
      }
    }
    return Color(74, 110, 60)
  }

  // MARK: - Boxes

  private func draw(_ box: Box, _ axes: Frame, on canvas: inout Canvas) {
    let corners = corners(of: box, axes)
    // Two neighbouring corners of the base make a side; it faces the camera when they go round it the right way.
    for (index, shade) in [1.0, 0.75, 1.0, 0.75].enumerated() {
      let one = corners[index], other = corners[(index + 1) % 4]
      guard one.x * other.y - one.y * other.x < 0 else { continue }
      fill([(one, 0), (other, 0), (other, box.size.height), (one, box.size.height)], box.color.shaded(shade), &canvas)
    }
    if box.size.height < z { fill(corners.map { ($0, box.size.height) }, box.color.shaded(1.2), &canvas) }
  }

  /// The base in the camera's axes, counter-clockwise seen from above.
  private func corners(of box: Box, _ axes: Frame) -> [Vector] {
    [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)].map { along, across in
      let corner = Vector(x: along * box.size.length / 2, y: across * box.size.width / 2)
      return axes.inside(box.frame.outside(corner))
    }
  }

  private func fill(_ corners: [(place: Vector, height: Double)], _ color: Color, _ canvas: inout Canvas) {
    var kept: [(Vector, Double)] = []
    for (index, one) in corners.enumerated() {
      let other = corners[(index + 1) % corners.count]
      if one.place.x >= Self.near { kept.append(one) }
      guard (one.place.x >= Self.near) != (other.place.x >= Self.near) else { continue }
      let part = (Self.near - one.place.x) / (other.place.x - one.place.x)
      kept.append((one.place + (other.place - one.place) * part, one.height + (other.height - one.height) * part))
    }
    canvas.fill(kept.map { project($0.0, $0.1) }, color)
  }

  /// A point in the camera's axes, at a height above the ground, as column and row.
  private func project(_ point: Vector, _ height: Double) -> Vector {
    Vector(
      x: Double(width) / 2 - focalLength * point.y / point.x, y: horizon + focalLength * (z - height) / point.x)
  }

  /// The rectangle around a box, cut to the picture; nil when the box is behind, off to the side or tiny.
  func outline(of box: Box, _ axes: Frame) -> Outline? {
    let corners = corners(of: box, axes)
    guard corners.allSatisfy({ $0.x > Self.near }) else { return nil }
    let points = corners.flatMap { [project($0, 0), project($0, box.size.height)] }
    let columns = points.map { min(max(0, $0.x), Double(width)) },
      rows = points.map { min(max(0, $0.y), Double(height)) }
    guard let left = columns.min(), let right = columns.max(), let top = rows.min(), let bottom = rows.max(),
      right - left >= 2, bottom - top >= 6
    else { return nil }
    let distance = axes.inside(box.frame.origin).length
    return Outline(left: left, top: top, right: right, bottom: bottom, distance: distance)
  }

  /// Columns and rows; distance in metres.
  struct Outline: Sendable {
    var left, top, right, bottom, distance: Double

    func contains(_ column: Double, _ row: Double) -> Bool {
      column >= left && column < right && row >= top && row < bottom
    }
  }
}

import Core

/// Another road user: moves along a line of its leg, with shifts across it.
struct Agent: Sendable {
  enum Kind: String, Sendable {
    case car, truck, pedestrian, cyclist

    /// Length, width and height in metres.
    var size: Size {
      switch self {
      case .car: Size(length: 4.4, width: 1.8, height: 1.5)
      case .truck: Size(length: 9, width: 2.5, height: 3.4)
      case .pedestrian: Size(length: 0.5, width: 0.6, height: 1.75)
      case .cyclist: Size(length: 1.8, width: 0.6, height: 1.7)
      }
    }
  }

  /// A shift to the left by a half cosine.
  struct Shift: Sendable {
    var start, duration, from, to: Double

    func offset(at time: Double) -> Double {
      let part = min(max(0, (time - start) / duration), 1)
      return from + (to - from) * (1 - Mathematics.cos(.pi * part)) / 2
    }

    func speed(at time: Double) -> Double {
      let part = (time - start) / duration
      guard part > 0, part < 1 else { return 0 }
      return (to - from) * .pi / 2 / duration * Mathematics.sin(.pi * part)
    }
  }

  var id: Int
  var kind: Kind
  /// What it does in the story: `lead`, `cut_in`, `crossing`.
  var role: String
  var color: Color
  /// Along x it goes; y is its own left.
  var line: Frame
  var motion: Motion
  var shift: Shift?
  /// The times between which it is there.
  var from, until: Double

  func box(at time: Double) -> Box? {
    guard time >= from, time < until else { return nil }
    let along = motion.state(at: time)
    let sideways = shift?.speed(at: time) ?? 0
    let place = line.outside(Vector(x: along.distance, y: shift?.offset(at: time) ?? 0))
    let heading = along.speed > 0.1 ? line.heading + Mathematics.atan2(sideways, along.speed) : line.heading
    let velocity = line.turnedOut(Vector(x: along.speed, y: sideways))
    return Box(
      frame: Frame(origin: place, heading: heading), size: kind.size, color: color, agent: id, velocity: velocity)
  }
}

/// Metres.
struct Size: Sendable {
  var length, width, height: Double
}

/// Something upright with a rectangle for a base, at one instant; its origin is the middle of the base.
struct Box: Sendable {
  var frame: Frame
  var size: Size
  var color: Color
  /// The agent it is, nil for scenery.
  var agent: Int?
  var velocity = Vector(x: 0, y: 0)
}

/// Red, green and blue.
struct Color: Sendable, Equatable {
  var red, green, blue: UInt8

  init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  func shaded(_ factor: Double) -> Color {
    Color(
      UInt8(min(255, Double(red) * factor)), UInt8(min(255, Double(green) * factor)),
      UInt8(min(255, Double(blue) * factor)))
  }
}

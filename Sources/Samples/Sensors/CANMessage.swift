import Core

/// A message on the bus: how it is laid out, how often it is sent, and where its values come from.
struct CANMessage: Sendable {
  var id: UInt32
  var isExtended = false
  var name: String
  var sender: String
  var hertz: Int
  /// From the drive's start to the first one, in nanoseconds: spread, so that the bus is never silent for long.
  var phase: Int64
  var comment: String
  var signals: [CANSignal]

  /// The pages of a multiplexed message, which are sent in turn; empty when it has none.
  var pages: [Int] { Set(signals.compactMap(\.page)).sorted() }

  /// The eight bytes of the `count`th message.
  func data(_ vehicle: VehicleValues, count: Int) -> [UInt8] {
    let pages = pages
    let page = pages.isEmpty ? 0 : pages[count % pages.count]
    var vehicle = vehicle
    vehicle.count = count
    vehicle.page = page
    var data = [UInt8](repeating: 0, count: 8)
    for signal in signals where signal.page == nil || signal.page == page {
      signal.put(signal.value(vehicle), into: &data)
    }
    return data
  }
}

/// A signal of a message, as a database describes it.
struct CANSignal: Sendable {
  enum Order: Sendable { case intel, motorola }

  var name: String
  /// The lowest bit of Intel signals, the highest of Motorola ones, in the numbering of databases.
  var start: Int
  var length: Int
  var order = Order.intel
  var isSigned = false
  var factor = 1.0
  var offset = 0.0
  var unit = ""
  /// The selector of a multiplexed message.
  var isSelector = false
  /// The value of the selector with which this signal is there.
  var page: Int?
  var texts: [(value: Int, text: String)] = []
  /// The physical value.
  var value: @Sendable (VehicleValues) -> Double

  var rawRange: ClosedRange<Double> {
    let steps = Double(sign: .plus, exponent: length, significand: 1)
    return isSigned ? -steps / 2...steps / 2 - 1 : 0...steps - 1
  }

  func put(_ value: Double, into data: inout [UInt8]) {
    let range = rawRange
    let raw = min(max(((value - offset) / factor).rounded(), range.lowerBound), range.upperBound)
    let bits = UInt64(bitPattern: Int64(raw))
    var place = start
    // From the lowest bit up for Intel, from the highest down for Motorola.
    for index in 0..<length {
      let bit = order == .intel ? index : length - 1 - index
      if bits >> UInt64(bit) & 1 == 1 { data[place / 8] |= 1 << UInt8(place % 8) }
      place = order == .intel ? place + 1 : place % 8 == 0 ? place + 15 : place - 1
    }
  }
}

/// What the control units know at an instant; SI units, degrees where a name says so.
struct VehicleValues: Sendable {
  static let wheelbase = 2.7, track = 1.55, steeringRatio = 15.0

  var speed, acceleration, lateralAcceleration, yawRateDegrees: Double
  var steeringWheelDegrees, steeringWheelRateDegrees: Double
  /// Front left, front right, rear left, rear right, in metres a second.
  var wheels: [Double]
  var brakePressureBar, brakePedalPercent, throttlePercent, engineSpeed: Double
  /// 0 off, 1 left, 2 right.
  var indicator: Double
  var distance: Double
  var seconds: Double
  /// The number of the message, for its counter.
  var count = 0
  var page = 0

  init(_ world: World, at time: Double) {
    let ego = world.ego(at: time)
    speed = ego.speed
    acceleration = ego.acceleration
    lateralAcceleration = ego.lateralAcceleration
    yawRateDegrees = ego.yawRate * 180 / .pi
    steeringWheelDegrees = Self.steering(ego)
    let after = world.ego(at: time + 0.01)
    steeringWheelRateDegrees = (Self.steering(after) - steeringWheelDegrees) / 0.01
    let sway = ego.yawRate * Self.track / 2, swing = ego.yawRate * Self.wheelbase
    wheels = [
      Mathematics.hypot(speed - sway, swing), Mathematics.hypot(speed + sway, swing), speed - sway, speed + sway,
    ]
    let isStanding = speed == 0
    brakePressureBar = isStanding ? 15 : max(0, -acceleration * 12)
    brakePedalPercent = brakePressureBar * 1.2
    throttlePercent = isStanding ? 0 : max(0, acceleration * 18 + (acceleration < -0.1 ? 0 : speed * 0.8))
    engineSpeed = 800 + speed.truncatingRemainder(dividingBy: 5) * 320 + (speed >= 5 ? 500 : 0)
    indicator = Self.indicator(world.script.leg(at: time), at: time)
    distance = world.script.trajectory.motion.state(at: time).distance
    seconds = time
  }

  /// Of a single-track model without slip; the wheel stays where it is when the vehicle stands.
  private static func steering(_ ego: EgoState) -> Double {
    guard ego.speed > 0.05 else { return 0 }
    return Mathematics.atan(wheelbase * ego.yawRate / ego.speed) * steeringRatio * 180 / .pi
  }

  private static func indicator(_ leg: Script.Leg, at time: Double) -> Double {
    let left = 1.0, right = 2.0
    if time >= leg.laneChange - 1, time < leg.laneChangeEnd { return leg.side > 0 ? left : right }
    if time >= leg.go - 1, time < leg.end { return leg.turned > 0 ? left : right }
    return 0
  }
}

extension Double {
  /// The nearest within a range that a field holds.
  func clamped(to range: ClosedRange<Double>) -> Double {
    min(max(self, range.lowerBound), range.upperBound)
  }
}

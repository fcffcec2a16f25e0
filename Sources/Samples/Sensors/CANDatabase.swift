/// The messages of the vehicle's bus and their database in DBC.
enum CANDatabase {
  /// Messages that the database describes.
  static let messages: [CANMessage] = [dynamics, steering, wheels, brake, powertrain, body, status, cruise]

  /// A request of a diagnostic tester, which no database of the vehicle knows: id, hertz, data.
  static let stranger = (id: UInt32(0x7df), hertz: 1, data: [UInt8]([2, 1, 12, 0, 0, 0, 0, 0]))

  private static let dynamics = CANMessage(
    id: 0x101, name: "VehicleDynamics", sender: "ESP", hertz: 50, phase: 500_000, comment: "Motion of the vehicle",
    signals: [
      CANSignal(name: "VehicleSpeed", start: 0, length: 16, factor: 0.01, unit: "km/h") { $0.speed * 3.6 },
      CANSignal(name: "LongitudinalAcceleration", start: 16, length: 12, isSigned: true, factor: 0.01, unit: "m/s2") {
        $0.acceleration
      },
      CANSignal(name: "YawRate", start: 28, length: 16, isSigned: true, factor: 0.005, unit: "deg/s") {
        $0.yawRateDegrees
      },
      CANSignal(name: "LateralAcceleration", start: 44, length: 12, isSigned: true, factor: 0.01, unit: "m/s2") {
        $0.lateralAcceleration
      },
      counter(start: 56),
      CANSignal(name: "Validity", start: 60, length: 1, texts: [(0, "invalid"), (1, "valid")]) { _ in 1 },
    ])

  private static let steering = CANMessage(
    id: 0x0c6, name: "Steering", sender: "EPS", hertz: 100, phase: 3_500_000,
    comment: "Steering wheel, positive to the left",
    signals: [
      CANSignal(
        name: "SteeringAngle", start: 7, length: 16, order: .motorola, isSigned: true, factor: 0.1, unit: "deg"
      ) { $0.steeringWheelDegrees },
      CANSignal(
        name: "SteeringRate", start: 23, length: 16, order: .motorola, isSigned: true, factor: 0.1, unit: "deg/s"
      ) { $0.steeringWheelRateDegrees },
      counter(start: 35, .motorola),
    ])

  private static let wheels = CANMessage(
    id: 0x130, name: "WheelSpeeds", sender: "ESP", hertz: 50, phase: 8_500_000, comment: "Speed of each wheel",
    signals: ["FrontLeft", "FrontRight", "RearLeft", "RearRight"].enumerated().map { index, name in
      CANSignal(
        name: "WheelSpeed\(name)", start: 16 * index + 7, length: 16, order: .motorola, factor: 0.01, unit: "km/h"
      ) { $0.wheels[index] * 3.6 }
    })

  private static let brake = CANMessage(
    id: 0x1a0, name: "Brake", sender: "ESP", hertz: 50, phase: 17_500_000, comment: "Brake system",
    signals: [
      CANSignal(name: "BrakePressure", start: 0, length: 12, factor: 0.1, unit: "bar") { $0.brakePressureBar },
      CANSignal(name: "BrakePedal", start: 12, length: 8, factor: 0.5, unit: "%") { $0.brakePedalPercent },
      CANSignal(name: "BrakeLight", start: 20, length: 1, texts: [(0, "off"), (1, "on")]) {
        $0.brakePressureBar > 2 ? 1 : 0
      },
      counter(start: 24),
    ])

  private static let powertrain = CANMessage(
    id: 0x2b4, name: "Powertrain", sender: "ECM", hertz: 20, phase: 5_500_000, comment: "Engine and gearbox",
    signals: [
      CANSignal(name: "Gear", start: 0, length: 4, texts: [(0, "P"), (1, "R"), (2, "N"), (3, "D")]) { _ in 3 },
      CANSignal(name: "EngineSpeed", start: 15, length: 16, order: .motorola, factor: 0.25, unit: "rpm") {
        $0.engineSpeed
      },
      CANSignal(name: "Throttle", start: 24, length: 8, factor: 0.4, unit: "%") { $0.throttlePercent },
    ])

  private static let body = CANMessage(
    id: 0x3c0, name: "Body", sender: "BCM", hertz: 20, phase: 10_500_000, comment: "Lights and surroundings",
    signals: [
      CANSignal(
        name: "Indicator", start: 0, length: 2, texts: [(0, "off"), (1, "left"), (2, "right"), (3, "both")]
      ) { $0.indicator },
      CANSignal(name: "Headlights", start: 2, length: 1, texts: [(0, "off"), (1, "on")]) { _ in 1 },
      CANSignal(name: "Wiper", start: 3, length: 2, texts: [(0, "off"), (1, "slow"), (2, "fast")]) { _ in 0 },
      CANSignal(name: "OutsideTemperature", start: 8, length: 8, factor: 0.5, offset: -40, unit: "degC") { _ in 7.5 },
    ])

  private static let status = CANMessage(
    id: 0x4d0, name: "Status", sender: "BCM", hertz: 20, phase: 15_500_000,
    comment: "Slow values, one page after another",
    signals: [
      CANSignal(name: "Page", start: 0, length: 8, isSelector: true) { Double($0.page) },
      CANSignal(name: "EngineTemperature", start: 8, length: 8, offset: -40, unit: "degC", page: 0) {
        70 + $0.seconds / 60
      },
      CANSignal(name: "Odometer", start: 16, length: 32, factor: 0.001, unit: "km", page: 0) {
        12_345 + $0.distance / 1000
      },
      CANSignal(name: "FuelLevel", start: 8, length: 8, factor: 0.4, unit: "%", page: 1) { 61 - $0.seconds / 600 },
      CANSignal(name: "BatteryVoltage", start: 16, length: 16, factor: 0.001, unit: "V", page: 1) {
        13.8 + $0.engineSpeed * 0.00005
      },
    ]
      + ["FrontLeft", "FrontRight", "RearLeft", "RearRight"].enumerated().map { index, name in
        CANSignal(name: "TirePressure\(name)", start: 8 + 8 * index, length: 8, factor: 0.05, unit: "bar", page: 2) {
          _ in 2.4 + 0.05 * Double(index)
        }
      })

  private static let cruise = CANMessage(
    id: 0x18fe_f100, isExtended: true, name: "CruiseControl", sender: "ECM", hertz: 10, phase: 19_200_000,
    comment: "Extended identifier, as on the bus of a truck",
    signals: [
      CANSignal(name: "WheelBasedSpeed", start: 8, length: 16, factor: 0.003_906_25, unit: "km/h") { $0.speed * 3.6 },
      CANSignal(name: "CruiseSetSpeed", start: 40, length: 8, unit: "km/h") { _ in 50 },
    ])

  private static func counter(start: Int, _ order: CANSignal.Order = .intel) -> CANSignal {
    CANSignal(name: "Counter", start: start, length: 4, order: order) { Double($0.count % 16) }
  }

  // MARK: - DBC

  /// The database as text.
  static var text: String {
    let senders = Set(messages.map(\.sender)).sorted()
    var text = "VERSION \"1\"\n\nNS_ :\n\tCM_\n\tBA_DEF_\n\tBA_\n\tVAL_\n\tBA_DEF_DEF_\n\nBS_:\n\n"
    text += "BU_: \(senders.joined(separator: " ")) Logger\n"
    for message in messages {
      text += "\nBO_ \(message.databaseID) \(message.name): 8 \(message.sender)\n"
      for signal in message.signals { text += " SG_ \(signal.databaseText)\n" }
    }
    text += "\nCM_ \"Bus of the simulated vehicle\";\n"
    for message in messages { text += "CM_ BO_ \(message.databaseID) \"\(message.comment)\";\n" }
    text += "BA_DEF_ BO_ \"GenMsgCycleTime\" INT 0 10000;\nBA_DEF_DEF_ \"GenMsgCycleTime\" 0;\n"
    for message in messages { text += "BA_ \"GenMsgCycleTime\" BO_ \(message.databaseID) \(1000 / message.hertz);\n" }
    for message in messages {
      for signal in message.signals where !signal.texts.isEmpty {
        let values = signal.texts.map { "\($0.value) \"\($0.text)\"" }.joined(separator: " ")
        text += "VAL_ \(message.databaseID) \(signal.name) \(values) ;\n"
      }
    }
    return text
  }
}

extension CANMessage {
  /// Bit 31 marks an extended identifier.
  fileprivate var databaseID: UInt32 { isExtended ? id | 1 << 31 : id }
}

extension CANSignal {
  /// `Name m0 : 8|8@1+ (0.4,0) [0|102] "%" Logger`.
  fileprivate var databaseText: String {
    let selection = isSelector ? " M" : page.map { " m\($0)" } ?? ""
    let layout = "\(start)|\(length)@\(order == .intel ? 1 : 0)\(isSigned ? "-" : "+")"
    let low = (rawRange.lowerBound * factor + offset).short, high = (rawRange.upperBound * factor + offset).short
    return "\(name)\(selection) : \(layout) (\(factor.short),\(offset.short)) [\(low)|\(high)] \"\(unit)\" Logger"
  }
}

extension Double {
  /// Six decimals at most, and no `.0`.
  fileprivate var short: String {
    let rounded = (self * 1e8).rounded() / 1e8
    return Int64(exactly: rounded).map(String.init) ?? "\(rounded)"
  }
}

import Core

/// One scale of a channel: what becomes of its input.
enum TDMSScale: Equatable, Sendable {
  case linear(slope: Double, intercept: Double, input: UInt32)
  /// From the constant term on.
  case polynomial([Double], input: UInt32)
  /// `from` rises.
  case table(from: [Double], to: [Double], input: UInt32)
  case resistanceThermometer(TDMSResistanceThermometer, input: UInt32)
  case thermistor(TDMSThermistor, input: UInt32)
  /// °C to µV, or back.
  case thermocouple(TDMSThermocouple, isForward: Bool, input: UInt32)
  case strain(TDMSStrainBridge, input: UInt32)
  case add(left: UInt32, right: UInt32)
  /// Right minus left.
  case subtract(left: UInt32, right: UInt32)
  case nothing(input: UInt32)
  /// A scale without a type: the DAQmx scaler of its number.
  case scaler(Int)
}

/// The scales of a channel, which the last one's output is made with.
struct TDMSScaling: Equatable, Sendable {
  enum Fault: Error, Equatable {
    case unknownType(String)
    case missing(String)
    case unusable(String)
  }

  /// The input that means the raw value.
  static let raw = UInt32.max
  /// More are refused: each is looked up by name.
  private static let most = 1000
  private static let mostValues = 1 << 16

  private(set) var scales: [TDMSScale]
  /// Numbers of the scales that the last one needs, inputs first.
  private let order: [Int]

  /// The scales that properties describe; nil where there are none, or the values are scaled already.
  init?(_ properties: [(name: String, value: TDMSProperty)]) throws(Fault) {
    let values = Dictionary(properties.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    if values["NI_Scaling_Status"]?.text == "scaled" { return nil }
    let stated = try Self.count(values["NI_Number_Of_Scales"], "NI_Number_Of_Scales")
    let count = stated ?? (values.keys.compactMap(Self.number(in:)).max().map { $0 + 1 } ?? 0)
    guard count > 0 else { return nil }
    guard count <= Self.most else { throw .unusable("\(count) scales; \(Self.most) are read at most") }
    scales = []
    for number in 0..<count { scales.append(try Self.scale(number, values)) }
    order = try Self.order(of: scales)
  }

  /// Scales values; `scalers` gives the raw values of the scaler of a number.
  func values(of raw: [Double], scalers: (Int) -> [Double]? = { _ in nil }) -> [Double] {
    var results: [Int: [Double]] = [:]
    func input(_ number: UInt32) -> [Double] { number == Self.raw ? raw : results[Int(number)] ?? raw }
    for number in order {
      results[number] =
        switch scales[number] {
        case .linear(let slope, let intercept, let from): input(from).map { $0 * slope + intercept }
        case .polynomial(let terms, let from):
          input(from).map { x in terms.reversed().reduce(0) { $0 * x + $1 } }
        case .table(let from, let to, let source): input(source).map { Self.interpolate($0, from, to) }
        case .resistanceThermometer(let sensor, let from): input(from).map(sensor.value)
        case .thermistor(let sensor, let from): input(from).map(sensor.value)
        case .strain(let bridge, let from): input(from).map(bridge.value)
        case .thermocouple(let sensor, true, let from): input(from).map { 1000 * sensor.millivolts(celsius: $0) }
        case .thermocouple(let sensor, false, let from): input(from).map { sensor.celsius(millivolts: $0 / 1000) }
        case .add(let left, let right): zip(input(left), input(right)).map { $0 + $1 }
        case .subtract(let left, let right): zip(input(left), input(right)).map { $1 - $0 }
        case .nothing(let from): input(from)
        case .scaler(let scaler): scalers(scaler) ?? raw
        }
    }
    return results[scales.count - 1] ?? raw
  }

  /// Between the two points around it; the first or last beyond them.
  private static func interpolate(_ x: Double, _ from: [Double], _ to: [Double]) -> Double {
    guard let first = from.first, let last = from.last, !x.isNaN else { return .nan }
    if x <= first { return to[0] }
    if x >= last { return to[to.count - 1] }
    var low = 0, high = from.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if from[middle] <= x { low = middle } else { high = middle }
    }
    return (to[high] - to[low]) / (from[high] - from[low]) * (x - from[low]) + to[low]
  }
}

/// From properties.
extension TDMSScaling {
  /// Of `NI_Scale[3]_…` 3.
  private static func number(in name: String) -> Int? {
    guard name.hasPrefix("NI_Scale[") else { return nil }
    return Int(name.dropFirst("NI_Scale[".count).prefix { $0 != "]" }).flatMap { 0..<most ~= $0 ? $0 : nil }
  }

  private static func count(_ property: TDMSProperty?, _ name: String) throws(Fault) -> Int? {
    guard let value = property?.double else { return nil }
    guard let count = Int(exactly: value), count >= 0 else { throw .unusable("\(name) is \(value)") }
    return count
  }

  private static func scale(_ number: Int, _ values: [String: TDMSProperty]) throws(Fault) -> TDMSScale {
    let start = "NI_Scale[\(number)]_"
    guard let type = values[start + "Scale_Type"]?.text else { return .scaler(number) }
    let fields = start + type + "_"
    func needed(_ name: String) throws(Fault) -> Double {
      guard let value = values[fields + name]?.double else { throw .missing(fields + name) }
      return value
    }
    func source(_ name: String) throws(Fault) -> UInt32 {
      guard let value = values[fields + name]?.double else { return raw }
      guard let source = UInt32(exactly: value) else { throw .unusable("\(fields + name) is \(value)") }
      return source
    }
    func list(_ name: String, _ size: String, unstated: Int?) throws(Fault) -> [Double] {
      guard let count = try count(values[fields + size], fields + size) ?? unstated else {
        throw .missing(fields + size)
      }
      guard count <= mostValues else { throw .unusable("\(fields + size) is \(count)") }
      var list: [Double] = []
      for index in 0..<count { list.append(try needed("\(name)[\(index)]")) }
      return list
    }
    func wires() throws(Fault) -> TDMSLeadWires {
      TDMSLeadWires(
        configuration: try needed("Resistance_Configuration"), resistance: try needed("Lead_Wire_Resistance"))
    }
    switch type {
    case "Linear":
      return .linear(
        slope: try needed("Slope"), intercept: try needed("Y_Intercept"), input: try source("Input_Source"))
    case "Polynomial":
      return .polynomial(
        try list("Coefficients", "Coefficients_Size", unstated: 4), input: try source("Input_Source"))
    case "Table":
      var from = try list("Pre_Scaled_Values", "Pre_Scaled_Values_Size", unstated: nil)
      var to = try list("Scaled_Values", "Scaled_Values_Size", unstated: nil)
      if let first = from.first, let last = from.last, first > last {
        (from, to) = (from.reversed(), to.reversed())
      }
      guard !from.isEmpty, from.count == to.count, zip(from, from.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw .unusable("\(fields)Pre_Scaled_Values neither rise nor fall, or are not as many as their results")
      }
      return .table(from: from, to: to, input: try source("Input_Source"))
    case "RTD":
      let sensor = TDMSResistanceThermometer(
        current: try needed("Current_Excitation"), nominal: try needed("R0_Nominal_Resistance"), a: try needed("A"),
        b: try needed("B"), c: try needed("C"), wires: try wires())
      return .resistanceThermometer(sensor, input: try source("Input_Source"))
    case "Thermistor":
      let excitation = try needed("Excitation_Type")
      guard excitation == 10134 || excitation == 10322 else {
        throw .unusable("\(fields)Excitation_Type is \(excitation)")
      }
      let sensor = TDMSThermistor(
        isCurrent: excitation == 10134, excitation: try needed("Excitation_Value"),
        reference: try needed("R1_Reference_Resistance"), a: try needed("A"), b: try needed("B"), c: try needed("C"),
        offset: try needed("Temperature_Offset"), wires: try wires())
      return .thermistor(sensor, input: try source("Input_Source"))
    case "Thermocouple":
      let number = values[fields + "Thermocouple_Type"]?.double ?? 10072
      guard let sensor = Int(exactly: number).flatMap(TDMSThermocouple.init(number:)) else {
        throw .unusable("\(fields)Thermocouple_Type is \(number)")
      }
      let direction = values[fields + "Scaling_Direction"]?.double ?? 0
      return .thermocouple(sensor, isForward: direction == 1, input: try source("Input_Source"))
    case "Strain":
      let number = try needed("Configuration")
      guard let configuration = Int(exactly: number).flatMap(TDMSStrainBridge.Configuration.init(rawValue:)) else {
        throw .unusable("\(fields)Configuration is \(number)")
      }
      let bridge = TDMSStrainBridge(
        configuration: configuration, poisson: try needed("Poisson_Ratio"), resistance: try needed("Gage_Resistance"),
        lead: try needed("Lead_Wire_Resistance"), initial: try needed("Initial_Bridge_Voltage"),
        gauge: try needed("Gage_Factor"), gain: try needed("Bridge_Shunt_Calibration_Gain_Adjustment"),
        excitation: try needed("Voltage_Excitation"))
      return .strain(bridge, input: try source("Input_Source"))
    case "Add":
      return .add(left: try source("Left_Operand_Input_Source"), right: try source("Right_Operand_Input_Source"))
    case "Subtract":
      return .subtract(left: try source("Left_Operand_Input_Source"), right: try source("Right_Operand_Input_Source"))
    case "AdvancedAPI": return .nothing(input: try source("Input_Source"))
    default: throw .unknownType(type)
    }
  }

  /// What the last scale needs, inputs first.
  private static func order(of scales: [TDMSScale]) throws(Fault) -> [Int] {
    var order: [Int] = [], begun: Set<Int> = [], done: Set<Int> = []
    var stack = [scales.count - 1]
    while let number = stack.last {
      let inputs = scales[number].inputs.filter { $0 != raw }
      if let absent = inputs.first(where: { $0 >= scales.count }) { throw .missing("NI_Scale[\(absent)]") }
      let open = inputs.map(Int.init).filter { !done.contains($0) }
      if open.isEmpty {
        stack.removeLast()
        if done.insert(number).inserted { order.append(number) }
      } else {
        guard begun.insert(number).inserted, !open.contains(where: begun.contains) else {
          throw .unusable("NI_Scale[\(number)] is an input of itself")
        }
        stack += open
      }
    }
    return order
  }
}

extension TDMSScale {
  /// As properties name it.
  var name: String {
    switch self {
    case .linear: "Linear"
    case .polynomial: "Polynomial"
    case .table: "Table"
    case .resistanceThermometer: "RTD"
    case .thermistor: "Thermistor"
    case .thermocouple: "Thermocouple"
    case .strain: "Strain"
    case .add: "Add"
    case .subtract: "Subtract"
    case .nothing: "AdvancedAPI"
    case .scaler: "DAQmx"
    }
  }

  var inputs: [UInt32] {
    switch self {
    case .linear(_, _, let input), .polynomial(_, let input), .table(_, _, let input), .nothing(let input),
      .resistanceThermometer(_, let input), .thermistor(_, let input), .thermocouple(_, _, let input),
      .strain(_, let input):
      [input]
    case .add(let left, let right), .subtract(let left, let right): [left, right]
    case .scaler: []
    }
  }
}

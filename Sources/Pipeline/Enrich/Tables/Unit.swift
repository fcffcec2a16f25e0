/// A unit of measurement as files write it, and how it becomes the unit of its quantity that tables here use.
struct Unit: Sendable, Equatable {
  /// What is measured; only units of one quantity are converted into each other.
  enum Quantity: Sendable { case speed, acceleration, jerk, angle, rate, temperature, length, pressure, part, time }

  let quantity: Quantity
  /// `value · factor + offset` is in the first unit of the quantity.
  let factor: Double
  var offset = 0.0

  /// By the texts that are usual, case by case; nil for what is not known.
  init?(_ text: String) {
    guard let known = Self.known.first(where: { $0.names.contains(text) }) else { return nil }
    self = known.unit
  }

  private init(_ quantity: Quantity, _ factor: Double, offset: Double = 0) {
    (self.quantity, self.factor, self.offset) = (quantity, factor, offset)
  }

  /// All texts that are understood.
  static var names: [String] { known.flatMap(\.names) }

  private static let known: [(names: [String], unit: Unit)] = [
    (["m/s", "mps", "m s-1", "ms-1"], Unit(.speed, 1)),
    (["km/h", "kph", "kmh", "km h-1"], Unit(.speed, 1 / 3.6)),
    (["mph", "mp/h", "mi/h"], Unit(.speed, 0.44704)),
    (["kn", "kt", "kts", "knot", "knots"], Unit(.speed, 1852 / 3600)),
    (["ft/s"], Unit(.speed, 0.3048)),
    (["m/s2", "m/s²", "m/s^2", "m/s/s"], Unit(.acceleration, 1)),
    (["g"], Unit(.acceleration, 9.80665)),
    (["m/s3", "m/s³", "m/s^3"], Unit(.jerk, 1)),
    (["deg", "°", "degree", "degrees"], Unit(.angle, 1)),
    (["rad", "radian", "radians"], Unit(.angle, 180 / Double.pi)),
    (["rad/s"], Unit(.rate, 1)),
    (["deg/s", "°/s"], Unit(.rate, Double.pi / 180)),
    (["°C", "degC", "C", "celsius"], Unit(.temperature, 1)),
    (["K", "kelvin"], Unit(.temperature, 1, offset: -273.15)),
    (["°F", "degF", "F", "fahrenheit"], Unit(.temperature, 5.0 / 9, offset: -160.0 / 9)),
    (["m", "metre", "meter"], Unit(.length, 1)),
    (["mm"], Unit(.length, 0.001)), (["cm"], Unit(.length, 0.01)), (["km"], Unit(.length, 1000)),
    (["ft", "feet"], Unit(.length, 0.3048)),
    (["inch", "in"], Unit(.length, 0.0254)),
    (["mi", "mile", "SM"], Unit(.length, 1609.344)),
    (["hPa", "mbar", "mb"], Unit(.pressure, 1)),
    (["Pa"], Unit(.pressure, 0.01)), (["kPa"], Unit(.pressure, 10)),
    (["inHg"], Unit(.pressure, 33.86389)),
    (["mmHg"], Unit(.pressure, 1.33322387415)),
    (["1", "ratio", "fraction"], Unit(.part, 1)),
    (["%", "percent"], Unit(.part, 0.01)),
    (["s", "sec"], Unit(.time, 1)),
    (["min"], Unit(.time, 60)), (["ms"], Unit(.time, 0.001)), (["us", "µs"], Unit(.time, 1e-6)),
    (["ns"], Unit(.time, 1e-9)),
  ]
}

/// How values of one unit become values of another: `value · factor + offset`.
struct UnitConversion: Sendable, Equatable {
  var factor: Double
  var offset: Double

  static let none = UnitConversion(factor: 1, offset: 0)

  private init(factor: Double, offset: Double) { (self.factor, self.offset) = (factor, offset) }

  /// Nil where one is not known, or they measure different things.
  init?(from: String, to: String) {
    if from == to {
      self = .none
      return
    }
    guard let source = Unit(from), let target = Unit(to), source.quantity == target.quantity else { return nil }
    factor = source.factor / target.factor
    offset = (source.offset - target.offset) / target.factor
  }

  func callAsFunction(_ value: Double) -> Double { value * factor + offset }
}

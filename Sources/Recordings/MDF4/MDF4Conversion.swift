import Core

/// How what was recorded becomes what was measured.
indirect enum MDF4Conversion: Sendable {
  case none
  case linear(offset: Double, factor: Double)
  /// (P1x² + P2x + P3) / (P4x² + P5x + P6).
  case rational([Double])
  case formula(MDF4Formula)
  case interpolation(MDF4Points)
  case nearest(MDF4Points)
  case ranges(MDF4Ranges, values: [Double], fallback: Double)
  case texts(keys: [Double], results: [Result], fallback: Result)
  case rangeTexts(MDF4Ranges, results: [Result], fallback: Result)
  case textValues([[UInt8]: Double], fallback: Double?)
  case textTexts([[UInt8]: [UInt8]], fallback: [UInt8]?)
  case bits([(mask: UInt64, name: String, conversion: MDF4Conversion)])
  /// It has a fault, so nothing is made of the values.
  case unreadable(String)

  /// What one value becomes.
  enum Result: Sendable {
    case text([UInt8])
    case conversion(MDF4Conversion)
    case nothing
  }

  enum Value {
    case number(Double)
    case text([UInt8])
    case nothing
  }

  var isNone: Bool { if case .none = self { true } else { false } }

  /// Whether something is made of the values.
  var isReadable: Bool { if case .unreadable = self { false } else { true } }

  /// Whether texts can come of numbers.
  var givesTexts: Bool {
    switch self {
    case .texts(_, let results, let fallback), .rangeTexts(_, let results, let fallback):
      (results + [fallback]).contains { $0.givesTexts }
    case .textTexts, .bits: true
    default: false
    }
  }

  /// Whether numbers can come of numbers.
  var givesNumbers: Bool {
    switch self {
    case .texts(_, let results, let fallback), .rangeTexts(_, let results, let fallback):
      (results + [fallback]).contains { $0.givesNumbers }
    case .textTexts, .bits, .unreadable: false
    default: true
    }
  }

  /// It is for channels that hold text.
  var takesTexts: Bool {
    switch self {
    case .textValues, .textTexts: true
    default: false
    }
  }

  /// Its name in records.
  var name: String {
    switch self {
    case .none: "none"
    case .linear: "linear"
    case .rational: "rational"
    case .formula: "formula"
    case .interpolation: "interpolation"
    case .nearest: "table"
    case .ranges: "ranges"
    case .texts: "value-to-text"
    case .rangeTexts: "range-to-text"
    case .textValues: "text-to-value"
    case .textTexts: "text-to-text"
    case .bits: "bit-fields"
    case .unreadable: "unreadable"
    }
  }

  /// Numbers of numbers, for conversions that give nothing else.
  func numbers(_ values: [Double], isInteger: Bool) -> [Double] {
    switch self {
    case .none: values
    case .linear(let offset, let factor): values.map { $0 * factor + offset }
    case .rational(let p) where p.count >= 6:
      values.map { x in (p[0] * x * x + p[1] * x + p[2]) / (p[3] * x * x + p[4] * x + p[5]) }
    case .formula(let formula): formula.apply(values)
    case .interpolation(let points): values.map(points.interpolated)
    case .nearest(let points): values.map(points.nearest)
    case .ranges(let ranges, let results, let fallback):
      values.map { ranges.index(of: $0, isInteger: isInteger).map { results[$0] } ?? fallback }
    default: values.map { _ in .nan }
    }
  }

  /// What one number becomes; `integer` are its bits where it is an unsigned or not negative integer.
  func value(_ number: Double, integer: UInt64?, isInteger: Bool) -> Value {
    switch self {
    case .texts(let keys, let results, let fallback):
      let result = keys.firstIndex(of: number).map { results[$0] } ?? fallback
      return result.value(number, integer, isInteger)
    case .rangeTexts(let ranges, let results, let fallback):
      let result = ranges.index(of: number, isInteger: isInteger).map { results[$0] } ?? fallback
      return result.value(number, integer, isInteger)
    case .bits(let fields):
      guard let integer else { return .nothing }
      var parts: [[UInt8]] = []
      for field in fields {
        let masked = integer & field.mask
        guard case .text(let text) = field.conversion.value(Double(masked), integer: masked, isInteger: true) else {
          continue
        }
        parts.append(field.name.isEmpty ? text : Array("\(field.name)=".utf8) + text)
      }
      return .text(Array(parts.joined(separator: [UInt8(ascii: "|")])))
    case .textTexts, .textValues, .unreadable: return .nothing
    default: return .number(numbers([number], isInteger: isInteger)[0])
    }
  }
}

extension MDF4Conversion.Result {
  fileprivate var givesTexts: Bool {
    switch self {
    case .text: true
    case .conversion(let conversion): conversion.givesTexts
    case .nothing: false
    }
  }

  fileprivate var givesNumbers: Bool { if case .conversion(let inner) = self { inner.givesNumbers } else { false } }

  fileprivate func value(_ number: Double, _ integer: UInt64?, _ isInteger: Bool) -> MDF4Conversion.Value {
    switch self {
    case .text(let text): .text(text)
    case .conversion(let conversion): conversion.value(number, integer: integer, isInteger: isInteger)
    case .nothing: .nothing
    }
  }
}

import Core
import Testing

@testable import Recordings

/// Numbers that a seed alone decides (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// A value as a test expects it; numbers by their bits.
indirect enum Value: Equatable {
  case bits(UInt64)
  case bytes([UInt8])
  case list([Value])
  case structure([Value])
}

extension Column {
  /// A row's value, or nil where the column is not whole.
  func value(_ row: Int) -> Value? {
    switch values {
    case .bool(let values), .uint8(let values): .bits(UInt64(values[row]))
    case .int8(let values): .bits(UInt64(UInt8(bitPattern: values[row])))
    case .int16(let values): .bits(UInt64(UInt16(bitPattern: values[row])))
    case .int32(let values): .bits(UInt64(UInt32(bitPattern: values[row])))
    case .int64(let values): .bits(UInt64(bitPattern: values[row]))
    case .uint16(let values): .bits(UInt64(values[row]))
    case .uint32(let values): .bits(UInt64(values[row]))
    case .uint64(let values): .bits(values[row])
    case .float32(let values): .bits(UInt64(values[row].bitPattern))
    case .float64(let values): .bits(values[row].bitPattern)
    case .text(let texts): .bytes(Array(texts[row]))
    case .list(let offsets, let element): .list((offsets[row]..<offsets[row + 1]).compactMap { element.value($0) })
    case .structure(let members): .structure(members.compactMap { $0.value(row) })
    }
  }

  /// Whether it is of a type, has so many rows, and the same holds of what is in it.
  func isWhole(_ type: FieldType, rows: Int) -> Bool {
    guard count == rows, validity == nil else { return false }
    switch (values, type) {
    case (.bool, .bool), (.int8, .int8), (.int16, .int16), (.int32, .int32), (.int64, .int64): return true
    case (.int64, .time), (.int64, .duration), (.uint8, .uint8), (.uint16, .uint16), (.uint32, .uint32): return true
    case (.uint64, .uint64), (.float32, .float32), (.float64, .float64): return true
    case (.text(let texts), .string), (.text(let texts), .bytes):
      return texts.offsets[0] == 0 && texts.offsets.last == texts.bytes.count
        && zip(texts.offsets, texts.offsets.dropFirst()).allSatisfy(<=)
    case (.list(let offsets, let element), .list(let type)):
      return offsets[0] == 0 && offsets.last == element.count && zip(offsets, offsets.dropFirst()).allSatisfy(<=)
        && element.isWhole(type, rows: element.count)
    case (.structure(let columns), .structure(let fields)):
      return columns.count == fields.count
        && zip(columns, fields).allSatisfy { $0.isWhole($1.type, rows: rows) }
    default: return false
    }
  }
}

/// A random type, its definition text, and messages of it with the values that were put into them.
struct RandomType {
  struct Part {
    var name: String
    /// nil for a message.
    var builtin: String?
    var message = 0
    /// nil for one, −1 for many, else that many.
    var count: Int?
  }

  var messages: [[Part]] = []
  var numbers: SeededNumbers

  static let builtins = [
    "bool", "int8", "byte", "uint8", "char", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32",
    "float64", "string", "time", "duration",
  ]

  init(seed: UInt64) {
    numbers = SeededNumbers(seed)
    let types = Int.random(in: 1...5, using: &numbers)
    for index in 0..<types {
      var parts: [Part] = []
      for position in 0..<Int.random(in: (index == 0 ? 1 : 0)...7, using: &numbers) {
        let isMessage = index + 1 < types && Int.random(in: 0..<3, using: &numbers) == 0
        let counts = [nil, nil, nil, -1, -1, 0, 1, 2] + (isMessage ? [] : [3, 8, 9])
        parts.append(
          Part(
            name: "f\(position)", builtin: isMessage ? nil : Self.builtins.randomElement(using: &numbers),
            message: isMessage ? Int.random(in: index + 1..<types, using: &numbers) : 0,
            count: counts.randomElement(using: &numbers) ?? nil))
      }
      messages.append(parts)
    }
  }

  static func name(_ message: Int) -> String { "p\(message % 2)/M\(message)" }

  /// The definition, with blanks, comments, constants and line ends as writers differ in them.
  mutating func text() -> String {
    let end = Bool.random(using: &numbers) ? "\r\n" : "\n"
    var text = ""
    for (index, parts) in messages.enumerated() {
      if index > 0 { text += String(repeating: "=", count: 80) + end + "MSG: \(Self.name(index))" + end }
      for part in parts {
        if Int.random(in: 0..<4, using: &numbers) == 0 { text += "# a comment = no constant" + end + end }
        if Int.random(in: 0..<4, using: &numbers) == 0 { text += "int32 C_\(part.name) = 3 # of no use" + end }
        let brackets = part.count.map { $0 < 0 ? "[]" : "[\($0)]" } ?? ""
        let isShort = Bool.random(using: &numbers)
        let type = part.builtin ?? (isShort ? "M\(part.message)" : Self.name(part.message))
        text += "\(type)\(brackets)\(isShort ? "  \t" : " ")\(part.name)\(isShort ? " # x" : "")" + end
      }
    }
    return text + "# the end"
  }

  /// A message: its bytes, and what each column must hold.
  mutating func message() -> (bytes: [UInt8], values: [Value]) {
    var bytes: [UInt8] = []
    let values = fields(of: 0, isFlat: true, &bytes)
    return (bytes, values)
  }

  private func hasBytes(_ message: Int) -> Bool {
    messages[message].contains { $0.count != 0 && ($0.builtin != nil || $0.count == -1 || hasBytes($0.message)) }
  }

  private mutating func fields(of message: Int, isFlat: Bool, _ bytes: inout [UInt8]) -> [Value] {
    var values: [Value] = []
    for part in messages[message] where part.count != 0 {
      guard let count = part.count else {
        if part.builtin == nil, isFlat {
          values += fields(of: part.message, isFlat: true, &bytes)
        } else if part.builtin != nil || hasBytes(part.message) {
          values.append(one(part, &bytes))
        }
        continue
      }
      let number = count < 0 ? Int.random(in: 0...3, using: &numbers) : count
      if count < 0 { bytes += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
      if part.builtin == nil, !hasBytes(part.message) {
        if count < 0 { values.append(.bits(UInt64(number))) }
      } else if part.builtin == "uint8" || part.builtin == "char" {
        let start = bytes.count
        for _ in 0..<number { _ = one(part, &bytes) }
        values.append(.bytes(Array(bytes[start...])))
      } else {
        var elements: [Value] = []
        for _ in 0..<number { elements.append(one(part, &bytes)) }
        values.append(.list(elements))
      }
    }
    return values
  }

  private mutating func one(_ part: Part, _ bytes: inout [UInt8]) -> Value {
    switch part.builtin {
    case nil: return .structure(fields(of: part.message, isFlat: false, &bytes))
    case "bool":
      let byte = UInt8.random(in: 0...3, using: &numbers)
      bytes.append(byte)
      return .bits(byte == 0 ? 0 : 1)
    case "string":
      let text = (0..<Int.random(in: 0...7, using: &numbers)).map { _ in UInt8.random(in: 0...255, using: &numbers) }
      bytes += [UInt8(text.count), 0, 0, 0] + text
      return .bytes(text)
    case "time":
      let (seconds, nanoseconds) = (bits(4, &bytes), bits(4, &bytes))
      return .bits(seconds * 1_000_000_000 + nanoseconds)
    case "duration":
      let seconds = Int64(Int32(truncatingIfNeeded: bits(4, &bytes)))
      let nanoseconds = Int64(Int32(truncatingIfNeeded: bits(4, &bytes)))
      return .bits(UInt64(bitPattern: seconds * 1_000_000_000 + nanoseconds))
    case "int8", "byte", "uint8", "char": return .bits(bits(1, &bytes))
    case "int16", "uint16": return .bits(bits(2, &bytes))
    case "int32", "uint32", "float32": return .bits(bits(4, &bytes))
    default: return .bits(bits(8, &bytes))
    }
  }

  /// A random number of some bytes, the lowest first.
  private mutating func bits(_ count: Int, _ bytes: inout [UInt8]) -> UInt64 {
    let value = UInt64.random(in: 0...UInt64.max, using: &numbers) >> (64 - 8 * count)
    bytes += (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return value
  }
}

extension JSON {
  /// The value on one line, without spaces.
  package var text: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The value for people: two spaces a level, one member or element a line.
  package var pretty: String {
    var bytes: [UInt8] = []
    append(to: &bytes, level: 0)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The one text of all values that mean the same, for digests: keys in the order of their UTF-8 bytes, no spaces, and
  /// numbers without a fraction as integers.
  package var canonical: String {
    var bytes: [UInt8] = []
    canonicalized.append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends `text`.
  package func append(to bytes: inout [UInt8]) {
    switch self {
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        element.append(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes.appendJSON(member.key)
        bytes.append(UInt8(ascii: ":"))
        member.value.append(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    case .null, .bool, .integer, .unsigned, .number, .string: appendScalar(to: &bytes)
    }
  }

  private func appendScalar(to bytes: inout [UInt8]) {
    switch self {
    case .bool(let value): bytes.appendJSON(value)
    case .integer(let value): bytes.appendJSON(value)
    case .unsigned(let value): bytes.appendJSON(value)
    case .number(let value): bytes.appendJSON(value)
    case .string(let value): bytes.appendJSON(value)
    case .null, .array, .object: bytes.append(contentsOf: "null".utf8)
    }
  }

  private func append(to bytes: inout [UInt8], level: Int) {
    switch self {
    case .array(let elements) where !elements.isEmpty:
      for (index, element) in elements.enumerated() {
        bytes.append(UInt8(ascii: index == 0 ? "[" : ","))
        bytes.appendLine(level + 1)
        element.append(to: &bytes, level: level + 1)
      }
      bytes.appendLine(level)
      bytes.append(UInt8(ascii: "]"))
    case .object(let object) where !object.members.isEmpty:
      for (index, member) in object.members.enumerated() {
        bytes.append(UInt8(ascii: index == 0 ? "{" : ","))
        bytes.appendLine(level + 1)
        bytes.appendJSON(member.key)
        bytes.append(contentsOf: ": ".utf8)
        member.value.append(to: &bytes, level: level + 1)
      }
      bytes.appendLine(level)
      bytes.append(UInt8(ascii: "}"))
    case .null, .bool, .integer, .unsigned, .number, .string, .array, .object: append(to: &bytes)
    }
  }

  private var canonicalized: JSON {
    switch self {
    case .array(let elements): .array(elements.map(\.canonicalized))
    case .object(let object):
      .object(
        JSONObject(
          object.members.map { .init(key: $0.key, value: $0.value.canonicalized) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }))
    // Minus zero is the one number that an integer would change.
    case .number(let value) where value != 0 || value.sign == .plus: Int64(exactly: value).map(JSON.integer) ?? self
    case .null, .bool, .integer, .unsigned, .number, .string: self
    }
  }
}

extension [UInt8] {
  fileprivate mutating func appendLine(_ level: Int) {
    append(UInt8(ascii: "\n"))
    append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * level))
  }
}

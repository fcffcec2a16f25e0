/// Pulls elements and texts out of XML, without entities of its own, without namespaces; never fails.
struct MDF4XML {
  enum Event {
    case start(String, [(name: String, value: String)])
    case end(String)
    case text(String)
  }

  static let deepest = 64
  private let bytes: [UInt8]
  private var position = 0
  private var pending: String?
  private var depth = 0
  /// Whether every element that began has ended, and there was one.
  private(set) var isWhole = false

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> Event? {
    if let name = pending {
      pending = nil
      return end(name)
    }
    while position < bytes.count {
      guard bytes[position] == UInt8(ascii: "<") else {
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "<") { position += 1 }
        let text = Self.unescaped(bytes[start..<position])
        if depth > 0, text.contains(where: { !$0.isWhitespace }) { return .text(text) }
        continue
      }
      if starts(with: "<!--") {
        skip(past: "-->")
      } else if starts(with: "<![CDATA[") {
        position += 9
        let start = position
        skip(past: "]]>")
        let end = max(start, position - 3)
        return .text(String(decoding: bytes[start..<end], as: UTF8.self))
      } else if starts(with: "<?") || starts(with: "<!") {
        skip(past: ">")
      } else if let event = tag() {
        return event
      }
    }
    return nil
  }

  private mutating func end(_ name: String) -> Event {
    depth -= 1
    if depth == 0 { isWhole = true }
    return .end(name)
  }

  private mutating func tag() -> Event? {
    let start = position + 1
    var quote: UInt8 = 0
    position = start
    while position < bytes.count, quote != 0 || bytes[position] != UInt8(ascii: ">") {
      let byte = bytes[position]
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      }
      position += 1
    }
    var inner = bytes[start..<position]
    position = min(position + 1, bytes.count)
    if inner.first == UInt8(ascii: "/") { return depth > 0 ? end(Self.name(inner.dropFirst())) : nil }
    let isEmpty = inner.last == UInt8(ascii: "/")
    if isEmpty { inner = inner.dropLast() }
    let name = Self.name(inner)
    guard !name.isEmpty else { return nil }
    depth += 1
    if isEmpty { pending = name }
    return .start(name, Self.attributes(inner.drop { !Self.isBlank($0) }))
  }

  private static func attributes(_ text: ArraySlice<UInt8>) -> [(name: String, value: String)] {
    var attributes: [(name: String, value: String)] = []
    var rest = text.drop(while: isBlank)
    while let equal = rest.firstIndex(of: UInt8(ascii: "=")) {
      let name = String(decoding: rest[..<equal], as: UTF8.self).trimmed
      rest = rest[(equal + 1)...].drop(while: isBlank)
      guard let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { break }
      let value = rest.dropFirst().prefix { $0 != quote }
      attributes.append((name, unescaped(value)))
      rest = rest[min(value.endIndex + 1, rest.endIndex)...].drop(while: isBlank)
    }
    return attributes
  }

  /// Without the namespace's prefix.
  private static func name(_ text: ArraySlice<UInt8>) -> String {
    let whole = text.prefix { !isBlank($0) }
    let local = whole.lastIndex(of: UInt8(ascii: ":")).map { whole[($0 + 1)...] } ?? whole
    return String(decoding: local, as: UTF8.self)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  /// With the five entities of XML and characters by number in place.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> String {
    guard text.contains(UInt8(ascii: "&")) else { return String(decoding: text, as: UTF8.self) }
    var result: [UInt8] = []
    var rest = text
    while let byte = rest.first {
      guard byte == UInt8(ascii: "&"), let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")),
        let character = character(String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self))
      else {
        result.append(byte)
        rest = rest.dropFirst()
        continue
      }
      result += Array(String(character).utf8)
      rest = rest[(end + 1)...]
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func character(_ entity: String) -> Unicode.Scalar? {
    switch entity {
    case "lt": "<"
    case "gt": ">"
    case "amp": "&"
    case "quot": "\""
    case "apos": "'"
    case _ where entity.hasPrefix("#x"): UInt32(entity.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init)
    case _ where entity.hasPrefix("#"): UInt32(entity.dropFirst()).flatMap(Unicode.Scalar.init)
    default: nil
    }
  }

  private func starts(with text: StaticString) -> Bool { bytes[position...].starts(with: "\(text)".utf8) }

  private mutating func skip(past end: String) {
    let end = Array(end.utf8)
    while position < bytes.count, !bytes[position...].starts(with: end) { position += 1 }
    position = min(position + end.count, bytes.count)
  }
}

import Core

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
        let text = XMLText.unescaped(bytes[start..<position])
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
    return .start(name, XMLText.attributes(inner.drop { !XMLText.isBlank($0) }))
  }

  /// Without the namespace's prefix.
  private static func name(_ text: ArraySlice<UInt8>) -> String {
    let whole = text.prefix { !XMLText.isBlank($0) }
    let local = whole.lastIndex(of: UInt8(ascii: ":")).map { whole[($0 + 1)...] } ?? whole
    return String(decoding: local, as: UTF8.self)
  }

  private func starts(with text: StaticString) -> Bool { bytes[position...].starts(with: "\(text)".utf8) }

  private mutating func skip(past end: String) {
    let end = Array(end.utf8)
    while position < bytes.count, !bytes[position...].starts(with: end) { position += 1 }
    position = min(position + end.count, bytes.count)
  }
}

extension String {
  /// A JSON string; besides what JSON demands, everything is escaped that could steer a terminal.
  package var jsonQuoted: String {
    var bytes: [UInt8] = []
    bytes.appendJSON(self)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The text with everything that could steer a terminal made visible.
  package var shown: String { Array(utf8).shown }

  /// The name that bytes spell: different bytes never give the same name.
  ///
  /// UTF-8 stays as it is. Otherwise a byte that belongs to no character becomes `\xNN`, and backslashes are doubled;
  /// so they are in the rare name that reads like such an escape.
  package init(name bytes: RawSpan) {
    let plain = unsafe bytes.withUnsafeBytes { buffer in
      unsafe String(validating: buffer, as: UTF8.self)
    }
    if let plain, !plain.hasByteEscape {
      self = plain
      return
    }
    var text: [UInt8] = []
    var index = 0
    while index < bytes.byteCount {
      let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      let length = bytes.scalarLength(at: index)
      switch (byte, length) {
      case (UInt8(ascii: "\\"), _): text += [byte, byte]
      case (_, 0): text.appendByteEscape(byte)
      default: text.append(bytes, index..<index + length)
      }
      index += Swift.max(1, length)
    }
    self = String(decoding: text, as: UTF8.self)
  }

  package init(name bytes: [UInt8]) { self.init(name: bytes.bytes) }

  /// Whether `\xNN` occurs.
  private var hasByteEscape: Bool {
    let bytes = Array(utf8)
    guard bytes.count >= 4 else { return false }
    return (0...bytes.count - 4).contains { index in
      bytes[index] == UInt8(ascii: "\\") && bytes[index + 1] == UInt8(ascii: "x")
        && bytes[index + 2].hexadecimalDigit != nil && bytes[index + 3].hexadecimalDigit != nil
    }
  }
}

extension [UInt8] {
  /// The bytes as text for terminals and logs: what could steer a terminal is shown as `\u{…}`, and what is not UTF-8
  /// as `\xNN`.
  package var shown: String {
    var text: [UInt8] = []
    text.reserveCapacity(count)
    let bytes = bytes
    var (index, written) = (0, 0)
    while true {
      index += bytes.harmlessCount(from: index, in: .plain)
      text.append(bytes, written..<index)
      guard index < bytes.byteCount else { break }
      if let scalar = bytes.scalar(at: index) {
        text.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".utf8)
        index += UTF8.width(scalar)
      } else {
        text.appendByteEscape(self[index])
        index += 1
      }
      written = index
    }
    return String(decoding: text, as: UTF8.self)
  }

  package mutating func appendJSON(_ text: String) { appendJSON(text: unsafe text.utf8Span.span.bytes) }

  /// Bytes as a JSON string.
  ///
  /// What could steer a terminal is escaped; a byte that is not UTF-8 becomes U+FFFD.
  package mutating func appendJSON(text bytes: RawSpan) {
    append(UInt8(ascii: "\""))
    var (index, written) = (0, 0)
    while true {
      index += bytes.harmlessCount(from: index, in: .json)
      append(bytes, written..<index)
      guard index < bytes.byteCount else { break }
      index += appendEscaped(bytes, at: index)
      written = index
    }
    append(UInt8(ascii: "\""))
  }

  /// Bytes as the JSON string of the name they spell; see `String(name:)`.
  package mutating func appendJSON(name bytes: RawSpan) { appendJSON(String(name: bytes)) }

  /// Appends the character at `index`, which is not plain, as JSON writes it; returns how many bytes it had.
  private mutating func appendEscaped(_ bytes: RawSpan, at index: Int) -> Int {
    guard let scalar = bytes.scalar(at: index) else {
      append(contentsOf: "\u{FFFD}".utf8)
      return 1
    }
    let length = UTF8.width(scalar)
    switch scalar {
    case "\"": append(contentsOf: #"\""#.utf8)
    case "\\": append(contentsOf: #"\\"#.utf8)
    case "\n": append(contentsOf: #"\n"#.utf8)
    case "\r": append(contentsOf: #"\r"#.utf8)
    case "\t": append(contentsOf: #"\t"#.utf8)
    default:
      for unit in UTF16.encode(scalar) ?? .init() {
        append(contentsOf: #"\u"#.utf8)
        appendHexadecimal(UInt8(truncatingIfNeeded: unit >> 8))
        appendHexadecimal(UInt8(truncatingIfNeeded: unit))
      }
    }
    return length
  }

  /// Appends `\xNN`.
  fileprivate mutating func appendByteEscape(_ byte: UInt8) {
    append(contentsOf: #"\x"#.utf8)
    appendHexadecimal(byte)
  }

  /// Appends two lower-case digits.
  private mutating func appendHexadecimal(_ byte: UInt8) {
    for digit in [byte >> 4, byte & 0xF] { append(digit + UInt8(ascii: digit < 10 ? "0" : "W")) }
  }

  /// Appends a range that lies within `bytes`.
  fileprivate mutating func append(_ bytes: RawSpan, _ range: Range<Int>) {
    unsafe bytes.extracting(range).withUnsafeBytes { buffer in unsafe append(contentsOf: buffer) }
  }
}

extension RawSpan {
  /// How many bytes from `start` on are characters that stay as they are; quotes and backslashes do in plain text only.
  fileprivate func harmlessCount(from start: Int, in form: TextForm) -> Int {
    var index = start
    while index < byteCount {
      index += plainCount(from: index, in: form)
      guard let scalar = scalar(at: index), !scalar.isASCII, !scalar.steersTerminals else { break }
      index += UTF8.width(scalar)
    }
    return index - start
  }

  /// How many bytes from `start` on are printable ASCII.
  private func plainCount(from start: Int, in form: TextForm) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = ones &* UInt64(form.quote)
    let escapes = ones &* UInt64(form.escape)
    var index = start
    while byteCount - index >= 8 {
      let word = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self).littleEndian
      let quoted = word ^ quotes
      let escaped = word ^ escapes
      let deleted = word ^ ones &* 0x7F
      let zeros = (quoted &- ones) & ~quoted | (escaped &- ones) & ~escaped | (deleted &- ones) & ~deleted
      // The lowest bit set is exact; those above it may be borrows.
      let stops = (zeros | (word &- ones &* 0x20) | word) & ones << 7
      guard stops == 0 else { return index + stops.trailingZeroBitCount >> 3 - start }
      index += 8
    }
    while index < byteCount {
      let byte = unsafe unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      guard byte >= 0x20, byte < 0x7F, byte != form.quote, byte != form.escape else { break }
      index += 1
    }
    return index - start
  }
}

/// Where text goes: into a JSON string, where quotes and backslashes are escaped as well, or before people's eyes.
private enum TextForm {
  case json, plain

  var quote: UInt8 { self == .json ? UInt8(ascii: "\"") : 0x7F }
  var escape: UInt8 { self == .json ? UInt8(ascii: "\\") : 0x7F }
}

extension Unicode.Scalar {
  /// Controls (C0, DEL, C1), directions, what has no width, line and paragraph separators.
  var steersTerminals: Bool {
    switch value {
    case 0x20...0x7E, 0xA0...0xAC, 0xAE...0x034E, 0x3000...0xD7FF: false
    default:
      switch properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: true
      default: false
      }
    }
  }
}

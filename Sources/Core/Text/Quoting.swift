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
      case (_, 0): text.appendHexadecimal(byte)
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
    var index = 0
    while index < bytes.byteCount {
      let plain = bytes.plainCount(from: index)
      text.append(bytes, index..<index + plain)
      index += plain
      guard index < bytes.byteCount else { break }
      guard let scalar = bytes.scalar(at: index) else {
        text.appendHexadecimal(self[index])
        index += 1
        continue
      }
      let length = UTF8.width(scalar)
      if scalar.steersTerminals {
        text.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".utf8)
      } else {
        text.append(bytes, index..<index + length)
      }
      index += length
    }
    return String(decoding: text, as: UTF8.self)
  }

  package mutating func appendJSON(_ text: String) { appendJSON(text: unsafe text.utf8Span.span.bytes) }

  /// Bytes as a JSON string.
  ///
  /// What could steer a terminal is escaped; a byte that is not UTF-8 becomes U+FFFD.
  package mutating func appendJSON(text bytes: RawSpan) {
    append(UInt8(ascii: "\""))
    var index = 0
    while index < bytes.byteCount {
      let plain = bytes.plainCount(from: index)
      append(bytes, index..<index + plain)
      index += plain
      if index < bytes.byteCount { index += appendEscaped(bytes, at: index) }
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
    case "\"", "\\": append(contentsOf: [UInt8(ascii: "\\"), UInt8(truncatingIfNeeded: scalar.value)])
    case "\n": append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
    case "\r": append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
    case "\t": append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
    case _ where scalar.steersTerminals:
      for unit in UTF16.encode(scalar) ?? .init() {
        append(contentsOf: "\\u\(hexadecimal: UInt32(unit), digits: 4)".utf8)
      }
    default: append(bytes, index..<index + length)
    }
    return length
  }

  fileprivate mutating func appendHexadecimal(_ byte: UInt8) {
    append(contentsOf: "\\x\(hexadecimal: UInt32(byte), digits: 2)".utf8)
  }

  /// Appends a range that lies within `bytes`.
  fileprivate mutating func append(_ bytes: RawSpan, _ range: Range<Int>) {
    unsafe bytes.extracting(range).withUnsafeBytes { buffer in unsafe append(contentsOf: buffer) }
  }
}

extension RawSpan {
  /// How many bytes from `start` on are printable ASCII other than quotes and backslashes.
  fileprivate func plainCount(from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var index = start
    while byteCount - index >= 8 {
      let word = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self).littleEndian
      let quoted = word ^ ones &* 0x22
      let escaped = word ^ ones &* 0x5C
      let deleted = word ^ ones &* 0x7F
      let zeros = (quoted &- ones) & ~quoted | (escaped &- ones) & ~escaped | (deleted &- ones) & ~deleted
      // The lowest bit set is exact; those above it may be borrows.
      let stops = (zeros | (word &- ones &* 0x20) | word) & ones << 7
      guard stops == 0 else { return index + stops.trailingZeroBitCount >> 3 - start }
      index += 8
    }
    while index < byteCount {
      let byte = unsafe unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else { break }
      index += 1
    }
    return index - start
  }
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

extension JSONParser {
  /// A string in the quotes that stand here.
  mutating func string() throws(JSON.Failure) -> String {
    let quote = next
    position += 1
    let start = position
    let isASCII = skipPlain(until: quote)
    guard next == quote else { return try stringWithEscapes(from: start, quote) }
    position += 1
    return try text(start..<position - 1, isASCII: isASCII)
  }

  /// Moves to the next quote, backslash or control, or to the end; says whether all before was ASCII.
  @inline(__always) private mutating func skipPlain(until quote: UInt8) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs = ones << 7
    let quotes = ones &* UInt64(quote)
    var seen: UInt64 = 0
    while bytes.byteCount - position >= 8 {
      let word = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self).littleEndian
      let quoted = word ^ quotes
      let escaped = word ^ ones &* 0x5C
      // The lowest bit set is exact; those above it may be borrows.
      let stops = ((quoted &- ones) & ~quoted | (escaped &- ones) & ~escaped | (word &- ones &* 0x20) & ~word) & highs
      guard stops == 0 else {
        let count = stops.trailingZeroBitCount >> 3
        position += count
        return (seen | (word & ((1 << UInt64(count << 3)) &- 1))) & highs == 0
      }
      seen |= word
      position += 8
    }
    while position < bytes.byteCount {
      let byte = byte(position)
      if byte == quote || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
      seen |= UInt64(byte)
      position += 1
    }
    return seen & highs == 0
  }

  private mutating func text(_ range: Range<Int>, isASCII: Bool) throws(JSON.Failure) -> String {
    let part = bytes.extracting(range)
    if isASCII { return unsafe part.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
    let text = unsafe part.withUnsafeBytes { buffer in
      unsafe String(validating: buffer, as: UTF8.self)
    }
    guard let text else {
      position = range.lowerBound
      while position < range.upperBound, case let length = part.scalarLength(at: position - range.lowerBound),
        length > 0
      {
        position += length
      }
      throw failure("UTF-8")
    }
    return text
  }

  /// The rest of a string that has escapes, or is wrong.
  private mutating func stringWithEscapes(from start: Int, _ quote: UInt8) throws(JSON.Failure) -> String {
    var text = try text(start..<position, isASCII: false)
    while next != quote {
      guard next == UInt8(ascii: "\\") else {
        guard position < bytes.byteCount else { throw failure("the end of a string") }
        throw failure("a control character as an escape")
      }
      position += 1
      try appendEscape(to: &text)
      let plain = position
      let isASCII = skipPlain(until: quote)
      if plain < position { text += try self.text(plain..<position, isASCII: isASCII) }
    }
    position += 1
    return text
  }

  private mutating func appendEscape(to text: inout String) throws(JSON.Failure) {
    let escape = next
    switch escape {
    case UInt8(ascii: "\""): text += "\""
    case UInt8(ascii: "\\"): text += "\\"
    case UInt8(ascii: "/"): text += "/"
    case UInt8(ascii: "b"): text += "\u{8}"
    case UInt8(ascii: "f"): text += "\u{c}"
    case UInt8(ascii: "n"): text += "\n"
    case UInt8(ascii: "r"): text += "\r"
    case UInt8(ascii: "t"): text += "\t"
    case UInt8(ascii: "u"):
      position += 1
      text.unicodeScalars.append(try escapedScalar())
      return
    default:
      guard isJSON5 else { throw failure(#"one of "\/bfnrtu after a backslash"#) }
      return try appendEscapeOfJSON5(to: &text)
    }
    position += 1
  }

  /// What follows `\u`: four digits, or twice that for a pair of surrogates.
  mutating func escapedScalar() throws(JSON.Failure) -> Unicode.Scalar {
    let start = position
    let unit = try hexadecimal(digits: 4)
    if let scalar = Unicode.Scalar(unit) { return scalar }
    if unit < 0xDC00, skipBytes(UInt8(ascii: "\\"), UInt8(ascii: "u")) {
      let low = try hexadecimal(digits: 4)
      if low & 0xFC00 == 0xDC00, let scalar = Unicode.Scalar(0x1_0000 + (unit & 0x3FF) << 10 + low & 0x3FF) {
        return scalar
      }
    }
    position = start - 2
    throw failure("a pair of surrogates", found: "one alone")
  }

  mutating func hexadecimal(digits: Int) throws(JSON.Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let digit = next.hexadecimalDigit else { throw failure("\(digits) hexadecimal digits") }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private mutating func skipBytes(_ first: UInt8, _ second: UInt8) -> Bool {
    guard bytes.byteCount - position >= 2, byte(position) == first, byte(position + 1) == second else { return false }
    position += 2
    return true
  }
}

extension UInt8 {
  var hexadecimalDigit: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

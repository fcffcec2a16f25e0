/// The cold path of the parser: what stands at a place, and which line that is.
extension JSONParser {
  /// What is wrong at the position, or at `offset`; `found` is what stands there unless it is given.
  @inline(never)
  func failure(_ wanted: String, found: String? = nil, at offset: Int? = nil) -> JSON.Failure {
    let offset = min(offset ?? position, bytes.byteCount)
    let (line, column) = bytes.lineAndColumn(of: offset)
    return JSON.Failure(
      line: line, column: column, offset: offset, wanted: wanted, found: found ?? self.found(at: offset))
  }

  private func found(at offset: Int) -> String {
    guard offset < bytes.byteCount else { return "the end" }
    guard let scalar = bytes.scalar(at: offset) else { return "byte 0x\(hexadecimal: UInt32(byte(offset)), digits: 2)" }
    if scalar == "\u{FEFF}" { return "a byte order mark" }
    guard byte(offset).isPartOfWord, scalar.isASCII else {
      return scalar.isASCII && scalar.value >= 0x20 && scalar.value < 0x7F
        ? "'\(scalar)'" : "U+\(hexadecimal: scalar.value, digits: 4)"
    }
    var end = offset
    while end < bytes.byteCount, end - offset < 24, byte(end) < 0x80, byte(end).isPartOfWord { end += 1 }
    let word = unsafe bytes.extracting(offset..<end).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    return "'\(word)'"
  }
}

extension RawSpan {
  /// The line and column of an offset, counted from 1, in characters.
  func lineAndColumn(of offset: Int) -> (line: Int, column: Int) {
    var (line, column) = (1, 1)
    for index in 0..<offset {
      let byte = u8(at: index)
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return (line, column)
  }
}

extension DefaultStringInterpolation {
  mutating func appendInterpolation(hexadecimal value: UInt32, digits: Int) {
    let text = String(value, radix: 16)
    appendLiteral(String(repeating: "0", count: max(0, digits - text.count)) + text)
  }
}

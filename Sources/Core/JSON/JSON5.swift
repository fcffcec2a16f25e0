/// What JSON5 adds to JSON: comments, more spaces, bare keys, more numbers, more escapes.
extension JSONParser {
  /// Skips one comment, or one space that JSON does not know; false when neither stands here.
  mutating func skipSpaceOfJSON5() throws(JSON.Failure) -> Bool {
    guard next == UInt8(ascii: "/") else { return skipUnicodeSpace() }
    let start = position
    position += 1
    switch next {
    case UInt8(ascii: "/"):
      while position < bytes.byteCount, !isLineEnd { position += 1 }
    case UInt8(ascii: "*"):
      position += 1
      while !(next == UInt8(ascii: "*") && position + 1 < bytes.byteCount && byte(position + 1) == UInt8(ascii: "/")) {
        guard position < bytes.byteCount else { throw failure("the end of the comment", at: start) }
        position += 1
      }
      position += 2
    default: throw failure("a value or a comment", at: start)
    }
    return true
  }

  private var isLineEnd: Bool {
    switch next {
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): true
    case 0xE2: scalar == "\u{2028}" || scalar == "\u{2029}"
    default: false
    }
  }

  private mutating func skipUnicodeSpace() -> Bool {
    guard let scalar, scalar == "\u{FEFF}" || scalar.properties.isWhitespace, scalar != "\u{85}" else { return false }
    position += UTF8.width(scalar)
    return true
  }

  /// The character at the position, nil at the end and where there is no UTF-8.
  var scalar: Unicode.Scalar? { bytes.scalar(at: position) }

  /// A key without quotes: an identifier of ECMAScript.
  mutating func bareKey() throws(JSON.Failure) -> String {
    var key = ""
    while position < bytes.byteCount {
      let start = position
      if next == UInt8(ascii: "\\") {
        position += 1
        guard next == UInt8(ascii: "u") else { throw failure("'u' after a backslash in a key") }
        position += 1
        let scalar = try escapedScalar()
        guard isPartOfKey(scalar, first: key.isEmpty) else { throw failure("a key", at: start) }
        key.unicodeScalars.append(scalar)
      } else {
        guard let scalar, isPartOfKey(scalar, first: key.isEmpty) else { break }
        key.unicodeScalars.append(scalar)
        position += UTF8.width(scalar)
      }
    }
    guard !key.isEmpty else { throw failure("a key") }
    return key
  }

  private func isPartOfKey(_ scalar: Unicode.Scalar, first isFirst: Bool) -> Bool {
    switch scalar {
    case "_", "$": true
    case "\u{200C}", "\u{200D}": !isFirst
    default: isFirst ? scalar.properties.isIDStart : scalar.properties.isIDContinue
    }
  }

  /// Whether what follows the sign is a number that JSON does not know.
  var isNumberOfJSON5: Bool {
    switch next {
    case UInt8(ascii: "."), UInt8(ascii: "I"), UInt8(ascii: "N"): return true
    default:
      var index = position
      if next == UInt8(ascii: "0"), index + 1 < bytes.byteCount, byte(index + 1) | 0x20 == UInt8(ascii: "x") {
        return true
      }
      while index < bytes.byteCount, byte(index) &- UInt8(ascii: "0") < 10 { index += 1 }
      guard index < bytes.byteCount, byte(index) == UInt8(ascii: ".") else { return false }
      return index + 1 == bytes.byteCount || byte(index + 1) &- UInt8(ascii: "0") >= 10
    }
  }

  /// A number with a plus sign or without digits on one side of the point, a hexadecimal one, infinity, or none.
  mutating func numberOfJSON5() throws(JSON.Failure) -> JSON {
    let start = position
    let isNegative = next == UInt8(ascii: "-")
    if isNegative || next == UInt8(ascii: "+") { position += 1 }
    if skip("Infinity") { return .number(isNegative ? -.infinity : .infinity) }
    if skip("NaN") { return .number(.nan) }
    guard next != UInt8(ascii: "I"), next != UInt8(ascii: "N"), isNumberOfJSON5 else {
      // A number of JSON after a plus sign, or a word.
      guard next &- UInt8(ascii: "0") < 10 else { throw failure("a number", at: start) }
      return try number()
    }
    if next == UInt8(ascii: "0"), byte(position + 1) | 0x20 == UInt8(ascii: "x") {
      return try hexadecimalNumber(isNegative)
    }
    return try numberWithBarePoint(from: start)
  }

  private mutating func hexadecimalNumber(_ isNegative: Bool) throws(JSON.Failure) -> JSON {
    let start = position
    position += 2
    var value: UInt64 = 0
    guard next.hexadecimalDigit != nil else { throw failure("a hexadecimal digit") }
    while let digit = next.hexadecimalDigit {
      guard value >> 60 == 0 else { throw failure("a hexadecimal number of at most 64 bits", at: start) }
      value = value << 4 | UInt64(digit)
      position += 1
    }
    guard isNegative else { return value <= Int64.max ? .integer(Int64(value)) : .unsigned(value) }
    if value == 0 { return .number(-0.0) }
    guard value <= Int64.min.magnitude else { return .number(-Double(value)) }
    return .integer(Int64(truncatingIfNeeded: 0 &- value))
  }

  private mutating func numberWithBarePoint(from start: Int) throws(JSON.Failure) -> JSON {
    let digits = skipDigits()
    position += 1
    let decimals = skipDigits()
    guard digits + decimals > 0 else { throw failure("a digit beside '.'") }
    guard digits < 2 || byte(position - decimals - 1 - digits) != UInt8(ascii: "0") else {
      throw failure("a number without leading zeros", at: start)
    }
    if next | 0x20 == UInt8(ascii: "e") {
      position += 1
      if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") { position += 1 }
      guard skipDigits() > 0 else { throw failure("a digit of an exponent") }
    }
    return .number(try slowNumber(from: start))
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while next &- UInt8(ascii: "0") < 10 { position += 1 }
    return position - start
  }

  /// What follows a backslash and is no escape of JSON: an apostrophe, a line end, `\0`, `\v`, `\xNN`, any character.
  mutating func appendEscapeOfJSON5(to text: inout String) throws(JSON.Failure) {
    guard let scalar else { throw failure("an escape") }
    position += UTF8.width(scalar)
    switch scalar {
    case "\r":
      if next == UInt8(ascii: "\n") { position += 1 }
    case "\n", "\u{2028}", "\u{2029}": break
    case "v": text += "\u{B}"
    case "x":
      text.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: try hexadecimal(digits: 2))))
    case "0":
      guard next &- UInt8(ascii: "0") >= 10 else { throw failure("no digit after '\\0'") }
      text += "\0"
    case "1"..."9": throw failure("an escape other than a digit", at: position - 1)
    default: text.unicodeScalars.append(scalar)
    }
  }
}

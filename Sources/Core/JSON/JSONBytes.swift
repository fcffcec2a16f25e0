/// Writing JSON value by value into a buffer, for what is too much to be made a `JSON` first.
///
/// ```swift
/// line += Array(#"{"t":"#.utf8)
/// line.appendJSON(timestamp)
/// line.append(UInt8(ascii: "}"))
/// ```
extension [UInt8] {
  package mutating func appendJSON(_ value: Bool) { append(contentsOf: (value ? "true" : "false").utf8) }

  package mutating func appendJSON(_ value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    appendDecimal(value.magnitude)
  }

  package mutating func appendJSON(_ value: UInt64) { appendDecimal(value) }

  /// An integer as records carry it: a string from 2^53 on, because jq 1.6 rounds larger numbers.
  package mutating func appendJSON(count value: Int64) {
    guard value.magnitude >= 1 << 53 else { return appendJSON(value) }
    append(UInt8(ascii: "\""))
    appendJSON(value)
    append(UInt8(ascii: "\""))
  }

  package mutating func appendJSON(count value: UInt64) {
    guard value >= 1 << 53 else { return appendDecimal(value) }
    append(UInt8(ascii: "\""))
    appendDecimal(value)
    append(UInt8(ascii: "\""))
  }

  /// The shortest text that reads back as the same number, with a point or an exponent in it; a string when there is no
  /// such number: "NaN", "Infinity", "-Infinity".
  package mutating func appendJSON(_ value: Double) {
    guard value.isFinite else { return appendNonFinite(isNaN: value.isNaN, isNegative: value < 0) }
    guard let whole = Int64(exactly: value), whole.magnitude < 1 << 53, whole != 0 else {
      return append(contentsOf: value.description.utf8)
    }
    appendJSON(whole)
    append(contentsOf: ".0".utf8)
  }

  /// As a `Double`, but the shortest text of the single precision value.
  package mutating func appendJSON(_ value: Float) {
    guard value.isFinite else { return appendNonFinite(isNaN: value.isNaN, isNegative: value < 0) }
    append(contentsOf: value.description.utf8)
  }

  private mutating func appendNonFinite(isNaN: Bool, isNegative: Bool) {
    append(contentsOf: (isNaN ? #""NaN""# : isNegative ? #""-Infinity""# : #""Infinity""#).utf8)
  }

  /// Digits without leading zeros.
  mutating func appendDecimal(_ value: UInt64) {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var (rest, first) = (value, 20)
    repeat {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
      rest = quotient
    } while rest > 0
    for index in first..<20 { append(digits[index]) }
  }

  /// Bytes as a string in base64 (RFC 4648 §4).
  package mutating func appendJSON(base64 bytes: RawSpan) {
    append(UInt8(ascii: "\""))
    appendBase64(bytes)
    append(UInt8(ascii: "\""))
  }

  /// Base64 with padding, without quotes.
  package mutating func appendBase64(_ bytes: RawSpan) {
    let alphabet = Base64.alphabet
    reserveCapacity(count + (bytes.byteCount + 2) / 3 * 4)
    var index = 0
    while index < bytes.byteCount {
      let rest = Swift.min(3, bytes.byteCount - index)
      var group: UInt32 = 0
      for offset in 0..<rest {
        let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: index + offset, as: UInt8.self)
        group |= UInt32(byte) << UInt32(16 - 8 * offset)
      }
      for offset in 0..<4 {
        append(offset <= rest ? alphabet[Int(group >> UInt32(18 - 6 * offset) & 0x3F)] : UInt8(ascii: "="))
      }
      index += 3
    }
  }
}

enum Base64 {
  static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}

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
    var digits = DecimalDigits()
    digits.put(value.magnitude, atLeast: 1)
    if value < 0 { digits.put(UInt8(ascii: "-")) }
    append(digits)
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
    guard appendShort(value) else { return append(contentsOf: value.description.utf8) }
  }

  /// Appends a number from 0.0001 up that has at most six decimals and fifteen digits, as nearly all that people and
  /// instruments write; false when it is another.
  ///
  /// No two decimals of fifteen digits are the same double, so if one of them is `value`, it is the shortest.
  @inline(__always) private mutating func appendShort(_ value: Double) -> Bool {
    // Cut after adding a half, not `rounded()`, which is a call into the C library; a wrong digit would not compare.
    let scaled = value.magnitude * 1e6 + 0.5
    guard scaled >= 100, scaled < 1e15, case let millionths = UInt64(scaled),
      Double(millionths) / 1e6 == value.magnitude
    else { return false }
    var digits = DecimalDigits()
    var (fraction, count) = (millionths % 1_000_000, 6)
    while count > 1, case let (quotient, digit) = fraction.quotientAndRemainder(dividingBy: 10), digit == 0 {
      (fraction, count) = (quotient, count - 1)
    }
    digits.put(fraction, atLeast: count)
    digits.put(UInt8(ascii: "."))
    digits.put(millionths / 1_000_000, atLeast: 1)
    if value < 0 { digits.put(UInt8(ascii: "-")) }
    append(digits)
    return true
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
    var digits = DecimalDigits()
    digits.put(value, atLeast: 1)
    append(digits)
  }

  private mutating func append(_ digits: DecimalDigits) {
    append(addingCapacity: DecimalDigits.capacity) { output in
      for index in digits.first..<DecimalDigits.capacity { output.append(digits.bytes[index]) }
    }
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

/// A number's text, written from its end.
private struct DecimalDigits {
  static let capacity = 24
  var bytes = InlineArray<24, UInt8>(repeating: 0)
  var first = Self.capacity

  mutating func put(_ byte: UInt8) {
    first -= 1
    bytes[first] = byte
  }

  /// With zeros in front if there are too few digits; twenty digits at most.
  @inline(__always) mutating func put(_ value: UInt64, atLeast count: Int) {
    let end = first - count
    var rest = value
    while rest >= 10 {
      // Two at a time: a division waits for the one before it.
      let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
      put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: pair % 10))
      put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: pair / 10))
      rest = quotient
    }
    if rest > 0 { put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest)) }
    while first > end { put(UInt8(ascii: "0")) }
  }
}

enum Base64 {
  static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}

extension JSONParser {
  /// A number as RFC 8259 §6 writes it, or, in JSON5, any other that begins with a digit or a minus.
  mutating func number() throws(JSON.Failure) -> JSON {
    let start = position
    let isNegative = next == UInt8(ascii: "-")
    if isNegative { position += 1 }
    if isJSON5, isNumberOfJSON5 {
      position = start
      return try numberOfJSON5()
    }
    let first = position
    let magnitude = skipDigits(onto: 0)
    guard position > first else { throw failure("a digit") }
    guard byte(first) != UInt8(ascii: "0") || position == first + 1 else {
      position = first
      throw failure("a number without leading zeros")
    }
    switch next {
    case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      return .number(try fraction(from: start, digits: first, isNegative, magnitude))
    default:
      return try integer(from: start, digits: first, isNegative, magnitude)
    }
  }

  /// Appends the digits that stand here to a decimal number, which wraps when it leaves 64 bits.
  @inline(__always) private mutating func skipDigits(onto value: UInt64) -> UInt64 {
    var value = value
    while position < bytes.byteCount, case let digit = byte(position) &- UInt8(ascii: "0"), digit < 10 {
      value = value &* 10 &+ UInt64(digit)
      position += 1
    }
    return value
  }

  @inline(__always) private mutating func integer(
    from start: Int, digits: Int, _ isNegative: Bool, _ magnitude: UInt64
  ) throws(JSON.Failure) -> JSON {
    let count = position - digits
    // Twenty digits that begin with 1 are below 2 * 2^64: they fit, or wrapped to less than 10^19.
    guard count < 20 || count == 20 && byte(digits) == UInt8(ascii: "1") && magnitude >= 10_000_000_000_000_000_000
    else { return .number(try slowNumber(from: start)) }
    guard isNegative else { return magnitude <= Int64.max ? .integer(Int64(magnitude)) : .unsigned(magnitude) }
    if magnitude == 0 { return .number(-0.0) }
    guard magnitude <= Int64.min.magnitude else { return .number(try slowNumber(from: start)) }
    return .integer(Int64(truncatingIfNeeded: 0 &- magnitude))
  }

  private mutating func fraction(
    from start: Int, digits: Int, _ isNegative: Bool, _ magnitude: UInt64
  ) throws(JSON.Failure) -> Double {
    var (significand, count, exponent) = (magnitude, position - digits, 0)
    if next == UInt8(ascii: ".") {
      position += 1
      let first = position
      significand = skipDigits(onto: significand)
      exponent = first - position
      count -= exponent
      guard exponent < 0 else { throw failure("a digit after '.'") }
    }
    if next | 0x20 == UInt8(ascii: "e") { exponent += try self.exponent() }
    // Clinger's fast path: both parts are exact doubles, so one rounding is the right one. Leading zeros do count as
    // digits here, which only sends more numbers the slow way.
    guard count <= 19, significand <= 1 << 53, (-22...22).contains(exponent) else {
      return try slowNumber(from: start)
    }
    let power = Self.powersOfTen[abs(exponent)]
    let value = exponent < 0 ? Double(significand) / power : Double(significand) * power
    return isNegative ? -value : value
  }

  /// An exponent; beyond five digits any number is zero or too large.
  private mutating func exponent() throws(JSON.Failure) -> Int {
    position += 1
    let isNegative = next == UInt8(ascii: "-")
    if isNegative || next == UInt8(ascii: "+") { position += 1 }
    let first = position
    let magnitude = skipDigits(onto: 0)
    guard position > first else { throw failure("a digit of an exponent") }
    let value = position - first > 5 ? 99_999 : Int(magnitude)
    return isNegative ? -value : value
  }

  /// The double nearest to the text up to here.
  func slowNumber(from start: Int) throws(JSON.Failure) -> Double {
    let text = unsafe bytes.extracting(start..<position).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    guard let value = Double(text), value.isFinite else {
      throw failure("a number within the range of doubles", at: start)
    }
    return value
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]
}

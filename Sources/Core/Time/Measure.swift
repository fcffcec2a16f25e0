/// Amounts with a unit, as options and configuration write them (CL-21).
///
/// Reading is exact and takes the whole text; nil when it is no such amount or too large.
package enum Measure {
  /// Nanoseconds of `90s`, `1.5h`, `90min`, `1d2h30m`, `-250ms`; a number without a unit is refused, except `0`.
  package static func duration(_ text: String) -> Int64? {
    var input = TextScanner(text)
    let isNegative = input.skip(UInt8(ascii: "-"))
    if isNegative ? text == "-0" : text == "0" { return 0 }
    var total: Int128 = 0
    // Units come in falling order, each once: 1m30s, not 30s1m.
    var above: Int128 = .max
    repeat {
      guard let number = input.decimal(), let unit = (durations + [minutes]).first(where: { $0.name == input.word() }),
        unit.nanoseconds < above
      else { return nil }
      input.skip(unit.name.utf8.count)
      above = unit.nanoseconds
      // Finer than a nanosecond is refused, so that nothing is rounded.
      guard let part = number.times(unit.nanoseconds, roundedTo: nil) else { return nil }
      total += part
    } while !input.isAtEnd
    return Int64(exactly: isNegative ? -total : total)
  }

  /// Bytes of `512`, `10M`, `1.5G`, `4KiB`; K, M, G, T and P are powers of 1024, as `du -h` prints them.
  package static func size(_ text: String) -> Int64? {
    var input = TextScanner(text)
    guard let number = input.decimal() else { return nil }
    let word = input.word()
    input.skip(word.utf8.count)
    let suffix = word.uppercased()
    guard input.isAtEnd else { return nil }
    if suffix.isEmpty || suffix == "B" { return number.times(1, roundedTo: nil).flatMap { Int64(exactly: $0) } }
    guard let power = sizes.firstIndex(where: { suffix == $0 || suffix == $0 + "IB" }) else { return nil }
    return number.times(1 << Int128(10 * power + 10), roundedTo: .down).flatMap { Int64(exactly: $0) }
  }

  /// Hertz of `2Hz`, `0.5`, `1kHz`; above zero.
  package static func rate(_ text: String) -> Double? {
    guard let value = value(text, units: [("Hz", 1), ("hz", 1), ("kHz", 1e3), ("mHz", 1e-3)]), value > 0 else {
      return nil
    }
    return value
  }

  /// Metres of `5m`, `1.5km`, `20cm`, `5mm`; a number without a unit is metres.
  package static func distance(_ text: String) -> Double? {
    value(text, units: [("m", 1), ("km", 1e3), ("cm", 1e-2), ("mm", 1e-3)])
  }

  private static func value(_ text: String, units: [(name: String, factor: Double)]) -> Double? {
    var input = TextScanner(text)
    guard input.decimal() != nil else { return nil }
    let unit = input.word()
    input.skip(unit.utf8.count)
    guard input.isAtEnd, let number = Double(text.dropLast(unit.utf8.count)) else { return nil }
    if unit.isEmpty { return number }
    guard let factor = units.first(where: { $0.name == unit })?.factor else { return nil }
    // Division by a whole number rounds once; 20cm is 0.2.
    return factor < 1 ? number / (1 / factor).rounded() : number * factor
  }

  /// The units of durations, the largest first.
  static let durations: [(name: String, nanoseconds: Int128)] = [
    ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
    ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("µs", 1_000), ("ns", 1),
  ]

  /// Also written so, since m is a metre elsewhere.
  private static let minutes: (name: String, nanoseconds: Int128) = ("min", 60_000_000_000)

  /// The letters of the powers of 1024, from the first on.
  static let sizes = ["K", "M", "G", "T", "P"]
}

/// A decimal number without sign, exactly: `digits / 10^decimals`.
private struct Decimal {
  var digits: Int128
  var decimals: Int

  enum Rounding { case down }

  /// The product with a whole number below 2^63; nil when it is no whole number and may not be rounded.
  func times(_ factor: Int128, roundedTo rounding: Rounding?) -> Int128? {
    var divisor: Int128 = 1
    for _ in 0..<decimals { divisor *= 10 }
    let (quotient, rest) = (digits * factor).quotientAndRemainder(dividingBy: divisor)
    return rest == 0 || rounding == .down ? quotient : nil
  }
}

extension TextScanner {
  /// Digits with perhaps a point between them, 22 at most: times 2^50 they stay below 2^127.
  fileprivate mutating func decimal() -> Decimal? {
    var number = Decimal(digits: 0, decimals: 0)
    var count = 0
    while let digit = digit() {
      number.digits = number.digits * 10 + Int128(digit)
      count += 1
      guard count <= 22 else { return nil }
    }
    guard count > 0, skip(UInt8(ascii: ".")) else { return count > 0 ? number : nil }
    while let digit = digit() {
      number.digits = number.digits * 10 + Int128(digit)
      number.decimals += 1
      guard count + number.decimals <= 22 else { return nil }
    }
    return number.decimals > 0 ? number : nil
  }

  /// What stands before the next digit or the end.
  fileprivate func word() -> String {
    var rest = self
    var word: [UInt8] = []
    while let byte = rest.next, byte &- UInt8(ascii: "0") >= 10 {
      word.append(byte)
      rest.skip(1)
    }
    return String(decoding: word, as: UTF8.self)
  }
}

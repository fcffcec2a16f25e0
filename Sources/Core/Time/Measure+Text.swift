/// Printing: `text` is exact and reads back as the same amount, `brief` is rounded for tables.
extension Measure {
  /// A duration of nanoseconds, `1d2h`, `1m30.5s`, `250ms`.
  package static func text(duration: Int64) -> String {
    let magnitude = duration.magnitude
    guard magnitude >= 1_000_000_000 else {
      let sign = duration < 0 ? "-" : ""
      switch magnitude {
      case 0: return "0s"
      case ..<1_000: return "\(sign)\(magnitude)ns"
      case ..<1_000_000: return sign + decimal(magnitude, per: 1_000) + "us"
      default: return sign + decimal(magnitude, per: 1_000_000) + "ms"
      }
    }
    var text = duration < 0 ? "-" : ""
    var rest = magnitude
    for (name, unit) in [("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000)]
      as [(String, UInt64)]
    where rest >= unit {
      text += "\(rest / unit)\(name)"
      rest %= unit
    }
    return rest == 0 ? text : text + decimal(rest, per: 1_000_000_000) + "s"
  }

  /// A rate in hertz.
  package static func text(rate: Double) -> String { plain(rate) + "Hz" }

  /// A distance in metres.
  package static func text(distance: Double) -> String { plain(distance) + "m" }

  /// A size in bytes, in the largest unit that leaves it whole: `1536K`, `10M`, `1000`.
  package static func text(size: Int64) -> String {
    var (value, unit) = (size, "")
    for letter in sizes where value != 0 && value % 1024 == 0 {
      (value, unit) = (value / 1024, letter)
    }
    return "\(value)\(unit)"
  }

  /// Two units of a duration, or three digits: `2d05h`, `3h07m`, `1m03s`, `12.3s`, `250ms`.
  package static func brief(duration: Int64) -> String {
    let magnitude = duration.magnitude
    let sign = duration < 0 ? "-" : ""
    for (name, unit) in [("ns", 1), ("us", 1_000), ("ms", 1_000_000)] as [(String, UInt64)] {
      // 999.7 of a unit rounds to one of the next.
      if magnitude == 0 || magnitude >= unit * 1_000 - unit / 2 { continue }
      return sign + threeDigits(magnitude, per: unit) + name
    }
    if magnitude < 59_950_000_000 { return sign + threeDigits(magnitude, per: 1_000_000_000) + "s" }
    let seconds = (magnitude + 500_000_000) / 1_000_000_000
    if seconds < 3_600 { return "\(sign)\(seconds / 60)m\(twoDigits(seconds % 60))s" }
    let minutes = (seconds + 30) / 60
    if minutes < 1_440 { return "\(sign)\(minutes / 60)h\(twoDigits(minutes % 60))m" }
    let hours = (minutes + 30) / 60
    return "\(sign)\(hours / 24)d\(twoDigits(hours % 24))h"
  }

  /// A size in bytes as `ls -h` prints it, rounded to nearest: `512`, `1.5K`, `10M`.
  package static func brief(size: Int64) -> String {
    guard size.magnitude >= 1024 else { return "\(size)" }
    var (value, unit) = (Double(size), "")
    for letter in sizes where abs(value) >= 1023.5 || unit.isEmpty {
      (value, unit) = (value / 1024, letter)
    }
    let isShort = abs(value) < 9.95
    return (isShort ? "\((value * 10).rounded() / 10)" : "\(Int64(value.rounded()))") + unit
  }

  /// A count with commas, `1,234,567`.
  package static func brief(count: Int64) -> String {
    var text = ""
    let digits = String(count.magnitude)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return count < 0 ? "-" + text : text
  }

  /// A number of hertz or anything else, with three digits at most behind the point: `99.98`, `30`.
  package static func brief(number: Double) -> String {
    guard number.isFinite, abs(number) < 1e15 else { return "\(number)" }
    return plain((number * 1000).rounded() / 1000)
  }

  private static func plain(_ value: Double) -> String {
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return "\(whole)" }
    return withoutExponent("\(value)")
  }

  /// `1.7e+18` as `1700000000000000000`, because amounts are read without exponents.
  private static func withoutExponent(_ text: String) -> String {
    let parts = text.split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return text }
    let sign = parts[0].hasPrefix("-") ? "-" : ""
    let digits = parts[0].filter(\.isNumber)
    // Swift writes one digit before the point.
    guard exponent >= 0 else { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
    let zeros = String(repeating: "0", count: max(0, exponent + 1 - digits.count))
    let whole = (digits + zeros).prefix(exponent + 1)
    let fraction = digits.dropFirst(exponent + 1)
    return sign + whole + (fraction.isEmpty || fraction == "0" ? "" : "." + fraction)
  }

  /// The quotient exactly, without zeros at the end; `unit` is a power of ten.
  private static func decimal(_ value: UInt64, per unit: UInt64) -> String {
    var (fraction, digits) = (value % unit, String(unit).count - 1)
    while digits > 0, fraction % 10 == 0 { (fraction, digits) = (fraction / 10, digits - 1) }
    guard digits > 0 else { return "\(value / unit)" }
    let text = String(fraction)
    return "\(value / unit)." + String(repeating: "0", count: digits - text.count) + text
  }

  /// The quotient with as many decimals as make three digits.
  private static func threeDigits(_ value: UInt64, per unit: UInt64) -> String {
    let decimals = unit == 1 ? 0 : value < 10 * unit ? 2 : value < 100 * unit ? 1 : 0
    var scale: UInt64 = 1
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (value + unit / scale / 2) / max(1, unit / scale)
    return decimal(scaled, per: scale)
  }

  private static func twoDigits(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

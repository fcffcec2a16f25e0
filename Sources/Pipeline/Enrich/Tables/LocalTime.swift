import Core

/// Which clock a file's times are of: hours from UTC, or a place whose clocks change.
///
/// Zones with names need a database of their rules, which other systems have in other versions: only UTC and fixed
/// offsets are known here, so that the same file means the same everywhere.
struct LocalTime: Sendable, Equatable {
  /// Seconds east of UTC.
  let offset: Int64

  static let utc = LocalTime(offset: 0)

  init(offset: Int64) { self.offset = offset }

  /// `UTC`, `Z`, `+01:00`, `-0330`.
  init?(_ text: String) {
    if ["UTC", "utc", "Z", "GMT", "Etc/UTC"].contains(text) {
      self = .utc
      return
    }
    let digits = Array(text.utf8.dropFirst().filter { $0 != UInt8(ascii: ":") })
    guard let sign = text.utf8.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), digits.count == 4,
      let number = Int64(String(decoding: digits, as: UTF8.self)), number >= 0, number / 100 < 24, number % 100 < 60
    else { return nil }
    offset = (number / 100 * 3600 + number % 100 * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
  }

  /// Nanoseconds in UTC of `YYYY-MM-DD HH:MM`, with a T or seconds if need be; a text with an offset of its own keeps it.
  func instant(_ text: String) -> Int64? {
    if let exact = Timestamp(text), text.utf8.count > 10, !text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
      return exact.nanoseconds
    }
    // A clock without seconds, or without a zone, gets them; what is still no time is none.
    let colons = text.utf8.filter { $0 == UInt8(ascii: ":") }.count
    guard colons == 1 || colons == 2, let local = Timestamp(text + (colons == 1 ? ":00Z" : "Z")) else { return nil }
    let (value, overflow) = local.nanoseconds.subtractingReportingOverflow(offset * 1_000_000_000)
    return overflow ? nil : value
  }
}

/// Seconds from one instant to another; exact to a nanosecond for times that are near.
func seconds(from one: Int64, to other: Int64) -> Double {
  one <= other ? Double(distance(one, other)) / 1e9 : -Double(distance(one, other)) / 1e9
}

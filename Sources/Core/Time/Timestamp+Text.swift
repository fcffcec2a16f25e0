import CSystem
import Glibc

/// A day of the Gregorian calendar, in UTC.
package struct CalendarDay: Sendable, Hashable {
  package var year: Int
  package var month: Int
  package var day: Int
}

extension Timestamp {
  /// What the system's clock says.
  package static var now: Timestamp {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0 else { return Timestamp(nanoseconds: 0) }
    return Timestamp(nanoseconds: Int64(time.tv_sec) &* second &+ Int64(time.tv_nsec))
  }

  static let second: Int64 = 1_000_000_000

  /// The day in UTC that the instant lies in, for paths.
  package var day: CalendarDay {
    // The quotient rounds towards zero, which is not down before 1970.
    let seconds = Int(seconds.quotient)
    return CalendarDay(daysSince1970: (seconds < 0 ? seconds - 86_399 : seconds) / 86_400)
  }

  /// Whole seconds, rounded down, and what is left.
  private var seconds: (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: Self.second)
    return remainder < 0 ? (quotient - 1, remainder + Self.second) : (quotient, remainder)
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC with nine fractional digits, `2024-02-29T12:00:00.000000001Z`: as text it sorts by time.
  package var description: String {
    var bytes: [UInt8] = []
    bytes.append(self)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension [UInt8] {
  /// Appends the thirty characters of the instant's description.
  package mutating func append(_ instant: Timestamp) {
    var text = InlineArray<30, UInt8>(repeating: UInt8(ascii: "0"))
    instant.write(to: &text)
    append(addingCapacity: 30) { output in
      for index in 0..<30 { output.append(text[index]) }
    }
  }

  /// Appends the instant as a JSON string.
  package mutating func appendJSON(_ instant: Timestamp) {
    append(UInt8(ascii: "\""))
    append(instant)
    append(UInt8(ascii: "\""))
  }
}

extension Timestamp {
  /// `yyyy-mm-ddThh:mm:ss.fffffffffZ`; every year that fits has four digits.
  fileprivate func write(to text: inout InlineArray<30, UInt8>) {
    let (seconds, fraction) = seconds
    let day = day
    let clock = Int((seconds % 86_400 + 86_400) % 86_400)
    text.put(day.year, at: 0, digits: 4)
    text[4] = UInt8(ascii: "-")
    text.put(day.month, at: 5, digits: 2)
    text[7] = UInt8(ascii: "-")
    text.put(day.day, at: 8, digits: 2)
    text[10] = UInt8(ascii: "T")
    text.put(clock / 3_600, at: 11, digits: 2)
    text[13] = UInt8(ascii: ":")
    text.put(clock / 60 % 60, at: 14, digits: 2)
    text[16] = UInt8(ascii: ":")
    text.put(clock % 60, at: 17, digits: 2)
    text[19] = UInt8(ascii: ".")
    text.put(Int(fraction), at: 20, digits: 9)
    text[29] = UInt8(ascii: "Z")
  }
}

extension InlineArray where Element == UInt8 {
  fileprivate mutating func put(_ value: Int, at start: Int, digits: Int) {
    var rest = UInt(truncatingIfNeeded: value)
    for index in (start..<start + digits).reversed() {
      self[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
  }
}

extension CalendarDay {
  /// The day so many days after 1970-01-01; counts years from March, so that the leap day is the last of one.
  init(daysSince1970 days: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Of a day that exists.
  var daysSince1970: Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }
}

extension Timestamp {
  /// An instant as people and records write it; nil when it is none, or before 1677-09-21 or after 2262-04-11.
  ///
  /// RFC 3339 with any offset and any number of fractional digits, of which nine count; `@seconds`, with a fraction if
  /// need be; an integer of nanoseconds. A leap second is the second after it, as clocks of Unix count.
  package init?(_ text: String) {
    var input = TextScanner(text)
    let value: Int64?
    if input.skip(UInt8(ascii: "@")) {
      value = input.seconds()
    } else if text.utf8.count > 4, text.utf8[text.utf8.index(text.startIndex, offsetBy: 4)] == UInt8(ascii: "-") {
      value = input.dateAndTime()
    } else {
      value = Int64(text)
      input.skipAll()
    }
    guard let value, input.isAtEnd else { return nil }
    nanoseconds = value
  }
}

extension JSON {
  /// An instant: RFC 3339, or an integer of nanoseconds.
  package var timestamp: Timestamp? {
    switch self {
    case .integer(let value): Timestamp(nanoseconds: value)
    case .string(let text): Timestamp(text)
    case .null, .bool, .unsigned, .number, .array, .object: nil
    }
  }

  package static func time(_ instant: Timestamp) -> JSON { .string(instant.description) }
}

/// Reads digits and signs from a short text, byte by byte.
struct TextScanner {
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { position == bytes.count }
  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipAll() { position = bytes.count }

  mutating func skip(_ count: Int) { position = min(position + count, bytes.count) }

  /// Whether the byte stood here; if so it is behind.
  mutating func skip(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  mutating func digit() -> Int? {
    guard let byte = next, case let digit = byte &- UInt8(ascii: "0"), digit < 10 else { return nil }
    position += 1
    return Int(digit)
  }

  /// Exactly so many digits, at most 18.
  mutating func number(digits: Int) -> Int? {
    var value = 0
    for _ in 0..<digits {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// Any number of digits; nil when there is none or they leave `Int64`.
  mutating func integer() -> Int64? {
    guard var value = digit().map(Int64.init) else { return nil }
    while let digit = digit() {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int64(digit))
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }

  /// A fraction, if a point stands here, in units of 10^-9; digits after the ninth are dropped.
  mutating func nanoseconds() -> Int64? {
    guard skip(UInt8(ascii: ".")) else { return 0 }
    guard var value = digit() else { return nil }
    var count = 1
    while let digit = digit() {
      if count < 9 {
        value = value * 10 + digit
        count += 1
      }
    }
    for _ in count..<9 { value *= 10 }
    return Int64(value)
  }

  /// `1664527000.5`, also with a minus.
  fileprivate mutating func seconds() -> Int64? {
    let isNegative = skip(UInt8(ascii: "-"))
    guard let seconds = integer(), let fraction = nanoseconds() else { return nil }
    // Negative from the start, so that the first instant fits.
    let (product, overflow) = (isNegative ? -seconds : seconds).multipliedReportingOverflow(by: Timestamp.second)
    let (sum, carry) = product.addingReportingOverflow(isNegative ? -fraction : fraction)
    return overflow || carry ? nil : sum
  }

  /// `date-time` of RFC 3339 §5.6; also with a space for the T.
  fileprivate mutating func dateAndTime() -> Int64? {
    guard let year = number(digits: 4), skip(UInt8(ascii: "-")), let month = number(digits: 2), 1...12 ~= month,
      skip(UInt8(ascii: "-")), let day = number(digits: 2), 1...CalendarDay.days(in: month, of: year) ~= day,
      skip(UInt8(ascii: "T")) || skip(UInt8(ascii: "t")) || skip(UInt8(ascii: " ")),
      let hour = number(digits: 2), hour < 24, skip(UInt8(ascii: ":")), let minute = number(digits: 2), minute < 60,
      skip(UInt8(ascii: ":")), let second = number(digits: 2), second <= 60,
      let fraction = nanoseconds(), let offset = offset()
    else { return nil }
    let days = CalendarDay(year: year, month: month, day: day).daysSince1970
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
    // Leap seconds end a day in UTC.
    guard second < 60 || seconds % 86_400 == 0 else { return nil }
    // Counted back from the next second before 1970, so that the first instant fits.
    let (whole, rest) = seconds < 0 ? (seconds + 1, fraction - Timestamp.second) : (seconds, fraction)
    let (product, overflow) = Int64(whole).multipliedReportingOverflow(by: Timestamp.second)
    let (sum, carry) = product.addingReportingOverflow(rest)
    return overflow || carry ? nil : sum
  }

  /// `Z` or `+01:00`, in seconds.
  private mutating func offset() -> Int? {
    if skip(UInt8(ascii: "Z")) || skip(UInt8(ascii: "z")) { return 0 }
    let isNegative = skip(UInt8(ascii: "-"))
    guard isNegative || skip(UInt8(ascii: "+")) else { return nil }
    guard let hours = number(digits: 2), hours < 24, skip(UInt8(ascii: ":")), let minutes = number(digits: 2),
      minutes < 60
    else { return nil }
    return (hours * 3_600 + minutes * 60) * (isNegative ? -1 : 1)
  }
}

import Foundation
import Testing

@testable import Core

@Test(
  arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2024-02-29T12:00:00.000000001Z", 1_709_208_000_000_000_001),
    ("2022-09-30T08:36:40.123456789Z", 1_664_527_000_123_456_789), ("1969-12-31T23:59:59.999999999Z", -1),
    ("1677-09-21T00:12:43.145224192Z", .min), ("2262-04-11T23:47:16.854775807Z", .max),
    ("2000-02-29T00:00:00Z", 951_782_400_000_000_000), ("1900-03-01T00:00:00Z", -2_203_891_200_000_000_000),
    ("2024-05-01T14:00:00+02:00", 1_714_564_800_000_000_000), ("2024-05-01T06:30:00-05:30", 1_714_564_800_000_000_000),
    ("2024-05-01t12:00:00z", 1_714_564_800_000_000_000), ("2024-05-01 12:00:00.0Z", 1_714_564_800_000_000_000),
    ("2024-05-01T12:00:00.1234567899999Z", 1_714_564_800_123_456_789),
    ("2024-01-01T00:00:00.5+23:59", 1_703_980_860_500_000_000),
    ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000), ("2017-01-01T00:59:60.25+01:00", 1_483_228_800_250_000_000),
    ("2262-04-12T00:47:16.854775807+01:00", .max), ("@0", 0), ("@1664527000", 1_664_527_000_000_000_000),
    ("@1664527000.25", 1_664_527_000_250_000_000), ("@-1.5", -1_500_000_000), ("@-9223372036.854775808", .min),
    ("@9223372036.854775807", .max), ("@0.0000000019", 1), ("1664527000123456789", 1_664_527_000_123_456_789),
    ("-5", -5),
    ("9223372036854775807", .max),
  ] as [(String, Int64)])
func anInstantReads(_ text: String, _ nanoseconds: Int64) throws {
  let instant = try #require(Timestamp(text))
  #expect(instant.nanoseconds == nanoseconds)
  #expect(instant.description.count == 30)
  #expect(Timestamp(instant.description) == instant)
}

@Test(arguments: [
  "", "x", "@", "@x", "@1.", "@1.x", "@.5", "@9223372036.854775808", "@-9223372036.854775809", "@99999999999999999999",
  "1.5", "1e9",
  "9223372036854775808", "2024-05-01", "2024-05-01T12:00Z", "2024-05-01T12:00:00", "2024-05-01T12:00:00.Z",
  "2024-05-01T12:00:00Zx",
  "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z", "2024-04-31T00:00:00Z",
  "2023-02-29T00:00:00Z",
  "1900-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:61Z",
  "2024-01-01T12:00:60Z",
  "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+01:60", "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00+1:00",
  "1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
  " 2024-01-01T00:00:00Z", "2024-1-01T00:00:00Z", "+2024-01-01T00:00:00Z", "2024-01-01T00:00:00,5Z",
  "２０２４-01-01T00:00:00Z",
])
func whatIsNoInstantIsRefused(_ text: String) { #expect(Timestamp(text) == nil) }

@Test func everyPrefixOfAnInstantIsRefused() {
  let text = "2024-02-29T12:00:00.5+01:00"
  // Four digits and fewer are nanoseconds.
  for count in 5..<text.count { #expect(Timestamp(String(text.prefix(count))) == nil, "\(count)") }
}

@Test func daysAreThoseOfTheCalendar() throws {
  var calendar = Calendar(identifier: .gregorian)
  calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
  // Every 17th day of all years that fit, each just before midnight.
  for day in stride(from: -106_750, to: 106_750, by: 17) {
    let instant = Timestamp(nanoseconds: (Int64(day) + 1) * 86_400_000_000_000 - 1)
    let parts = calendar.dateComponents([.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
    let wanted = CalendarDay(year: parts.year ?? 0, month: parts.month ?? 0, day: parts.day ?? 0)
    guard instant.day == wanted, wanted.daysSince1970 == day else {
      Issue.record("day \(day): \(instant.day)")
      return
    }
    #expect(instant.description.hasSuffix("T23:59:59.999999999Z"))
  }
}

@Test(arguments: 1...5 as ClosedRange<UInt64>) func instantsSortAsTheirTexts(_ seed: UInt64) {
  var random = Seeded(seed)
  let instants = (0..<2000).map { _ in Timestamp(nanoseconds: Int64(bitPattern: random.next())) }
  let sorted = instants.sorted()
  #expect(sorted.map(\.description) == instants.map(\.description).sorted(), "seed \(seed)")
  #expect(sorted.allSatisfy { Timestamp($0.description) == $0 })
}

@Test func theClockIsTheSystems() {
  let difference = Double(Timestamp.now.nanoseconds) / 1e9 - Date().timeIntervalSince1970
  #expect(abs(difference) < 60)
}

@Test func recordsCarryTimesAsTextsOrNanoseconds() throws {
  let instant = Timestamp(nanoseconds: 1_664_527_000_123_456_789)
  #expect(JSON.time(instant) == "2022-09-30T08:36:40.123456789Z")
  #expect(JSON.time(instant).timestamp == instant)
  #expect(try JSON.parse("1664527000123456789").timestamp == instant)
  #expect(try JSON.parse("1.5").timestamp == nil)
  var bytes: [UInt8] = []
  bytes.appendJSON(instant)
  #expect(String(decoding: bytes, as: UTF8.self) == JSON.time(instant).text)
}

import Testing

@testable import Core

@Test(
  arguments: [
    ("90s", 90_000_000_000), ("30m", 1_800_000_000_000), ("26h", 93_600_000_000_000), ("7d", 604_800_000_000_000),
    ("1w", 604_800_000_000_000), ("250ms", 250_000_000), ("12us", 12_000), ("12µs", 12_000), ("5ns", 5), ("0", 0),
    ("0s", 0),
    ("1.5h", 5_400_000_000_000), ("0.001us", 1), ("1d2h30m", 95_400_000_000_000), ("1m30.5s", 90_500_000_000),
    ("-250ms", -250_000_000),
    ("1h0m5s", 3_605_000_000_000), ("9223372036854775807ns", .max), ("9223372036854775808ns", nil),
    ("9223372036.854775808s", nil),
    ("-9223372036.854775808s", .min),
    ("106751d", 9_223_286_400_000_000_000),
    ("106752d", nil), ("", nil), ("90", nil), ("s", nil), ("1x", nil), ("1 s", nil), ("1s ", nil), ("+1s", nil),
    ("1e3s", nil),
    (".5s", nil), ("1.s", nil), ("1.5.5s", nil), ("0.5ns", nil), ("30s1m", nil), ("1s1s", nil), ("1M", nil), ("-0", 0),
    ("-", nil),
    ("--1s", nil), ("1m-1s", nil), ("99999999999999999999s", nil), ("1s0", nil),
  ] as [(String, Int64?)])
func aDurationReads(_ text: String, _ nanoseconds: Int64?) { #expect(Measure.duration(text) == nanoseconds) }

@Test(
  arguments: [
    ("512", 512), ("0", 0), ("10M", 10 << 20), ("1.5G", 3 << 29), ("4K", 4096), ("4k", 4096), ("2T", 2 << 40),
    ("1P", 1 << 50),
    ("4KiB", 4096), ("512B", 512), ("0.1K", 102), ("8191P", 8191 << 50), ("8192P", nil), ("", nil), ("K", nil),
    ("1.5", nil),
    ("10MB", nil), ("10 M", nil), ("-1", nil), ("1E", nil), ("0x10", nil), ("1.5.5K", nil), ("1K1", nil),
  ] as [(String, Int64?)])
func aSizeReads(_ text: String, _ bytes: Int64?) { #expect(Measure.size(text) == bytes) }

@Test(
  arguments: [
    ("2Hz", 2), ("0.5", 0.5), ("1kHz", 1000), ("10hz", 10), ("100mHz", 0.1), ("29.97Hz", 29.97), ("0", nil),
    ("0Hz", nil), ("-1", nil),
    ("", nil), ("Hz", nil), ("2 Hz", nil), ("inf", nil), ("nan", nil), ("1e3", nil), ("0x10", nil),
  ] as [(String, Double?)])
func aRateReads(_ text: String, _ hertz: Double?) { #expect(Measure.rate(text) == hertz) }

@Test(
  arguments: [
    ("5m", 5), ("1.5km", 1500), ("20cm", 0.2), ("5mm", 0.005), ("7", 7), ("0m", 0), ("-1m", nil), ("5ft", nil),
    ("", nil), ("m", nil),
  ] as [(String, Double?)])
func aDistanceReads(_ text: String, _ metres: Double?) { #expect(Measure.distance(text) == metres) }

@Test(
  arguments: [
    (0, "0s", "0s"), (1, "1ns", "1ns"), (999, "999ns", "999ns"), (1_500, "1.5us", "1.5us"),
    (12_345, "12.345us", "12.3us"),
    (250_000_000, "250ms", "250ms"), (999_600_000, "999.6ms", "1s"), (12_340_000_000, "12.34s", "12.3s"),
    (59_960_000_000, "59.96s", "1m00s"),
    (90_000_000_000, "1m30s", "1m30s"), (90_500_000_001, "1m30.500000001s", "1m31s"),
    (3_599_600_000_000, "59m59.6s", "1h00m"),
    (11_220_000_000_000, "3h7m", "3h07m"), (93_600_000_000_000, "1d2h", "1d02h"),
    (86_399_000_000_000, "23h59m59s", "1d00h"),
    (-90_000_000_000, "-1m30s", "-1m30s"), (-5, "-5ns", "-5ns"), (.max, "106751d23h47m16.854775807s", "106752d00h"),
    (.min, "-106751d23h47m16.854775808s", "-106752d00h"),
  ] as [(Int64, String, String)])
func aDurationPrints(_ nanoseconds: Int64, _ text: String, _ brief: String) {
  #expect(Measure.text(duration: nanoseconds) == text)
  #expect(Measure.brief(duration: nanoseconds) == brief)
  #expect(Measure.duration(text) == nanoseconds)
}

@Test(
  arguments: [
    (0, "0", "0"), (1000, "1000", "1000"), (1023, "1023", "1023"), (1024, "1K", "1.0K"), (1536, "1536", "1.5K"),
    (10 << 20, "10M", "10M"),
    (3 << 29, "1536M", "1.5G"), ((10 << 20) - 1, "10485759", "10M"), ((1 << 20) - 1, "1048575", "1.0M"),
    (1 << 50, "1P", "1.0P"),
    (.max, "9223372036854775807", "8192P"),
  ] as [(Int64, String, String)])
func aSizePrints(_ bytes: Int64, _ text: String, _ brief: String) {
  #expect(Measure.text(size: bytes) == text)
  #expect(Measure.brief(size: bytes) == brief)
  #expect(Measure.size(text) == bytes)
}

@Test func numbersPrintForPeople() {
  #expect(
    [0, 999, 1000, 1_234_567, -1000, .min].map(Measure.brief(count:)) == [
      "0", "999", "1,000", "1,234,567", "-1,000", "-9,223,372,036,854,775,808",
    ])
  #expect(
    [30, 29.97, 99.98371, 0.0004, 1e300].map(Measure.brief(number:)) == ["30", "29.97", "99.984", "0", "1e+300"])
  #expect(Measure.text(rate: 0.5) == "0.5Hz")
  #expect(Measure.text(rate: 30) == "30Hz")
  #expect(Measure.text(rate: 1.75e18) == "1750000000000000000Hz")
  #expect(Measure.text(rate: 1.25e-7) == "0.000000125Hz")
  #expect(Measure.text(distance: 5) == "5m")
}

@Test(arguments: 1...5 as ClosedRange<UInt64>) func whatIsPrintedReadsBack(_ seed: UInt64) {
  var random = Seeded(seed)
  for _ in 0..<2000 {
    let value = Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random)
    #expect(Measure.duration(Measure.text(duration: value)) == value, "seed \(seed)")
    #expect(Measure.size(Measure.text(size: value & .max)) == value & .max, "seed \(seed)")
  }
}

import Core
import Testing

@testable import Artifacts

private let text = LeafStorage(.string, uint64: .unsigned)
private let double = LeafStorage(.float64, uint64: .unsigned)

private func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

@Test func NaNIsNoExtreme() {
  var statistics = Statistics()
  statistics.add(.double([.nan, 3, .nan, -2]), [0..<4])
  #expect(statistics.extent == .numbers(-2, 3))
  #expect(statistics.hasNaN)
}

@Test func nothingButNaNHasNoExtremes() {
  var statistics = Statistics()
  statistics.add(.float([.nan, .nan]), [0..<2])
  #expect(statistics.extent == .none)
  #expect(statistics.hasNaN)
}

@Test func infinitiesAreExtremes() {
  var statistics = Statistics()
  statistics.add(.double([.infinity]), [0..<1])
  #expect(statistics.extent == .numbers(.infinity, .infinity))
  #expect(!statistics.hasNaN)
}

@Test(arguments: [0.0, -0.0]) func aZeroIsTheNegativeBelowAndThePositiveAbove(_ zero: Double) {
  #expect(Bound.lower(.numbers(zero, zero), double)?.bytes == [0, 0, 0, 0, 0, 0, 0, 0x80])
  #expect(Bound.upper(.numbers(zero, zero), double)?.bytes == [0, 0, 0, 0, 0, 0, 0, 0])
}

@Test func onlyTheValuesOfTheRunsCount() {
  var statistics = Statistics()
  statistics.add(.int32([5, -100, 7, 100, 6]), [0..<1, 2..<3, 4..<5])
  #expect(statistics.extent == .integers(5, 7))
}

@Test func unsignedIntegersKeepTheirOrder() {
  var statistics = Statistics()
  statistics.add(.uint64([1, .max]), [0..<2])
  #expect(Bound.lower(statistics.extent, LeafStorage(.uint64, uint64: .unsigned))?.bytes == [1, 0, 0, 0, 0, 0, 0, 0])
  #expect(
    Bound.upper(statistics.extent, LeafStorage(.uint64, uint64: .unsigned))?.bytes == [UInt8](repeating: 0xff, count: 8)
  )
}

@Test func stringsAreOrderedByUnsignedBytes() {
  var statistics = Statistics()
  statistics.add(.text(Texts(["b", "é", "", "a", "ab"])), [0..<5])
  #expect(statistics.extent == .texts([], bytes("é")))
}

@Test func aBoundOfSixtyFourBytesIsWhole() {
  let longest = [UInt8](repeating: 0x61, count: 64)
  #expect(Bound.lower(.texts(longest, longest), text) == Bound.upper(.texts(longest, longest), text))
  #expect(Bound.upper(.texts(longest, longest), text)?.bytes == longest)
  #expect(Bound.upper(.texts(longest, longest), text)?.isExact == true)
}

@Test func aLongMinimumIsCutAndALongMaximumRaised() {
  let long = [UInt8](repeating: 0x61, count: 65)
  #expect(Bound.lower(.texts(long, long), text)?.bytes == [UInt8](repeating: 0x61, count: 64))
  #expect(Bound.lower(.texts(long, long), text)?.isExact == false)
  #expect(Bound.upper(.texts(long, long), text)?.bytes == [UInt8](repeating: 0x61, count: 63) + [0x62])
  #expect(Bound.upper(.texts(long, long), text)?.isExact == false)
}

@Test func aCutNeverSplitsACharacter() {
  let start = String(repeating: "a", count: 62)
  let value = bytes(start + "🚗" + "tail")
  #expect(Bound.lower(.texts(value, value), text)?.bytes == bytes(start))
  #expect(Bound.upper(.texts(value, value), text)?.bytes == bytes(String(start.dropLast()) + "b"))
}

@Test func surrogatesAreSkippedWhenRaising() {
  let value = bytes(String(repeating: "a", count: 61) + "\u{d7ff}" + "tail")
  #expect(Bound.upper(.texts(value, value), text)?.bytes == bytes(String(repeating: "a", count: 61) + "\u{e000}"))
}

@Test func theHighestCharacterIsDroppedBeforeRaising() {
  let value = bytes("ab" + String(repeating: "\u{10ffff}", count: 20))
  #expect(Bound.upper(.texts(value, value), text)?.bytes == bytes("ac"))
  let highest = bytes(String(repeating: "\u{10ffff}", count: 20))
  #expect(Bound.upper(.texts(highest, highest), text) == nil)
}

@Test func bytesAreCutAndRaisedAsBytes() {
  let storage = LeafStorage(.bytes, uint64: .unsigned)
  let value = [UInt8](repeating: 0x80, count: 63) + [0xff, 0xff]
  #expect(Bound.lower(.texts(value, value), storage)?.bytes == [UInt8](repeating: 0x80, count: 63) + [0xff])
  #expect(Bound.upper(.texts(value, value), storage)?.bytes == [UInt8](repeating: 0x80, count: 62) + [0x81])
  let highest = [UInt8](repeating: 0xff, count: 70)
  #expect(Bound.upper(.texts(highest, highest), storage) == nil)
}

@Test(arguments: 0..<100) func everyStringIsWithinItsBounds(_ seed: UInt64) throws {
  var random = Seeded(seed)
  let alphabet = ["a", "z", "é", "\u{d7ff}", "日", "🚗", "\u{10ffff}"]
  let texts = (0..<20).map { _ in
    (0..<Int.random(in: 0...70, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "" }.joined()
  }
  var statistics = Statistics()
  statistics.add(.text(Texts(texts)), [0..<20])
  let lower = try #require(Bound.lower(statistics.extent, text))
  #expect(String(validating: lower.bytes, as: UTF8.self) != nil)
  for text in texts { #expect(!bytes(text).lexicographicallyPrecedes(lower.bytes)) }
  guard let upper = Bound.upper(statistics.extent, text) else { return }
  #expect(String(validating: upper.bytes, as: UTF8.self) != nil)
  for text in texts { #expect(!upper.bytes.lexicographicallyPrecedes(bytes(text))) }
}

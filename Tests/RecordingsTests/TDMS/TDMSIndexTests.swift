import Foundation
import Testing

@testable import Core
@testable import Recordings

extension TDMSSketch {
  func index() throws -> TDMSIndex {
    let scratch = try ScratchFile(bytes, name: "a.tdms")
    return try withExtendedLifetime(scratch) { try TDMSIndex(FileReader(scratch.path)) }
  }
}

extension TDMSIndex {
  var counts: [String: Int] {
    Dictionary(
      objects.compactMap { object in object.path.channel.map { ("\(object.path.group ?? "")|\($0)", object.count) } },
      uniquingKeysWith: { $1 })
  }
  var codes: [String] { findings.all.map(\.code) }
}

@Test func aPathKeepsSlashesAndQuotesOfNames() {
  #expect(TDMSPath("/") != nil)
  #expect(TDMSPath("/'Dr. T''s Events'/'a/b'")?.group == "Dr. T's Events")
  #expect(TDMSPath("/'Dr. T''s Events'/'a/b'")?.channel == "a/b")
  #expect(TDMSPath("/''/''")?.channel == "")
  for text in ["", "a", "//", "/'a", "/'a'/", "/'a'b", "/'a'/'b'/'c'", "/a"] { #expect(TDMSPath(text) == nil) }
}

@Test func secondsBefore1970AreNanosecondsBelowZeroAndRoundedDown() {
  let half: UInt64 = 1 << 63
  #expect(TDMSTimestamp(seconds: 2_082_844_800, fraction: half).nanoseconds == 500_000_000)
  #expect(TDMSTimestamp(seconds: 2_082_844_799, fraction: half).nanoseconds == -500_000_000)
  #expect(TDMSTimestamp(seconds: 2_082_844_800, fraction: .max).nanoseconds == 999_999_999)
  #expect(TDMSTimestamp(seconds: 11_306_216_836, fraction: 0).nanoseconds == 9_223_372_036_000_000_000)
  #expect(TDMSTimestamp(seconds: 11_306_216_837, fraction: 0).nanoseconds == nil)
  #expect(TDMSTimestamp(seconds: .min, fraction: 0).nanoseconds == nil)
}

@Test func equalSegmentsAreOneLayout() throws {
  var sketch = TDMSSketch()
  sketch.add([TDMSSketch.object("/'g'/'a'", type: 2, count: 2)], data: [1, 0, 2, 0])
  for _ in 0..<100 { sketch.add([TDMSSketch.same("/'g'/'a'")], data: [1, 0, 2, 0]) }
  sketch.add([], contents: 8, data: [1, 0, 2, 0, 3, 0, 4, 0])
  let index = try sketch.index()
  #expect(index.segmentCount == 102)
  #expect(index.layouts.count == 1)
  #expect(index.counts == ["g|a": 206])
  #expect(index.codes.isEmpty)
}

@Test func aRawIndexAsBeforeWithoutOneLosesTheDataOfItsSegments() throws {
  var sketch = TDMSSketch()
  sketch.add([TDMSSketch.same("/'g'/'a'")], data: [1, 0])
  sketch.add([TDMSSketch.object("/'g'/'b'", type: 5, count: 1)], data: [7], isNewList: true)
  let index = try sketch.index()
  #expect(index.codes == ["channel-layout", "layout-wrong"])
  #expect(index.lostBytes == 2)
  #expect(index.counts == ["g|a": 0, "g|b": 1])
}

@Test(arguments: [16, 20, 28] as [UInt32]) func stringsHaveTheirSizeWhateverLengthTheIndexSays(_ length: UInt32) throws
{
  var object = ByteWriter()
  object.string32("/'g'/'s'")
  for word in [length, 0x20, 1, 2, 0, 11, 0, 0] as [UInt32] { object.u32(word) }
  var sketch = TDMSSketch()
  sketch.add([object.bytes], data: [1, 0, 0, 0, 3, 0, 0, 0] + Array("abc".utf8))
  let index = try sketch.index()
  #expect(index.counts == ["g|s": 2])
  #expect(index.codes.isEmpty)
}

@Test func moreStringsThanTheirBytesCanHoldAreRefused() throws {
  var object = ByteWriter()
  object.string32("/'g'/'s'")
  for word in [28, 0x20, 1, 3, 0, 11, 0, 0] as [UInt32] { object.u32(word) }
  var sketch = TDMSSketch()
  sketch.add([object.bytes], data: Array(repeating: 0, count: 11))
  #expect(try sketch.index().codes == ["layout-wrong"])
}

@Test func rowsOfNoBytesAreRefused() throws {
  var object = ByteWriter()
  object.string32("/'g'/'a'")
  // 1000 values of one scaler, in a raw buffer whose rows are 0 bytes wide.
  for word in [0x1269, .max, 1, 1000, 0, 1, 3, 0, 0, 0, 0, 1, 0, 0] as [UInt32] { object.u32(word) }
  var sketch = TDMSSketch()
  sketch.add([object.bytes], contents: 0x8e, data: [1])
  #expect(try sketch.index().codes == ["layout-wrong"])
}

@Test func theLastValueOfAPropertyCounts() throws {
  var sketch = TDMSSketch()
  for value in [1, 2] as [UInt32] {
    var object = ByteWriter()
    object.string32("/'g'")
    object.u32(.max)
    object.u32(1)
    object.string32("k")
    object.u32(3)
    object.u32(value)
    sketch.add([object.bytes], contents: 2)
  }
  let group = try sketch.index().objects.first
  #expect(group?["k"] == .integer(2))
  #expect(group?.properties.count == 1)
}

@Test func aChunkOfNoBytesWithRawDataIsAFinding() throws {
  var sketch = TDMSSketch()
  sketch.add([TDMSSketch.object("/'g'/'a'", type: 2, count: 0)], data: [1, 0])
  #expect(try sketch.index().codes == ["chunk-empty"])
}

@Test(arguments: [UInt64.max, UInt64(Int64.max), 1 << 62]) func aHostileCountOfValuesIsACutChunk(_ count: UInt64) throws
{
  var sketch = TDMSSketch()
  sketch.add([TDMSSketch.object("/'g'/'a'", type: 1, count: count)], data: [1, 2, 3])
  let index = try sketch.index()
  #expect(count > UInt64(Int64.max) ? index.counts["g|a"] == 0 : index.counts["g|a"] == 3)
  #expect(!index.codes.isEmpty)
}

@Test func everyCutAndEveryFlippedByteOfMetadataEndsWithoutATrap() throws {
  var sketch = TDMSSketch()
  let objects = [
    TDMSSketch.object("/'g'/'a'", type: 2, count: 2), TDMSSketch.object("/'g'/'b'", type: 10, count: 1),
  ]
  sketch.add(objects, data: Array(repeating: 1, count: 24))
  let firstSegment = sketch.bytes.count
  sketch.add([TDMSSketch.same("/'g'/'b'")], contents: 0x2a, data: Array(repeating: 2, count: 24))
  for length in 1..<sketch.bytes.count {
    let index = try TDMSSketch(bytes: Array(sketch.bytes.prefix(length))).index()
    #expect(length == firstSegment || !index.codes.isEmpty, "cut at \(length)")
  }
  var generator = SeededGenerator(seed: 20_261_125)
  for place in sketch.bytes.indices {
    var bytes = sketch.bytes
    bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    guard let index = try? TDMSSketch(bytes: bytes).index() else { continue }
    // A value has one byte at least.
    #expect(index.counts.values.reduce(0, +) <= bytes.count, "byte \(place)")
  }
}

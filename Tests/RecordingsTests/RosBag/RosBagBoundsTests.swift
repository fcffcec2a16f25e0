import Testing

@testable import Core
@testable import Recordings

/// What a hostile bag may cost: time and memory in proportion to its bytes, and no more.
@Suite struct RosBagBoundsTests {
  typealias Builder = RosBagBuilder

  /// A header and nothing else that an index could promise.
  static var start: [UInt8] {
    Array("#ROSBAG V2.0\n".utf8) + Builder.bagHeader(index: 0, connections: 0, chunks: 0)
  }

  /// One byte that belongs to nothing before each of many small chunks.
  static func gaps(_ count: Int) throws -> [UInt8] {
    let connection = Builder.connection(0, "/a")
    var bytes = start
    bytes += try Builder.chunk(connection)
    let chunk = try Builder.chunk(Builder.message(0, nanoseconds: 1, Builder.text("x")))
    for _ in 0..<count { bytes += [0xff] + chunk }
    return bytes
  }

  @Test func everyMessageBetweenManyGapsIsRead() throws {
    let reading = try Reading(Self.gaps(3000), selection: Selection(form: .raw))
    #expect(reading.rows.count == 3000)
    #expect(reading.codes.contains("gap"))
  }

  @Test func findingsOfAKindAreCountedRatherThanListed() throws {
    let scratch = try ScratchFile(Self.gaps(3000))
    let findings = try Format.open(FileReader(scratch.path)).recording.findings
    #expect(findings.filter { $0.code == "gap" }.count == 101)
    #expect(findings.contains { $0.message == "2900 more findings of this kind are not listed" })
  }

  /// Patterns that look like the beginning of a record at every few bytes; each took many reads of the file once.
  @Test(
    arguments: [
      [0x04, 0, 0, 0, 0x6f, 0x70, 0x3d], [0x04, 0, 0, 0, 0x6f, 0x70, 0x3d, 0x02], [0],
      // The length of a header, in a field; a field `op=` of no known kind.
      [6, 0, 0, 0, 0x78, 0x3d, 8 + 18, 0, 0, 0, 4, 0, 0, 0, 0x6f, 0x70, 0x3d, 9],
      // Whole headers whose data does not fit.
      [8, 0, 0, 0, 4, 0, 0, 0, 0x6f, 0x70, 0x3d, 2, 0xff, 0xff, 0xff, 0x7f],
    ] as [[UInt8]])
  func aMegabyteOfBaitIsPassedAtOnce(_ pattern: [UInt8]) throws {
    let bait = Array(repeatElement(pattern, count: (1 << 20) / pattern.count).joined())
    let bag = Self.start + [0xff] + bait + (try Builder.chunk(Builder.connection(0, "/a")))
    let began = ContinuousClock.now
    let reading = try Reading(bag)
    // Takes a fraction of a second.
    #expect(ContinuousClock.now - began < .seconds(20))
    #expect(!reading.codes.isEmpty)
  }

  @Test func manyChannelsTakeTimeInProportion() throws {
    var content: [UInt8] = []
    for id in 0..<20_000 as Range<UInt32> {
      content += Builder.connection(id, "/t\(id)") + Builder.message(id, nanoseconds: id, Builder.text("x"))
    }
    let began = ContinuousClock.now
    let reading = try Reading(Self.start + Builder.chunk(content))
    #expect(reading.rows.count == 20_000)
    #expect(ContinuousClock.now - began < .seconds(60))
  }

  /// Each of 600 connections has 2^10 columns by 600 bytes of text; a file of some megabytes could ask for any memory.
  @Test func definitionsTogetherHaveALimit() throws {
    var content: [UInt8] = []
    for id in 0..<600 as Range<UInt32> {
      var text = "T0 a\nT0 b\n"
      for level in 0..<9 { text += "===\nMSG: p/T\(level)\nT\(level + 1) a\nT\(level + 1) b\n" }
      text += "===\nMSG: p/T9\nuint8 b\(id)\n"
      content += Builder.connection(id, "/t\(id)", type: "p/R", md5: "*", definition: text)
    }
    let scratch = try ScratchFile(Self.start + Builder.chunk(content))
    let channels = try Format.open(FileReader(scratch.path)).recording.channels
    #expect(channels.count == 600)
    #expect(channels.first?.undecoded == nil)
    #expect(channels.contains { $0.undecoded == "the definitions of the bag have too many columns together" })
  }

  @Test func twoChunkInfosOfOneChunkAreNotBelieved() throws {
    var bag = RosBagBuilder()
    try bag.addChunk([(0, 1, "one")], defining: [(0, "/a")])
    bag.repeatLastInfo()
    bag.close()
    let reading = try Reading(bag.bytes)
    #expect(reading.rows.count == 1)
    #expect(reading.codes.contains("index-wrong"))
  }

  @Test func aChunkInfoBehindTheFileHasNoPlaceInIt() throws {
    let header =
      Builder.field("chunk_pos", Builder.u64(1 << 40)) + Builder.field("count", Builder.u32(1))
      + Builder.field("end_time", Builder.u64(0)) + Builder.field("op", [6])
      + Builder.field("start_time", Builder.u64(0)) + Builder.field("ver", Builder.u32(1))
    let bytes = Self.start + Builder.record(header, Builder.u32(0) + Builder.u32(1))
    let scratch = try ScratchFile(bytes)
    let findings = try Format.open(FileReader(scratch.path)).recording.findings
    let missing = try #require(findings.first { $0.code == "index-wrong" })
    #expect(missing.offset == nil)
    #expect(missing.message.contains("at byte \(1 << 40)"))
  }

  @Test func aPromiseOfAChunkThatLooksOpenStands() throws {
    var bag = RosBagBuilder()
    let info =
      Builder.field("chunk_pos", Builder.u64(UInt64(bag.bytes.count))) + Builder.field("count", Builder.u32(1))
      + Builder.field("end_time", Builder.u64(0)) + Builder.field("op", [6])
      + Builder.field("start_time", Builder.u64(0)) + Builder.field("ver", Builder.u32(1))
    bag.bytes += try Builder.chunk([])
    bag.close(
      infos: [Builder.record(info, Builder.u32(0) + Builder.u32(5))], connections: [Builder.connection(0, "/a")])
    let reading = try Reading(bag.bytes)
    #expect(reading.outcome == .nothing)
    #expect(reading.lost == 5)
    #expect(reading.codes.contains("messages-lost"))
  }

  @Test(arguments: 1..<60) func aChunkThatTheIndexPutsInsideAnotherIsNone(_ shift: Int) throws {
    var bag = RosBagBuilder()
    try bag.addChunk([(0, 1, "one")], defining: [(0, "/a")])
    try bag.addChunk([(0, 2, "two"), (0, 3, "three")], defining: [])
    let start = Self.start.count
    let infos = [start, start + shift, bag.lastChunk].map { position in
      let header =
        Builder.field("chunk_pos", Builder.u64(UInt64(position))) + Builder.field("count", Builder.u32(1))
        + Builder.field("end_time", Builder.u64(0)) + Builder.field("op", [6])
        + Builder.field("start_time", Builder.u64(0)) + Builder.field("ver", Builder.u32(1))
      return Builder.record(header, Builder.u32(0) + Builder.u32(1))
    }
    bag.close(infos: infos, connections: [Builder.connection(0, "/a")])
    let reading = try Reading(bag.bytes)
    #expect(reading.texts.contains("two"))
    #expect(reading.codes.contains("index-wrong") || reading.codes.contains("chunk-corrupt"))
  }

  @Test func aRangeThatEndsBeforeItBeginsHoldsNothing() throws {
    let range = TimeRange(start: Timestamp(nanoseconds: 1 << 62), end: Timestamp(nanoseconds: 0))
    #expect(try Reading(Builder.usual(), selection: Selection(range: range)).rows.isEmpty)
  }
}

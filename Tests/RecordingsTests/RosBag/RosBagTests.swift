import Testing

@testable import Core
@testable import Recordings

private typealias Bag = RosBagBuilder

@Test(arguments: ["none", "bz2", "lz4"]) func everyMessageOfEveryChunkIsRead(_ compression: String) throws {
  let reading = try Reading(Bag.usual(compression: compression))
  #expect(reading.texts.sorted() == ["five", "four", "one", "six", "three", "two"])
  #expect(reading.outcome == .whole)
  #expect(reading.codes == [])
}

@Test func anIndexThatIsSoundIsBelievedWithoutUnpackingAChunk() throws {
  var bytes = try Bag.usual(compression: "lz4")
  let start = 13 + 8 + 4096 + 60
  for index in start..<start + 20 { bytes[index] = 0xff }
  let scratch = try ScratchFile(bytes)
  let reader = try Format.open(FileReader(scratch.path))
  #expect(reader.recording.messages == 6)
  #expect(reader.recording.channels.map(\.name) == ["/a", "/b"])
  #expect(reader.recording.channels.map(\.messages) == [4, 2])
  let checked = try reader.check(jobs: 1)
  #expect(checked.outcome == .lossy)
  #expect(checked.messages == 3)
}

@Test func anUnclosedBagIsReadWhole() throws {
  var bag = Bag()
  try bag.addChunk([(0, 1, "one"), (0, 2, "two")], defining: [(0, "/a")])
  let reading = try Reading(bag.bytes)
  #expect(reading.texts == ["one", "two"])
  #expect(reading.outcome == .whole)
  #expect(reading.codes == ["unclosed"])
}

@Test func anOpenChunkIsReadToItsLastWholeRecord() throws {
  var bag = Bag()
  try bag.addChunk([(0, 1, "one")], defining: [(0, "/a")])
  var bytes = bag.bytes + (try Bag.chunk([], size: 0))
  bytes += Bag.message(0, nanoseconds: 2, Bag.text("two")) + Bag.message(0, nanoseconds: 3, Bag.text("three"))
  let whole = try Reading(bytes)
  #expect(whole.texts == ["one", "two", "three"])
  #expect(whole.codes == ["unclosed", "unterminated-chunk"])
  let cut = try Reading(Array(bytes.dropLast(2)))
  #expect(cut.texts == ["one", "two"])
  #expect(cut.outcome == .lossy)
  #expect(cut.codes.contains("truncated"))
}

@Test(arguments: ["bz2", "lz4"]) func aPackedChunkThatWasOpenGivesItsWholeBlocks(_ compression: String) throws {
  // Two blocks and a half of what does not pack well.
  var generator = SeededGenerator(seed: 7)
  var content = Bag.connection(0, "/a")
  for number in 0..<230 {
    let noise = String((0..<1250).map { _ in String(generator.next(), radix: 16) }.joined().prefix(10_000))
    content += Bag.message(0, nanoseconds: UInt32(number), Bag.text(noise))
  }
  let closed = try Bag.chunk(content, compression: compression)
  // As it stands while it is written: a header without size and length, then a stream that the file cuts.
  let header =
    Bag.field("compression", Array(compression.utf8)) + Bag.field("op", [5]) + Bag.field("size", Bag.u32(0))
  let stored = closed[(8 + Int(closed.bytes.u32(at: 0)))...]
  let open = Bag().bytes + Bag.record(header, []) + stored.dropLast(200)
  let reading = try Reading(Array(open))
  #expect(reading.outcome == .lossy)
  #expect(reading.texts.count > 0)
  #expect(reading.texts.count < 230)
}

@Test func bytesBetweenRecordsArePassedAndNamed() throws {
  var bag = Bag()
  try bag.addChunk([(0, 1, "one")], defining: [(0, "/a")])
  bag.bytes += Array(repeating: 0, count: 49)
  try bag.addChunk([(0, 2, "two")], defining: [])
  bag.close()
  let reading = try Reading(bag.bytes)
  #expect(reading.texts == ["one", "two"])
  #expect(reading.outcome == .whole)
  #expect(reading.codes == ["gap"])
}

@Test func aTimeWindowTakesBothItsEnds() throws {
  func at(_ nanoseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: Int64(Bag.time) * 1_000_000_000 + nanoseconds)
  }
  let selection = Selection(range: TimeRange(start: at(3), end: at(5)))
  #expect(try Reading(Bag.usual(), selection: selection).texts == ["three", "four", "five"])
}

@Test func aSelectedChannelComesAlone() throws {
  #expect(try Reading(Bag.usual(), selection: Selection(channels: [1])).texts == ["two", "six"])
}

@Test func aBagCutBetweenItsChunksHasLostThoseBehindTheCut() throws {
  var bag = Bag()
  try bag.addChunk([(0, 1, "one"), (0, 2, "two")], defining: [(0, "/a")])
  let end = bag.bytes.count
  try bag.addChunk([(0, 3, "three")], defining: [])
  bag.close()
  let cut = try Reading(Array(bag.bytes[..<end]))
  #expect(cut.texts == ["one", "two"])
  #expect(cut.outcome == .lossy)
  #expect(cut.codes.contains("chunks-lost"))
}

@Test(arguments: [nil, [0, 1]] as [Set<Int>?])
func aBagOfWhichNothingCanBeReadSaysSoHoweverAllIsAskedFor(_ channels: Set<Int>?) throws {
  let reading = try Reading(Bag.usual(compression: "zzzz"), selection: Selection(channels: channels))
  #expect(reading.texts == [])
  #expect(reading.outcome == .nothing)
}

@Test func aMessageThatDoesNotDecodeFailsAlone() throws {
  var bag = Bag()
  var content = Bag.connection(0, "/a")
  content += Bag.message(0, nanoseconds: 1, Bag.u32(1000) + [1, 2]) + Bag.message(0, nanoseconds: 2, Bag.text("good"))
  bag.bytes += try Bag.chunk(content)
  let reading = try Reading(bag.bytes)
  #expect(reading.texts == ["good"])
  #expect(reading.codes == ["message-short", "unclosed"])
}

@Test func aConnectionOfAnotherTypeIsAChannelOfItsOwn() throws {
  var bag = Bag()
  bag.bytes += try Bag.chunk(
    Bag.connection(0, "/t") + Bag.connection(1, "/t", type: "std_msgs/Int32", md5: "*", definition: "int32 data\n")
      + Bag.message(0, nanoseconds: 1, Bag.text("x")) + Bag.message(1, nanoseconds: 2, Bag.u32(7)))
  let scratch = try ScratchFile(bag.bytes)
  let channels = try Format.open(FileReader(scratch.path)).recording.channels
  #expect(channels.map(\.type) == ["std_msgs/Int32", "std_msgs/String"])
}

@Test func aLengthOfFourGigabytesAllocatesNothing() throws {
  var bag = Bag()
  bag.bytes += Bag.u32(0xffff_fff0) + Array(repeating: 7, count: 100)
  let reading = try Reading(bag.bytes)
  #expect(reading.rows.isEmpty)
  #expect(reading.outcome == .nothing)
}

@Test func aChunkInfoThatLiesHidesNoMessage() throws {
  let bytes = try Bag.six(lyingInfo: 3)
  let all = try Reading(bytes)
  #expect(all.texts == (0..<6).map { "m\($0)" })
  #expect(all.codes == ["index-wrong"])
  #expect(try Reading(bytes, selection: Selection(channels: [0])).texts.count == 6)
  let scratch = try ScratchFile(bytes)
  #expect(try Format.open(FileReader(scratch.path)).recording.findings.map(\.code) == ["index-wrong"])
}

@Test func aChunkThatUnpacksBeyondReasonIsRefused() throws {
  var bag = Bag()
  let zeros = try Codec.bzip2.compress([UInt8](repeating: 0, count: 70 << 20).bytes)
  let header =
    Bag.field("compression", Array("bz2".utf8)) + Bag.field("op", [5]) + Bag.field("size", Bag.u32(70 << 20))
  bag.bytes += Bag.record(header, zeros)
  #expect(try Reading(bag.bytes).codes.contains("chunk-corrupt"))
}

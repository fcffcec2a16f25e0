import Testing

@testable import Core
@testable import Recordings

// What belongs to whom where a recorder did not finish, and where groups depend on others.

private func read(
  _ bytes: [UInt8], _ values: SignalValues = .physical, _ selection: Selection = Selection()
) throws -> (batches: [ChannelBatch], report: ReadReport) {
  let scratch = try ScratchFile(bytes, name: "test.mf4")
  var batches: [ChannelBatch] = []
  let reader = try Format.open(FileReader(scratch.path)).giving(values)
  let report = try reader.read(selection, jobs: 1) { batches.append($0) }
  return (batches, report)
}

private func rows(_ batches: [ChannelBatch]) -> [Int: Int] {
  Dictionary(batches.map { ($0.channel, $0.log.count) }, uniquingKeysWith: +)
}

extension MDF4Builder {
  fileprivate mutating func list(_ blocks: [Int]) -> Int {
    var offsets: [UInt8] = []
    for number in blocks.indices { offsets += little(UInt64(36 * number), 8) }
    return block("DL", [0] + blocks, little(0, 4) + little(UInt64(blocks.count), 4) + offsets)
  }

  fileprivate var records: [UInt8] { (0..<3).flatMap { record(Double($0), 7) } }

  /// A group with times of the group at an address.
  fileprivate mutating func group(_ channels: [Channel], masterOf other: Int, cycles: Int, bytes: Int) -> Int {
    let body = little(0, 8) + little(UInt64(cycles), 8) + little(8, 2) + [0, 0, 0, 0, 0, 0]
    let sizes = little(UInt64(bytes), 4) + little(0, 4)
    return block("CG", [0, self.channels(channels), 0, 0, 0, 0, other], body + sizes)
  }
}

@Test func linkedBlocksOfOtherGroupsAreNotTaken() throws {
  var builder = MDF4Builder(unfinished: 0x11)
  for _ in 0..<2 {
    let data = builder.list([builder.block("DT", [], builder.records)])
    _ = builder.dataGroup(builder.group(MDF4Builder.pair, cycles: 0, bytes: 12), data: data)
  }
  let (batches, report) = try read(builder.bytes)
  #expect(rows(batches) == [0: 3, 1: 3] && report.outcome == .whole)
}

@Test func packedBlocksOfAnotherKindAreNotTaken() throws {
  var builder = MDF4Builder(unfinished: 0x11)
  let data = builder.list([builder.block("DT", [], builder.records)])
  _ = builder.dataGroup(builder.group(MDF4Builder.pair, cycles: 0, bytes: 12), data: data)
  _ = try builder.packed([UInt8](repeating: 1, count: 72), original: "SD")
  #expect(try rows(read(builder.bytes).batches) == [0: 3])
  // One of ours that nobody linked yet is.
  _ = try builder.packed(builder.records)
  #expect(try rows(read(builder.bytes).batches) == [0: 6])
}

@Test func dataThatEndsAtABlockIsNotStretched() throws {
  var builder = MDF4Builder(unfinished: 5)
  let first = builder.block("DT", [], builder.records)
  let second = builder.list([builder.block("DT", [], builder.records)])
  for data in [first, second] {
    _ = builder.dataGroup(builder.group(MDF4Builder.pair, cycles: 0, bytes: 12), data: data)
  }
  let (batches, report) = try read(builder.bytes)
  #expect(rows(batches) == [0: 3, 1: 3] && report.outcome == .whole)
}

@Test(arguments: [3, 2]) func recordsWithoutOneOfTheirMasterAreLeftOutAndTold(_ masters: Int) throws {
  var builder = MDF4Builder(version: 420)
  let master = builder.group([.time], cycles: masters, bytes: 8)
  let times = (0..<masters).flatMap { builder.little(Double($0).bitPattern, 8) }
  let values = builder.group([.init(name: "x", bits: 8)], masterOf: master, cycles: 3, bytes: 1)
  _ = builder.dataGroup(master, data: builder.block("DV", [], times))
  _ = builder.dataGroup(values, data: builder.block("DV", [], [7, 8, 9]))
  let (batches, report) = try read(builder.bytes)
  #expect(batches.last.map { $0.log.map { $0 % 1_000_000_000_000 / 1_000_000_000 } } == Array((0..<3).prefix(masters)))
  #expect(report.lost == 3 - masters)
  #expect(report.findings.map(\.code) == (masters == 3 ? [] : ["cycle-count"]))
}

@Test func aMasterInAnUnsortedGroupGivesNoTimes() throws {
  var builder = MDF4Builder(version: 420)
  let master = builder.group([.time], id: 1, cycles: 3, bytes: 8)
  let times: [UInt8] = (0..<3).flatMap { number -> [UInt8] in [1] + builder.little(Double(number).bitPattern, 8) }
  let values = builder.group([.init(name: "x", bits: 8)], masterOf: master, cycles: 3, bytes: 1)
  _ = builder.dataGroup(master, idBytes: 1, data: builder.block("DT", [], times))
  _ = builder.dataGroup(values, data: builder.block("DT", [], [7, 8, 9]))
  let scratch = try ScratchFile(builder.bytes, name: "test.mf4")
  let recording = try Format.open(FileReader(scratch.path)).recording
  #expect(recording.channels.map(\.hasTimes) == [true, false])
  #expect(recording.findings.map(\.code) == ["master-missing"])
}

@Test func aMasterThatIsAnArrayGivesNoTimes() throws {
  var builder = MDF4Builder()
  let array = builder.array(sizes: [2], base: 4)
  let time = MDF4Builder.Channel(name: "t", type: 2, sync: 1, dataType: 4, bits: 32, composition: array)
  let group = builder.group([time], cycles: 3, bytes: 8)
  _ = builder.dataGroup(group, data: builder.block("DT", [], [UInt8](repeating: 0, count: 24)))
  let (batches, report) = try read(builder.bytes)
  #expect(rows(batches) == [0: 3])
  #expect(report.findings.map(\.code) == ["channel-layout"])
}

@Test func aTableOfTextsWithoutATextIsNull() throws {
  var builder = MDF4Builder()
  let nothing = builder.conversion(7, [0, 1], [0, 0, 0])
  let group = builder.group([.time, .init(name: "x", byte: 8, conversion: nothing)], cycles: 3, bytes: 12)
  _ = builder.dataGroup(group, data: builder.block("DT", [], builder.records))
  let batch = try #require(try read(builder.bytes).batches.first?.batch)
  #expect(batch.schema.fields.map(\.name) == ["t", "x"])
  #expect(batch["x"]?.validity == [false, false, false])
}

@Test func recordedValuesAreShownAlsoWhereTheyAreInvalid() throws {
  var builder = MDF4Builder()
  let double = builder.conversion(1, [0, 2])
  let group = builder.group(
    [.time, .init(name: "x", byte: 8, flags: 2, conversion: double)], cycles: 3, bytes: 12, invalidation: 1)
  let records = [0, 1, 0].enumerated().flatMap { builder.record(Double($0), 7) + [UInt8($1)] }
  _ = builder.dataGroup(group, data: builder.block("DT", [], records))
  #expect(try read(builder.bytes).batches[0].batch["x"]?.validity == [true, false, true])
  #expect(try read(builder.bytes, .raw).batches[0].batch["x"]?.validity == nil)
  let both = try read(builder.bytes, .both).batches[0].batch
  #expect(both["x"]?.validity == [true, false, true] && both["x.raw"]?.validity == nil)
}

@Test func groupsWithOneRecordIDAreTold() throws {
  var builder = MDF4Builder()
  let second = builder.group(MDF4Builder.pair, id: 1, cycles: 3, bytes: 12)
  let first = builder.group(MDF4Builder.pair, id: 1, cycles: 3, bytes: 12, next: second)
  let records: [UInt8] = (0..<3).flatMap { number -> [UInt8] in [1] + builder.record(Double(number), 7) }
  _ = builder.dataGroup(first, idBytes: 1, data: builder.block("DT", [], records))
  let report = try read(builder.bytes).report
  #expect(report.outcome == .lossy)
  #expect(
    report.findings.contains { $0.code == "record-id" && $0.message.contains("0.0") && $0.message.contains("0.1") })
}

@Test func whatHasNoTimesIsInEveryStretchOfTime() throws {
  var builder = MDF4Builder()
  _ = builder.dataGroup(
    builder.group([.init(name: "x", bits: 8)], cycles: 3, bytes: 1), data: builder.block("DT", [], [7, 8, 9]))
  var late = Selection()
  late.range = TimeRange(start: Timestamp(nanoseconds: .max - 1), end: Timestamp(nanoseconds: .max))
  #expect(try rows(read(builder.bytes, .physical, late).batches) == [0: 3])
}

/// An offset that no value can have holds nothing back.
@Test func anOffsetBehindTheStreamIsThatOfNoValue() throws {
  let large = 1 << 20
  var builder = MDF4Builder()
  let values = builder.group([], id: 3, cycles: 0, bytes: 0, flags: 1)
  let texts = builder.group(
    [.time, .init(name: "s", type: 1, dataType: 7, byte: 8, bits: 32, data: values)], id: 2, cycles: 40, bytes: 12,
    next: values)
  let dataGroup = builder.dataGroup(texts, idBytes: 1)
  var data: [UInt8] = []
  for row in 0..<40 {
    data += [3] + builder.little(UInt64(large), 4) + [UInt8](repeating: UInt8(ascii: "a"), count: large)
    data += [2] + builder.record(Double(row), row == 5 ? 0xFFFF_FFFF : UInt64(row * (large + 4)))
  }
  builder.setLink(2, of: dataGroup, to: builder.block("DT", [], data))
  let (batches, report) = try read(builder.bytes)
  #expect(batches.count > 2, "they come while the walk goes on")
  #expect(
    batches.flatMap { $0.batch["s"]?.validity ?? Array(repeating: true, count: $0.log.count) }
      == (0..<40).map { $0 != 5 })
  #expect(report.findings.map(\.code) == ["value-missing"])
}

@Test func partsAreSmallWhereValuesAreLarge() throws {
  var builder = MDF4Builder()
  let large = 1 << 20
  let value = builder.little(UInt64(large), 4) + [UInt8](repeating: UInt8(ascii: "a"), count: large)
  let values = builder.block("SD", [], (0..<40).flatMap { _ in value })
  let group = builder.group(
    [.time, .init(name: "s", type: 1, dataType: 7, byte: 8, data: values)], cycles: 40, bytes: 12)
  let records = (0..<40).flatMap { builder.record(Double($0), UInt64($0 * (large + 4))) }
  _ = builder.dataGroup(group, data: builder.block("DT", [], records))
  let (batches, report) = try read(builder.bytes)
  #expect(batches.map(\.log.count).allSatisfy { $0 <= 8 } && rows(batches) == [0: 40])
  #expect(report.outcome == .whole && report.findings.isEmpty)
}

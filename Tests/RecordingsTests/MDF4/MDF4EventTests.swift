import Testing

@testable import Core
@testable import Recordings

private struct Marked {
  var sync: UInt8 = 1, range: UInt8 = 0
  var base: Int64
  var factor = 1e-9
  var name = ""
  /// Places of other events.
  var begin: Int?
}

private let start: UInt64 = 1_700_000_000_000_000_000

/// A file with a group of three records and some events; the first is about the group and its second channel.
private func file(_ events: [Marked]) throws -> ScratchFile {
  var builder = MDF4Builder(start: start)
  let name = builder.text("g")
  let group = builder.group(MDF4Builder.pair, cycles: 3, bytes: 12)
  builder.setLink(2, of: group, to: name)
  _ = builder.dataGroup(group, data: builder.block("DT", [], (0..<3).flatMap { builder.record(Double($0), 7) }))
  let channel = Int(builder.bytes.bytes.u64(at: Int(builder.bytes.bytes.u64(at: group + 32)) + 24))
  var blocks: [Int] = []
  for (number, event) in events.enumerated() {
    let scopes = number == 0 ? [group, channel] : []
    let links = [0, 0, event.begin.map { blocks[$0] } ?? 0, event.name.isEmpty ? 0 : builder.text(event.name), 0]
    var body: [UInt8] = [6, event.sync, event.range, 4, 0, 0, 0, 0]
    body += builder.little(UInt64(scopes.count), 4) + [0, 0, 0, 0]
    body += builder.little(UInt64(bitPattern: event.base), 8) + builder.little(event.factor.bitPattern, 8)
    blocks.append(builder.block("EV", links + scopes, body))
    if number > 0 { builder.setLink(0, of: blocks[number - 1], to: blocks[number]) }
  }
  builder.setLink(4, of: 64, to: blocks.first ?? 0)
  return try ScratchFile(builder.bytes, name: "test.mf4")
}

private func delivered(_ scratch: ScratchFile, _ selection: Selection = Selection()) throws -> [ChannelBatch] {
  var batches: [ChannelBatch] = []
  _ = try Format.open(FileReader(scratch.path)).read(selection, jobs: 1) { batches.append($0) }
  return batches
}

extension Column {
  fileprivate var words: [String]? {
    guard case .text(let texts) = values else { return nil }
    return (0..<texts.count).map { String(decoding: texts[$0], as: UTF8.self) }
  }

  fileprivate var numbers: [UInt32]? {
    guard case .uint32(let numbers) = values else { return nil }
    return numbers
  }
}

@Test func eventsAreAChannelInTheOrderOfTheirTimes() throws {
  let scratch = try file([
    Marked(range: 1, base: 2_000_000_001, name: "hill"), Marked(base: 500, factor: 1e-3, name: "brake!"),
    Marked(range: 2, base: 3, factor: 1, begin: 0),
  ])
  let recording = try Format.open(FileReader(scratch.path)).check(jobs: 1)
  #expect(recording.outcome == .whole && recording.findings.isEmpty)
  #expect(recording.channels.map(\.name) == ["g", "events"])
  #expect(recording.channels.map(\.messages) == [3, 3])
  #expect(recording.range?.end.nanoseconds == Int64(start) + 2_000_000_000, "records tell how long it is")
  let batch = try #require(try delivered(scratch).last)
  #expect(batch.channel == 1)
  #expect(batch.log.map { $0 - Int64(start) } == [500_000_000, 2_000_000_001, 3_000_000_000])
  #expect(batch.batch["name"]?.words == ["brake!", "hill", ""])
  #expect(batch.batch["range"]?.words == ["point", "begin", "end"])
  #expect(batch.batch["number"]?.numbers == [1, 0, 2])
  #expect(batch.batch["begins_at"]?.validity == [false, false, true])
  #expect(batch.batch["begins_at"]?.numbers == [0, 0, 0])
  #expect(batch.batch["sync"]?.words == ["time", "time", "time"])
  guard case .list(let offsets, let names)? = batch.batch["scopes"]?.values else {
    Issue.record("scopes are lists")
    return
  }
  #expect(offsets == [0, 0, 2, 2] && names.words == ["g", "g/x"])
}

@Test func eventsAtAnAngleHaveNoTimes() throws {
  let scratch = try file([Marked(base: 1, name: "late"), Marked(sync: 2, base: 314, factor: 0.01)])
  let channel = try #require(try Format.open(FileReader(scratch.path)).recording.channels.last)
  #expect(!channel.hasTimes && channel.range == nil)
  let batch = try #require(try delivered(scratch).last?.batch)
  #expect(batch["name"]?.words == ["late", ""], "in the file's order")
  #expect(batch["sync"]?.words == ["time", "angle"])
  #expect(batch["value"]?.doubles.last == 3.14)
}

@Test func eventsBeyondAllTimesAreKeptWithoutOne() throws {
  let scratch = try file([Marked(base: .max, factor: 1), Marked(base: 7, factor: .nan), Marked(base: 1, factor: 1e300)])
  #expect(try delivered(scratch).last?.log.count == 3)
  #expect(try Format.open(FileReader(scratch.path)).recording.channels.last?.hasTimes == false)
}

@Test func eventsAreSelectedLikeAnyChannel() throws {
  let scratch = try file([Marked(base: 0), Marked(base: 1_000_000_000)])
  #expect(try delivered(scratch, Selection(channels: [0])).map(\.channel) == [0])
  #expect(try delivered(scratch, Selection(channels: [1])).map(\.channel) == [1])
  var late = Selection(channels: [1])
  late.range = TimeRange(
    start: Timestamp(nanoseconds: Int64(start) + 1), end: Timestamp(nanoseconds: Int64(start) + 2_000_000_000))
  #expect(try delivered(scratch, late).map(\.log.count) == [1])
  late.form = .raw
  #expect(try delivered(scratch, late).first?.batch["data"]?.words?.count == 1)
}

import Testing

@testable import Core
@testable import Recordings

// What is refused or left out, and said by name.

private func opened(_ bytes: [UInt8]) throws -> Recording {
  let scratch = try ScratchFile(bytes, name: "test.mf4")
  return try Format.open(FileReader(scratch.path)).check(jobs: 1)
}

/// A group of a time, a channel that is looked at, and a plain one.
private func with(_ channel: MDF4Builder.Channel, _ builder: MDF4Builder = MDF4Builder()) throws -> Recording {
  var builder = builder
  let group = builder.group([.time, channel, .init(name: "other", byte: 8)], cycles: 2, bytes: 12)
  let records = (0..<2).flatMap { builder.record(Double($0), 5) }
  _ = builder.dataGroup(group, data: builder.block("DT", [], records))
  return try opened(builder.bytes)
}

private func expect(_ recording: Recording, lacks text: String) {
  #expect(recording.outcome == .lossy)
  #expect(recording.channels.first?.schema.fields.map(\.name) == ["t", "other"], "the rest is read")
  #expect(recording.channels.first?.messages == 2)
  let messages = recording.findings.map(\.message)
  #expect(messages.contains { $0.contains("channel x") && $0.contains(text) }, "\(messages)")
}

@Test(arguments: [1, 2] as [UInt8]) func arraysOfGroupsAreNamedAndTheRestIsRead(_ storage: UInt8) throws {
  var builder = MDF4Builder()
  let array = builder.array(sizes: [2], storage: storage)
  expect(try with(.init(name: "x", byte: 8, bits: 8, composition: array), builder), lacks: "group for each element")
}

@Test func arraysOfChangingSizeAreNamedAndTheRestIsRead() throws {
  var builder = MDF4Builder()
  let array = builder.array(sizes: [2], flags: 1)
  expect(try with(.init(name: "x", byte: 8, bits: 8, composition: array), builder), lacks: "sizes change")
}

@Test func arraysLargerThanTheRecordAreNamed() throws {
  for size: UInt64 in [5, 1 << 20, 1 << 40, .max] {
    var builder = MDF4Builder()
    let array = builder.array(sizes: [size, size])
    expect(try with(.init(name: "x", byte: 8, bits: 8, composition: array), builder), lacks: "")
  }
}

@Test func channelsOfAKindWithoutADescriptionAreNamed() throws {
  expect(try with(.init(name: "x", type: 7, dataType: 10, byte: 8)), lacks: "lengths another channel has")
  expect(try with(.init(name: "x", type: 8, byte: 8)), lacks: "channel type 8")
  expect(try with(.init(name: "x", dataType: 18, byte: 8)), lacks: "data type 18")
  expect(try with(.init(name: "x", byte: 10)), lacks: "bytes 10 to 14 of a record of 12")
  expect(try with(.init(name: "x", byte: 8, bits: 65)), lacks: "65 bits")
  expect(try with(.init(name: "x", dataType: 4, byte: 8, bits: 24)), lacks: "24 bits")
}

/// One axis turned round: the first index moves fastest.
@Test func theFirstIndexMayMoveFastest() throws {
  let layouts: [(flags: UInt64, elements: [Double])] = [(0, [1, 2, 3, 4]), (64, [1, 3, 2, 4])]
  for (flags, wanted) in layouts {
    var builder = MDF4Builder()
    let array = builder.array(sizes: [2, 2], flags: flags)
    let group = builder.group([.init(name: "a", bits: 8, composition: array)], cycles: 1, bytes: 4)
    _ = builder.dataGroup(group, data: builder.block("DT", [], [1, 2, 3, 4]))
    let scratch = try ScratchFile(builder.bytes, name: "test.mf4")
    var found: [Double] = []
    _ = try Format.open(FileReader(scratch.path)).read(Selection(), jobs: 1) { batch in
      var column = batch.batch["a"]
      while case .list(_, let element)? = column?.values { column = element }
      found += column?.doubles ?? []
    }
    #expect(found == wanted)
  }
}

private let refused: [(start: [UInt8], reason: String)] = {
  let wrapper = Array("Generic File".utf8)
  var old = Array("MDF     3.30    test    ".utf8)
  old += [0, 0, 0, 0, 0x4A, 0x01]
  old += [UInt8](repeating: 0, count: 34)
  return [
    (wrapper + [0, 1, 0x22, 1], "packed as a whole"), (wrapper + [0, 1, 0x11, 1], "encrypted"),
    (wrapper + [0, 1, 0x33, 1], "packed and encrypted"), (old, "3.30 is MDF 3"),
    (Array("MDF     4.10".utf8), "after 12 of 64 bytes"),
  ]
}()

@Test(arguments: refused) func whatIsNoMDF4IsNamed(_ file: (start: [UInt8], reason: String)) throws {
  let scratch = try ScratchFile(file.start, name: "test.mf4")
  let error = #expect(throws: FormatError.self) { try Format.open(FileReader(scratch.path)) }
  #expect(error.map { "\($0)" }?.contains(file.reason) == true)
}

@Test func newerVersionsAndForeignFlagsAreReadWithAWarning() throws {
  var builder = MDF4Builder(version: 431)
  builder.setLink(0, of: 64, to: 0)
  #expect(try opened(builder.bytes).findings.map(\.code) == ["version"])
  let unsorted = MDF4Builder.unsorted()
  for offset in [61, 62] {
    var bytes = unsorted
    bytes[offset] = 1
    let recording = try opened(bytes)
    #expect(recording.messages == 6, "what can be read is")
    #expect(recording.findings.filter { $0.severity == .warning }.map(\.code) == ["unfinalized"])
  }
}

@Test(arguments: [false, true]) func valuesWithoutOffsetsAreCountedOff(_ isAhead: Bool) throws {
  var bytes = MDF4Builder.unsorted(offsets: false, valuesFirst: isAhead)
  bytes[60] = 0x65
  let scratch = try ScratchFile(bytes, name: "test.mf4")
  var found: [String] = []
  let report = try Format.open(FileReader(scratch.path)).read(Selection(), jobs: 1) { batch in
    guard case .text(let texts)? = batch.batch["s"]?.values else { return }
    found += (0..<texts.count).map { String(decoding: texts[$0], as: UTF8.self) }
  }
  #expect(found == ["", "a", "aa"])
  #expect(report.outcome == .whole)
}

/// Lengths that only a claim makes large are added, too: of values and their invalidation, to a record's, to one.
@Test func claimedLengthsAreAddedWithoutATrap() throws {
  var columns = MDF4Builder(version: 420)
  let parts = ["DV", "DI"].map { columns.block($0, [], [UInt8](repeating: 0, count: 12)) }
  let list = columns.block("LD", [0] + parts, columns.little(1 << 31, 4) + columns.little(1, 4) + columns.little(0, 8))
  _ = columns.dataGroup(columns.group(MDF4Builder.pair, cycles: 9, bytes: 12, invalidation: 1), data: list)
  for part in parts { columns.set(.max >> 1, 8, at: part + 8) }

  var large = MDF4Builder()
  let data = large.block("DT", [], [1, 2, 3])
  let size = 0xFFFF_FFFF
  _ = large.dataGroup(large.group([.init(name: "x", bits: 8)], cycles: 9, bytes: size), data: data)
  large.set(.max, 8, at: data + 8)

  var unsorted = MDF4Builder()
  let records = unsorted.block("DT", [], [1, 7, 1, 8])
  let group = unsorted.group([.init(name: "x", bits: 8)], id: 1, cycles: .max, bytes: 1)
  _ = unsorted.dataGroup(group, idBytes: 1, data: records)
  unsorted.set(.max, 8, at: records + 8)

  for bytes in [columns.bytes, large.bytes, unsorted.bytes] {
    let recording = try opened(bytes)
    #expect(recording.outcome != .whole)
    #expect(recording.findings.contains { $0.code == "truncated" })
  }
}

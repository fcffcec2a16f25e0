import Foundation
import Testing

@testable import Core
@testable import Recordings

/// Values of every channel as text, by table and column; the findings; times.
struct TDMSReading {
  var columns: [String: [String]] = [:]
  var times: [String: [Int64]] = [:]
  var codes: [String] = []
  var outcome = Recording.Outcome.whole

  init(_ reader: any RecordingReader, _ selection: Selection = Selection(), jobs: Int = 1) throws {
    let channels = reader.recording.channels
    let report = try reader.read(selection, jobs: jobs) { batch in
      let name = channels[batch.channel].name
      times[name, default: []] += batch.log
      for (field, column) in zip(batch.batch.schema.fields, batch.batch.columns) {
        #expect(column.count == batch.log.count)
        columns["\(name)|\(field.name)", default: []] += Self.texts(column)
      }
    }
    codes = report.findings.map(\.code)
    outcome = report.outcome
  }

  init(_ sketch: TDMSSketch, _ selection: Selection = Selection(), values: SignalValues = .physical) throws {
    let scratch = try ScratchFile(sketch.bytes, name: "a.tdms")
    let reader = try Format.open(FileReader(scratch.path)).giving(values)
    self = try withExtendedLifetime(scratch) { try TDMSReading(reader, selection) }
  }

  static func texts(_ column: Column) -> [String] {
    let values: [String] =
      switch column.values {
      case .bool(let values): values.map { $0 == 0 ? "false" : "true" }
      case .int8(let values): values.map { "\($0)" }
      case .int16(let values): values.map { "\($0)" }
      case .int32(let values): values.map { "\($0)" }
      case .int64(let values): values.map { "\($0)" }
      case .uint8(let values): values.map { "\($0)" }
      case .uint16(let values): values.map { "\($0)" }
      case .uint32(let values): values.map { "\($0)" }
      case .uint64(let values): values.map { "\($0)" }
      case .float32(let values): values.map { "\(Double($0))" }
      case .float64(let values): values.map { "\($0)" }
      case .text(let texts): (0..<texts.count).map { String(decoding: texts[$0], as: UTF8.self) }
      case .list, .structure: Array(repeating: "?", count: column.count)
      }
    return zip(values, column.validity ?? Array(repeating: true, count: values.count)).map { $1 ? $0 : "null" }
  }
}

@Test(.enabled(if: SharedData.isHere, "no shared data"), arguments: CraftedTDMS.all)
func aCraftedFileGivesTheValuesThatItsDescriptionGives(_ sample: CraftedTDMS) throws {
  let reader = try Format.open(FileReader("\(SharedData.folder ?? "")/gen/\(sample.file)"))
  let reading = try TDMSReading(reader)
  var found: [String: [String]] = [:]
  for channel in reader.recording.channels {
    let group = channel.facts["group"]?.string ?? channel.name
    for name in channel.signals?.map(\.name) ?? [] {
      let parts = ["", ".re", ".im"].compactMap { reading.columns["\(channel.name)|\(name)\($0)"] }
      let values = parts.count == 2 ? zip(parts[0], parts[1]).map { "\($0),\($1)" } : parts.first ?? []
      found["\(group)|\(name)"] = values
    }
  }
  #expect(found.mapValues(\.count) == sample.counts)
  for (name, expected) in sample.values {
    for (value, wanted) in zip(found[name] ?? [], expected) {
      let isTime = sample.file.hasSuffix("timestamps.tdms") || sample.file == "neg_timestamp.tdms"
      let seconds =
        isTime
        ? Int64(value).map { "\(Double($0 / 1_000_000_000) + Double($0 % 1_000_000_000) / 1e9)" } ?? value : value
      #expect(CraftedTDMS.isSame(seconds, wanted), "\(name): \(value), wanted \(wanted)")
    }
  }
  #expect((reading.outcome != .whole) == sample.file.hasPrefix("trunc"))
}

@Test func timesOfAWaveformAreComputedFromTheIndexAndRoundedOnce() throws {
  var sketch = TDMSSketch()
  // A tenth of a microsecond that nanoseconds do not hold.
  let increment = 1.0 / 3
  sketch.add(
    [
      TDMSSketch.object(
        "/'g'/'a'", type: 5, count: 7,
        [
          TDMSSketch.start(1_000), TDMSSketch.number("wf_increment", increment),
          TDMSSketch.number("wf_start_offset", 0.5),
        ])
    ],
    data: Array(0..<7))
  let reading = try TDMSReading(sketch)
  #expect(
    reading.times["g"] == [
      1_000_500_000_000, 1_000_833_333_333, 1_001_166_666_667, 1_001_500_000_000, 1_001_833_333_333, 1_002_166_666_667,
      1_002_500_000_000,
    ])
}

@Test func anotherStartBeginsAgainAndTheSameDoesNot() throws {
  var sketch = TDMSSketch()
  sketch.add(
    [TDMSSketch.object("/'g'/'a'", type: 5, count: 2, [TDMSSketch.start(10), TDMSSketch.number("wf_increment", 1)])],
    data: [0, 1])
  sketch.add([TDMSSketch.object("/'g'/'a'", type: 5, count: 2, [TDMSSketch.start(10)])], data: [2, 3])
  sketch.add([TDMSSketch.object("/'g'/'a'", type: 5, count: 2, [TDMSSketch.start(100)])], data: [4, 5])
  let reading = try TDMSReading(sketch)
  #expect(reading.times["g"] == [10, 11, 12, 13, 100, 101].map { $0 * 1_000_000_000 })
}

@Test(arguments: [Double.nan, 0, -1, 1e300, .infinity]) func anIncrementThatIsNoneGivesNoTimes(_ increment: Double)
  throws
{
  var sketch = TDMSSketch()
  sketch.add(
    [
      TDMSSketch.object(
        "/'g'/'a'", type: 5, count: 2,
        [TDMSSketch.start(.max - TDMSTimestamp.secondsTo1970), TDMSSketch.number("wf_increment", increment)])
    ],
    data: [0, 1])
  #expect(try TDMSReading(sketch).times["g"] == [0, 0])
}

@Test func channelsOfOtherLengthsOrTimesAreTablesOfTheirOwn() throws {
  var sketch = TDMSSketch()
  sketch.add(
    [
      TDMSSketch.object("/'g'/'a'", type: 5, count: 2), TDMSSketch.object("/'g'/'b'", type: 5, count: 3),
      TDMSSketch.object("/'g'/'c'", type: 5, count: 2),
      TDMSSketch.object("/'g'/'d'", type: 5, count: 2, [TDMSSketch.start(1), TDMSSketch.number("wf_increment", 1)]),
    ], data: Array(0..<9))
  let reading = try TDMSReading(sketch)
  #expect(
    reading.columns == [
      "g|a": ["0", "1"], "g|c": ["5", "6"], "g.b|b": ["2", "3", "4"], "g.d|d": ["7", "8"],
    ])
}

@Test func tablesOfOneNameAreToldApart() throws {
  var sketch = TDMSSketch()
  sketch.add(
    [
      TDMSSketch.object("/'g'/'a'", type: 5, count: 2), TDMSSketch.object("/'g.b'/'b'", type: 5, count: 1),
      TDMSSketch.object("/'g'/'b'", type: 5, count: 1),
    ], data: Array(0..<4))
  #expect(try TDMSReading(sketch).columns == ["g|a": ["0", "1"], "g.b|b": ["2"], "g.b~2|b": ["3"]])
}

@Test func theOnlyChannelOfTimesIsTheClockOfItsGroup() throws {
  var sketch = TDMSSketch()
  let times = [0, 5].flatMap { TDMSSketch.bytes(UInt64(0)) + TDMSSketch.bytes(Int64($0) + TDMSTimestamp.secondsTo1970) }
  sketch.add(
    [TDMSSketch.object("/'g'/'t'", type: 0x44, count: 2), TDMSSketch.object("/'g'/'a'", type: 5, count: 2)],
    data: times + [7, 8])
  let reading = try TDMSReading(sketch)
  #expect(reading.times["g"] == [0, 5_000_000_000])
  #expect(reading.columns["g|a"] == ["7", "8"])
}

@Test func channelsThatLieApartAreStillOneTable() throws {
  var sketch = TDMSSketch()
  sketch.add([TDMSSketch.object("/'g'/'a'", type: 5, count: 3)], data: [1, 2, 3])
  sketch.add([TDMSSketch.object("/'g'/'b'", type: 3, count: 1)], data: TDMSSketch.bytes(Int32(4), 5, 6))
  let reading = try TDMSReading(sketch)
  // The list goes on: the second segment has chunks of both, 3 bytes and 4.
  #expect(reading.columns["g|a"]?.count != nil)
  var apart = TDMSSketch()
  apart.add([TDMSSketch.object("/'g'/'a'", type: 5, count: 3)], data: [1, 2, 3])
  apart.add([TDMSSketch.object("/'g'/'b'", type: 3, count: 1)], data: TDMSSketch.bytes(Int32(4), 5, 6), isNewList: true)
  #expect(try TDMSReading(apart).columns == ["g|a": ["1", "2", "3"], "g|b": ["4", "5", "6"]])
}

@Test func aTypeThatChangesLeavesTheOthersAlone() throws {
  var sketch = TDMSSketch()
  sketch.add(
    [TDMSSketch.object("/'g'/'a'", type: 5, count: 1), TDMSSketch.object("/'g'/'b'", type: 5, count: 1)], data: [1, 2])
  sketch.add([TDMSSketch.object("/'g'/'b'", type: 2, count: 1)], data: [3, 4, 0])
  let reading = try TDMSReading(sketch)
  #expect(reading.columns == ["g|a": ["1", "3"]])
  #expect(reading.codes.contains("channel-layout"))
  #expect(reading.outcome == .lossy)
}

@Test func extendedFloatsOfBothWidthsAndKindsAreTheNearestDoubles() throws {
  // 1/3 as x87 has it, in 10 and in 16 bytes; -2 and the smallest subnormal's half as IEEE 754 has them in 16.
  let third = TDMSSketch.bytes(UInt64(0xaaaa_aaaa_aaaa_aaab)) + TDMSSketch.bytes(UInt16(0x3ffd))
  var short = TDMSSketch()
  short.add([TDMSSketch.object("/'g'/'a'", type: 11, count: 1)], data: third)
  #expect(try TDMSReading(short).columns["g|a"] == ["\(1.0 / 3)"])
  var long = TDMSSketch()
  long.add(
    [TDMSSketch.object("/'g'/'a'", type: 11, count: 3)],
    data: third + [0, 0, 0, 0, 0, 0] + TDMSSketch.bytes(UInt64(0), 0xc000_0000_0000_0000)
      + TDMSSketch.bytes(UInt64(1), UInt64(0x3bcc_0000_0000_0000)))
  #expect(try TDMSReading(long).columns["g|a"] == ["\(1.0 / 3)", "-2.0", "\(Double.leastNonzeroMagnitude)"])
}

@Test func stringsWhoseEndsAreWrongAreEmptyAndCounted() throws {
  var object = ByteWriter()
  object.string32("/'g'/'s'")
  for word in [28, 0x20, 1, 3, 0, 15, 0, 0] as [UInt32] { object.u32(word) }
  var sketch = TDMSSketch()
  sketch.add([object.bytes], data: TDMSSketch.bytes(UInt32(1), 9, 3) + Array("abc".utf8))
  let reading = try TDMSReading(sketch)
  #expect(reading.columns["g|s"] == ["a", "", ""])
  #expect(reading.codes.contains("string-offsets"))
  #expect(reading.outcome == .lossy)
}

@Test func stringsBehindTheEndOfACutChunkAreNone() throws {
  var strings = ByteWriter()
  strings.string32("/'g'/'s'")
  for word in [28, 0x20, 1, 2, 0, 11, 0, 0] as [UInt32] { strings.u32(word) }
  var sketch = TDMSSketch()
  sketch.add([TDMSSketch.object("/'g'/'a'", type: 2, count: 1000), strings.bytes], data: [1, 0, 2, 0])
  let reading = try TDMSReading(sketch)
  #expect(reading.columns == ["g.a|a": ["1", "2"]] || reading.columns == ["g|a": ["1", "2"]])
  #expect(reading.outcome == .lossy)
}

@Test func rawAndPhysicalValuesStandBesideOneAnother() throws {
  var sketch = TDMSSketch()
  let scale: [(String, UInt32, [UInt8])] = [
    ("NI_Scale[0]_Scale_Type", 0x20, TDMSSketch.bytes(UInt32(6)) + Array("Linear".utf8)),
    TDMSSketch.number("NI_Scale[0]_Linear_Slope", 2),
    TDMSSketch.number("NI_Scale[0]_Linear_Y_Intercept", 1),
  ]
  // The group's scales are its channel's; the other channel is scaled already.
  sketch.add(
    [
      TDMSSketch.object("/'g'", type: nil, scale), TDMSSketch.object("/'g'/'a'", type: 5, count: 2),
      TDMSSketch.object(
        "/'g'/'b'", type: 5, count: 2, [("NI_Scaling_Status", 0x20, TDMSSketch.bytes(UInt32(6)) + Array("scaled".utf8))]
      ),
    ], data: [1, 2, 3, 4])
  #expect(try TDMSReading(sketch).columns == ["g|a": ["3.0", "5.0"], "g|b": ["3", "4"]])
  #expect(try TDMSReading(sketch, values: .raw).columns == ["g|a": ["1", "2"], "g|b": ["3", "4"]])
  #expect(
    try TDMSReading(sketch, values: .both).columns == [
      "g|a": ["3.0", "5.0"], "g|a.raw": ["1", "2"], "g|b": ["3", "4"],
    ])
}

/// Chunks above the size that is read at once, contiguous, interleaved, with strings, and cut.
@Test(arguments: [false, true]) func aLargeChunkIsReadInShares(_ isInterleaved: Bool) throws {
  let count = 400_000
  var sketch = TDMSSketch()
  var data: [UInt8] = []
  if isInterleaved {
    for index in 0..<count {
      data += TDMSSketch.bytes(Int32(index)) + TDMSSketch.bytes(Int16(truncatingIfNeeded: index))
    }
  } else {
    for index in 0..<count { data += TDMSSketch.bytes(Int32(index)) }
    for index in 0..<count { data += TDMSSketch.bytes(Int16(truncatingIfNeeded: index)) }
  }
  sketch.add(
    [
      TDMSSketch.object("/'g'/'a'", type: 3, count: UInt64(count)),
      TDMSSketch.object("/'g'/'b'", type: 2, count: UInt64(count)),
    ],
    contents: isInterleaved ? 0x2e : 0xe, data: data)
  let scratch = try ScratchFile(sketch.bytes, name: "a.tdms")
  let reader = try Format.open(FileReader(scratch.path))
  for jobs in [1, 3] {
    let reading = try TDMSReading(reader, jobs: jobs)
    #expect(reading.columns["g|a"] == (0..<count).map { "\($0)" })
    #expect(reading.columns["g|b"] == (0..<count).map { "\(Int16(truncatingIfNeeded: $0))" })
  }
  let cut = try ScratchFile(Array(sketch.bytes.dropLast(1001)), name: "a.tdms")
  let rest = try TDMSReading(Format.open(FileReader(cut.path)))
  #expect(rest.columns.values.map(\.count).min() == (isInterleaved ? count - 167 : count - 501))
}

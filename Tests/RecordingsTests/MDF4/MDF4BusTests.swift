import Testing

@testable import Core
@testable import Recordings

private typealias Channel = MDF4Builder.Channel

/// A log of frames: `time:f64 id:u32 ide:u8 dlc:u8 data[8]`, with the bus as a constant and a text for the kind of id.
private func log(_ frames: [(id: UInt64, ide: UInt64, data: [UInt8])]) throws -> [UInt8] {
  var builder = MDF4Builder()
  let constant = builder.conversion(1, [2, 0])
  let texts = builder.conversion(7, [0, 1], [builder.text("standard"), builder.text("extended"), 0])
  let members = builder.channels([
    Channel(name: "CAN_DataFrame.BusChannel", type: 6, bits: 0, conversion: constant),
    Channel(name: "CAN_DataFrame.ID", byte: 8, bits: 29),
    Channel(name: "CAN_DataFrame.IDE", byte: 12, bits: 1, conversion: texts),
    Channel(name: "CAN_DataFrame.DLC", byte: 13, bits: 4),
    Channel(name: "CAN_DataFrame.DataBytes", dataType: 10, byte: 14, bits: 64),
  ])
  let group = builder.group(
    [.time, Channel(name: "CAN_DataFrame", dataType: 10, byte: 8, bits: 112, composition: members)],
    cycles: frames.count, bytes: 22, flags: 6)
  let dataGroup = builder.dataGroup(group)
  var records: [UInt8] = []
  for (index, frame) in frames.enumerated() {
    records += builder.little(Double(index).bitPattern, 8) + builder.little(frame.id, 4)
    records += builder.little(frame.ide, 1) + [UInt8(frame.data.count)]
    records += frame.data + Array(repeating: 0xA5, count: 8 - frame.data.count)
  }
  builder.setLink(2, of: dataGroup, to: builder.block("DT", [], records))
  return builder.bytes
}

@Test(arguments: SignalValues.allCases) func framesAreTheSameWhateverValuesAreAskedFor(_ values: SignalValues) throws {
  let scratch = try ScratchFile(log([(0x12, 1, [1, 2]), (0x34, 0, [3])]))
  let reader = try Format.open(FileReader(scratch.path)).giving(values)
  var batches: [Batch] = []
  _ = try reader.read(Selection(), jobs: 1) { batches.append($0.batch) }
  let frames = try #require(batches.first.flatMap { CANFrames($0) })
  #expect(frames.channels == [2, 2], "a constant by its conversion")
  #expect(frames.ids == [0x8000_0012, 0x34], "a small id may have 29 bits")
  #expect(frames.lengths == [2, 1])
  #expect(frames.kinds == nil)
  #expect(reader.recording.channels[0].kind == .can)
  #expect(reader.recording.channels[0].type == "CAN_DataFrame")
}

/// Other buses than CAN: what was recorded, as a table, with the payload as bytes.
@Test(arguments: ["LIN_Frame", "LIN_ChecksumError", "FLX_Frame", "FLX_NullFrame", "ETH_Frame", "MOST_Message"])
func framesOfOtherBusesAreRawTables(_ event: String) throws {
  for isBusEvent in [true, false] {
    var builder = MDF4Builder()
    let values = builder.block("SD", [], builder.little(3, 4) + [1, 2, 3] + builder.little(1, 4) + [9])
    let members = builder.channels([
      Channel(name: "\(event).ID", byte: 8, bits: 16), Channel(name: "\(event).Dir", byte: 10, bits: 1),
      Channel(name: "\(event).DataBytes", type: 1, dataType: 10, byte: 11, bits: 32, data: values),
    ])
    let group = builder.group(
      [.time, Channel(name: event, dataType: 10, byte: 8, bits: 56, composition: members)], cycles: 2, bytes: 15,
      flags: isBusEvent ? 6 : 0)
    var records = builder.little(Double(0).bitPattern, 8) + [0x12, 0, 1, 0, 0, 0, 0]
    records += builder.little(Double(1).bitPattern, 8) + [0x13, 0, 0, 7, 0, 0, 0]
    _ = builder.dataGroup(group, data: builder.block("DT", [], records))
    let scratch = try ScratchFile(builder.bytes, name: "test.mf4")
    let reader = try Format.open(FileReader(scratch.path))
    #expect(reader.recording.channels[0].kind == (isBusEvent ? .can : .structured), "a signal may have such a name")
    #expect(reader.recording.channels[0].type == event)
    var batches: [Batch] = []
    _ = try reader.read(Selection(), jobs: 1) { batches.append($0.batch) }
    let batch = try #require(batches.first)
    #expect(CANFrames(batch) == nil)
    #expect(batch["\(event).ID"]?.doubles == [0x12, 0x13])
    guard case .text(let bytes)? = batch["\(event).DataBytes"]?.values else {
      Issue.record("no bytes")
      continue
    }
    #expect((0..<2).map { Array(bytes[$0]) } == [[1, 2, 3], [9]])
  }
}

/// Frames in a field of fixed size: what is behind the length is noise, and only what was recorded keeps it.
@Test(arguments: [
  ("LIN_Frame", "ReceivedDataByteCount", 8, [2, 8, 0], [2, 8, 0]),
  ("LIN_Frame", "DataLength", 8, [3, 200, 1], [3, 8, 1]),
  ("CAN_DataFrame", "DLC", 64, [8, 9, 15], [8, 12, 64]), ("CAN_DataFrame", "DLC", 8, [1, 9, 8], [1, 8, 8]),
])
func payloadsOfFixedSizeAreCutToTheirLength(
  _ event: String, _ measure: String, _ size: Int, _ said: [Int], _ wanted: [Int]
) throws {
  var builder = MDF4Builder()
  let members = builder.channels([
    Channel(name: "\(event).ID", byte: 8, bits: 16), Channel(name: "\(event).\(measure)", byte: 10, bits: 8),
    Channel(name: "\(event).DataBytes", dataType: 10, byte: 11, bits: 8 * size),
  ])
  let group = builder.group(
    [.time, Channel(name: event, dataType: 10, byte: 8, bits: 8 * (3 + size), composition: members)],
    cycles: said.count, bytes: 11 + size, flags: 6)
  var records: [UInt8] = []
  for (index, length) in said.enumerated() {
    records += builder.little(Double(index).bitPattern, 8) + [0x12, 0, UInt8(length)] + (0..<size).map { UInt8($0) }
  }
  _ = builder.dataGroup(group, data: builder.block("DT", [], records))
  let scratch = try ScratchFile(builder.bytes, name: "test.mf4")
  for values in SignalValues.allCases {
    let reader = try Format.open(FileReader(scratch.path)).giving(values)
    var batches: [Batch] = []
    _ = try reader.read(Selection(), jobs: 1) { batches.append($0.batch) }
    guard case .text(let bytes)? = batches.first?["\(event).DataBytes"]?.values else {
      Issue.record("no bytes")
      continue
    }
    let lengths = values == .raw ? said.map { _ in size } : wanted
    #expect((0..<bytes.count).map { Array(bytes[$0]) } == lengths.map { (0..<$0).map { UInt8($0) } })
  }
}

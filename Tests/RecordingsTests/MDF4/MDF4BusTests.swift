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

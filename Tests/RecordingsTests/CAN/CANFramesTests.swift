import Testing

@testable import Core
@testable import Recordings

private func batch(_ columns: [(String, FieldType, Column.Values)]) -> Batch {
  let all = columns.map { Column($0.2) }
  return Batch(schema: Schema(columns.map { Field($0.0, $0.1) }), columns: all, count: all.first?.count ?? 0)
}

private func texts(_ rows: [UInt8]...) -> Column.Values {
  var texts = Texts()
  for row in rows { texts.append(row) }
  return .text(texts)
}

private let eight: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]

@Test func framesOfRosAreReadByName() throws {
  let frames = try #require(
    CANFrames(
      batch([
        ("header.seq", .uint32, .uint32([9, 9, 9, 9])), ("header.frame_id", .string, texts([], [], [], [])),
        ("id", .uint32, .uint32([0x101, 0x18fe_f100, 5, 0x8000_0007])), ("is_rtr", .bool, .bool([0, 0, 1, 0])),
        ("is_extended", .bool, .bool([0, 1, 0, 0])), ("is_error", .bool, .bool([0, 0, 0, 0])),
        ("dlc", .uint8, .uint8([8, 3, 0, 15])), ("data", .bytes, texts(eight, eight, eight, eight)),
      ])))
  #expect(frames.ids == [0x101, 0x98fe_f100, 5, 0x8000_0007])
  #expect(frames.kinds == [.data, .data, .remote, .data])
  #expect(frames.lengths == [8, 3, 0, 8])
  #expect(frames.channels == nil)
}

@Test func flagBitsOfTheIdAreFlags() throws {
  let frames = try #require(
    CANFrames(
      batch([
        ("can_id", .uint32, .uint32([0xa000_0001, 0x4000_0001, 0x2000_0004])),
        ("datalen", .uint8, .uint8([1, 0, 8])), ("data", .bytes, texts(eight, eight, eight)),
      ])))
  #expect(frames.ids == [0x8000_0001, 1, 4])
  #expect(frames.kinds == [.error, .remote, .error])
}

@Test func martiFramesHaveTheirFlagsInOneByte() throws {
  let frames = try #require(
    CANFrames(
      batch([
        ("id", .uint32, .uint32([1, 2, 3, 4])), ("msg_type", .uint8, .uint8([0, 1, 2, 128])),
        ("data_length", .uint8, .uint8([8, 0, 2, 8])), ("data", .bytes, texts(eight, eight, eight, eight)),
      ])))
  #expect(frames.kinds == [.data, .remote, .data, .error])
  #expect(frames.ids == [1, 2, 0x8000_0003, 4])
}

@Test func aFramesLengthMayBeTheArraysOnly() throws {
  let frames = try #require(
    CANFrames(
      batch([
        ("id", .uint32, .uint32([1, 2])), ("extended", .bool, .bool([0, 1])), ("fdf", .bool, .bool([1, 1])),
        ("rtr", .bool, .bool([0, 0])), ("data", .bytes, texts(Array(repeating: 1, count: 20), [])),
      ])))
  #expect(frames.lengths == [20, 0])
}

@Test func aLengthOver8IsACodeUnlessTheArraySaysNot() throws {
  let long = [UInt8](repeating: 0, count: 64), nine = [UInt8](repeating: 0, count: 9)
  let frames = try #require(
    CANFrames(
      batch([
        ("id", .uint32, .uint32([1, 1, 1, 1])), ("dlc", .uint8, .uint8([9, 15, 9, 7])),
        ("data", .bytes, texts(long, long, nine, long)),
      ])))
  #expect(frames.lengths == [12, 64, 9, 7])
}

@Test func busLoggingIsReadByTheNamesOfASAM() throws {
  let frames = try #require(
    CANFrames(
      batch([
        ("CAN_DataFrame.BusChannel", .uint8, .uint8([1, 2])), ("CAN_DataFrame.ID", .uint32, .uint32([7, 0x8000_0009])),
        ("CAN_DataFrame.IDE", .uint8, .uint8([1, 0])), ("CAN_DataFrame.DLC", .uint8, .uint8([15, 2])),
        ("CAN_DataFrame.DataLength", .uint8, .uint8([48, 2])), ("CAN_DataFrame.Dir", .uint8, .uint8([0, 1])),
        ("CAN_DataFrame.EDL", .uint8, .uint8([1, 0])),
        ("CAN_DataFrame.DataBytes", .bytes, texts([UInt8](repeating: 3, count: 64), eight)),
      ])))
  #expect(frames.ids == [0x8000_0007, 0x8000_0009])
  #expect(frames.lengths == [48, 2])
  #expect(frames.channels == [1, 2])
}

@Test func groupsOfErrorsAndRemotesAreWhatTheyAreCalled() throws {
  let errors = try #require(
    CANFrames(
      batch([("CAN_ErrorFrame.BusChannel", .uint8, .uint8([1])), ("CAN_ErrorFrame.ErrorType", .uint8, .uint8([2]))])))
  #expect(errors.kinds == [.error])
  let remotes = try #require(
    CANFrames(batch([("CAN_RemoteFrame.ID", .uint32, .uint32([1])), ("CAN_RemoteFrame.DLC", .uint8, .uint8([8]))])))
  #expect(remotes.kinds == [.remote] && remotes.lengths == [0])
}

@Test(arguments: [
  [("id", FieldType.uint32), ("name", .string)], [("data", .bytes), ("dlc", .uint8)],
  [("msg.id", .uint32), ("msg.dlc", .uint8), ("msg.data", .bytes)], [],
])
func otherColumnsAreNoFrames(_ fields: [(String, FieldType)]) {
  #expect(!CANFrames.areFrames(Schema(fields.map { Field($0.0, $0.1) })))
}

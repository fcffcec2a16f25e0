import Testing

@testable import Core

@Test func whatAWriterWritesACursorReads() throws {
  var output = ByteWriter()
  output.u8(0xfe)
  output.i16(-2)
  output.u32(0xdead_beef)
  output.i64(.min)
  output.f32(-0.5)
  output.f64(.pi)
  output.u32BigEndian(0x0102_0304)
  output.string32("Straße")
  output.bytes32([1, 2, 3])
  let bytes = output.bytes
  var input = ByteCursor(bytes.bytes)
  #expect(try input.i8() == -2)
  #expect(try input.i16() == -2)
  #expect(try input.u32() == 0xdead_beef)
  #expect(try input.i64() == .min)
  #expect(try input.f32() == -0.5)
  #expect(try input.f64() == .pi)
  #expect(try input.bytes(4) == [1, 2, 3, 4])
  #expect(try input.string32() == "Straße")
  #expect(try input.bytes32() == [1, 2, 3])
  try input.finish()
}

@Test func bigEndianNumbersAreReadFromTheirFirstByte() throws {
  let bytes: [UInt8] = [0x80, 0, 0x3f, 0x80, 0, 0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe]
  var input = ByteCursor(bytes.bytes)
  #expect(try input.i16BigEndian() == .min)
  #expect(try input.f32BigEndian() == 1)
  #expect(try input.f64BigEndian() == 1)
  #expect(try input.i32BigEndian() == -2)
}

@Test func aLengthThatPassesTheEndIsRefused() throws {
  let bytes: [UInt8] = [255, 255, 255, 255, 255, 255, 255, 255, 0]
  var long = ByteCursor(bytes.bytes)
  #expect(throws: ByteCursor.Failure.self) { try long.length64() }
  var input = ByteCursor(bytes.bytes, at: 50)
  try input.skip(7)
  #expect(input.offset == 57)
  #expect(input.rest.byteCount == 2)
  #expect(throws: ByteCursor.Failure.self) { try input.skip(3) }
  #expect(throws: ByteCursor.Failure.self) { try input.skip(-1) }
  #expect(throws: ByteCursor.Failure.self) { try input.bytes(.max) }
  #expect(input.offset == 57)
  #expect(input.fail("a moon") == ByteCursor.Failure(offset: 57, wanted: "a moon"))
}

@Test func aPatchReplacesWhatWasWritten() {
  var output = ByteWriter()
  output.u32(0)
  output.u64(0)
  output.patch(u32: 0x0403_0201, at: 0)
  output.patch(u64: 7, at: 4)
  #expect(output.bytes == [1, 2, 3, 4, 7, 0, 0, 0, 0, 0, 0, 0])
}

@Test func typedArraysAreTheBytesOfTheFile() {
  let bytes: [UInt8] = [1, 0, 2, 0, 0xff, 0xff, 9]
  #expect([Int16](littleEndian: bytes.bytes) == [1, 2, -1])
  #expect([UInt16](bigEndian: bytes.bytes) == [0x0100, 0x0200, 0xffff])
  #expect([Int8](littleEndian: bytes.bytes) == [1, 0, 2, 0, -1, -1, 9])
  #expect([Int64](littleEndian: bytes.bytes) == [])
  #expect([UInt8]([Int16]([1, 2, -1]).bytes) == Array(bytes.prefix(6)))
  #expect([Double](bigEndian: ([0x3f, 0xf0, 0, 0, 0, 0, 0, 0] as [UInt8]).bytes) == [1])
}

@Test func aColumnIsGatheredFromRecords() {
  let records: [UInt8] = [7, 1, 0, 7, 2, 0, 7, 3, 0]
  let first = records.bytes.extracting(droppingFirst: 1)
  #expect([UInt16](strided: first, stride: 3, count: 3) == [1, 2, 3])
  #expect([UInt8](strided: records.bytes, stride: 3, count: 3) == [7, 7, 7])
  #expect([UInt16](strided: first, stride: 3, count: 0) == [])
}

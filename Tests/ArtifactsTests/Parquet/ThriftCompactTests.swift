import Testing

@testable import Artifacts

// The bytes are worked out by hand from the specification of the compact protocol.
@Test func aStructIsItsFieldsAndAZero() {
  let bytes = ThriftCompact { out in
    out.int32(1, 1)
    out.int64(3, -2)
    out.string(4, "ab")
    out.bool(7, true)
    out.bool(8, false)
    out.int16(40, 300)
  }.bytes
  #expect(
    bytes == [
      0x15, 0x02,  // 1: i32 1
      0x26, 0x03,  // 3: i64 -2
      0x18, 0x02, 0x61, 0x62,  // 4: binary "ab"
      0x31,  // 7: true
      0x12,  // 8: false
      0x04, 0x50, 0xd8, 0x04,  // 40, which is 32 further: i16 300
      0x00,
    ])
}

@Test func aFieldWithoutAValueIsLeftOut() {
  let bytes = ThriftCompact { out in
    out.int32(1, nil)
    out.int64(2, nil)
    out.binary(3, nil)
    out.bool(4, nil)
  }.bytes
  #expect(bytes == [0x00])
}

@Test func idsBeginAnewInAStructAndGoOnAfterIt() {
  let bytes = ThriftCompact { out in
    out.structure(5) { $0.int32(2, 0) }
    out.choice(6, 1)
    out.int8(7, -1)
  }.bytes
  #expect(bytes == [0x5c, 0x25, 0x00, 0x00, 0x1c, 0x1c, 0x00, 0x00, 0x13, 0xff, 0x00])
}

@Test func aListOfFifteenHasALongHeader() {
  let short = ThriftCompact { $0.list(1, .int32, [Int32](repeating: 1, count: 14)) { $0.element($1) } }.bytes
  let long = ThriftCompact { $0.list(1, .int32, [Int32](repeating: 1, count: 15)) { $0.element($1) } }.bytes
  #expect(short == [0x19, 0xe5] + [UInt8](repeating: 2, count: 14) + [0])
  #expect(long == [0x19, 0xf5, 0x0f] + [UInt8](repeating: 2, count: 15) + [0])
}

@Test func booleansInAListAreOneAndTwo() {
  let bytes = ThriftCompact { $0.list(1, .yes, [true, false]) { $0.element($1) } }.bytes
  #expect(bytes == [0x19, 0x21, 0x01, 0x02, 0x00])
}

@Test func theLargestIntegersTakeTenBytes() {
  let bytes = ThriftCompact { $0.int64(1, .min) }.bytes
  #expect(bytes == [0x16] + [UInt8](repeating: 0xff, count: 9) + [0x01, 0x00])
}

import Testing

@testable import Artifacts

private func encoded(_ values: [UInt32], width: Int) -> [UInt8] {
  var bytes: [UInt8] = []
  RunLength.append(values.span, width: width, to: &bytes)
  return bytes
}

@Test func theSpecificationsExampleIsPackedAsItSays() {
  // "the numbers 1 through 7 using bit width 3": 10001000 11000110 11111010, after a header for one group.
  #expect(encoded([0, 1, 2, 3, 4, 5, 6, 7], width: 3) == [0x03, 0x88, 0xc6, 0xfa])
}

@Test func eightEqualValuesAreARunAndSevenAreNot() {
  #expect(encoded([1, 1, 1, 1, 1, 1, 1, 1], width: 1) == [0x10, 0x01])
  #expect(encoded([1, 1, 1, 1, 1, 1, 1], width: 1) == [0x03, 0x7f])
}

@Test func theLastGroupIsPaddedToEight() {
  #expect(encoded([5], width: 9) == [0x03, 5, 0, 0, 0, 0, 0, 0, 0, 0])
}

@Test func aRunOfWideValuesHasWholeBytes() {
  #expect(encoded([UInt32](repeating: 0x1_0203, count: 100), width: 17) == [0xc8, 0x01, 0x03, 0x02, 0x01])
}

@Test func aDictionaryOfOneEntryStillHasARun() {
  // Readers fail on an empty stream of indices of width 0.
  #expect(encoded([UInt32](repeating: 0, count: 3), width: 0) == [0x06])
  #expect(encoded([UInt32](repeating: 0, count: 300), width: 0) == [0xd8, 0x04])
}

@Test(arguments: 0...32) func whatIsEncodedDecodes(_ width: Int) throws {
  var random = Seeded(UInt64(width))
  for _ in 0..<50 {
    var values: [UInt32] = []
    for _ in 0..<Int.random(in: 0...12, using: &random) {
      let value = UInt32(truncatingIfNeeded: random.next() & (1 << UInt64(width) - 1))
      values += [UInt32](repeating: value, count: Int.random(in: 1...20, using: &random))
    }
    let bytes = encoded(values, width: width)
    #expect(try decoded(bytes, width: width, count: values.count) == values)
  }
}

private struct Malformed: Error {}

/// An independent decoder, bit by bit.
private func decoded(_ bytes: [UInt8], width: Int, count: Int) throws -> [UInt32] {
  var values: [UInt32] = []
  var rest = bytes[...]
  while let first = rest.first {
    var header = UInt64(first & 0x7f)
    var shift: UInt64 = 7
    while let byte = rest.popFirst(), byte & 0x80 != 0 {
      guard let next = rest.first else { throw Malformed() }
      header |= UInt64(next & 0x7f) << shift
      shift += 7
    }
    if header & 1 == 0 {
      let size = (width + 7) / 8
      var value: UInt32 = 0
      for (index, byte) in rest.prefix(size).enumerated() { value |= UInt32(byte) << UInt32(8 * index) }
      rest = rest.dropFirst(size)
      values += [UInt32](repeating: value, count: Int(header >> 1))
    } else {
      let size = Int(header >> 1) * width
      let part = Array(rest.prefix(size))
      guard part.count == size else { throw Malformed() }
      rest = rest.dropFirst(size)
      for index in 0..<Int(header >> 1) * 8 {
        var value: UInt32 = 0
        for bit in 0..<width {
          let place = index * width + bit
          value |= UInt32(part[place / 8] >> UInt8(place % 8) & 1) << UInt32(bit)
        }
        values.append(value)
      }
    }
  }
  // Only the padding of the last group may be left.
  guard values.count >= count, values.count < count + 8, values[count...].allSatisfy({ $0 == 0 }) else {
    throw Malformed()
  }
  return Array(values[..<count])
}

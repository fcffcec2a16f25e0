import Testing

@testable import Core

/// zlib undoes what we do.
private func expectUnpacks(_ bytes: [UInt8], _ comment: Comment? = nil) throws {
  let packed = FastDeflate.zlib(bytes.bytes)
  #expect(try Codec.zlib.decompress(packed.bytes, size: bytes.count) == bytes, comment)
  #expect(FastDeflate.zlib(bytes.bytes) == packed, comment)
  #expect(packed.count <= bytes.count + bytes.count / 4_096 + 64, comment)
}

@Suite struct FastDeflateTests {
  @Test func nothingIsAnEmptyStream() throws {
    #expect(FastDeflate.zlib(([UInt8]()).bytes) == [0x78, 0x01, 3, 0, 0, 0, 0, 1])
    try expectUnpacks([])
  }

  @Test func everyShortInputUnpacks() throws {
    for count in 1...300 {
      try expectUnpacks([UInt8](repeating: 7, count: count))
      try expectUnpacks((0..<count).map { UInt8(truncatingIfNeeded: $0) })
      try expectUnpacks((0..<count).map { UInt8($0 % 2) })
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6])
  func mixturesOfNoiseAndRepetitionUnpack(_ seed: UInt64) throws {
    var random = SeededRandom(seed)
    var bytes: [UInt8] = []
    while bytes.count < 500_000 {
      let count = Int(random.next() % 1_000)
      switch random.next() % 5 {
      case 0: bytes += (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      case 1: bytes += (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() & 7 &* random.next() & 3) }
      case 2: bytes += repeatElement(UInt8(truncatingIfNeeded: random.next()), count: count)
      case 3: bytes += bytes.suffix(Int(random.next() % 40_000)).prefix(count)
      default: bytes += (0..<count).map { UInt8(truncatingIfNeeded: $0 / 3) }
      }
    }
    try expectUnpacks(bytes)
    try expectUnpacks(Array(bytes.prefix(1 << 17)), "a whole block")
    try expectUnpacks(Array(bytes.prefix(1 << 17 + 1)), "a block and a byte")
  }

  @Test func noiseIsStored() throws {
    var random = SeededRandom(9)
    try expectUnpacks((0..<400_000).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }

  @Test func repetitionsOfEveryLengthAndDistanceUnpack() throws {
    var random = SeededRandom(5)
    let noise = (0..<33_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    for distance in [1, 2, 3, 4, 5, 6, 7, 8, 9, 64, 65, 255, 256, 257, 8_192, 24_577, 32_767, 32_768, 32_769] {
      for length in [3, 4, 5, 6, 10, 11, 257, 258, 259, 260, 261, 262, 515, 516, 517, 519, 1_000] {
        var bytes = Array(noise.prefix(distance))
        for index in 0..<length { bytes.append(bytes[index]) }
        try expectUnpacks(bytes + [1, 2, 3], "\(length) bytes, \(distance) before")
      }
    }
  }

  /// Frequencies like Fibonacci's numbers make the deepest trees there are.
  @Test func codesAreNeverLongerThanAllowed() {
    var frequencies: [UInt32] = [1, 1]
    while frequencies.count < 40 { frequencies.append(frequencies.suffix(2).reduce(0, +)) }
    for (count, longest) in [(40, 15), (19, 7), (16, 15), (17, 15), (2, 15), (8, 7), (9, 7)] {
      let code = HuffmanCode(Array(frequencies.prefix(count)), longest: longest)
      #expect(code.lengths.allSatisfy { (1...longest).contains(Int($0)) })
      // Kraft: the codes fill the tree.
      #expect(code.lengths.reduce(0) { $0 + 1 << (longest - Int($1)) } == 1 << longest)
      #expect(zip(code.lengths, code.lengths.dropFirst()).allSatisfy { $0 >= $1 })
    }
    #expect(HuffmanCode([0, 0, 0], longest: 15).lengths == [0, 0, 0])
    #expect(HuffmanCode([0, 9, 0], longest: 15).lengths == [0, 1, 0])
    #expect(HuffmanCode([3, 3, 3, 3], longest: 15).lengths == [2, 2, 2, 2])
  }
}

import Testing

@testable import Core

@Test(arguments: Codec.allCases) func everyPrefixIsRefusedAndSalvagedAsFarAsItGoes(_ codec: Codec) throws {
  let bytes = sampleBytes(2_000)
  let packed = try codec.compress(bytes.bytes)
  for cut in 0..<packed.count {
    let part = Array(packed[..<cut])
    #expect(throws: CodecError.self, "cut at \(cut)") { try codec.decompress(part.bytes, size: bytes.count) }
    let salvaged = codec.salvage(part.bytes)
    #expect(salvaged.consumed <= cut)
    // A block without a frame does not tell where it ends, so its bytes prove nothing.
    guard codec != .lz4Block else { continue }
    let isPrefix = bytes.starts(with: salvaged.bytes)
    #expect(isPrefix, "cut at \(cut)")
    #expect(cut == 0 || salvaged.problem?.problem == .truncated, "cut at \(cut)")
  }
}

@Test(arguments: Codec.allCases) func aFlippedBitIsSeenOrHarmless(_ codec: Codec) throws {
  let bytes = sampleBytes(800)
  let packed = try codec.compress(bytes.bytes)
  // Blocks of LZ4 and our frames of zstd carry no checksum.
  let hasChecksum = codec != .lz4Block && codec != .zstd
  for bit in 0..<8 * packed.count {
    var damaged = packed
    damaged[bit / 8] ^= 1 << UInt8(bit % 8)
    let salvaged = codec.salvage(damaged.bytes, limit: 1 << 20)
    #expect(salvaged.bytes.count <= 1 << 20 && salvaged.consumed <= damaged.count)
    guard let result = try? codec.decompress(damaged.bytes, size: bytes.count) else { continue }
    #expect(result.count == bytes.count)
    #expect(!hasChecksum || result == bytes, "bit \(bit)")
  }
}

@Test(arguments: Codec.allCases) func noiseIsNotAStream(_ codec: Codec) {
  var random = SeededRandom(11)
  for count in 0..<300 {
    let noise = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    _ = try? codec.decompress(noise.bytes, size: 100)
    #expect(codec.salvage(noise.bytes, limit: 1 << 16).consumed <= count)
  }
}

@Test(arguments: Codec.allCases) func aBombEndsAtTheDeclaredSize(_ codec: Codec) throws {
  let packed = try codec.compress([UInt8](repeating: 0, count: 30_000_000).bytes)
  let error = #expect(throws: CodecError.self) { try codec.decompress(packed.bytes, size: 206) }
  #expect(error.map { $0.produced <= 206 } == true)
  if codec != .lz4Block {
    #expect(error?.problem == .tooLong(size: 206))
    let salvaged = codec.salvage(packed.bytes, limit: 1_000_000)
    #expect(salvaged.bytes.count == 1_000_000)
    #expect(salvaged.problem?.problem == .tooLong(size: 1_000_000))
  }
}

@Test(arguments: Codec.allCases) func aSizeThatIsNotInTheInputIsRefused(_ codec: Codec) throws {
  let packed = try codec.compress(sampleBytes(100).bytes)
  let error = #expect(throws: CodecError.self) { try codec.decompress(packed.bytes, size: 1 << 30) }
  #expect(error?.problem == .tooShort(size: 1 << 30))
  let tooLarge = #expect(throws: CodecError.self) { try codec.decompress(packed.bytes, size: 101, limit: 100) }
  #expect(tooLarge?.problem == .tooLarge(size: 101, limit: 100))
}

@Test(arguments: [Codec.gzip, .bzip2, .lz4Frame, .zstd]) func streamsMayFollowOneAnother(_ codec: Codec) throws {
  let parts = [sampleBytes(10), [], sampleBytes(100_000, seed: 2), sampleBytes(3, seed: 3)]
  let packed = try parts.flatMap { try codec.compress($0.bytes) }
  let bytes = Array(parts.joined())
  #expect(try codec.decompress(packed.bytes, size: bytes.count) == bytes)
  #expect(codec.salvage(packed.bytes) == Salvaged(bytes: bytes, consumed: packed.count, problem: nil))
  let cut = Array(packed.dropLast(1))
  #expect(throws: CodecError.self) { try codec.decompress(cut.bytes, size: bytes.count) }
  #expect(codec.salvage(cut.bytes).problem?.problem == .truncated)
}

@Test(arguments: Codec.allCases.filter { $0 != .lz4Block }) func bytesAfterTheEndAreTold(_ codec: Codec) throws {
  let bytes = sampleBytes(1_000)
  let packed = try codec.compress(bytes.bytes)
  let error = #expect(throws: CodecError.self) { try codec.decompress((packed + [1, 2, 3]).bytes, size: 1_000) }
  #expect(error?.problem == .trailing(3))
  #expect(codec.salvage((packed + [1, 2, 3]).bytes) == Salvaged(bytes: bytes, consumed: packed.count, problem: nil))
}

@Test func zstdPassesOverFramesWithoutData() throws {
  let bytes = sampleBytes(1_000)
  let packed = try LZ4FrameBuilder.skippable(5) + Codec.zstd.compress(bytes.bytes) + LZ4FrameBuilder.skippable(0)
  #expect(try Codec.zstd.decompress(packed.bytes, size: 1_000) == bytes)
  #expect(Codec.zstd.salvage(packed.bytes) == Salvaged(bytes: bytes, consumed: packed.count, problem: nil))
}

@Test func gzipCarriesNeitherTimeNorName() throws {
  // RFC 1952 2.3: magic, deflate, no flags, time 0.
  #expect(try Codec.gzip.compress(sampleBytes(1).bytes).prefix(8) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0])
}

@Test func aCutStreamOfBZip2GivesItsWholeBlocks() throws {
  let bytes = sampleBytes(450_000)
  let packed = try Codec.bzip2.compress(bytes.bytes, level: 1)
  var lengths: Set<Int> = []
  for cut in Array(stride(from: 0, to: packed.count, by: 997)) + [packed.count - 1] {
    let salvaged = Codec.bzip2.salvage(Array(packed[..<cut]).bytes)
    let isPrefix = bytes.starts(with: salvaged.bytes)
    #expect(isPrefix)
    lengths.insert(salvaged.bytes.count)
  }
  #expect(lengths.count == 1 + Codec.bzip2.blocks(of: packed))
}

@Test func aWrongBlockOfBZip2IsNotGiven() throws {
  let bytes = sampleBytes(450_000)
  let packed = try Codec.bzip2.compress(bytes.bytes, level: 1)
  var lengths: Set<Int> = []
  for place in stride(from: 1_000, to: packed.count, by: 4_001) {
    var damaged = packed
    damaged[place] ^= 0x10
    let salvaged = Codec.bzip2.salvage(damaged.bytes)
    let isPrefix = bytes.starts(with: salvaged.bytes)
    #expect(isPrefix, "damaged at \(place)")
    #expect(salvaged.problem != nil, "damaged at \(place)")
    lengths.insert(salvaged.bytes.count)
  }
  #expect(lengths.count == Codec.bzip2.blocks(of: packed))
}

extension Codec {
  /// How many blocks a bzip2 stream has: their magic stands at any bit.
  fileprivate func blocks(of packed: [UInt8]) -> Int {
    var count = 0, window: UInt64 = 0
    for bit in 0..<8 * packed.count {
      window = (window << 1 | UInt64(packed[bit / 8] >> UInt8(7 - bit % 8) & 1)) & 0xffff_ffff_ffff
      if window == 0x3141_5926_5359 { count += 1 }
    }
    return count
  }
}

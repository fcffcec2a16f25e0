import Testing

@testable import Core

/// Bytes that pack to about a fifth, the same for the same seed.
func sampleBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var random = SeededRandom(seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count)
  while bytes.count < count {
    let value = UInt8(truncatingIfNeeded: random.next())
    bytes += repeatElement(value, count: Int(random.next() % 16) + 1)
  }
  return Array(bytes.prefix(count))
}

/// SplitMix64: small, and the same everywhere.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

@Test(arguments: Codec.allCases, [0, 1, 100, 65_536, 1_200_000])
func whatIsPackedUnpacksToTheSame(_ codec: Codec, _ count: Int) throws {
  let bytes = sampleBytes(count)
  let packed = try codec.compress(bytes.bytes)
  #expect(try codec.decompress(packed.bytes, size: count) == bytes)
  #expect(codec.salvage(packed.bytes) == Salvaged(bytes: bytes, consumed: packed.count, problem: nil))
}

@Test(arguments: Codec.allCases) func packingTwiceGivesTheSameBytes(_ codec: Codec) throws {
  let bytes = sampleBytes(100_000)
  #expect(try codec.compress(bytes.bytes) == codec.compress(bytes.bytes))
}

@Test(arguments: Codec.allCases) func anotherSizeIsRefused(_ codec: Codec) throws {
  let bytes = sampleBytes(100_000)
  let packed = try codec.compress(bytes.bytes)
  for size in [0, 1, 99_999, 100_001, 1 << 20, 1 << 29, -1, 1 << 40] {
    #expect(throws: CodecError.self) { try codec.decompress(packed.bytes, size: size) }
  }
}

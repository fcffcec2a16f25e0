@testable import Core

/// Builds LZ4 frames field by field.
///
/// https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
struct LZ4FrameBuilder {
  struct Form: CustomStringConvertible {
    var isLinked = false
    var blockChecksums = false
    var contentSize = false
    var contentChecksum = true
    /// 4 to 7: 64 KiB, 256 KiB, 1 MiB, 4 MiB.
    var blockSize: UInt8 = 6

    var description: String {
      "\(isLinked ? "linked" : "independent") 64 KiB << \(2 * (blockSize - 4))" + (blockChecksums ? ", block sums" : "")
        + (contentSize ? ", size" : "") + (contentChecksum ? ", sum" : "")
    }

    static let all: [Form] = [false, true].flatMap { linked in
      [false, true].flatMap { blocks in
        [false, true].flatMap { size in
          [false, true].flatMap { sum in
            (UInt8(4)...7).map {
              Form(
                isLinked: linked, blockChecksums: blocks, contentSize: size, contentChecksum: sum, blockSize: $0)
            }
          }
        }
      }
    }
  }

  private(set) var bytes: [UInt8] = []
  /// Where each block begins.
  private(set) var blocks: [Int] = []
  private let form: Form
  private var content: [UInt8] = []

  init(_ form: Form, size: Int = 0) {
    self.form = form
    var output = ByteWriter()
    output.u32(0x184d_2204)
    var descriptor = ByteWriter()
    descriptor.u8(
      0x40 | (form.isLinked ? 0 : 0x20) | (form.blockChecksums ? 0x10 : 0) | (form.contentSize ? 0x08 : 0)
        | (form.contentChecksum ? 0x04 : 0))
    descriptor.u8(form.blockSize << 4)
    if form.contentSize { descriptor.u64(UInt64(size)) }
    output.append(descriptor.bytes)
    output.u8(UInt8(truncatingIfNeeded: xxHash32(descriptor.bytes) >> 8))
    bytes = output.bytes
  }

  mutating func add(stored content: [UInt8]) { add(content, size: UInt32(content.count) | 0x8000_0000, of: content) }

  mutating func add(packed content: [UInt8]) throws {
    let packed = try Codec.lz4Block.compress(content.bytes)
    add(packed, size: UInt32(packed.count), of: content)
  }

  /// A block that copies the last `count` bytes of what is before it, and ends in `tail`: at least five bytes.
  mutating func add(repeating count: Int, tail: [UInt8]) {
    // Token: no literals, a match of 4 + 15 + 255 n + rest; then the last literals.
    var block: [UInt8] = [0x0f, UInt8(count & 0xff), UInt8(count >> 8)]
    var rest = count - 19
    while rest >= 255 {
      block.append(255)
      rest -= 255
    }
    block += [UInt8(rest), UInt8(tail.count << 4)] + tail
    add(block, size: UInt32(block.count), of: content.suffix(count) + tail)
  }

  private mutating func add(_ block: [UInt8], size: UInt32, of content: [UInt8]) {
    blocks.append(bytes.count)
    self.content += content
    var output = ByteWriter()
    output.u32(size)
    output.append(block)
    if form.blockChecksums { output.u32(xxHash32(block)) }
    bytes += output.bytes
  }

  func finished() -> [UInt8] {
    var output = ByteWriter()
    output.u32(0)
    if form.contentChecksum { output.u32(xxHash32(content)) }
    return bytes + output.bytes
  }

  /// A frame without data, which decoders pass over.
  static func skippable(_ count: Int) -> [UInt8] {
    var output = ByteWriter()
    output.u32(0x184d_2a53)
    output.u32(UInt32(count))
    output.append(zeros: count)
    return output.bytes
  }
}

/// The hash of LZ4 frames.
///
/// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
func xxHash32(_ bytes: [UInt8]) -> UInt32 {
  let primes: [UInt32] = [0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d, 0x27d4_eb2f, 0x1656_67b1]
  func turned(_ value: UInt32, _ count: UInt32) -> UInt32 { value << count | value >> (32 - count) }
  func word(_ index: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << (8 * UInt32($1)) } }
  var index = 0
  var sum = primes[4]
  if bytes.count >= 16 {
    var lanes = [primes[0] &+ primes[1], primes[1], 0, 0 &- primes[0]]
    while index + 16 <= bytes.count {
      for lane in 0..<4 {
        lanes[lane] = turned(lanes[lane] &+ word(index + 4 * lane) &* primes[1], 13) &* primes[0]
      }
      index += 16
    }
    sum = turned(lanes[0], 1) &+ turned(lanes[1], 7) &+ turned(lanes[2], 12) &+ turned(lanes[3], 18)
  }
  sum = sum &+ UInt32(bytes.count)
  while index + 4 <= bytes.count {
    sum = turned(sum &+ word(index) &* primes[2], 17) &* primes[3]
    index += 4
  }
  for byte in bytes[index...] { sum = turned(sum &+ UInt32(byte) &* primes[4], 11) &* primes[0] }
  sum = (sum ^ (sum >> 15)) &* primes[1]
  sum = (sum ^ (sum >> 13)) &* primes[2]
  return sum ^ (sum >> 16)
}

import CLZ4

/// Single LZ4 blocks, as Parquet and MDF 4.3 hold them.
enum LZ4Block {
  static func compress(_ input: RawSpan, level: Int32?) throws(CodecError) -> [UInt8] {
    guard let count = Int32(exactly: input.byteCount), count <= LZ4_MAX_INPUT_SIZE else {
      throw CodecError(.lz4Block, .resources("more than 2 GB at once"))
    }
    let bytes = unsafe input.withUnsafeBytes { input in
      let bound = LZ4_compressBound(count)
      return unsafe [UInt8](unsafeUninitializedCapacity: Int(bound)) { output, filled in
        unsafe output.withMemoryRebound(to: CChar.self) { output in
          let source = unsafe input.baseAddress?.assumingMemoryBound(to: CChar.self)
          let written =
            if let level, level >= LZ4HC_CLEVEL_MIN {
              unsafe LZ4_compress_HC(source, output.baseAddress, count, bound, level)
            } else {
              unsafe LZ4_compress_default(source, output.baseAddress, count, bound)
            }
          filled = Int(max(0, written))
        }
      }
    }
    guard !bytes.isEmpty else { throw CodecError(.lz4Block, .resources("cannot compress")) }
    return bytes
  }

  static func decompress(_ input: RawSpan, size: Int) throws(CodecError) -> [UInt8] {
    guard let count = Int32(exactly: input.byteCount) else {
      throw CodecError(.lz4Block, .resources("more than 2 GB at once"))
    }
    // No byte of a block becomes more than 255, so a larger size is wrong and is not allocated.
    guard size <= Int(count) * 255 else { throw CodecError(.lz4Block, .tooShort(size: size)) }
    guard let room = Int32(exactly: size) else {
      throw CodecError(.lz4Block, .resources("more than 2 GB at once"))
    }
    var result: Int32 = 0
    let bytes = unsafe input.withUnsafeBytes { input in
      // One byte more than wanted, so that an empty output has an address and a longer one is told apart.
      unsafe [UInt8](unsafeUninitializedCapacity: size + 1) { output, filled in
        result = unsafe decode(input, count, UnsafeMutableRawBufferPointer(output), room)
        filled = Int(max(0, result))
      }
    }
    guard result >= 0 else { throw CodecError(.lz4Block, .corrupt("damaged, or longer than \(size) bytes"), offset: 0) }
    guard bytes.count == size else { throw CodecError(.lz4Block, .tooShort(size: size), produced: bytes.count) }
    return bytes
  }

  /// A block tells neither its size nor its end: it is whole, or nothing can be said of it.
  static func salvage(_ input: RawSpan, limit: Int) -> Salvaged {
    guard let count = Int32(exactly: input.byteCount) else {
      return Salvaged(bytes: [], consumed: 0, problem: CodecError(.lz4Block, .resources("more than 2 GB at once")))
    }
    let room = Int32(clamping: min(limit, input.byteCount * 255))
    var result: Int32 = 0
    let bytes = unsafe input.withUnsafeBytes { input in
      unsafe [UInt8](unsafeUninitializedCapacity: Int(room) + 1) { output, filled in
        result = unsafe decode(input, count, UnsafeMutableRawBufferPointer(output), room)
        filled = Int(max(0, result))
      }
    }
    guard result >= 0 else {
      return Salvaged(bytes: [], consumed: 0, problem: CodecError(.lz4Block, .corrupt("damaged or cut")))
    }
    return Salvaged(bytes: bytes, consumed: input.byteCount, problem: nil)
  }

  private static func decode(
    _ input: UnsafeRawBufferPointer, _ count: Int32, _ output: UnsafeMutableRawBufferPointer, _ room: Int32
  ) -> Int32 {
    unsafe LZ4_decompress_safe(
      input.baseAddress?.assumingMemoryBound(to: CChar.self), output.baseAddress?.assumingMemoryBound(to: CChar.self),
      count, room)
  }
}

import CBZip2

/// Streams by libbz2.
enum BZip2 {
  static func compress(_ input: RawSpan, level: Int32?) throws(CodecError) -> [UInt8] {
    // bzlib.h: the output is never larger than 101 % of the input and 600 bytes; 4 GiB at most.
    let bound = input.byteCount + input.byteCount / 100 + 600
    guard var count = UInt32(exactly: bound) else { throw CodecError(.bzip2, .resources("more than 4 GiB at once")) }
    var code = BZ_OK
    let bytes = unsafe input.withUnsafeBytes { input in
      unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, filled in
        let source = unsafe UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: CChar.self))
        var nothing: CChar = 0
        code = unsafe output.withMemoryRebound(to: CChar.self) { output in
          unsafe withUnsafeMutablePointer(to: &nothing) { nothing in
            unsafe BZ2_bzBuffToBuffCompress(
              output.baseAddress, &count, source ?? nothing, UInt32(input.count), min(9, max(1, level ?? 9)), 0, 0)
          }
        }
        filled = code == BZ_OK ? Int(count) : 0
      }
    }
    guard code == BZ_OK else { throw CodecError(.bzip2, .resources("cannot compress, \(reason(code))")) }
    return bytes
  }

  /// All whole blocks whose checksum is right.
  ///
  /// The library hands out a block before it compares the checksum at the block's end. Where it then refuses, the input
  /// is unpacked again byte by byte: no byte of input ends more than one block, so what came since the last byte is
  /// exactly the block that is wrong, and is taken back.
  static func salvage(_ input: RawSpan, limit: Int) -> Salvaged {
    let quick = recover(BZip2Decoder(), input, limit)
    guard case .corrupt = quick.problem?.problem else { return quick }
    return recover(BZip2Decoder(piece: 1), input, limit)
  }

  static func reason(_ code: Int32) -> String {
    switch code {
    case BZ_DATA_ERROR: "a block or its checksum is wrong"
    case BZ_DATA_ERROR_MAGIC: "not a bzip2 stream"
    case BZ_MEM_ERROR: "no memory"
    default: "code \(code)"
    }
  }
}

/// Unpacks bzip2, `piece` bytes of input at a time.
@safe final class BZip2Decoder: StreamDecoder {
  static let ratio = 256
  let codec = Codec.bzip2
  private let stream: UnsafeMutablePointer<bz_stream>
  private let piece: Int
  private var code: Int32
  /// Bytes of a block whose checksum has not been compared; known when the input comes byte by byte.
  private var unproven = 0

  init(piece: Int = Int(UInt32.max)) {
    self.piece = piece
    // The library keeps the state's address, so it must not move.
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: bz_stream())
    code = unsafe BZ2_bzDecompressInit(stream, 0, 0)
  }

  deinit {
    unsafe BZ2_bzDecompressEnd(stream)
    unsafe stream.deallocate()
  }

  func slack(_ input: UnsafeRawBufferPointer) -> Int { 1 }

  func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> Step {
    guard code == BZ_OK else { return Step(read: 0, written: 0, outcome: .failed(.resources(BZip2.reason(code)))) }
    let count = min(input.count, piece), room = min(output.count, Int(UInt32.max))
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: CChar.self))
    unsafe stream.pointee.avail_in = UInt32(count)
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: CChar.self)
    unsafe stream.pointee.avail_out = UInt32(room)
    let result = unsafe BZ2_bzDecompress(stream)
    let read = unsafe count - Int(stream.pointee.avail_in), written = unsafe room - Int(stream.pointee.avail_out)
    switch result {
    case BZ_OK:
      // The library goes on to the next byte only when the block before it is whole and right.
      unproven = read == 0 ? unproven + written : unproven > 0 ? 0 : written
      return Step(read: read, written: written, outcome: .more)
    case BZ_STREAM_END:
      unproven = 0
      return Step(read: read, written: written, outcome: .ended)
    case BZ_MEM_ERROR: return Step(read: read, written: 0, outcome: .failed(.resources(BZip2.reason(result))))
    default:
      let kept = piece > 1 || (unproven > 0 && read > 0) ? written : -(read == 0 ? unproven : 0)
      return Step(read: read, written: kept, outcome: .failed(.corrupt(BZip2.reason(result))))
    }
  }

  func continues(_ input: UnsafeRawBufferPointer) -> Bool {
    guard unsafe input.starts(with: Array("BZh".utf8)) else { return false }
    unsafe BZ2_bzDecompressEnd(stream)
    unsafe stream.pointee = bz_stream()
    code = unsafe BZ2_bzDecompressInit(stream, 0, 0)
    return true
  }
}

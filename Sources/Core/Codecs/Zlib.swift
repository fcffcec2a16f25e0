import CZlib

/// Streams and gzip members by zlib; whole streams by libdeflate.
enum Zlib {
  enum Form { case zlib, gzip }

  static func compress(
    _ input: RawSpan, _ form: Form, level: Int32?, strategy: Int32 = Z_DEFAULT_STRATEGY
  ) throws(CodecError) -> [UInt8] {
    let codec = form == .zlib ? Codec.zlib : .gzip
    var stream = unsafe z_stream()
    // 31 is the largest window with gzip's frame around the data (zlib.h, deflateInit2); memory level 8 is the default.
    let code = unsafe deflateInit2_(
      &stream, level ?? Z_DEFAULT_COMPRESSION, Z_DEFLATED, form == .zlib ? 15 : 31, 8, strategy,
      ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw CodecError(codec, .resources("cannot begin, code \(code)")) }
    defer { unsafe deflateEnd(&stream) }
    var end = Z_OK
    let bytes = unsafe input.withUnsafeBytes { input in
      let bound = unsafe Int(deflateBound(&stream, UInt(input.count)))
      return unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, filled in
        var read = 0
        repeat {
          let piece = min(input.count - read, Int(UInt32.max)), room = min(bound - filled, Int(UInt32.max))
          unsafe stream.next_in = input.mutableStart?.advanced(by: read)
          unsafe stream.avail_in = UInt32(piece)
          unsafe stream.next_out = output.baseAddress?.advanced(by: filled)
          unsafe stream.avail_out = UInt32(room)
          end = unsafe deflate(&stream, read + piece == input.count ? Z_FINISH : Z_NO_FLUSH)
          unsafe read += piece - Int(stream.avail_in)
          unsafe filled += room - Int(stream.avail_out)
        } while end == Z_OK
      }
    }
    guard end == Z_STREAM_END else { throw CodecError(codec, .resources("cannot compress, code \(end)")) }
    return bytes
  }

  static func decompress(_ input: RawSpan, size: Int) throws(CodecError) -> [UInt8] {
    if let bytes = Libdeflate.decompress(input, size: size) { return bytes }
    return try unpack(ZlibDecoder(.zlib), input, size)
  }
}

extension Codec {
  /// A zlib stream made by looking for runs only: of filtered pixels as small as others, and faster (zlib.h, `Z_RLE`).
  package static func zlibOfPixels(_ input: RawSpan) throws(CodecError) -> [UInt8] {
    try Zlib.compress(input, .zlib, level: 1, strategy: Z_RLE)
  }
}

/// Inflates; one state for stream after stream.
@safe final class ZlibDecoder: StreamDecoder {
  static let ratio = 256
  let codec: Codec
  private let stream: UnsafeMutablePointer<z_stream>
  private let begun: Int32

  init(_ form: Zlib.Form) {
    codec = form == .zlib ? .zlib : .gzip
    // The library keeps the state's address, so it must not move.
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    begun = unsafe inflateInit2_(
      stream, form == .zlib ? 15 : 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func slack(_ input: UnsafeRawBufferPointer) -> Int { 1 }

  func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> Step {
    guard begun == Z_OK else { return Step(read: 0, written: 0, outcome: .failed(.resources("no memory"))) }
    let count = min(input.count, Int(UInt32.max)), room = min(output.count, Int(UInt32.max))
    unsafe stream.pointee.next_in = input.mutableStart
    unsafe stream.pointee.avail_in = UInt32(count)
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(room)
    let code = unsafe inflate(stream, Z_NO_FLUSH)
    let read = unsafe count - Int(stream.pointee.avail_in), written = unsafe room - Int(stream.pointee.avail_out)
    return Step(read: read, written: written, outcome: outcome(code))
  }

  private func outcome(_ code: Int32) -> Step.Outcome {
    switch code {
    case Z_OK, Z_BUF_ERROR: .more
    case Z_STREAM_END: .ended
    case Z_MEM_ERROR: .failed(.resources("no memory"))
    case Z_NEED_DICT: .failed(.corrupt("needs a dictionary"))
    default: unsafe .failed(.corrupt(stream.pointee.msg.map { unsafe String(cString: $0) } ?? "code \(code)"))
    }
  }

  func continues(_ input: UnsafeRawBufferPointer) -> Bool {
    guard codec == .gzip, unsafe input.starts(with: [0x1f, 0x8b]) else { return false }
    return unsafe inflateReset(stream) == Z_OK
  }
}

extension UnsafeRawBufferPointer {
  /// The address as zlib's header wants it; the library does not write there.
  fileprivate var mutableStart: UnsafeMutablePointer<UInt8>? {
    unsafe UnsafeMutablePointer(mutating: baseAddress?.assumingMemoryBound(to: UInt8.self))
  }
}

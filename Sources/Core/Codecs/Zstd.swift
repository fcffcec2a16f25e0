import CZstd

/// Frames by libzstd.
enum Zstd {
  /// Contexts that are ready for use: making one costs more than unpacking a small chunk.
  private static let compressors = unsafe Pool<OpaquePointer>()
  static let decompressors = unsafe Pool<OpaquePointer>()

  static func compress(_ input: RawSpan, level: Int32?) throws(CodecError) -> [UInt8] {
    guard let context = unsafe compressors.take() ?? ZSTD_createCCtx() else {
      throw CodecError(.zstd, .resources("no memory"))
    }
    defer { unsafe compressors.give(context) { unsafe ZSTD_freeCCtx($0) } }
    var result = 0
    let bytes = unsafe input.withUnsafeBytes { input in
      let bound = ZSTD_compressBound(input.count)
      return unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, filled in
        result = unsafe ZSTD_compressCCtx(
          context, output.baseAddress, bound, input.baseAddress, input.count, level ?? 3)
        filled = ZSTD_isError(result) == 0 ? result : 0
      }
    }
    guard ZSTD_isError(result) == 0 else { throw CodecError(.zstd, .resources(reason(result))) }
    return bytes
  }

  static func decompress(_ input: RawSpan, size: Int) throws(CodecError) -> [UInt8] {
    if let bytes = atOnce(input, size: size) { return bytes }
    return try unpack(ZstdDecoder(), input, size)
  }

  /// Without the window that streaming keeps; nil where that did not give `size` bytes, or might not pay.
  private static func atOnce(_ input: RawSpan, size: Int) -> [UInt8]? {
    guard size <= max(64 << 10, input.byteCount.multipliedReportingOverflow(by: ZstdDecoder.ratio).partialValue),
      let context = unsafe decompressors.take() ?? ZSTD_createDCtx()
    else { return nil }
    defer { unsafe decompressors.give(context) { unsafe ZSTD_freeDCtx($0) } }
    var result = 0
    let bytes = unsafe input.withUnsafeBytes { input in
      unsafe [UInt8](unsafeUninitializedCapacity: size) { output, filled in
        result = unsafe ZSTD_decompressDCtx(context, output.baseAddress, size, input.baseAddress, input.count)
        filled = ZSTD_isError(result) == 0 ? result : 0
      }
    }
    return ZSTD_isError(result) == 0 && bytes.count == size ? bytes : nil
  }

  static func reason(_ code: Int) -> String { unsafe String(cString: ZSTD_getErrorName(code)) }
}

/// Unpacks zstd piece by piece; windows above 128 MiB are refused, as the library does by default.
@safe final class ZstdDecoder: StreamDecoder {
  static let ratio = 256
  let codec = Codec.zstd
  private let context: OpaquePointer?

  init() {
    unsafe context = Zstd.decompressors.take() ?? ZSTD_createDCtx()
    unsafe ZSTD_initDStream(context)
  }

  deinit {
    guard let context = unsafe context else { return }
    unsafe Zstd.decompressors.give(context) { unsafe ZSTD_freeDCtx($0) }
  }

  func slack(_ input: UnsafeRawBufferPointer) -> Int { 1 }

  func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> Step {
    guard let context = unsafe context else {
      return Step(read: 0, written: 0, outcome: .failed(.resources("no memory")))
    }
    var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = unsafe ZSTD_decompressStream(context, &target, &source)
    let outcome: Step.Outcome =
      ZSTD_isError(result) != 0 ? .failed(.corrupt(Zstd.reason(result))) : result == 0 ? .ended : .more
    return unsafe Step(read: source.pos, written: target.pos, outcome: outcome)
  }

  func continues(_ input: UnsafeRawBufferPointer) -> Bool {
    unsafe input.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) || input.beginsSkippableFrame
  }
}

extension UnsafeRawBufferPointer {
  /// The magic of a frame without data, the same for zstd and LZ4: 184D2A50 to 184D2A5F, little-endian.
  var beginsSkippableFrame: Bool {
    unsafe count >= 4 && self[0] & 0xf0 == 0x50 && self[1] == 0x2a && self[2] == 0x4d && self[3] == 0x18
  }
}

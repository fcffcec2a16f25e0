import CLibdeflate

/// Whole zlib streams at once by libdeflate, which is about twice as fast as zlib and knows nothing of pieces.
enum Libdeflate {
  private static let decompressors = unsafe Pool<OpaquePointer>()

  /// The `size` bytes that all of `input` packs; nil where it does not, or where `size` is more than it can well hold:
  /// then zlib says why.
  static func decompress(_ input: RawSpan, size: Int) -> [UInt8]? {
    guard size <= max(64 << 10, input.byteCount.multipliedReportingOverflow(by: ZlibDecoder.ratio).partialValue),
      let decompressor = unsafe decompressors.take() ?? libdeflate_alloc_decompressor()
    else { return nil }
    defer { unsafe decompressors.give(decompressor) { unsafe libdeflate_free_decompressor($0) } }
    var read = 0, isWhole = false
    let bytes = unsafe input.withUnsafeBytes { input in
      unsafe [UInt8](unsafeUninitializedCapacity: size) { output, filled in
        // Given no place for the count it refuses what unpacks to fewer bytes.
        let result = unsafe libdeflate_zlib_decompress_ex(
          decompressor, input.baseAddress, input.count, output.baseAddress, size, &read, nil)
        isWhole = result == LIBDEFLATE_SUCCESS
        filled = isWhole ? size : 0
      }
    }
    return isWhole && read == input.byteCount ? bytes : nil
  }
}

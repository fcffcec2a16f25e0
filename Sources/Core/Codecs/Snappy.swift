import CSnappy

/// Snappy, as Parquet files of pandas, pyarrow and Spark have it; read only.
package enum Snappy {
  /// What a block holds, which must be exactly `size` bytes; nil where it is not.
  package static func decompress(_ input: RawSpan, size: Int) -> [UInt8]? {
    unsafe input.withUnsafeBytes { packed in
      let start = unsafe packed.baseAddress?.assumingMemoryBound(to: CChar.self)
      var stated = 0
      guard unsafe snappy_uncompressed_length(start, packed.count, &stated) == SNAPPY_OK, stated == size else {
        return nil
      }
      var isWhole = size == 0
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
        guard size > 0 else { return }
        var length = size
        let target = unsafe UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
        let status = unsafe snappy_uncompress(start, packed.count, target, &length)
        isWhole = status == SNAPPY_OK && length == size
        filled = isWhole ? size : 0
      }
      return isWhole ? bytes : nil
    }
  }
}

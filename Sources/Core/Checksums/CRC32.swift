import CLibdeflate

/// The CRC-32 of zlib, PNG, gzip, MCAP and Parquet, in pieces or at once; by libdeflate, several times as fast as zlib.
package struct CRC32: Sendable {
  package private(set) var value: UInt32 = 0

  package init() {}

  package mutating func update(_ bytes: RawSpan) {
    value = unsafe bytes.withUnsafeBytes { bytes in
      // Given no address libdeflate returns the initial value, which would forget what came before.
      guard let start = bytes.baseAddress, unsafe !bytes.isEmpty else { return value }
      return unsafe libdeflate_crc32(value, start, bytes.count)
    }
  }

  package static func of(_ bytes: RawSpan) -> UInt32 {
    var sum = CRC32()
    sum.update(bytes)
    return sum.value
  }
}

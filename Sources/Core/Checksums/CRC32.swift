import CZlib

/// The CRC-32 of zlib, PNG, gzip, MCAP and Parquet, in pieces or at once.
package struct CRC32: Sendable {
  package private(set) var value: UInt32 = 0

  package init() {}

  package mutating func update(_ bytes: RawSpan) {
    value = unsafe bytes.withUnsafeBytes { bytes in
      // Given no address zlib returns the initial value, which would forget what came before.
      guard let start = bytes.baseAddress, unsafe !bytes.isEmpty else { return value }
      return unsafe UInt32(
        truncatingIfNeeded: crc32_z(UInt(value), start.assumingMemoryBound(to: UInt8.self), bytes.count))
    }
  }

  package static func of(_ bytes: RawSpan) -> UInt32 {
    var sum = CRC32()
    sum.update(bytes)
    return sum.value
  }
}

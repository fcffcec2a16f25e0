/// Builds bytes, value after value; numbers are little-endian.
package struct ByteWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  package var count: Int { bytes.count }

  package mutating func u8(_ value: UInt8) { bytes.append(value) }
  package mutating func u16(_ value: UInt16) { store(value.littleEndian) }
  package mutating func u32(_ value: UInt32) { store(value.littleEndian) }
  package mutating func u64(_ value: UInt64) { store(value.littleEndian) }

  package mutating func i8(_ value: Int8) { bytes.append(UInt8(bitPattern: value)) }
  package mutating func i16(_ value: Int16) { store(value.littleEndian) }
  package mutating func i32(_ value: Int32) { store(value.littleEndian) }
  package mutating func i64(_ value: Int64) { store(value.littleEndian) }

  package mutating func f32(_ value: Float) { store(value.bitPattern.littleEndian) }
  package mutating func f64(_ value: Double) { store(value.bitPattern.littleEndian) }

  package mutating func u16BigEndian(_ value: UInt16) { store(value.bigEndian) }
  package mutating func u32BigEndian(_ value: UInt32) { store(value.bigEndian) }
  package mutating func u64BigEndian(_ value: UInt64) { store(value.bigEndian) }

  package mutating func append(_ bytes: [UInt8]) { self.bytes.append(contentsOf: bytes) }
  package mutating func append(_ bytes: ArraySlice<UInt8>) { self.bytes.append(contentsOf: bytes) }

  package mutating func append(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe self.bytes.append(contentsOf: $0) }
  }

  /// The UTF-8 of a text, without a length.
  package mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  package mutating func append(zeros count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }

  /// The length of `bytes` as a `u32`, and `bytes`.
  package mutating func bytes32(_ bytes: [UInt8]) {
    u32(length(bytes.count))
    append(bytes)
  }

  /// The length of the UTF-8 of `text` as a `u32`, and the UTF-8.
  package mutating func string32(_ text: String) {
    u32(length(text.utf8.count))
    append(text)
  }

  /// Replaces the four bytes at `position`, which were written before their value was known.
  package mutating func patch(u32 value: UInt32, at position: Int) { replace(value.littleEndian, at: position) }

  /// Replaces the eight bytes at `position`, which were written before their value was known.
  package mutating func patch(u64 value: UInt64, at position: Int) { replace(value.littleEndian, at: position) }

  /// Forgets what was written and keeps the memory.
  package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  private func length(_ count: Int) -> UInt32 {
    precondition(count <= UInt32.max, "a string of more than 4 GiB has no 32-bit length")
    return UInt32(truncatingIfNeeded: count)
  }

  private mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    unsafe withUnsafeBytes(of: value) { unsafe bytes.append(contentsOf: $0) }
  }

  private mutating func replace<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at position: Int) {
    precondition(
      position >= 0 && position <= bytes.count - MemoryLayout<T>.size, "a patch lies within what was written")
    unsafe bytes.withUnsafeMutableBytes { unsafe $0.storeBytes(of: value, toByteOffset: position, as: T.self) }
  }
}

// Typed arrays from the bytes of a file and back, by one copy. The types are spelled out so that nothing generic
// crosses a module. Bytes after the last whole value are left out.

extension [Int8] {
  package init(littleEndian bytes: RawSpan) { self = copied(bytes) }
  package init(strided bytes: RawSpan, stride: Int, count: Int) { self = gathered(bytes, stride, count) }
  package var bytes: RawSpan { @_lifetime(borrow self) borrowing get { unsafe span.bytes } }
}

extension [UInt8] {
  package init(strided bytes: RawSpan, stride: Int, count: Int) { self = gathered(bytes, stride, count) }
}

extension [Int16] {
  package init(littleEndian bytes: RawSpan) { self = copied(bytes) }
  package init(bigEndian bytes: RawSpan) {
    self = copied(bytes)
    swapBytes()
  }
  package init(strided bytes: RawSpan, stride: Int, count: Int) { self = gathered(bytes, stride, count) }
  package var bytes: RawSpan { @_lifetime(borrow self) borrowing get { unsafe span.bytes } }
  package mutating func swapBytes() {
    for index in indices { self[index] = self[index].byteSwapped }
  }
}

extension [Int32] {
  package init(littleEndian bytes: RawSpan) { self = copied(bytes) }
  package init(bigEndian bytes: RawSpan) {
    self = copied(bytes)
    swapBytes()
  }
  package init(strided bytes: RawSpan, stride: Int, count: Int) { self = gathered(bytes, stride, count) }
  package var bytes: RawSpan { @_lifetime(borrow self) borrowing get { unsafe span.bytes } }
  package mutating func swapBytes() {
    for index in indices { self[index] = self[index].byteSwapped }
  }
}

extension [Int64] {
  package init(littleEndian bytes: RawSpan) { self = copied(bytes) }
  package init(bigEndian bytes: RawSpan) {
    self = copied(bytes)
    swapBytes()
  }
  package init(strided bytes: RawSpan, stride: Int, count: Int) { self = gathered(bytes, stride, count) }
  package var bytes: RawSpan { @_lifetime(borrow self) borrowing get { unsafe span.bytes } }
  package mutating func swapBytes() {
    for index in indices { self[index] = self[index].byteSwapped }
  }
}

extension [UInt16] {
  package init(littleEndian bytes: RawSpan) { self = copied(bytes) }
  package init(bigEndian bytes: RawSpan) {
    self = copied(bytes)
    swapBytes()
  }
  package init(strided bytes: RawSpan, stride: Int, count: Int) { self = gathered(bytes, stride, count) }
  package var bytes: RawSpan { @_lifetime(borrow self) borrowing get { unsafe span.bytes } }
  package mutating func swapBytes() {
    for index in indices { self[index] = self[index].byteSwapped }
  }
}

extension [UInt32] {
  package init(littleEndian bytes: RawSpan) { self = copied(bytes) }
  package init(bigEndian bytes: RawSpan) {
    self = copied(bytes)
    swapBytes()
  }
  package init(strided bytes: RawSpan, stride: Int, count: Int) { self = gathered(bytes, stride, count) }
  package var bytes: RawSpan { @_lifetime(borrow self) borrowing get { unsafe span.bytes } }
  package mutating func swapBytes() {
    for index in indices { self[index] = self[index].byteSwapped }
  }
}

extension [UInt64] {
  package init(littleEndian bytes: RawSpan) { self = copied(bytes) }
  package init(bigEndian bytes: RawSpan) {
    self = copied(bytes)
    swapBytes()
  }
  package init(strided bytes: RawSpan, stride: Int, count: Int) { self = gathered(bytes, stride, count) }
  package var bytes: RawSpan { @_lifetime(borrow self) borrowing get { unsafe span.bytes } }
  package mutating func swapBytes() {
    for index in indices { self[index] = self[index].byteSwapped }
  }
}

extension [Float] {
  package init(littleEndian bytes: RawSpan) { self = copied(bytes) }
  package init(bigEndian bytes: RawSpan) {
    self = copied(bytes)
    swapBytes()
  }
  package init(strided bytes: RawSpan, stride: Int, count: Int) { self = gathered(bytes, stride, count) }
  package var bytes: RawSpan { @_lifetime(borrow self) borrowing get { unsafe span.bytes } }
  package mutating func swapBytes() {
    for index in indices { self[index] = Float(bitPattern: self[index].bitPattern.byteSwapped) }
  }
}

extension [Double] {
  package init(littleEndian bytes: RawSpan) { self = copied(bytes) }
  package init(bigEndian bytes: RawSpan) {
    self = copied(bytes)
    swapBytes()
  }
  package init(strided bytes: RawSpan, stride: Int, count: Int) { self = gathered(bytes, stride, count) }
  package var bytes: RawSpan { @_lifetime(borrow self) borrowing get { unsafe span.bytes } }
  package mutating func swapBytes() {
    for index in indices { self[index] = Double(bitPattern: self[index].bitPattern.byteSwapped) }
  }
}

/// All whole values of `bytes`, as this machine holds them: little-endian, the only kind that is supported.
private func copied<T: BitwiseCopyable>(_ bytes: RawSpan) -> [T] {
  let count = bytes.byteCount / MemoryLayout<T>.size
  return unsafe bytes.withUnsafeBytes { source in
    unsafe [T](unsafeUninitializedCapacity: count) { buffer, filled in
      let size = count * MemoryLayout<T>.size
      unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: .init(rebasing: source[..<size]))
      filled = count
    }
  }
}

/// The values that begin at byte 0, `stride`, 2 `stride`, ...: a column of records of one size.
private func gathered<T: BitwiseCopyable>(_ bytes: RawSpan, _ stride: Int, _ count: Int) -> [T] {
  guard count > 0 else { return [] }
  let (last, isTooLong) = stride.multipliedReportingOverflow(by: count - 1)
  precondition(
    stride >= 0 && !isTooLong && last <= bytes.byteCount - MemoryLayout<T>.size, "values lie within the bytes")
  return unsafe bytes.withUnsafeBytes { source in
    unsafe [T](unsafeUninitializedCapacity: count) { buffer, filled in
      var offset = 0
      for index in 0..<count {
        unsafe buffer.initializeElement(at: index, to: source.loadUnaligned(fromByteOffset: offset, as: T.self))
        offset += stride
      }
      filled = count
    }
  }
}

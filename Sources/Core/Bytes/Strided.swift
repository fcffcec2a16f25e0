extension [UInt8] {
  /// Appends `count` values of `width` bytes that begin `stride` apart, the first at byte 0.
  package mutating func append(strided bytes: RawSpan, stride: Int, width: Int, count: Int) {
    guard count > 0, width > 0 else { return }
    let (last, isTooLong) = stride.multipliedReportingOverflow(by: count - 1)
    precondition(stride >= 0 && !isTooLong && last <= bytes.byteCount - width, "values lie within the bytes")
    guard stride != width else { return append(bytes.extracting(first: count * width)) }
    append(addingCapacity: count * width) { output in
      unsafe output.withUnsafeMutableBufferPointer { free, filled in
        unsafe bytes.withUnsafeBytes { source in
          let target = UnsafeMutableRawBufferPointer(free)
          switch width {
          case 1: unsafe copy(UInt8.self, source, stride, count, to: target)
          case 2: unsafe copy(UInt16.self, source, stride, count, to: target)
          case 4: unsafe copy(UInt32.self, source, stride, count, to: target)
          case 8: unsafe copy(UInt64.self, source, stride, count, to: target)
          default:
            for index in 0..<count {
              let value = unsafe UnsafeRawBufferPointer(rebasing: source[index * stride..<index * stride + width])
              unsafe UnsafeMutableRawBufferPointer(rebasing: target[(index * width)...]).copyMemory(from: value)
            }
          }
        }
        filled += count * width
      }
    }
  }

  package mutating func append(_ bytes: RawSpan) { unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) } }
}

/// A loop of one load and one store a value.
private func copy<T: BitwiseCopyable>(
  _ type: T.Type, _ source: UnsafeRawBufferPointer, _ stride: Int, _ count: Int,
  to target: UnsafeMutableRawBufferPointer
) {
  for index in 0..<count {
    let value = unsafe source.loadUnaligned(fromByteOffset: index * stride, as: T.self)
    unsafe target.storeBytes(of: value, toByteOffset: index * MemoryLayout<T>.size, as: T.self)
  }
}

extension [UInt64] {
  /// A field of bits of each record: the value's bytes at `offset` in each, read in their order, shifted down, masked.
  ///
  /// `width` is the bytes that hold the field, at most 9; `stride` the bytes of a record.
  package init(
    bitsOf bytes: RawSpan, at offset: Int, stride: Int, count: Int, width: Int, isBigEndian: Bool, shift: Int, bits: Int
  ) {
    guard count > 0, bits > 0 else {
      self = Array(repeating: 0, count: Swift.max(0, count))
      return
    }
    precondition(
      1...9 ~= width && 0...7 ~= shift && bits <= 64 && stride >= 0 && offset >= 0, "a field of at most 64 bits")
    let (last, isTooLong) = stride.multipliedReportingOverflow(by: count - 1)
    precondition(!isTooLong && last <= bytes.byteCount - offset - width, "fields lie within the bytes")
    let mask: UInt64 = bits == 64 ? .max : 1 << UInt64(bits) - 1
    self = unsafe [UInt64](unsafeUninitializedCapacity: count) { target, filled in
      var place = offset
      for index in 0..<count {
        var value: UInt64
        if width <= 8, place <= bytes.byteCount - 8 {
          // Eight bytes are there; what is too much is cut off.
          value = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt64.self)
          if isBigEndian { value = value.byteSwapped >> UInt64(64 - 8 * width) }
          value >>= UInt64(shift)
        } else {
          var wide: UInt128 = 0
          for number in 0..<width {
            let byte = UInt128(bytes.u8(at: place + number))
            wide |= byte << UInt128(8 * (isBigEndian ? width - 1 - number : number))
          }
          value = UInt64(truncatingIfNeeded: wide >> UInt128(shift))
        }
        unsafe target.initializeElement(at: index, to: value & mask)
        place += stride
      }
      filled = count
    }
  }
}

import Core

/// Reads the hybrid of run lengths and packed bits (see `RunLength`): levels, dictionary indices, booleans.
enum HybridReader {
  /// `count` values of `width` bits, each at most `maximum`.
  ///
  /// - Throws: offset within `bytes`.
  static func values(
    _ bytes: RawSpan, count: Int, width: Int, maximum: UInt32
  ) throws(ParquetFault) -> [UInt32] {
    guard 0...32 ~= width else {
      throw ParquetFault("values", at: 0, "wanted a width of at most 32 bits, not \(width)")
    }
    var values: [UInt32] = []
    values.reserveCapacity(count)
    var place = 0
    while values.count < count {
      let start = place
      let header = try varint(bytes, &place)
      let left = count - values.count
      if header & 1 == 0 {
        let size = (width + 7) / 8
        guard size <= bytes.byteCount - place else { throw end(start) }
        var value: UInt32 = 0
        for index in 0..<size { value |= UInt32(bytes.u8(at: place + index)) << UInt32(8 * index) }
        place += size
        guard value <= maximum else { throw above(value, maximum, start) }
        let run = Int(clamping: header >> 1)
        guard run > 0 else { throw ParquetFault("values", at: start, "a run of no values") }
        values.append(contentsOf: repeatElement(value, count: min(run, left)))
      } else {
        let groups = Int(clamping: header >> 1)
        guard groups > 0 else { throw ParquetFault("values", at: start, "a run of no values") }
        // Writers may leave out the padding of the last group.
        let room = width == 0 ? left : (bytes.byteCount - place) * 8 / width
        let number = min(groups.multipliedReportingOverflow(by: 8).overflow ? Int.max : groups * 8, left)
        guard number <= room else { throw end(start) }
        let first = values.count
        append(bytes, at: place, count: number, width: width, to: &values)
        for index in first..<values.count where values[index] > maximum { throw above(values[index], maximum, start) }
        let (size, isLarge) = groups.multipliedReportingOverflow(by: width)
        place = isLarge ? bytes.byteCount : min(bytes.byteCount, place + size)
      }
    }
    return values
  }

  /// Packed values, lowest bits first.
  static func append(_ bytes: RawSpan, at start: Int, count: Int, width: Int, to values: inout [UInt32]) {
    guard width > 0 else { return values.append(contentsOf: repeatElement(0, count: count)) }
    let mask: UInt64 = (1 << UInt64(width)) - 1
    let safe = bytes.byteCount - 8
    var bit = start * 8
    for _ in 0..<count {
      let byte = bit >> 3
      let word = byte <= safe ? bytes.u64(at: byte) : tail(bytes, byte)
      values.append(UInt32(truncatingIfNeeded: word >> UInt64(bit & 7) & mask))
      bit += width
    }
  }

  /// Up to 8 bytes from a place on.
  static func tail(_ bytes: RawSpan, _ place: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<max(0, min(8, bytes.byteCount - place)) {
      word |= UInt64(bytes.u8(at: place + index)) << UInt64(8 * index)
    }
    return word
  }

  static func varint(_ bytes: RawSpan, _ place: inout Int) throws(ParquetFault) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard place < bytes.byteCount else { throw end(place) }
      let byte = bytes.u8(at: place)
      place += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw ParquetFault("values", at: place, "wanted an integer of at most 10 bytes")
  }

  static func end(_ place: Int) -> ParquetFault { ParquetFault("values", at: place, "the page ends within them") }

  private static func above(_ value: UInt32, _ maximum: UInt32, _ place: Int) -> ParquetFault {
    ParquetFault("values", at: place, "wanted at most \(maximum), not \(value)")
  }
}

import Core

/// Reads the DELTA encodings.
///
/// https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC
/// ```
///   header    varint values a block   varint miniblocks a block   varint count   zigzag first value
///   block     zigzag smallest delta   a byte for the width of each miniblock     miniblocks, lowest bits first
/// ```
enum DeltaReader {
  /// DELTA_BINARY_PACKED: exactly `count` integers, and where they end.
  static func integers(_ bytes: RawSpan, from start: Int = 0, count: Int) throws(ParquetFault) -> (
    values: [Int64], end: Int
  ) {
    var place = start
    let size = try HybridReader.varint(bytes, &place), parts = try HybridReader.varint(bytes, &place)
    let total = try HybridReader.varint(bytes, &place)
    guard size > 0, size % 128 == 0, size <= 1 << 24, parts > 0, size % parts == 0, size / parts % 32 == 0 else {
      throw ParquetFault("values", at: start, "blocks of \(size) values in \(parts) miniblocks")
    }
    guard total == UInt64(count) else {
      throw ParquetFault("values", at: start, "wanted \(count) values, found \(total)")
    }
    var value = try zigzag(bytes, &place)
    var values: [Int64] = []
    guard count > 0 else { return ([], place) }
    values.reserveCapacity(count)
    values.append(value)
    let part = Int(size / parts)
    while values.count < count {
      let smallest = try zigzag(bytes, &place)
      let widths = place
      guard Int(parts) <= bytes.byteCount - place else { throw HybridReader.end(place) }
      place += Int(parts)
      for number in 0..<Int(parts) where values.count < count {
        let width = Int(bytes.u8(at: widths + number))
        guard width <= 64 else { throw ParquetFault("values", at: widths + number, "deltas of \(width) bits") }
        let taken = min(part, count - values.count)
        guard (taken * width + 7) / 8 <= bytes.byteCount - place else { throw HybridReader.end(place) }
        for index in 0..<taken {
          value = value &+ smallest &+ Int64(bitPattern: bits(bytes, place * 8 + index * width, width))
          values.append(value)
        }
        place = min(bytes.byteCount, place + part * width / 8)
      }
    }
    return (values, place)
  }

  /// DELTA_LENGTH_BYTE_ARRAY: lengths, then all bytes.
  static func texts(_ bytes: RawSpan, from start: Int = 0, count: Int) throws(ParquetFault) -> Texts {
    let (lengths, end) = try integers(bytes, from: start, count: count)
    var texts = Texts(), place = end
    texts.offsets.reserveCapacity(count + 1)
    for length in lengths {
      guard 0...Int64(bytes.byteCount - place) ~= length else { throw HybridReader.end(place) }
      place += Int(length)
      texts.offsets.append(place - end)
    }
    texts.bytes.append(bytes.extracting(end..<place))
    return texts
  }

  /// DELTA_BYTE_ARRAY: how much of the one before each begins with, then what follows.
  static func prefixed(_ bytes: RawSpan, count: Int, limit: Int = 1 << 30) throws(ParquetFault) -> Texts {
    let (prefixes, end) = try integers(bytes, count: count)
    let suffixes = try texts(bytes, from: end, count: count)
    var texts = Texts()
    for index in 0..<count {
      let before = index == 0 ? 0..<0 : texts.offsets[index - 1]..<texts.offsets[index]
      guard 0...Int64(before.count) ~= prefixes[index] else {
        throw ParquetFault("values", at: 0, "a prefix of \(prefixes[index]) bytes of a text of \(before.count)")
      }
      let prefix = before.lowerBound..<before.lowerBound + Int(prefixes[index])
      guard texts.bytes.count + prefix.count <= limit else {
        throw ParquetFault("values", at: 0, "texts of more than \(limit) bytes")
      }
      texts.bytes += texts.bytes[prefix]
      texts.append(suffixes[index])
    }
    return texts
  }

  private static func bits(_ bytes: RawSpan, _ bit: Int, _ width: Int) -> UInt64 {
    guard width > 0 else { return 0 }
    let byte = bit >> 3, shift = UInt64(bit & 7)
    func word(_ place: Int) -> UInt64 {
      place <= bytes.byteCount - 8 ? bytes.u64(at: place) : HybridReader.tail(bytes, place)
    }
    var value = word(byte) >> shift
    if Int(shift) + width > 64 { value |= word(byte + 8) << (64 - shift) }
    return width == 64 ? value : value & ((1 << UInt64(width)) - 1)
  }

  private static func zigzag(_ bytes: RawSpan, _ place: inout Int) throws(ParquetFault) -> Int64 {
    let value = try HybridReader.varint(bytes, &place)
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }
}

import Core

/// Reads the values of a page, whatever they are encoded with.
struct PageValues {
  enum Encoding: Int {
    case plain = 0, plainDictionary = 2, rle, bitPacked, deltaPacked, deltaLength, deltaBytes, dictionary, streamSplit
  }

  let type: ParquetLeafType
  let dictionary: PhysicalValues?

  func read(_ bytes: RawSpan, count: Int, _ number: Int) throws(ParquetFault) -> PhysicalValues {
    guard let encoding = Encoding(rawValue: number), encoding != .bitPacked else {
      throw .unsupported("encoding \(number)")
    }
    switch encoding {
    case .plain: return try plain(bytes, count)
    case .plainDictionary, .dictionary: return try indexed(bytes, count)
    case .rle:
      guard type.physical == .boolean, bytes.byteCount >= 4 else { throw mismatch(encoding) }
      let size = Int(bytes.u32(at: 0))
      guard size <= bytes.byteCount - 4 else { throw HybridReader.end(0) }
      let bits = try HybridReader.values(bytes.extracting(4..<4 + size), count: count, width: 1, maximum: 1)
      return .boolean(bits.map { UInt8($0) })
    case .deltaPacked:
      let values = try DeltaReader.integers(bytes, count: count).values
      switch type.physical {
      case .int32: return .int32(values.map { Int32(truncatingIfNeeded: $0) })
      case .int64: return .int64(values)
      default: throw mismatch(encoding)
      }
    case .deltaLength:
      guard type.physical == .byteArray else { throw mismatch(encoding) }
      return .text(try DeltaReader.texts(bytes, count: count))
    case .deltaBytes:
      guard type.physical == .byteArray || type.physical == .fixed else { throw mismatch(encoding) }
      let texts = try DeltaReader.prefixed(bytes, count: count)
      guard type.physical == .byteArray || (0..<count).allSatisfy({ texts[$0].count == type.width }) else {
        throw ParquetFault("values", at: 0, "wanted values of \(type.width) bytes")
      }
      return .text(texts)
    case .streamSplit:
      let joined = try joined(bytes, count)
      return try plain(joined.bytes, count)
    case .bitPacked: throw mismatch(encoding)
    }
  }

  private func mismatch(_ encoding: Encoding) -> ParquetFault {
    ParquetFault("values", at: 0, "encoding \(encoding) of \(type.physical)")
  }

  /// Bytes of a value in PLAIN; nil where they differ.
  private var width: Int? {
    switch type.physical {
    case .boolean, .byteArray: nil
    case .int32, .float: 4
    case .int64, .double: 8
    case .int96: 12
    case .fixed: type.width
    }
  }

  private func plain(_ bytes: RawSpan, _ count: Int) throws(ParquetFault) -> PhysicalValues {
    if let width {
      guard count <= bytes.byteCount / width else { throw HybridReader.end(bytes.byteCount) }
      let own = bytes.extracting(first: count * width)
      switch type.physical {
      case .int32: return .int32([Int32](littleEndian: own))
      case .int64: return .int64([Int64](littleEndian: own))
      case .float: return .float([Float](littleEndian: own))
      case .double: return .double([Double](littleEndian: own))
      case .int96: return .int64(Self.times(own, count))
      default:
        var texts = Texts(offsets: (0...count).map { $0 * width })
        texts.bytes.append(own)
        return .text(texts)
      }
    }
    if type.physical == .boolean {
      guard count <= bytes.byteCount * 8 else { throw HybridReader.end(bytes.byteCount) }
      return .boolean((0..<count).map { bytes.u8(at: $0 >> 3) >> UInt8($0 & 7) & 1 })
    }
    var texts = Texts(), place = 0
    texts.offsets.reserveCapacity(count + 1)
    texts.bytes.reserveCapacity(max(0, bytes.byteCount - 4 * count))
    for _ in 0..<count {
      guard bytes.byteCount - place >= 4 else { throw HybridReader.end(place) }
      let size = Int(bytes.u32(at: place))
      guard size <= bytes.byteCount - place - 4 else { throw HybridReader.end(place) }
      texts.append(bytes.extracting(place + 4..<place + 4 + size))
      place += 4 + size
    }
    return .text(texts)
  }

  /// A byte for the width, then indices into the dictionary.
  private func indexed(_ bytes: RawSpan, _ count: Int) throws(ParquetFault) -> PhysicalValues {
    guard let dictionary else { throw ParquetFault("values", at: 0, "indices without a dictionary") }
    guard count > 0 else { return dictionary.gathered([]) }
    let entries = dictionary.count
    guard entries > 0, bytes.byteCount > 0 else {
      throw ParquetFault("values", at: 0, "indices of an empty dictionary")
    }
    let width = Int(bytes.u8(at: 0))
    // With one entry all indices are 0, and some writers leave them out.
    if bytes.byteCount == 1, width == 0 { return dictionary.gathered(Array(repeating: 0, count: count)) }
    return dictionary.gathered(
      try HybridReader.values(
        bytes.extracting(droppingFirst: 1), count: count, width: width,
        maximum: UInt32(clamping: entries - 1)))
  }

  /// BYTE_STREAM_SPLIT: the first bytes of all values, then the second ones, and so on.
  private func joined(_ bytes: RawSpan, _ count: Int) throws(ParquetFault) -> [UInt8] {
    guard let width, type.physical != .int96 else { throw mismatch(.streamSplit) }
    // Pages with nulls have no room left over: as many values as fit.
    guard count <= bytes.byteCount / width else { throw HybridReader.end(bytes.byteCount) }
    let each = bytes.byteCount / width
    var result = [UInt8](repeating: 0, count: count * width)
    for part in 0..<width {
      for index in 0..<count { result[index * width + part] = bytes.u8(at: part * each + index) }
    }
    return result
  }

  /// INT96: nanoseconds of the day and the Julian day, as nanoseconds since 1970; wraps where 64 bits do not hold it.
  private static func times(_ bytes: RawSpan, _ count: Int) -> [Int64] {
    (0..<count).map { index in
      let day = Int64(Int32(bitPattern: bytes.u32(at: index * 12 + 8))) - 2_440_588
      return (day &* 86_400_000_000_000) &+ Int64(bitPattern: bytes.u64(at: index * 12))
    }
  }
}

extension PhysicalValues {
  /// The values at some places, each of which there is.
  func gathered(_ places: [UInt32]) -> PhysicalValues {
    switch self {
    case .boolean(let values): return .boolean(places.map { values[Int($0)] })
    case .int32(let values): return .int32(places.map { values[Int($0)] })
    case .int64(let values): return .int64(places.map { values[Int($0)] })
    case .uint64(let values): return .uint64(places.map { values[Int($0)] })
    case .float(let values): return .float(places.map { values[Int($0)] })
    case .double(let values): return .double(places.map { values[Int($0)] })
    case .text(let texts):
      var result = Texts()
      result.offsets.reserveCapacity(places.count + 1)
      for place in places.map(Int.init) {
        result.append(texts.bytes.bytes.extracting(texts.offsets[place]..<texts.offsets[place + 1]))
      }
      return .text(result)
    }
  }

  mutating func append(_ other: PhysicalValues, _ range: Range<Int>) {
    switch (self, other) {
    case (.boolean(var own), .boolean(let more)):
      self = .boolean([])
      own += more[range]
      self = .boolean(own)
    case (.int32(var own), .int32(let more)):
      self = .boolean([])
      own += more[range]
      self = .int32(own)
    case (.int64(var own), .int64(let more)):
      self = .boolean([])
      own += more[range]
      self = .int64(own)
    case (.float(var own), .float(let more)):
      self = .boolean([])
      own += more[range]
      self = .float(own)
    case (.double(var own), .double(let more)):
      self = .boolean([])
      own += more[range]
      self = .double(own)
    case (.text(var own), .text(let more)):
      self = .boolean([])
      let start = own.bytes.count - more.offsets[range.lowerBound]
      own.bytes += more.bytes[more.offsets[range.lowerBound]..<more.offsets[range.upperBound]]
      for index in range { own.offsets.append(start + more.offsets[index + 1]) }
      self = .text(own)
    default: break
    }
  }
}

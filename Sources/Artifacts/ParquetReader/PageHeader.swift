import Core

/// PageHeader of `parquet.thrift`.
struct PageHeader {
  enum Kind: Int { case data = 0, index, dictionary, dataV2 }

  private(set) var kind = Kind.data
  /// Of the body, unpacked and as stored.
  private(set) var bytes = 0
  private(set) var stored = 0
  private(set) var sum: UInt32?
  /// Levels, missing values among them.
  private(set) var values = 0
  private(set) var encoding = 0
  private(set) var definitionEncoding = 3
  private(set) var repetitionEncoding = 3
  private(set) var definitionBytes = 0
  private(set) var repetitionBytes = 0
  private(set) var isCompressed = true
  /// Of the header itself.
  let size: Int

  init(_ bytes: [UInt8], at offset: Int) throws(ParquetFault) {
    var reader = ThriftReader(bytes, base: offset)
    var fields: [Int: Int] = [:], inner: [Int: Int] = [:], isCompressed = true
    try reader.structure { (reader, id, kind) throws(ParquetFault) in
      switch id {
      case 1...4: fields[id] = try reader.integer(kind)
      case 5, 7, 8:
        guard kind == .structure else { return false }
        try reader.structure { (reader, id, kind) throws(ParquetFault) in
          switch kind {
          case .int8, .int16, .int32, .int64: inner[id] = try reader.integer(kind)
          case .yes where id == 7, .no where id == 7: isCompressed = try reader.bool(kind)
          default: return false
          }
          return true
        }
      default: return false
      }
      return true
    }
    size = reader.position
    guard let number = fields[1], let kind = Kind(rawValue: number), let unpacked = fields[2], let stored = fields[3],
      unpacked >= 0, stored >= 0, inner[1] ?? 0 >= 0
    else { throw ParquetFault("page header", at: offset, "wanted a kind from 0 to 3 and sizes from 0 on") }
    (self.kind, self.bytes, self.stored, values) = (kind, unpacked, stored, inner[1] ?? 0)
    sum = fields[4].map { UInt32(truncatingIfNeeded: $0) }
    if kind == .dataV2 {
      encoding = inner[4] ?? 0
      (definitionBytes, repetitionBytes) = (inner[5] ?? 0, inner[6] ?? 0)
      self.isCompressed = isCompressed
    } else {
      encoding = inner[2] ?? 0
      (definitionEncoding, repetitionEncoding) = (inner[3] ?? 3, inner[4] ?? 3)
    }
    guard values <= Int(Int32.max), definitionBytes <= Int(Int32.max), repetitionBytes <= Int(Int32.max) else {
      throw ParquetFault("page header", at: offset, "\(values) values")
    }
  }
}

/// CompressionCodec: how the bodies of pages are packed.
enum PageCodec: Sendable {
  case none, snappy, gzip, zstd, lz4, lz4Hadoop

  init(_ number: Int, _ column: String) throws(ParquetFault) {
    switch number {
    case 0: self = .none
    case 1: self = .snappy
    case 2: self = .gzip
    case 5: self = .lz4Hadoop
    case 6: self = .zstd
    case 7: self = .lz4
    case 3: throw ParquetFault.unsupported("LZO").of(column)
    case 4: throw ParquetFault.unsupported("Brotli").of(column)
    default: throw ParquetFault.unsupported("codec \(number)").of(column)
    }
  }

  /// A body of exactly `size` bytes.
  func unpack(_ stored: [UInt8], size: Int) throws(ParquetFault) -> [UInt8] {
    let codec: Codec
    switch self {
    case .none:
      guard stored.count == size else {
        throw ParquetFault("page", at: 0, "wanted \(size) bytes, found \(stored.count)")
      }
      return stored
    case .snappy:
      guard let bytes = Snappy.decompress(stored.bytes, size: size) else {
        throw ParquetFault("page", at: 0, "not \(size) bytes of Snappy")
      }
      return bytes
    case .gzip: codec = .gzip
    case .zstd: codec = .zstd
    case .lz4: codec = .lz4Block
    case .lz4Hadoop:
      if let bytes = Self.hadoop(stored, size: size) { return bytes }
      codec = .lz4Block
    }
    // Nothing is packed so tightly that an allocation by the header's word could be large.
    guard size <= stored.count * 1100 + 4096 || self == .zstd else {
      throw ParquetFault("page", at: 0, "wanted \(size) bytes from \(stored.count)")
    }
    do throws(CodecError) { return try codec.decompress(stored.bytes, size: size) } catch {
      throw ParquetFault("page", at: 0, "\(error)")
    }
  }

  /// Frames as Hadoop's `BlockCompressorStream` writes them; nil where it is no such.
  ///
  /// ```
  ///   unpacked size of the frame, then its blocks: packed size, block; packed size, block; ...
  /// ```
  /// Sizes have 32 bits and are big-endian; a frame has a block for each 256 KiB.
  private static func hadoop(_ stored: [UInt8], size: Int) -> [UInt8]? {
    var result: [UInt8] = [], place = 0
    func number() -> Int? {
      guard stored.count - place >= 4 else { return nil }
      defer { place += 4 }
      return Int(stored.bytes.u32(at: place).byteSwapped)
    }
    while place < stored.count {
      guard let frame = number(), frame <= size - result.count else { return nil }
      let end = result.count + frame
      while result.count < end {
        guard let packed = number(), packed <= stored.count - place else { return nil }
        let block = Codec.lz4Block.salvage(
          stored.bytes.extracting(place..<place + packed), limit: end - result.count)
        guard block.problem == nil, !block.bytes.isEmpty else { return nil }
        result += block.bytes
        place += packed
      }
    }
    return result.count == size ? result : nil
  }
}

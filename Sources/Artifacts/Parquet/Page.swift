import Core

/// One page, ready to be written: header and compressed body, and what indexes say of it.
///
/// ```
///   PageHeader, Thrift compact: kind, sizes, CRC-32 of the body as stored, DataPageHeader or DictionaryPageHeader
///   body, compressed as a whole:   [UInt32 length, repetition levels]  [UInt32 length, definition levels]  values
/// ```
/// https://parquet.apache.org/docs/file-format/data-pages
struct Page {
  enum Kind: Int32 { case data = 0, dictionary = 2 }
  enum Encoding: Int32 { case plain = 0, rle = 3, delta = 5, dictionary = 8 }

  /// Header and body.
  var bytes: [UInt8]
  /// Both, before compression.
  var uncompressedSize: Int

  init(
    _ kind: Kind, _ encoding: Encoding, values: Int, body: [UInt8], _ compression: PageCompression, column: String
  ) throws {
    let stored = try compression.compress(body)
    guard let size = Int32(exactly: body.count), let storedSize = Int32(exactly: stored.count),
      let count = Int32(exactly: values)
    else { throw ParquetError.pageTooLarge(column: column, bytes: body.count) }
    let header = ThriftCompact { header in
      header.int32(1, kind.rawValue)
      header.int32(2, size)
      header.int32(3, storedSize)
      header.int32(4, Int32(bitPattern: CRC32.of(stored.bytes)))
      switch kind {
      case .data:
        header.structure(5) { data in
          data.int32(1, count)
          data.int32(2, encoding.rawValue)
          data.int32(3, Encoding.rle.rawValue)
          data.int32(4, Encoding.rle.rawValue)
        }
      case .dictionary:
        header.structure(7) { dictionary in
          dictionary.int32(1, count)
          dictionary.int32(2, encoding.rawValue)
        }
      }
    }
    uncompressedSize = header.bytes.count + body.count
    bytes = header.bytes + stored
  }

  /// Appends a block of levels: its length, then hybrid runs; nothing where the maximum is 0.
  static func append(levels: Span<UInt8>, maximum: Int, to body: inout [UInt8]) {
    guard maximum > 0 else { return }
    block(&body) { RunLength.append(levels, width: RunLength.width(of: maximum), to: &$0) }
  }

  /// Appends a block of levels that are all at their maximum.
  static func append(fullLevels count: Int, maximum: Int, to body: inout [UInt8]) {
    guard maximum > 0 else { return }
    block(&body) { bytes in
      RunLength.append(run: UInt32(maximum), count: count, width: RunLength.width(of: maximum), to: &bytes)
    }
  }

  private static func block(_ body: inout [UInt8], _ write: (inout [UInt8]) -> Void) {
    let start = body.count
    body.append(littleEndian: 0)
    write(&body)
    let length = UInt32(truncatingIfNeeded: body.count - start - 4)
    for index in 0..<4 { body[start + index] = UInt8(truncatingIfNeeded: length >> UInt32(8 * index)) }
  }
}

/// What page bodies are packed with.
struct PageCompression: Sendable {
  var codec: Codec?
  var level: Int?
  /// Parquet's `CompressionCodec`.
  var number: Int32

  init(_ compression: TableOptions.Compression, level: Int? = nil) {
    self.level = level
    switch compression {
    case .none: (codec, number) = (nil, 0)
    case .gzip: (codec, number) = (.gzip, 2)
    case .zstd: (codec, number) = (.zstd, 6)
    case .lz4: (codec, number) = (.lz4Block, 7)
    }
    if level == nil, compression == .zstd { self.level = 3 }
  }

  /// No compression where a sample of what is to be packed hardly shrinks: noise in doubles, mostly.
  ///
  /// Packing it would take most of the time of a table, and unpacking it some of each reader's, for a few percent.
  func unless(_ sample: [UInt8]) -> PageCompression {
    guard codec != nil, sample.count >= ChunkSample.least, let packed = try? compress(sample),
      packed.count > sample.count / 8 * 7
    else { return self }
    return PageCompression(.none)
  }

  func compress(_ body: [UInt8]) throws -> [UInt8] {
    guard let codec else { return body }
    return try codec.compress(body.bytes, level: level)
  }
}

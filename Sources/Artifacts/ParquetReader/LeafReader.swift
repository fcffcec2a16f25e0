import Core

/// Reads a column chunk page by page, some rows at a time.
///
/// Memory: the rows that are asked for, a page, and the dictionary.
struct LeafReader {
  /// Levels and values of some rows; without levels where their maximum is 0.
  struct Rows {
    var definitions: [UInt8] = []
    var repetitions: [UInt8] = []
    var values: PhysicalValues
    /// Slots: values and missing ones.
    var entries = 0
  }

  private let file: FileReader
  private let leaf: ParquetTree.Leaf
  private let codec: PageCodec
  private let verifies: Bool
  private var window: Window
  /// Where the next page begins, and where the chunk ends.
  private var position: Int
  private let end: Int
  /// Entries in pages that were not read yet.
  private var left: Int
  private var dictionary: PhysicalValues?
  private var page: Rows
  /// What of the page was handed over.
  private var entry = 0
  private var value = 0

  /// A larger page is refused; a few bytes can say that a value repeats without end.
  private static let mostBytes = 1 << 30
  private static let mostValues = 1 << 24
  private static let headerBytes = 1 << 20

  init(
    _ file: FileReader, _ chunk: ParquetFooter.Chunk, _ leaf: ParquetTree.Leaf, verifying: Bool
  ) throws(ParquetFault) {
    if chunk.isEncrypted { throw ParquetFault.unsupported("encryption").of(leaf.name) }
    if chunk.filePath != nil { throw ParquetFault.unsupported("values in another file").of(leaf.name) }
    guard chunk.physical == leaf.type.physical.rawValue else {
      throw ParquetFault("metadata", at: 0, "a type of \(chunk.physical), not the schema's").of(leaf.name)
    }
    // Where there is nothing writers name any place.
    let isEmpty = chunk.entries == 0
    guard
      isEmpty
        || chunk.start >= 4 && chunk.size >= 0 && chunk.start <= file.count && chunk.size <= file.count - chunk.start
          && chunk.entries > 0
    else {
      throw ParquetFault("metadata", at: 0, "\(chunk.size) bytes at byte \(chunk.start) are not in the file")
        .of(leaf.name)
    }
    (self.file, self.leaf, verifies) = (file, leaf, verifying)
    codec = try PageCodec(chunk.codec, leaf.name)
    window = Window(file, size: 256 << 10)
    (position, end, left) = isEmpty ? (0, 0, 0) : (chunk.start, chunk.start + chunk.size, chunk.entries)
    page = Rows(values: leaf.type.physical.none)
  }

  /// Whether all entries of the chunk were handed over.
  var isAtEnd: Bool { left == 0 && entry == page.entries }

  /// The next rows, fewer at the end.
  mutating func read(rows: Int) throws -> Rows {
    var result = Rows(values: leaf.type.physical.none)
    var begun = 0
    while true {
      if entry == page.entries {
        guard left > 0 else { break }
        do throws(ParquetFault) { try nextPage() } catch { throw error.of(leaf.name) }
        continue
      }
      let stop = self.stop(rows, &begun)
      guard stop > entry else { break }
      take(entry..<stop, to: &result)
      if stop < page.entries { break }
    }
    return result
  }

  /// Where in the page the entries of so many rows end; `begun` counts those that began.
  private func stop(_ rows: Int, _ begun: inout Int) -> Int {
    guard leaf.maximumRepetition > 0 else {
      let count = min(rows - begun, page.entries - entry)
      begun += count
      return entry + count
    }
    var stop = entry
    while stop < page.entries {
      if page.repetitions[stop] == 0 {
        if begun == rows { break }
        begun += 1
      }
      stop += 1
    }
    return stop
  }

  private mutating func take(_ range: Range<Int>, to result: inout Rows) {
    var count = range.count
    if leaf.maximumDefinition > 0 {
      let own = page.definitions[range]
      result.definitions += own
      let top = UInt8(leaf.maximumDefinition)
      count = own.reduce(0) { $0 + ($1 == top ? 1 : 0) }
    }
    if leaf.maximumRepetition > 0 { result.repetitions += page.repetitions[range] }
    result.values.append(page.values, value..<value + count)
    result.entries += range.count
    entry = range.upperBound
    value += count
  }

  private mutating func nextPage() throws(ParquetFault) {
    let header = try header()
    let start = position
    position += header.size
    guard header.stored <= end - position, header.size > 0 else {
      throw ParquetFault("page header", at: start, "wanted at most \(end - position) bytes, not \(header.stored)")
    }
    guard header.bytes <= Self.mostBytes else {
      throw ParquetFault("page header", at: start, "a page of \(header.bytes) bytes")
    }
    let body = position
    position += header.stored
    guard header.kind != .index else { return }
    let stored = try bytes(at: body, count: header.stored)
    if verifies, let sum = header.sum, sum != CRC32.of(stored.bytes) {
      throw ParquetFault("page", at: body, "the checksum is wrong: bytes were changed")
    }
    do throws(ParquetFault) {
      switch header.kind {
      case .dictionary: try readDictionary(stored, header)
      case .data, .dataV2:
        guard header.values <= min(left, Self.mostValues) else {
          throw ParquetFault(
            "page header", at: 0, "wanted at most \(min(left, Self.mostValues)) values, not \(header.values)")
        }
        page = try decode(stored, header)
        (entry, value) = (0, 0)
        left -= header.values
      case .index: break
      }
    } catch {
      // Within a page that is packed no place can be told but its own.
      var fault = error
      fault.offset = body
      throw fault
    }
  }

  private mutating func header() throws(ParquetFault) -> PageHeader {
    guard position < end else {
      throw ParquetFault("page", at: position, "the column chunk ends, \(left) values are missing")
    }
    // Statistics can make a header large.
    var size = min(4096, end - position)
    while true {
      let bytes = try bytes(at: position, count: size)
      do throws(ParquetFault) { return try PageHeader(bytes, at: position) } catch {
        guard size < min(Self.headerBytes, end - position) else { throw error }
        size = min(size * 16, end - position)
      }
    }
  }

  private mutating func bytes(at position: Int, count: Int) throws(ParquetFault) -> [UInt8] {
    do {
      return count <= 256 << 10
        ? try window.bytes(at: position, count: count) : try file.bytes(at: position, count: count)
    } catch { throw ParquetFault("page", at: position, "\(error)") }
  }

  private mutating func readDictionary(_ stored: [UInt8], _ header: PageHeader) throws(ParquetFault) {
    let bytes = try codec.unpack(stored, size: header.bytes)
    guard header.values <= bytes.count * 8 else { throw HybridReader.end(0) }
    dictionary = try PageValues(type: leaf.type, dictionary: nil).read(bytes.bytes, count: header.values, 0)
  }

  private func decode(_ stored: [UInt8], _ header: PageHeader) throws(ParquetFault) -> Rows {
    var rows = Rows(values: leaf.type.physical.none, entries: header.values)
    var place = 0
    var bytes = stored
    if header.kind == .dataV2 {
      let levels = header.repetitionBytes + header.definitionBytes
      guard header.repetitionBytes >= 0, header.definitionBytes >= 0, levels <= stored.count, levels <= header.bytes
      else {
        throw ParquetFault("page header", at: 0, "\(levels) bytes of levels")
      }
      rows.repetitions = try self.levels(
        stored.bytes.extracting(first: header.repetitionBytes), leaf.maximumRepetition, header.values)
      rows.definitions = try self.levels(
        stored.bytes.extracting(header.repetitionBytes..<levels), leaf.maximumDefinition, header.values)
      bytes = Array(stored[levels...])
      if header.isCompressed { bytes = try codec.unpack(bytes, size: header.bytes - levels) }
    } else {
      bytes = try codec.unpack(stored, size: header.bytes)
      rows.repetitions = try prefixedLevels(
        bytes, &place, leaf.maximumRepetition, header.values, header.repetitionEncoding)
      rows.definitions = try prefixedLevels(
        bytes, &place, leaf.maximumDefinition, header.values, header.definitionEncoding)
    }
    let top = UInt8(leaf.maximumDefinition)
    let count = leaf.maximumDefinition == 0 ? header.values : rows.definitions.reduce(0) { $0 + ($1 == top ? 1 : 0) }
    rows.values = try PageValues(type: leaf.type, dictionary: dictionary).read(
      bytes.bytes.extracting(droppingFirst: place), count: count, header.encoding)
    return rows
  }

  private func prefixedLevels(
    _ bytes: [UInt8], _ place: inout Int, _ maximum: Int, _ count: Int, _ encoding: Int
  ) throws(ParquetFault) -> [UInt8] {
    guard maximum > 0 else { return [] }
    guard encoding == 3 else { throw .unsupported("levels of encoding \(encoding)") }
    guard bytes.count - place >= 4 else { throw HybridReader.end(place) }
    let size = Int(bytes.bytes.u32(at: place))
    guard size <= bytes.count - place - 4 else { throw HybridReader.end(place) }
    defer { place += 4 + size }
    return try levels(bytes.bytes.extracting(place + 4..<place + 4 + size), maximum, count)
  }

  private func levels(_ bytes: RawSpan, _ maximum: Int, _ count: Int) throws(ParquetFault) -> [UInt8] {
    guard maximum > 0 else { return [] }
    return try HybridReader.values(bytes, count: count, width: RunLength.width(of: maximum), maximum: UInt32(maximum))
      .map { UInt8($0) }
  }
}

extension ParquetLeafType.Physical {
  /// No values.
  var none: PhysicalValues {
    switch self {
    case .boolean: .boolean([])
    case .int32: .int32([])
    case .int64, .int96: .int64([])
    case .float: .float([])
    case .double: .double([])
    case .byteArray, .fixed: .text(Texts())
    }
  }
}

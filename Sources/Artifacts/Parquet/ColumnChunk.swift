import Core

/// The pages of one leaf in one row group, as bytes, and what the metadata says of them.
///
/// Offsets count from the chunk's first byte until the sink knows where that is.
struct ColumnChunk: Sendable {
  var leaf: ParquetLeaf
  private(set) var bytes: [UInt8] = []
  private(set) var uncompressedSize = 0
  private(set) var entries = 0
  private(set) var statistics = Statistics()
  private(set) var pages: [PageFacts] = []
  /// Where the data pages begin, if a dictionary page is before them.
  private(set) var dictionarySize: Int?
  private(set) var losses = TableLosses()
  var compression: PageCompression
  /// Of the data pages.
  private(set) var encoding = Page.Encoding.plain

  /// What the indexes say of a data page.
  struct PageFacts: Sendable {
    var offset: Int
    var size: Int
    var firstRow: Int
    var entries: Int
    var statistics: Statistics
  }

  /// Encodes a leaf of the rows of some batches, in order.
  init(
    _ leaf: ParquetLeaf, of batches: [BatchRows], _ compression: PageCompression, dictionary: TableOptions.Dictionary
  )
    throws
  {
    self.leaf = leaf
    self.compression = compression
    let rows = try batches.map { part throws(ParquetError) in try LeafRows(leaf, part) }
    for part in rows { losses.add(part.stored.losses) }
    var cuts = PageCuts(rows, leaf)
    entries = cuts.entryCount
    let values = rows.map(\.stored), fit = DeltaFit(values)
    if fit != .rising, dictionary == .whereSmaller, let dictionary = DictionaryEncoding(values) {
      self.compression = compression.unless(dictionary.sample)
      try append(dictionary)
      try append(&cuts, dictionary)
    } else {
      if fit != .poor { encoding = .delta }
      self.compression = compression.unless(values.sample(encoding))
      try append(&cuts, values)
    }
  }

  /// The chunk when its bytes are written.
  var withoutBytes: ColumnChunk {
    var chunk = self
    chunk.bytes = []
    return chunk
  }

  private mutating func append(_ dictionary: DictionaryEncoding) throws {
    var body: [UInt8] = []
    var plain = PlainEncoding()
    plain.append(dictionary.entries, [0..<dictionary.entryCount], to: &body)
    let page = try Page(
      .dictionary, .plain, values: dictionary.entryCount, body: body, compression, column: leaf.name)
    bytes = page.bytes
    uncompressedSize = page.uncompressedSize
    dictionarySize = page.bytes.count
    encoding = .dictionary
  }

  private mutating func append(_ cuts: inout PageCuts, _ dictionary: DictionaryEncoding) throws {
    var body: [UInt8] = []
    // In which page an entry was last seen, so that each is compared once a page.
    var seen = [Int32](repeating: -1, count: dictionary.entryCount)
    while let cut = cuts.next() {
      body.removeAll(keepingCapacity: true)
      cuts.appendLevels(cut, leaf, to: &body)
      let indices = dictionary.indices.span.extracting(cut.values)
      body.append(UInt8(dictionary.width))
      RunLength.append(indices, width: dictionary.width, to: &body)
      var statistics = Statistics(nulls: cut.entries.count - cut.values.count)
      statistics.add(dictionary.entries, Self.distinct(indices, &seen, page: Int32(pages.count)))
      try append(body, cut, statistics)
    }
  }

  private static func distinct(_ indices: Span<UInt32>, _ seen: inout [Int32], page: Int32) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for position in indices.indices {
      let entry = Int(indices[position])
      guard seen[entry] != page else { continue }
      seen[entry] = page
      found.append(entry..<entry + 1)
    }
    return found
  }

  private mutating func append(_ cuts: inout PageCuts, _ parts: [StoredValues]) throws {
    var body: [UInt8] = []
    while let cut = cuts.next() {
      body.removeAll(keepingCapacity: true)
      cuts.appendLevels(cut, leaf, to: &body)
      var statistics = Statistics(nulls: cut.entries.count - cut.values.count)
      var plain = PlainEncoding(), integers: [Int64] = []
      for (part, runs) in cut.slices {
        if encoding == .delta, case .int64(let values) = parts[part].values {
          for run in runs { integers += values[run] }
        } else {
          plain.append(parts[part].values, runs, to: &body)
        }
        statistics.add(parts[part].values, runs)
      }
      if encoding == .delta { DeltaEncoding.append(integers, to: &body) }
      plain.finish(to: &body)
      try append(body, cut, statistics)
    }
  }

  private mutating func append(_ body: [UInt8], _ cut: PageCuts.Cut, _ statistics: Statistics) throws {
    let page = try Page(.data, encoding, values: cut.entries.count, body: body, compression, column: leaf.name)
    pages.append(
      PageFacts(
        offset: bytes.count, size: page.bytes.count, firstRow: cut.firstRow, entries: cut.entries.count,
        statistics: statistics))
    bytes += page.bytes
    uncompressedSize += page.uncompressedSize
    self.statistics.formUnion(statistics)
  }
}

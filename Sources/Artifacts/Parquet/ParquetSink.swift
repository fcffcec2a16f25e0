package import Core

/// Writes a Parquet file row group by row group; the columns of one are encoded at the same time.
///
/// Memory: the batches of one row group, by reference, and encoded chunks of `2 * jobs` columns.
package struct ParquetSink: TableSink {
  private let output: any ByteOutput
  private let options: TableOptions
  private let compression: PageCompression
  /// Where the file begins in the output.
  private let start: Int
  private var metadata: ParquetMetadata
  private var waiting: [BatchRows] = []
  private var waitingRows = 0
  private var waitingBytes = 0
  private var indexes: [[PageIndex]] = []
  private var isFinished = false
  package private(set) var losses = TableLosses()

  private static let magic = [UInt8]("PAR1".utf8)

  package init(_ schema: Schema, to output: any ByteOutput, _ options: TableOptions) throws {
    self.output = output
    self.options = options
    compression = PageCompression(options.compression, level: options.compressionLevel)
    start = output.count
    let parquet = try ParquetSchema(schema, uint64: options.uint64, maps: options.maps)
    metadata = ParquetMetadata(schema: parquet, keyValues: options.metadata, createdBy: options.createdBy)
    if let name = options.sortedBy {
      metadata.sortColumn = parquet.leaves.firstIndex { $0.path == [name] }
      guard metadata.sortColumn != nil else { throw ParquetError.unknownSortColumn(name) }
    }
    try output.write(Self.magic)
  }

  package var buffered: Int { waitingBytes }

  /// What is known of the values of each leaf; complete after `finish`.
  var statistics: [(leaf: ParquetLeaf, values: Statistics)] {
    metadata.schema.leaves.enumerated().map { index, leaf in
      var all = Statistics()
      for group in metadata.rowGroups { all.formUnion(group.columns[index].chunk.statistics) }
      return (leaf, all)
    }
  }

  package mutating func write(_ batch: Batch) throws {
    precondition(!isFinished, "nothing follows the footer")
    for (field, column) in zip(batch.schema.fields, batch.columns) where column.count != batch.count {
      if case .structure(let members) = column.values, members.isEmpty { continue }
      throw ParquetError.countMismatch(column: field.name, rows: column.count, batch: batch.count)
    }
    let rowBytes = batch.count == 0 ? 0 : max(1, batch.byteCount / batch.count)
    var taken = 0
    while taken < batch.count {
      let room = min(options.rowGroupRows - waitingRows, (options.rowGroupBytes - waitingBytes) / rowBytes)
      let end = min(batch.count, taken + max(1, room))
      waiting.append(BatchRows(batch: batch, rows: taken..<end))
      waitingRows += end - taken
      waitingBytes += (end - taken) * rowBytes
      taken = end
      let isFull = waitingRows >= options.rowGroupRows || waitingBytes >= options.rowGroupBytes
      if isFull || taken < batch.count { try flush() }
    }
  }

  package mutating func flush() throws {
    guard waitingRows > 0 else { return }
    var group = ParquetMetadata.RowGroup(rows: waitingRows, offset: output.count - start)
    var pageIndexes: [PageIndex] = []
    let (batches, compression, dictionary) = (waiting, compression, options.dictionary)
    try parallelMap(metadata.schema.leaves, jobs: options.jobs) { leaf in
      try ColumnChunk(leaf, of: batches, compression, dictionary: dictionary)
    } _: { chunk in
      let place = output.count - start
      try output.write(chunk.bytes)
      pageIndexes.append(PageIndex(chunk, at: place))
      losses.add(chunk.losses)
      group.columns.append(ParquetMetadata.Column(start: place, chunk: chunk.withoutBytes, size: chunk.bytes.count))
    }
    metadata.rowGroups.append(group)
    indexes.append(pageIndexes)
    waiting = []
    waitingRows = 0
    waitingBytes = 0
  }

  package mutating func finish() throws {
    try flush()
    isFinished = true
    try writeIndexes()
    var footer = metadata.bytes
    let length = UInt32(truncatingIfNeeded: footer.count)
    footer.append(littleEndian: length)
    try output.write(footer + Self.magic)
  }

  /// All column indexes, then all offset indexes.
  private mutating func writeIndexes() throws {
    for (group, pages) in indexes.enumerated() {
      for (column, index) in pages.enumerated() {
        guard let bytes = index.columnIndex else { continue }
        metadata.rowGroups[group].columns[column].columnIndex = try write(index: bytes)
      }
    }
    for (group, pages) in indexes.enumerated() {
      for (column, index) in pages.enumerated() {
        metadata.rowGroups[group].columns[column].offsetIndex = try write(index: index.offsetIndex)
      }
    }
  }

  private func write(index bytes: [UInt8]) throws -> ParquetMetadata.Place {
    let place = ParquetMetadata.Place(offset: output.count - start, length: bytes.count)
    try output.write(bytes)
    return place
  }
}

extension Batch {
  /// Roughly what the batch takes in memory.
  fileprivate var byteCount: Int { columns.reduce(0) { $0 + $1.byteCount } }
}

extension Column {
  fileprivate var byteCount: Int {
    // An array's own header, so that many tiny batches count as well.
    let header = 32
    let own =
      switch values {
      case .bool(let values): values.count
      case .int8(let values): values.count
      case .uint8(let values): values.count
      case .int16(let values): 2 * values.count
      case .uint16(let values): 2 * values.count
      case .int32(let values): 4 * values.count
      case .uint32(let values): 4 * values.count
      case .float32(let values): 4 * values.count
      case .int64(let values): 8 * values.count
      case .uint64(let values): 8 * values.count
      case .float64(let values): 8 * values.count
      case .text(let texts): 8 * texts.offsets.count + texts.bytes.count
      case .list(let offsets, let element): 8 * offsets.count + element.byteCount
      case .structure(let members): members.reduce(0) { $0 + $1.byteCount }
      }
    return header + own + (validity?.count ?? 0)
  }
}

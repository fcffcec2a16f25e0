import Core

/// The file's footer: FileMetaData and all it holds, in the specification's order.
///
/// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
struct ParquetMetadata {
  var schema: ParquetSchema
  var rowGroups: [RowGroup] = []
  var keyValues: [(key: String, value: String)]
  var createdBy: String
  /// The leaf that rows are sorted by.
  var sortColumn: Int?

  struct RowGroup {
    var columns: [Column] = []
    var rows: Int
    /// Where its first page is.
    var offset: Int
  }

  /// ColumnChunk without its pages' bytes, at its place in the file.
  struct Column {
    var start: Int
    var chunk: ColumnChunk
    var size: Int
    var offsetIndex: Place?
    var columnIndex: Place?
  }

  struct Place {
    var offset: Int
    var length: Int
  }

  var bytes: [UInt8] {
    ThriftCompact { file in
      file.int32(1, 1)
      file.list(2, .structure, schema.elements) { list, element in list.element { Self.write(element, &$0) } }
      file.int64(3, rowGroups.reduce(0) { $0 + $1.rows })
      file.list(4, .structure, Array(rowGroups.enumerated())) { list, group in
        list.element { write(group.element, ordinal: group.offset, &$0) }
      }
      if !keyValues.isEmpty {
        file.list(5, .structure, keyValues) { list, pair in
          list.element {
            $0.string(1, pair.key)
            $0.string(2, pair.value)
          }
        }
      }
      file.string(6, createdBy)
      // TYPE_ORDER for each leaf; without it readers ignore the smallest and largest values.
      file.list(7, .structure, schema.leaves) { list, _ in list.element { $0.structure(1) { _ in } } }
    }.bytes
  }

  private static func write(_ element: ParquetSchema.Element, _ out: inout ThriftCompact) {
    out.int32(1, element.physical?.rawValue)
    out.int32(3, element.repetition?.rawValue)
    out.string(4, element.name)
    out.int32(5, element.children.map { Int32(truncatingIfNeeded: $0) })
    out.int32(6, element.annotation?.converted)
    guard let annotation = element.annotation else { return }
    out.structure(10) { logical in
      switch annotation {
      case .string: logical.structure(1) { _ in }
      case .map: logical.structure(2) { _ in }
      case .list: logical.structure(3) { _ in }
      case .timestamp:
        logical.structure(8) { timestamp in
          timestamp.bool(1, true)
          timestamp.choice(2, 2)
        }
      case .integer(let bits, let isSigned):
        logical.structure(10) { integer in
          integer.int8(1, bits)
          integer.bool(2, isSigned)
        }
      }
    }
  }

  private func write(_ group: RowGroup, ordinal: Int, _ out: inout ThriftCompact) {
    out.list(1, .structure, group.columns) { list, column in list.element { Self.write(column, &$0) } }
    out.int64(2, group.columns.reduce(0) { $0 + $1.chunk.uncompressedSize })
    out.int64(3, group.rows)
    if let sortColumn {
      out.list(4, .structure, [sortColumn]) { list, column in
        list.element { sorting in
          sorting.int32(1, Int32(truncatingIfNeeded: column))
          sorting.bool(2, false)
          sorting.bool(3, false)
        }
      }
    }
    out.int64(5, group.offset)
    out.int64(6, group.columns.reduce(0) { $0 + $1.size })
    // 16 bits; readers number the groups themselves when it is absent.
    if let ordinal = Int16(exactly: ordinal) { out.int16(7, ordinal) }
  }

  private static func write(_ column: Column, _ out: inout ThriftCompact) {
    out.int64(2, 0)
    out.structure(3) { write(column.chunk, column, &$0) }
    out.int64(4, column.offsetIndex?.offset)
    out.int32(5, (column.offsetIndex?.length).map { Int32(truncatingIfNeeded: $0) })
    out.int64(6, column.columnIndex?.offset)
    out.int32(7, (column.columnIndex?.length).map { Int32(truncatingIfNeeded: $0) })
  }

  /// ColumnMetaData.
  private static func write(_ chunk: ColumnChunk, _ column: Column, _ out: inout ThriftCompact) {
    let hasDictionary = chunk.dictionarySize != nil
    let encodings: [Page.Encoding] =
      switch chunk.encoding {
      case .delta: [.rle, .delta]
      case .dictionary: [.plain, .rle, .dictionary]
      default: [.plain, .rle]
      }
    out.int32(1, chunk.leaf.storage.physical.rawValue)
    out.list(2, .int32, encodings) { $0.element($1.rawValue) }
    out.list(3, .binary, chunk.leaf.path) { $0.element([UInt8]($1.utf8)) }
    out.int32(4, chunk.compression.number)
    out.int64(5, chunk.entries)
    out.int64(6, chunk.uncompressedSize)
    out.int64(7, column.size)
    out.int64(9, column.start + (chunk.dictionarySize ?? 0))
    out.int64(11, hasDictionary ? column.start : nil)
    out.structure(12) { write(chunk.statistics, chunk.leaf.storage, &$0) }
    let kinds =
      (hasDictionary ? [(Page.Kind.dictionary, Page.Encoding.plain, 1)] : [])
      + [(.data, chunk.encoding, chunk.pages.count)]
    out.list(13, .structure, kinds) { list, kind in
      list.element { statistics in
        statistics.int32(1, kind.0.rawValue)
        statistics.int32(2, kind.1.rawValue)
        statistics.int32(3, Int32(truncatingIfNeeded: kind.2))
      }
    }
  }

  private static func write(_ statistics: Statistics, _ storage: LeafStorage, _ out: inout ThriftCompact) {
    let lower = Bound.lower(statistics.extent, storage)
    let upper = Bound.upper(statistics.extent, storage)
    out.int64(3, statistics.nulls)
    out.binary(5, upper?.bytes)
    out.binary(6, lower?.bytes)
    out.bool(7, upper?.isExact)
    out.bool(8, lower?.isExact)
  }
}

package import Core

/// A Parquet file that is read: what there is, and its rows column by column.
///
/// Every encoding, codec and nesting of format version 2.10 that pyarrow, DuckDB, polars and Spark write is read; what is
/// not (encryption, Brotli, LZO, BIT_PACKED levels, values in other files) is an error that names it.
///
/// | stored as | column |
/// |---|---|
/// | INT32, INT64, FLOAT, DOUBLE, BOOLEAN, INTEGER(8…64) | of the same type |
/// | STRING, ENUM, JSON, UUID | `string` |
/// | BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY | `bytes` |
/// | TIMESTAMP in ms or µs, DATE | `timestamp` |
/// | TIMESTAMP in ns, INT96 | `time` |
/// | TIME | `duration` |
/// | DECIMAL | `float64` up to 15 digits, else `string` |
/// | FLOAT16 | `float32` |
/// | LIST, MAP, a repeated field | `list`; of a map, of structures `key`, `value` |
package struct ParquetFile: Sendable {
  package let schema: Schema
  package let rows: Int
  /// In order; a key may repeat.
  package let metadata: [(key: String, value: String)]
  package let createdBy: String
  /// Rows of each row group.
  package let groups: [Range<Int>]

  let file: FileReader
  let footer: ParquetFooter
  let tree: ParquetTree
  let verifies: Bool

  /// Reads the footer; `verifying` says whether the checksums of pages are compared where they are there.
  ///
  /// - Throws: `ParquetFault` for what is no Parquet file, or has what is not read; `SystemError`.
  package init(_ file: FileReader, verifying: Bool = true) throws {
    self.file = file
    verifies = verifying
    footer = try ParquetFooter(file)
    do throws(ParquetFault) {
      tree = try ParquetTree(footer.elements)
      var groups: [Range<Int>] = [], rows = 0
      for group in footer.groups {
        let (sum, isLarge) = rows.addingReportingOverflow(group.rows)
        guard group.rows >= 0, !isLarge, group.chunks.count == tree.leaves.count else {
          throw ParquetFault(
            "footer", at: 0,
            "a row group of \(group.rows) rows and \(group.chunks.count) of \(tree.leaves.count) columns")
        }
        groups.append(rows..<sum)
        rows = sum
      }
      guard rows == footer.rows else {
        throw ParquetFault("footer", at: 0, "wanted \(footer.rows) rows, the row groups have \(rows)")
      }
      (self.groups, self.rows) = (groups, rows)
    } catch { throw error.of(file: file.path) }
    (schema, metadata, createdBy) = (tree.schema, footer.metadata, footer.createdBy)
  }

  /// The last value of a key.
  package subscript(key: String) -> String? { metadata.last { $0.key == key }?.value }

  /// Reads some columns, or all: those of row groups that are wanted, at most so many rows at a time.
  ///
  /// Batches have the columns in the order that is asked for. Memory: a batch, and a page a column.
  /// - Throws: `ParquetFault` with column and byte, `SystemError`, what `body` throws.
  package func read(
    columns: [String]? = nil, groups wanted: Range<Int>? = nil, batch size: Int = 1 << 16,
    _ body: (Batch) throws -> Void
  ) throws {
    var cursor = try ParquetCursor(self, columns: columns, groups: wanted, batch: size)
    while let batch = try cursor.next() { try body(batch) }
  }

  func node(_ name: String) throws -> ParquetTree.Node {
    guard let node = tree.columns.first(where: { $0.name == name }) else {
      throw ParquetFault("schema", at: 0, "there is no such column").of(name).of(file: file.path)
    }
    return node
  }

  /// - Throws: `ParquetFault` where there is no such column.
  package func field(_ name: String) throws -> Field { try node(name).field }

  /// All of some columns of a row group.
  package func batch(columns: [String]? = nil, group: Int) throws -> Batch {
    var all: Batch?
    try read(columns: columns, groups: group..<group + 1, batch: max(1, footer.groups[group].rows)) { all = $0 }
    guard let all else {
      let fields = columns.map { names in names.compactMap { name in schema.fields.first { $0.name == name } } }
      return Batch(empty: Schema(fields ?? schema.fields))
    }
    return all
  }
}

extension ParquetFile {
  /// What the footer says of a column's values in a row group, where they are integers, in the column's unit; nil where
  /// it says nothing.
  package func extent(of column: String, group: Int) -> (range: ClosedRange<Int64>, nulls: Int?)? {
    guard let leaf = tree.leaves.firstIndex(where: { $0.path == [column] }) else { return nil }
    let statistics = footer.groups[group].chunks[leaf].statistics
    let type = tree.leaves[leaf].type
    guard type.physical == .int64, let lower = statistics.lower, let upper = statistics.upper,
      lower.count == 8, upper.count == 8
    else { return nil }
    let low = Int64(bitPattern: lower.bytes.u64(at: 0)).multipliedReportingOverflow(by: type.factor)
    let high = Int64(bitPattern: upper.bytes.u64(at: 0)).multipliedReportingOverflow(by: type.factor)
    guard !low.overflow, !high.overflow, low.partialValue <= high.partialValue else { return nil }
    return (low.partialValue...high.partialValue, statistics.nulls)
  }
}

extension Batch {
  /// No rows of some columns.
  package init(empty schema: Schema) {
    self.init(schema: schema, columns: schema.fields.map { Column(empty: $0.type) }, count: 0)
  }
}

extension Column {
  /// No values of a type.
  package init(empty type: FieldType) {
    switch type {
    case .bool: self.init(.bool([]))
    case .int8: self.init(.int8([]))
    case .int16: self.init(.int16([]))
    case .int32: self.init(.int32([]))
    case .int64, .time, .duration, .timestamp: self.init(.int64([]))
    case .uint8: self.init(.uint8([]))
    case .uint16: self.init(.uint16([]))
    case .uint32: self.init(.uint32([]))
    case .uint64: self.init(.uint64([]))
    case .float32: self.init(.float32([]))
    case .float64: self.init(.float64([]))
    case .string, .bytes: self.init(.text(Texts()))
    case .list(let element): self.init(.list(offsets: [0], element: Column(empty: element)))
    case .structure(let fields): self.init(.structure(fields.map { Column(empty: $0.type) }))
    }
  }
}

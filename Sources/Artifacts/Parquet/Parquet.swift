package import Core

/// Apache Parquet, https://parquet.apache.org/docs/file-format and `parquet.thrift` of apache/parquet-format.
///
/// ```
///   "PAR1"
///   row group 0   column chunk 0: [dictionary page] data page, data page, …
///                 column chunk 1: …
///   row group 1   …
///   ColumnIndex of each column chunk that has one     smallest and largest value of each page
///   OffsetIndex of each column chunk that has one     where each page is
///   FileMetaData                                      schema, row groups, statistics; Thrift compact
///   UInt32 its length    "PAR1"
/// ```
/// A page is `header [repetition levels] [definition levels] values`, all after the header compressed together.
extension TableKind {
  package static let parquet = TableKind(name: "parquet", suffix: "parquet") { schema, output, options in
    try ParquetSink(schema, to: output, options)
  }
}

/// What a table cannot be written as Parquet for.
package enum ParquetError: Problem, Equatable {
  /// A column without a name.
  case namelessColumn(in: String)
  /// Two columns whose names differ at most in case; many engines cannot tell them apart.
  case ambiguousColumn(String)
  /// A table, or what is left of it without empty structures, has no columns.
  case noColumns
  /// Deeper than readers go.
  case tooDeep(String)
  /// `TableOptions.sortedBy` names no flat column.
  case unknownSortColumn(String)
  /// A batch's column is not of the schema's type.
  case typeMismatch(column: String)
  /// A batch's column has another number of rows than the batch.
  case countMismatch(column: String, rows: Int, batch: Int)
  /// A value is missing where the schema says that none is.
  case missingValue(column: String)
  /// A row does not fit into a page, whose size is 31 bits.
  case pageTooLarge(column: String, bytes: Int)

  package var description: String {
    switch self {
    case .namelessColumn(let parent): "cannot write parquet: a column of \(parent) has no name"
    case .ambiguousColumn(let name): "cannot write parquet: column \(name) occurs twice, ignoring case"
    case .noColumns: "cannot write parquet: the table has no columns"
    case .tooDeep(let name): "cannot write parquet: column \(name) is nested deeper than \(ParquetSchema.maximumDepth)"
    case .unknownSortColumn(let name): "cannot write parquet: sorted by \(name), which is no flat column"
    case .typeMismatch(let column): "cannot write parquet: column \(column) is not of the schema's type"
    case .countMismatch(let column, let rows, let batch):
      "cannot write parquet: column \(column) has \(rows) rows, its batch \(batch)"
    case .missingValue(let column): "cannot write parquet: a value of column \(column), which is required, is missing"
    case .pageTooLarge(let column, let bytes):
      "cannot write parquet: a row of column \(column) needs a page of \(bytes) bytes"
    }
  }

  package var code: ProblemCode {
    switch self {
    case .namelessColumn, .ambiguousColumn, .noColumns, .tooDeep, .pageTooLarge: .unsupported
    case .unknownSortColumn, .typeMismatch, .countMismatch, .missingValue: .bug
    }
  }

  package var exitCode: ExitCode { .items }
}

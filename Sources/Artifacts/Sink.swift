package import Core

/// Writes tables of one kind.
///
/// Every adopter keeps, and `SinkContract` in the tests checks: batches are written in the order they come; memory is
/// bounded (a row group for Parquet, a batch otherwise); without batches the artifact is still valid and has the
/// schema; the same batches give the same bytes; the output is finished by the caller, after `finish`.
package protocol TableSink {
  /// Takes the next rows; `batch.schema` is the sink's.
  mutating func write(_ batch: Batch) throws
  /// Writes what is buffered and what ends the artifact; nothing may follow.
  mutating func finish() throws
  /// Bytes held in memory, so that a writer of many tables can bound their sum.
  var buffered: Int { get }
  /// Writes what is buffered as far as the kind allows (a row group for Parquet).
  mutating func flush() throws
  /// What was written other than it came, because the kind cannot hold it; complete after `finish`.
  var losses: TableLosses { get }
}

extension TableSink {
  package var losses: TableLosses { TableLosses() }
}

/// Values that a table could not hold as they were: data loss to report, exit code 3.
package struct TableLosses: Sendable, Equatable {
  /// Strings that were not UTF-8; U+FFFD stands for what was not.
  package var replacedTexts = 0
  /// Unsigned integers from 2^63 on, written as missing; only with `Unsigned64.int64OrNull`.
  package var missingUnsigned = 0

  package init() {}

  package mutating func add(_ other: TableLosses) {
    replacedTexts += other.replacedTexts
    missingUnsigned += other.missingUnsigned
  }
}

/// A kind of table file.
package struct TableKind: Sendable {
  /// The name in options: `parquet`, `jsonl`, `csv`.
  package var name: String
  package var suffix: String
  package var open: @Sendable (Schema, any ByteOutput, TableOptions) throws -> any TableSink
}

/// What a caller can ask of a table.
package struct TableOptions: Sendable {
  package var compression = Compression.zstd
  /// Threads for encoding.
  package var jobs = 1
  /// Key-value metadata of the file, in order; Parquet only.
  package var metadata: [(key: String, value: String)] = []

  /// Effort, on the codec's own scale; nil for the kind's default.
  ///
  /// Parquet only, as all that follows.
  package var compressionLevel: Int?
  /// The column that the rows are sorted by, ascending; nil if none is known.
  package var sortedBy: String?
  package var uint64 = Unsigned64.unsigned
  package var dictionary = Dictionary.whereSmaller
  /// Rows of a row group, at most.
  package var rowGroupRows = 1 << 20
  /// Paths of lists of structures `key` (required) and `value` that are written as maps.
  package var maps: Set<[String]> = []
  /// Bytes in memory of the values of a row group, about.
  package var rowGroupBytes = 64 << 20
  /// Who wrote the file; readers trust statistics only of `name version number (build commit)`.
  package var createdBy = "avtools version 0.0.0 (build unknown)"

  /// What ends a line; CSV only.
  package var lineEnd = LineEnd.crlf
  /// CSV only.
  package var formulas = Formulas.asRecorded

  package enum Compression: String, Sendable, CaseIterable { case zstd, gzip, lz4, none }

  /// What becomes of `uint64` columns.
  package enum Unsigned64: String, Sendable, CaseIterable {
    /// An unsigned integer; nothing is lost. Delta has no such type.
    case unsigned
    /// A signed integer; values from 2^63 on are missing, and counted.
    case int64OrNull
    /// Decimal digits.
    case string
  }

  /// Whether repeated strings and integers are written once.
  package enum Dictionary: Sendable { case whereSmaller, never }

  /// RFC 4180 wants CR LF; what reads lines in a shell wants LF.
  package enum LineEnd: String, Sendable, CaseIterable { case crlf, lf }

  /// What becomes of texts that a spreadsheet would take for formulas.
  package enum Formulas: String, Sendable, CaseIterable {
    case asRecorded
    /// An apostrophe stands before them.
    case guarded
  }

  package init() {}
}

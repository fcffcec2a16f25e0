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

  package enum Compression: String, Sendable, CaseIterable { case zstd, gzip, lz4, none }

  package init() {}
}

import Artifacts
package import Core

/// The first rows of a table as JSON lines: what a person looks at, and what scripts compare.
package enum TableHead {
  /// Writes rows of a Parquet file, in the order of its columns or of those that are asked for; all where `rows` is nil.
  ///
  /// - Throws: `ParquetFault` for what cannot be read, `SystemError`.
  package static func write(_ path: String, columns: [String]?, rows: Int?, to output: any ByteOutput) throws {
    let file = try ParquetFile(FileReader(path))
    var left = rows ?? file.rows
    var sink: (any TableSink)?
    var group = 0
    while left > 0, group < file.groups.count {
      try file.read(columns: columns, groups: group..<group + 1, batch: min(left, 1 << 14)) { batch in
        guard left > 0 else { return }
        let part = batch.count > left ? batch.rows(Array(0..<left)) : batch
        var own = try sink ?? TableKind.jsonl.open(batch.schema, output, TableOptions())
        try own.write(part)
        sink = own
        left -= part.count
      }
      group += 1
    }
    try sink?.finish()
    // A column that is not there is an error also where no row is shown.
    if sink == nil, let columns { for column in columns { _ = try file.field(column) } }
  }
}

import Artifacts
import Core

private let file = ScratchFile()

extension FuzzTarget {
  /// The input is a Parquet file, read whole and column by column.
  static let parquet = FuzzTarget(
    name: "parquet",
    run: { bytes in
      file.fill(bytes)
      // Checksums would hide what the parsers do with bytes that were changed.
      let table = try ParquetFile(FileReader(file.path), verifying: false)
      var rows = 0
      try table.read(batch: 100) { batch in
        rows += batch.count
        must(rows <= table.rows, "more rows than the footer says")
        for (field, column) in zip(batch.schema.fields, batch.columns) {
          must(column.count == batch.count, "\(field.name) has \(column.count) of \(batch.count) rows")
          must(column.validity.map { $0.count == batch.count } ?? true, "\(field.name) has other flags than rows")
        }
      }
    }, seeds: parquetSeeds)
}

/// Flat and nested columns with nulls, packed and not, with dictionaries.
private func parquetSeeds() throws -> [(name: String, bytes: [UInt8])] {
  let fields = [
    Field("t", .int64), Field("v", .float64, isNullable: true), Field("s", .string), Field("b", .bool),
    Field("l", .list(.int32)),
    Field("p", .structure([Field("x", .float32), Field("n", .string, isNullable: true)]), isNullable: true),
  ]
  let count = 6
  let valid = [true, false, true, true, false, true]
  let columns = [
    Column(.int64((0..<6).map { $0 * 1_000_000_000 })), Column(.float64([0, 1, -0.0, .nan, 2, 3]), validity: valid),
    Column(.text(Texts(["a", "b", "a", "", "b", "a"]))), Column(.bool([0, 1, 1, 0, 1, 0])),
    Column(.list(offsets: [0, 0, 1, 3, 3, 4, 6], element: Column(.int32([1, 2, 3, 4, 5, 6])))),
    Column(
      .structure([
        Column(.float32([1, 2, 3, 4, 5, 6])), Column(.text(Texts(["x", "y", "x", "y", "z", "z"])), validity: valid),
      ]), validity: valid),
  ]
  return try TableOptions.Compression.allCases.map { compression in
    let output = MemoryOutput()
    var options = TableOptions()
    options.compression = compression
    options.rowGroupRows = 4
    var sink = try TableKind.parquet.open(Schema(fields), output, options)
    try sink.write(Batch(schema: Schema(fields), columns: columns, count: count))
    try sink.finish()
    return (name: compression.rawValue, bytes: output.bytes)
  }
}

import Artifacts
import Core

extension SyncTable {
  /// How the names of texts end that are tables.
  static let textSuffixes = [".csv", ".jsonl", ".ndjson", ".csv.gz", ".jsonl.gz", ".ndjson.gz"]

  /// Opens a table that is text, CSV or JSON lines: it is read and held whole.
  ///
  /// Its times are those of `t_ns`, else of `ts`, `time` or `timestamp`. Without one of these it has no columns of times.
  ///
  /// - Throws: `SourceError` for a row without a time, and for what is no table.
  init(text place: TablePlace) throws {
    let table = try SourceTable(FileReader(place.path, in: place.source.folder), name: place.name)
    let clock = table.clock
    var (fields, columns): ([Field], [Column]) = ([], [])
    for name in ["t_ns", "log_ns", "pub_ns", "stamp_ns"] {
      guard let source = name == "t_ns" ? clock : table.field(name)?.name else { continue }
      let times = try table.times(SourceClock(column: source))
      if name == "t_ns", let row = times.firstIndex(of: nil) {
        throw SourceError(table.path, "column '\(source)' has no time in row \(row)")
      }
      fields.append(Field(name, .int64, isNullable: name != "t_ns"))
      columns.append(.nullable(times))
    }
    let own = table.schema.fields.filter { field in field.name != clock && !fields.contains { $0.name == field.name } }
    let batch = try table.columns(own.map(\.name))
    let whole = Batch(schema: Schema(fields + own), columns: columns + batch.columns, count: batch.count)
    self.init(
      name: place.name, path: place.path, folder: place.source.place, isIndex: place.isIndex, schema: whole.schema,
      rows: whole.count, metadata: [:], groups: whole.count == 0 ? [] : [0..<whole.count]
    ) { _, names in
      let fields = names.compactMap { name in whole.schema.fields.first { $0.name == name } }
      return Batch(schema: Schema(fields), columns: fields.compactMap { whole[$0.name] }, count: whole.count)
    }
  }
}

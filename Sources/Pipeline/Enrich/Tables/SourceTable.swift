import Artifacts
import Core

/// A table that values are taken from, of any kind that is read: Parquet, CSV or JSON lines, the latter two also packed.
struct SourceTable: Sendable {
  /// What it is called: the stream of an extracted table, else the file's name without suffix.
  let name: String
  let path: String
  let schema: Schema
  private let parquet: ParquetFile?
  private let whole: Batch?

  /// Opens a Parquet file, or reads a text.
  init(_ path: String, name: String? = nil) throws { try self.init(FileReader(path), name: name) }

  init(_ file: FileReader, name: String? = nil) throws {
    path = file.path
    if file.count >= 4, try file.bytes(at: 0, count: 4) == Array("PAR1".utf8) {
      let table = try ParquetFile(file)
      (parquet, whole, schema) = (table, nil, table.schemaWithUnits)
    } else {
      let bytes = try SourceFile.contents(file)
      let isObject = bytes.first { $0 > UInt8(ascii: " ") } == UInt8(ascii: "{")
      let batch = try isObject ? TextTables.jsonLines(bytes, file: path) : TextTables.csv(bytes, file: path)
      (parquet, whole, schema) = (nil, batch, batch.schema)
    }
    self.name = name ?? MeteostatReader.station(of: path)
  }

  func field(_ name: String) -> Field? { schema.fields.first { $0.name == name } }

  /// Some columns, whole.
  ///
  /// - Throws: `SourceError` for a column that is not there, with the nearest name.
  func columns(_ names: [String]) throws -> Batch {
    for name in names where field(name) == nil {
      let near = schema.fields.map(\.name).nearest(to: name).map { "; did you mean '\($0)'?" } ?? ""
      throw SourceError(path, "has no column '\(name)'\(near)", code: .configuration)
    }
    if let whole {
      let columns = names.compactMap { whole[$0] }
      return Batch(schema: Schema(names.compactMap(field)), columns: columns, count: whole.count)
    }
    var all: Batch?
    // As few batches as there can be: each is copied to those before it.
    try parquet?.read(columns: names, batch: max(1, parquet?.rows ?? 1)) { batch in
      guard let known = all else {
        all = batch
        return
      }
      all = Batch(
        schema: known.schema, columns: zip(known.columns, batch.columns).map { $0.appending($1) },
        count: known.count + batch.count)
    }
    let schema = Schema(names.compactMap(field))
    return all.map { Batch(schema: schema, columns: $0.columns, count: $0.count) } ?? Batch(empty: schema)
  }

  /// The times of its rows in nanoseconds, nil where there is none.
  func times(_ clock: SourceClock) throws -> [Int64?] {
    guard let name = clock.column ?? self.clock else {
      throw SourceError(
        path, "has no column t_ns, ts, time or timestamp", hint: "name its clock: {file: …, time: \"column\"}",
        code: .configuration)
    }
    let batch = try columns([name])
    guard let column = batch.columns.first, let field = field(name) else { return [] }
    return try clock.instants(column, field, path: path)
  }

  /// The column that is its clock where nobody says which.
  var clock: String? { ["t_ns", "ts", "time", "timestamp"].first { field($0) != nil } }
}

/// Which column of a source is its clock, and what its values mean.
struct SourceClock: Sendable, Equatable {
  /// Nil for `t_ns`, `ts`, `time` or `timestamp`, the first that is there.
  var column: String?
  /// What one is, in nanoseconds; nil where the column's type tells.
  var unit: Int64?
  /// Of texts without one.
  var zone = LocalTime.utc

  static let units: [String: Int64] = ["ns": 1, "us": 1000, "ms": 1_000_000, "s": 1_000_000_000]

  func instants(_ column: Column, _ field: Field, path: String) throws(SourceError) -> [Int64?] {
    func fail(_ problem: String) -> SourceError {
      SourceError(path, "column '\(field.name)' \(problem)", code: .configuration)
    }
    switch (field.type, column.values) {
    case (.time, .int64(let values)): return scaled(values, column.validity, 1)
    case (.timestamp, .int64(let values)): return scaled(values, column.validity, 1000)
    case (_, .int64(let values)):
      guard let unit = unit ?? (field.name.hasSuffix("_ns") ? 1 : nil) else {
        throw fail("has integers: say whether they are s, ms, us or ns")
      }
      return scaled(values, column.validity, unit)
    case (_, .float64(let values)):
      guard let unit else { throw fail("has numbers: say whether they are s, ms, us or ns") }
      return values.enumerated().map { index, value in
        guard column.validity?[index] ?? true else { return nil }
        return Int64(exactly: (value * Double(unit)).rounded())
      }
    case (_, .text(let texts)):
      var instants: [Int64?] = []
      for index in 0..<texts.count {
        guard column.validity?[index] ?? true else {
          instants.append(nil)
          continue
        }
        let text = String(decoding: texts[index], as: UTF8.self)
        // JSON has integers of 64 bits as texts.
        let number = field.name.hasSuffix("_ns") ? Int64(text) : nil
        guard let instant = number ?? zone.instant(text) else {
          throw fail("has '\(text.shown)' in row \(index), which is no time")
        }
        instants.append(instant)
      }
      return instants
    default: throw fail("is no time")
    }
  }

  private func scaled(_ values: [Int64], _ validity: [Bool]?, _ unit: Int64) -> [Int64?] {
    values.enumerated().map { index, value in
      guard validity?[index] ?? true else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: unit)
      return overflow ? nil : product
    }
  }
}

import Artifacts
import Core

/// The catalog as one flat table, a row a product, for spreadsheets and engines; the products' tables are left out.
extension Catalog {
  /// As in the record, with the type of the Parquet form; lists are lists of texts there.
  private static let columns: [Field] = {
    func text(_ name: String) -> Field { Field(name, .string, isNullable: true) }
    func count(_ name: String) -> Field { Field(name, .int64, isNullable: true) }
    func time(_ name: String) -> Field { Field(name, .timestamp, isNullable: true) }
    return [
      text("name"), text("domain"), text("zone"), text("kind"), text("version"), text("owner"), text("contact"),
      count("measurements"), count("datastreams"), count("failed"), count("working"),
      Field("failed_share", .float64, isNullable: true), count("rows"), count("files"), count("bytes"), time("start"),
      time("end"), text("newest"), time("changed"), text("max_age"), Field("upstream", .list(.string)),
      Field("downstream", .list(.string)), Field("stores", .list(.string)),
    ]
  }()

  /// RFC 4180, with a line of titles; lists are separated by blanks.
  package var csv: String {
    let rows = entries.map { entry in
      let record = entry.record
      return Self.columns.map { column in
        switch record[column.name] {
        case .string(let text)?: text
        case .array(let list)?: list.compactMap(\.string).joined(separator: " ")
        case let value?: value.text
        case nil: ""
        }
      }
    }
    return ([Self.columns.map(\.name)] + rows).map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  /// What begins like a formula stays a text in spreadsheets.
  private static func quoted(_ cell: String) -> String {
    let isFormula = cell.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
    let text = isFormula ? "'" + cell : cell
    let mustQuote = text.utf8.contains { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }
    return mustQuote ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }

  /// A Parquet file; times in microseconds.
  package var parquet: [UInt8] {
    get throws {
      let records = entries.map(\.record), schema = Schema(Self.columns)
      let columns = Self.columns.map { field in Self.column(field.type, records.map { $0[field.name] }) }
      let output = MemoryOutput()
      var sink = try TableKind.parquet.open(schema, output, TableOptions())
      try sink.write(Batch(schema: schema, columns: columns, count: records.count))
      _ = try sink.finish()
      return output.bytes
    }
  }

  private static func column(_ type: FieldType, _ values: [JSON?]) -> Column {
    switch type {
    case .int64: return .nullable(values.map { $0?.integer ?? $0?.string.flatMap { Int64($0) } })
    case .timestamp: return .nullable(values.map { $0?.timestamp.map { Timestamp.microseconds($0.nanoseconds) } })
    case .float64: return .known(values.map { $0?.number ?? .nan })
    case .list:
      var offsets = [0], texts = Texts()
      for value in values {
        for text in value?.array ?? [] { texts.append((text.string ?? "").utf8) }
        offsets.append(texts.count)
      }
      return Column(.list(offsets: offsets, element: Column(.text(texts))))
    default: return .words(values.map { $0?.string })
    }
  }
}

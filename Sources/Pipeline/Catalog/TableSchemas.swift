import Artifacts
package import Core

/// The tables in a datastream's folder, as the footers of their Parquet files have them; no rows are read.
package struct TableSchemas: Sendable {
  package struct Column: Sendable, Hashable {
    package var name: String
    package var type: String
    package var unit: String?
  }

  package struct Table: Sendable, Hashable {
    /// Below the folder.
    package var path: String
    package var rows: Int
    package var columns: [Column]
  }

  /// By path.
  package private(set) var tables: [Table] = []
  /// Files that cannot be read as what their names say, with the reason.
  package private(set) var faults: [(path: String, reason: String)] = []

  /// So many tables are looked at; a folder has one a channel.
  private static let most = 1000

  /// - Throws: `SystemError` where the folder cannot be listed; a table that is damaged is a fault.
  package init(in folder: Folder) throws {
    var paths: [String] = []
    try folder.walk { path, entry in
      if entry.kind == .file, entry.isText, path.hasSuffix(".parquet") { paths.append(path) }
      return true
    }
    for path in paths.sorted().prefix(Self.most) {
      do {
        let file = try ParquetFile(FileReader(path, in: folder))
        tables.append(
          Table(
            path: path, rows: file.rows,
            columns: file.schema.fields.map {
              Column(name: $0.name, type: $0.type.word, unit: $0.unit)
            }))
      } catch let problem as any Problem {
        faults.append((path, problem.description))
      }
    }
  }

  package var json: JSON {
    .array(
      tables.map { table in
        [
          "path": .string(table.path), "rows": .count(table.rows),
          "columns": .array(
            table.columns.map { column in
              var object: JSONObject = ["name": .string(column.name), "type": .string(column.type)]
              object["unit"] = column.unit.map(JSON.string)
              return .object(object)
            }),
        ]
      })
  }
}

extension FieldType {
  /// As catalogs name it.
  fileprivate var word: String {
    switch self {
    case .bool: "bool"
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .uint8: "uint8"
    case .uint16: "uint16"
    case .uint32: "uint32"
    case .uint64: "uint64"
    case .float32: "float32"
    case .float64: "float64"
    case .string: "string"
    case .bytes: "bytes"
    case .time: "timestamp_ns"
    case .duration: "duration_ns"
    case .timestamp: "timestamp_us"
    case .list(let element): "list<\(element.word)>"
    case .structure(let fields): "struct<\(fields.map { "\($0.name): \($0.type.word)" }.joined(separator: ", "))>"
    }
  }
}

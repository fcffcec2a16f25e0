import Core
import Foundation
import Testing

@testable import Artifacts

/// Writes the files that `Tests/Interop/parquet_matrix.py` opens with other readers, and the values they must find.
///
/// `AV_PARQUET_OUT=folder swift test --filter matrixFiles`, then the script.
@Test(.enabled(if: ProcessInfo.processInfo.environment["AV_PARQUET_OUT"] != nil, "AV_PARQUET_OUT names no folder"))
func matrixFiles() throws {
  let folder = try #require(ProcessInfo.processInfo.environment["AV_PARQUET_OUT"])
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  var manifest: [JSON] = []
  func write(_ table: MatrixTable, _ variants: [Variant]) throws {
    try save([UInt8](table.expectation.text.utf8), "\(folder)/\(table.name).json")
    for variant in variants {
      let name = "\(table.name).\(variant.name).parquet"
      try save(try table.file(variant), "\(folder)/\(name)")
      manifest.append(["file": .string(name), "expected": .string("\(table.name).json")])
    }
  }
  for rows in [0, 1, 7, 8, 9, 300] {
    try write(.flat(rows: rows), Variant.all)
    try write(.nested(rows: rows), Variant.all)
  }
  try write(.long(rows: 45_001), Variant.all.filter { $0.groups == 1 })
  try write(.big(), [Variant.all[0], Variant.all[1]])
  try write(.wide(), [Variant.all[0]])
  try save([UInt8](JSON.array(manifest).text.utf8), "\(folder)/manifest.json")
}

/// How a table of the matrix is written.
struct Variant {
  var compression: TableOptions.Compression
  var dictionary: TableOptions.Dictionary
  var groups: Int
  var name: String { "\(compression).\(dictionary == .never ? "plain" : "dictionary").\(groups)" }

  static let all: [Variant] = [3, 1].flatMap { groups in
    [TableOptions.Dictionary.whereSmaller, .never].flatMap { dictionary in
      TableOptions.Compression.allCases.map { Variant(compression: $0, dictionary: dictionary, groups: groups) }
    }
  }
}

extension MatrixTable {
  func file(_ variant: Variant) throws -> [UInt8] {
    var options = TableOptions()
    options.compression = variant.compression
    options.dictionary = variant.dictionary
    options.rowGroupRows = max(1, (rows + variant.groups - 1) / variant.groups)
    options.sortedBy = sortedBy
    options.metadata = [("avtools.columns", "{}")]
    let output = MemoryOutput()
    var sink = try TableKind.parquet.open(Schema(fields), output, options)
    for batch in batches() { try sink.write(batch) }
    try sink.finish()
    #expect(sink.losses == TableLosses())
    return output.bytes
  }

  /// What a reader must find: columns in order, each with its type as Parquet has it and its values.
  var expectation: JSON {
    let columns = zip(fields, columns).map { field, cells -> JSON in
      ["name": .string(field.name), "values": .array(cells.map { $0.json(field.type) })]
    }
    let leaves = fields.flatMap { $0.type.leaves($0.name) }.map { path, type -> JSON in
      ["path": .string(path), "type": .string(type)]
    }
    return ["rows": .integer(Int64(rows)), "columns": .array(columns), "leaves": .array(leaves)]
  }
}

extension FieldType {
  fileprivate func leaves(_ path: String) -> [(String, String)] {
    switch self {
    case .list(let element): element.leaves("\(path).list.element")
    case .structure(let fields): fields.flatMap { $0.type.leaves("\(path).\($0.name)") }
    case .bool: [(path, "BOOLEAN NONE None")]
    case .int8: [(path, "INT32 INT_8 Int(bitWidth=8, isSigned=true)")]
    case .int16: [(path, "INT32 INT_16 Int(bitWidth=16, isSigned=true)")]
    case .int32: [(path, "INT32 INT_32 Int(bitWidth=32, isSigned=true)")]
    case .uint8: [(path, "INT32 UINT_8 Int(bitWidth=8, isSigned=false)")]
    case .uint16: [(path, "INT32 UINT_16 Int(bitWidth=16, isSigned=false)")]
    case .uint64: [(path, "INT64 UINT_64 Int(bitWidth=64, isSigned=false)")]
    case .int64, .uint32, .time, .duration: [(path, "INT64 NONE None")]
    case .timestamp: [(path, "INT64 TIMESTAMP_MICROS Timestamp(isAdjustedToUTC=true, timeUnit=microseconds)")]
    case .float32: [(path, "FLOAT NONE None")]
    case .float64: [(path, "DOUBLE NONE None")]
    case .string: [(path, "BYTE_ARRAY UTF8 String")]
    case .bytes: [(path, "BYTE_ARRAY NONE None")]
    }
  }
}

extension Cell {
  /// Numbers by their bits, so that -0.0 and NaN can be told; bytes as hex.
  fileprivate func json(_ type: FieldType) -> JSON {
    switch (self, type) {
    case (.missing, _): .null
    case (.bool(let value), _): .bool(value)
    case (.integer(let value), _): .integer(value)
    case (.unsigned(let value), _): value <= UInt64(Int64.max) ? .integer(Int64(value)) : .unsigned(value)
    case (.number(let value), _): ["f": .string(value.isNaN ? "nan" : String(value.bitPattern, radix: 16))]
    case (.text(let bytes), .bytes): ["x": .string(bytes.hex)]
    case (.text(let bytes), _): .string(String(decoding: bytes, as: UTF8.self))
    case (.list(let parts), .list(let element)): .array(parts.map { $0.json(element) })
    case (.structure(let parts), .structure(let fields)):
      .object(zip(fields, parts).reduce(into: JSONObject()) { $0[$1.0.name] = $1.1.json($1.0.type) })
    default: .null
    }
  }
}

private func save(_ bytes: [UInt8], _ path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

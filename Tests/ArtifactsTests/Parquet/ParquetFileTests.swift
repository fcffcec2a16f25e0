import Core
import Foundation
import Testing

@testable import Artifacts

extension Cell {
  /// The values of a column, each as it was written.
  static func all(_ column: Column) -> [Cell] {
    let values: [Cell] =
      switch column.values {
      case .bool(let values): values.map { .bool($0 != 0) }
      case .int8(let values): values.map { .integer(Int64($0)) }
      case .int16(let values): values.map { .integer(Int64($0)) }
      case .int32(let values): values.map { .integer(Int64($0)) }
      case .int64(let values): values.map { .integer($0) }
      case .uint8(let values): values.map { .integer(Int64($0)) }
      case .uint16(let values): values.map { .integer(Int64($0)) }
      case .uint32(let values): values.map { .integer(Int64($0)) }
      case .uint64(let values): values.map { .unsigned($0) }
      case .float32(let values): values.map { .number(Double($0)) }
      case .float64(let values): values.map { .number($0) }
      case .text(let texts): (0..<texts.count).map { .text(Array(texts[$0])) }
      case .list(let offsets, let element):
        {
          let elements = all(element)
          return zip(offsets, offsets.dropFirst()).map { .list(Array(elements[$0..<$1])) }
        }()
      case .structure(let members):
        {
          let parts = members.map(all)
          return (0..<column.count).map { row in .structure(parts.map { $0[row] }) }
        }()
      }
    return zip(values, column.validity ?? Array(repeating: true, count: values.count)).map { $1 ? $0 : .missing }
  }
}

/// A file in memory as a file on disk.
func openParquet<Result>(_ bytes: [UInt8], _ body: (ParquetFile) throws -> Result) throws -> Result {
  let path = FileManager.default.temporaryDirectory.appending(path: "av-\(UUID()).parquet").path
  try Data(bytes).write(to: URL(filePath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(ParquetFile(FileReader(path)))
}

/// Texts of cells, in which NaN is NaN; numbers of 32 bits are those of 64.
private func texts(_ cells: [Cell]) -> [String] { cells.map { "\($0)" } }

@Test(arguments: [0, 1, 7, 9, 300], Variant.all)
func whatWasWrittenIsReadBack(_ rows: Int, _ variant: Variant) throws {
  for table in [MatrixTable.flat(rows: rows), .nested(rows: rows)] {
    try openParquet(table.file(variant)) { file in
      #expect(file.rows == rows)
      #expect(file.schema.fields.map(\.name) == table.fields.map(\.name))
      #expect(file.schema.fields.map(\.isNullable) == table.fields.map(\.isNullable))
      #expect(file["avtools.columns"] == "{}")
      // In pieces that do not fit pages or groups.
      for size in [3, 1 << 16] {
        var found = table.fields.map { _ in [String]() }
        try file.read(batch: size) { batch in
          #expect(batch.count <= size)
          for (index, column) in batch.columns.enumerated() { found[index] += texts(Cell.all(column)) }
        }
        for (index, cells) in table.columns.enumerated() {
          #expect(found[index] == texts(cells), "\(table.name) \(table.fields[index].name), \(size) rows at a time")
        }
      }
    }
  }
}

@Test func pagesAreReadAsTheyAreNeeded() throws {
  let table = MatrixTable.long(rows: 45_001)
  try openParquet(table.file(Variant.all[0])) { file in
    var found = table.fields.map { _ in [String]() }
    try file.read(batch: 1_000) { batch in
      for (index, column) in batch.columns.enumerated() { found[index] += texts(Cell.all(column)) }
    }
    for (index, cells) in table.columns.enumerated() { #expect(found[index] == texts(cells)) }
  }
}

@Test func columnsAndGroupsCanBeChosen() throws {
  let table = MatrixTable.flat(rows: 300)
  try openParquet(table.file(Variant.all[0])) { file in
    #expect(file.groups.count == 3)
    let batch = try file.batch(columns: ["f64", "t_ns"], group: 1)
    #expect(batch.schema.fields.map(\.name) == ["f64", "t_ns"])
    #expect(batch.count == file.groups[1].count)
    let extent = try #require(file.extent(of: "t_ns", group: 1))
    guard case .int64(let times)? = batch["t_ns"]?.values else { return #expect(Bool(false)) }
    #expect(extent.range == times[0]...times[times.count - 1])
    #expect(extent.nulls == 0)
    #expect(throws: ParquetFault.self) { try file.read(columns: ["none"]) { _ in } }
  }
}

@Test func everyCutAndSeededFlipsEndInAnErrorAndNeverATrap() throws {
  var table = MatrixTable("small")
  table.add("a", .int64, rows: 20, missing: .sometimes) { row, _ in .integer(Int64(row / 4)) }
  table.add("s", .string, rows: 20) { row, _ in .text("text \(row % 3)") }
  table.add("l", .list(.float64), rows: 20) { row, _ in .list((0..<row % 3).map { .number(Double($0)) }) }
  let bytes = try table.file(Variant(compression: .zstd, dictionary: .whereSmaller, groups: 1))
  let whole = try openParquet(bytes) { file in try read(file) }
  for length in bytes.indices {
    #expect(throws: (any Error).self) { try openParquet(Array(bytes.prefix(length))) { _ = try read($0) } }
  }
  var random = Seeded(20_261_126)
  for place in bytes.indices {
    for _ in 0..<4 {
      var changed = bytes
      changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      guard let found = try? openParquet(changed, { try read($0) }) else { continue }
      // What a page holds is covered by its checksum: only names and statistics can differ.
      #expect(found.count == whole.count || found.isEmpty, "byte \(place)")
    }
  }
}

private func read(_ file: ParquetFile) throws -> [String] {
  var found: [String] = []
  try file.read { batch in for column in batch.columns { found += texts(Cell.all(column)) } }
  return found
}

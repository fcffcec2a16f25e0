import Core
import Testing

@testable import Artifacts

@Test func listsOfPairsAreMapsWhereAskedFor() throws {
  let entry = FieldType.structure([Field("key", .string), Field("value", .string, isNullable: true)])
  let fields = [
    Field("m", .list(entry), isNullable: true),
    Field("s", .structure([Field("inner", .list(entry), isNullable: true)]), isNullable: true),
    Field("l", .list(entry)),
  ]
  func pairs(_ pairs: (String, String?)...) -> Cell {
    .list(pairs.map { .structure([.text($0), $1.map { .text($0) } ?? .missing]) })
  }
  let columns: [[Cell]] = [
    [pairs(("a", "1"), ("b", nil)), .missing, pairs(), pairs(("c", ""))],
    [.structure([pairs(("x", "y"))]), .structure([.missing]), .missing, .structure([pairs()])],
    [pairs(("k", "v")), pairs(), pairs(), pairs(("k", nil), ("j", "w"))],
  ]
  var options = TableOptions()
  options.maps = [["m"], ["s", "inner"]]
  let schema = try ParquetSchema(Schema(fields), maps: options.maps)
  #expect(schema.elements.map(\.name).prefix(5) == ["schema", "m", "key_value", "key", "value"])
  #expect(schema.elements.filter { $0.annotation == .map }.map(\.name) == ["m", "inner"])
  #expect(schema.leaves.map(\.maximumDefinition) == [2, 3, 3, 4, 2, 3])

  let output = MemoryOutput()
  var sink = try ParquetSink(Schema(fields), to: output, options)
  try sink.write(Batch(fields, columns))
  try sink.finish()
  let batch = try openParquet(output.bytes) { try $0.batch(group: 0) }
  #expect(batch.columns.map { "\(Cell.all($0))" } == columns.map { "\($0)" })
}

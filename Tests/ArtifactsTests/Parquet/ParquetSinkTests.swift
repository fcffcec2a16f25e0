import Core
import Testing

@testable import Artifacts

private func file(_ batches: [Batch], _ schema: Schema, _ change: (inout TableOptions) -> Void = { _ in }) throws -> (
  bytes: [UInt8], losses: TableLosses
) {
  var options = TableOptions()
  change(&options)
  let output = MemoryOutput()
  var sink = try ParquetSink(schema, to: output, options)
  for batch in batches { try sink.write(batch) }
  try sink.finish()
  return (output.bytes, sink.losses)
}

@Test(arguments: TableOptions.Compression.allCases) func theBytesAreTheSameForAnyNumberOfThreads(
  _ compression: TableOptions.Compression
) throws {
  let table = MatrixTable.nested(rows: 300)
  let one = try file(table.batches(), Schema(table.fields)) { $0.compression = compression }
  let four = try file(table.batches(), Schema(table.fields)) {
    $0.compression = compression
    $0.jobs = 4
  }
  #expect(one.bytes == four.bytes)
}

@Test func theBytesAreTheSameHoweverTheRowsAreBatched() throws {
  for table in [MatrixTable.flat(rows: 300), .nested(rows: 300)] {
    let whole = Batch(table.fields, table.columns)
    let one = try file([whole], Schema(table.fields)) { $0.rowGroupRows = 100 }
    let many = try file(table.batches(), Schema(table.fields)) { $0.rowGroupRows = 100 }
    #expect(one.bytes == many.bytes)
  }
}

@Test func theFileBeginsAndEndsWithItsMagicAndItsLength() throws {
  let bytes = try file([], Schema([Field("x", .int64)])).bytes
  #expect(bytes.starts(with: [UInt8]("PAR1".utf8)))
  #expect(bytes.suffix(4).elementsEqual("PAR1".utf8))
  let length = bytes.dropLast(4).suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
  #expect(length == bytes.count - 12)
}

@Test func aRowGroupIsWrittenWhenItsRowsAreThere() throws {
  let schema = Schema([Field("x", .int64)])
  var options = TableOptions()
  options.rowGroupRows = 100
  let output = MemoryOutput()
  var sink = try ParquetSink(schema, to: output, options)
  let batch = Batch(schema: schema, columns: [Column(.int64(Array(0..<60)))], count: 60)
  try sink.write(batch)
  #expect(output.count == 4)
  #expect(sink.buffered >= 480)
  try sink.write(batch)
  #expect(output.count > 4)
  #expect(sink.buffered < 480)
  #expect(sink.buffered > 0)
}

@Test func memoryIsBoundedByTheBytesOfARowGroup() throws {
  let schema = Schema([Field("x", .string), Field("y", .list(.float32))])
  var options = TableOptions()
  options.rowGroupBytes = 1 << 16
  var sink = try ParquetSink(schema, to: MemoryOutput(), options)
  for size in [1, 10, 1_000, 100_000] {
    let texts = Texts((0..<5).map { _ in String(repeating: "x", count: size) })
    let list = Column(.list(offsets: [0, 1, 2, 3, 4, 5], element: Column(.float32([1, 2, 3, 4, 5]))))
    let batch = Batch(schema: schema, columns: [Column(.text(texts)), list], count: 5)
    for _ in 0..<20 {
      try sink.write(batch)
      #expect(sink.buffered < 1 << 16)
    }
  }
}

@Test func textThatIsNotUTF8IsReplacedAndCounted() throws {
  let schema = Schema([Field("x", .string), Field("y", .bytes)])
  var texts = Texts(["fine"])
  texts.append([0x61, 0xff, 0x62])
  texts.append([0xe6, 0x97])  // the first bytes of a character whose
  texts.append([0xa5])  // last byte is another string
  let batch = Batch(schema: schema, columns: [Column(.text(texts)), Column(.text(texts))], count: 4)
  let (bytes, losses) = try file([batch], schema) { $0.compression = .none }
  #expect(losses.replacedTexts == 3)
  #expect(bytes.contains([UInt8]("a\u{fffd}b".utf8)))
  #expect(bytes.contains([4, 0, 0, 0] + [UInt8]("fine".utf8) + [3, 0, 0, 0, 0x61, 0xff, 0x62]))
}

@Test func missingTextThatIsNotUTF8IsNoLoss() throws {
  let schema = Schema([Field("x", .string, isNullable: true)])
  let batch = Batch(schema.fields, [[.text("a"), .missing, .text("b")]])
  #expect(try file([batch], schema).losses == TableLosses())
}

@Test func largeUnsignedIntegersAreWrittenAsAsked() throws {
  let schema = Schema([Field("x", .uint64), Field("l", .list(.uint64))])
  let values: [Cell] = [.unsigned(7), .unsigned(1 << 63), .unsigned(.max)]
  let batch = Batch(schema.fields, [values, [.list(values), .list([]), .list([.missing])]])
  #expect(try file([batch], schema).losses.missingUnsigned == 0)
  #expect(try file([batch], schema) { $0.uint64 = .int64OrNull }.losses.missingUnsigned == 4)
  let text = try file([batch], schema) {
    $0.uint64 = .string
    $0.compression = .none
  }
  #expect(text.losses == TableLosses())
  #expect(text.bytes.contains([UInt8]("18446744073709551615".utf8)))
}

@Test func int64OrNullMakesTheColumnNullable() throws {
  let leaf = try ParquetSchema(Schema([Field("x", .uint64)]), uint64: .int64OrNull).leaves[0]
  #expect(leaf.maximumDefinition == 1)
  let batch = Batch([Field("x", .uint64)], [[.unsigned(7), .unsigned(.max), .unsigned(8)]])
  let rows = try LeafRows(leaf, BatchRows(batch: batch, rows: 0..<3))
  #expect(rows.levels.definitions == [1, 0, 1])
  guard case .int64(let values) = rows.stored.values else { throw ParquetError.noColumns }
  #expect(rows.stored.runs.flatMap { values[$0] } == [7, 8])
}

@Test(arguments: [
  ([Field("", .int8)], ParquetError.namelessColumn(in: "the table")),
  ([Field("speed", .int8), Field("Speed", .int8)], .ambiguousColumn("Speed")),
  ([Field("a", .structure([Field("b", .int8), Field("B", .int8)]))], .ambiguousColumn("B")),
  ([], .noColumns),
  ([Field("a", .list(.structure([])))], .noColumns),
])
func aSchemaThatReadersCannotTakeIsRefused(_ fields: [Field], _ error: ParquetError) {
  #expect(throws: error) { try file([], Schema(fields)) }
}

@Test func nestingHasALimit() {
  let deep = (0..<40).reduce(FieldType.int8) { type, _ in .list(type) }
  #expect(throws: ParquetError.self) { try file([], Schema([Field("x", deep)])) }
}

@Test func namesAreMadeDistinctOnRequest() throws {
  let inner = FieldType.structure([Field("b", .int8), Field("B", .int8)])
  let schema = Schema(
    ["speed", "Speed", "", "SPEED", "speed_2", "column"].map { Field($0, .int8) } + [Field("s", .list(inner))])
  let named = schema.withDistinctNames
  #expect(named.fields.map(\.name) == ["speed", "Speed_3", "column_2", "SPEED_4", "speed_2", "column", "s"])
  #expect(named.fields[6].type == .list(.structure([Field("b", .int8), Field("B_2", .int8)])))
  _ = try ParquetSchema(named)
}

@Test func anEmptyStructureIsLeftOut() throws {
  let schema = Schema([Field("e", .structure([])), Field("x", .int64)])
  let batch = Batch(schema: schema, columns: [Column(.structure([])), Column(.int64([1]))], count: 1)
  let parquet = try ParquetSchema(schema)
  #expect(parquet.elements.map(\.name) == ["schema", "x"])
  #expect(parquet.elements[0].children == 1)
  _ = try file([batch], schema)
}

@Test func aColumnOfAnotherTypeOrLengthIsRefused() throws {
  let schema = Schema([Field("x", .int64)])
  let wrong = Batch(schema: schema, columns: [Column(.int32([1]))], count: 1)
  #expect(throws: ParquetError.typeMismatch(column: "x")) { try file([wrong], schema) }
  let short = Batch(schema: schema, columns: [Column(.int64([1]))], count: 2)
  #expect(throws: ParquetError.countMismatch(column: "x", rows: 1, batch: 2)) { try file([short], schema) }
}

@Test func onlyAFlatColumnCanBeTheSortColumn() {
  let schema = Schema([Field("t", .time), Field("l", .list(.int8))])
  #expect(throws: Never.self) { try file([], schema) { $0.sortedBy = "t" } }
  #expect(throws: ParquetError.unknownSortColumn("l")) { try file([], schema) { $0.sortedBy = "l" } }
  #expect(throws: ParquetError.unknownSortColumn("u")) { try file([], schema) { $0.sortedBy = "u" } }
}

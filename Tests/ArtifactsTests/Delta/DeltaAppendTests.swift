import Core
import Foundation
import Testing

@testable import Artifacts

@Test func appendedRowsAreInThePartitionsOfTheirValues() throws {
  let fixture = try DeltaFixture()
  #expect(try fixture.append([0, 1, 2, 3]) == 1)
  #expect(try fixture.append([4, 6]) == 2)
  #expect(try fixture.rows() == ["stop": [0, 2, 4, 6], "turn": [1, 3]])
  let snapshot = try DeltaTable.open(fixture.folder).snapshot()
  #expect(snapshot.metadata.fields.map(\.name) == ["id", "type", "v__x", "n"])
  #expect(snapshot.metadata.fields.map(\.type.json.text) == [#""long""#, #""string""#, #""double""#, #""integer""#])
  #expect(snapshot.files(where: ["type": "turn"]).map(\.rows) == [2])
  #expect(snapshot.files.allSatisfy { $0.path.hasPrefix("type=") })
  #expect(try DeltaTable.open(fixture.folder).snapshot(version: 1).files.count == 2)
  #expect(throws: DeltaError.self) { try DeltaTable.open(fixture.folder).snapshot(version: 9) }
}

@Test func theSameTransactionAddsNothing() throws {
  let fixture = try DeltaFixture()
  #expect(try fixture.append([1, 2], application: "a") == 1)
  #expect(try fixture.append([1, 2], application: "a") == nil)
  #expect(try fixture.append([3], application: "a", version: 2) == 2)
  #expect(try fixture.append([1, 2], application: "a") == nil)
  #expect(try fixture.append([4], application: "b") == 3)
  #expect(try fixture.rows() == ["stop": [2, 4], "turn": [1, 3]])
  #expect(fixture.dataFiles.count == 4)
}

@Test func whoIsOutrunByTheSameWorkLeavesNothing() throws {
  let fixture = try DeltaFixture()
  var slow = try DeltaAppend(
    to: fixture.folder, schema: DeltaFixture.schema, partition: "type",
    transaction: DeltaTransaction(application: "a"), run: "slow")
  try slow.write(DeltaFixture.batch([1, 2]))
  try fixture.append([1, 2], application: "a")
  #expect(!slow.isDone)
  try slow.finish()
  #expect(slow.outcome?.version == nil)
  #expect(fixture.dataFiles.count == 2)
  #expect(try fixture.rows() == ["stop": [2], "turn": [1]])
}

@Test func noRowsAreACommitToo() throws {
  let fixture = try DeltaFixture()
  #expect(try fixture.append([], application: "a") == 1)
  #expect(try fixture.append([], application: "a") == nil)
  #expect(try fixture.rows() == [:])
}

@Test func writersAtTheSameTimeLoseNothing() throws {
  let fixture = try DeltaFixture()
  let path = fixture.path
  var versions: [Int] = []
  try parallelMap(Array(0..<40), jobs: 4) { number -> Int? in
    var sink = try DeltaAppend(
      to: Folder(path), schema: DeltaFixture.schema, partition: "type",
      transaction: DeltaTransaction(application: "w\(number)"), run: "r\(number)")
    try sink.write(DeltaFixture.batch([2 * number, 2 * number + 1]))
    try sink.finish()
    return sink.outcome?.version
  } _: {
    versions += $0.map { [$0] } ?? []
  }
  #expect(versions.sorted() == Array(1...40))
  #expect(try fixture.rows() == ["stop": (0..<40).map { 2 * $0 }, "turn": (0..<40).map { 2 * $0 + 1 }])
}

@Test func aHundredVersionsMakeACheckpointThatStandsForThem() throws {
  let fixture = try DeltaFixture()
  for number in 1...101 { try fixture.append([number], application: "w\(number)") }
  #expect(fixture.names.contains("00000000000000000100.checkpoint.parquet"))
  let pointer = try String(contentsOfFile: fixture.path + "/_delta_log/_last_checkpoint", encoding: .utf8)
  #expect(pointer.hasPrefix(#"{"version":100,"size":202,"#))
  let before = try DeltaTable.open(fixture.folder).snapshot()
  // Whether read with what it stands for or without, it is the same table.
  for version in 0...100 { try fixture.remove(DeltaLog.name(version)) }
  let after = try DeltaTable.open(fixture.folder).snapshot()
  #expect(after.version == 101 && after.files == before.files && after.metadata == before.metadata)
  #expect(after.format == before.format)
  #expect(try fixture.append([1], application: "w1") == nil)
  #expect(try fixture.append([200], application: "new") == 102)
}

@Test func manyPartitionsAndSmallGroupsAreBounded() throws {
  let fixture = try DeltaFixture()
  var options = TableOptions()
  options.rowGroupBytes = 1000
  let kinds = (0..<300).map { "k\($0)" }
  var sink = try DeltaAppend(
    to: fixture.folder, schema: DeltaFixture.schema, partition: "type", options: options, run: "r")
  for _ in 0..<2 {
    try sink.write(DeltaFixture.batch(Array(0..<600), kinds: kinds))
    #expect(sink.buffered <= 1000)
  }
  try sink.finish()
  let rows = try fixture.rows()
  #expect(rows.count == 300 && rows.values.allSatisfy { $0.count == 4 })
}

@Test(arguments: ["", "a b", "ä", "a/b", "..%2f", "a=b", String(repeating: "x", count: 251)])
func aValueThatEnginesEncodeDifferentlyIsRefused(_ value: String) throws {
  let fixture = try DeltaFixture()
  var sink = try DeltaAppend(to: fixture.folder, schema: DeltaFixture.schema, partition: "type", run: "r")
  #expect(throws: DeltaError.self) { try sink.write(DeltaFixture.batch([1], kinds: [value])) }
}

@Test func aMissingPartitionIsRefused() throws {
  let fixture = try DeltaFixture()
  var batch = DeltaFixture.batch([1, 2])
  batch.columns[1].validity = [true, false]
  var sink = try DeltaAppend(to: fixture.folder, schema: DeltaFixture.schema, partition: "type", run: "r")
  #expect(throws: DeltaError.self) { try sink.write(batch) }
}

@Test(arguments: [
  [Field("a b", .int64)], [Field("", .int64)], [Field("a", .int64), Field("A", .int64)], [Field("type", .string)],
])
func aSchemaThatNoTableHasIsRefused(_ fields: [Field]) throws {
  let fixture = try DeltaFixture()
  let partition = fields.contains { $0.name == "type" } ? "type" : nil
  #expect(throws: DeltaError.self) {
    try DeltaAppend(to: fixture.folder, schema: Schema(fields), partition: partition, run: "r")
  }
}

@Test func otherColumnsAreRefusedAndLeaveNothing() throws {
  let fixture = try DeltaFixture()
  try fixture.append([1])
  let count = fixture.dataFiles.count
  for (fields, partition) in [
    ([Field("id", .int32), Field("type", .string)], "type"), ([Field("new", .int64), Field("type", .string)], "type"),
    ([Field("id", .int64), Field("type", .string)], nil),
  ] as [([Field], String?)] {
    let batch = Batch(fields, fields.map { [$0.type == .string ? .text("a") : .integer(1)] })
    var sink = try DeltaAppend(to: fixture.folder, schema: batch.schema, partition: partition, run: "r")
    try sink.write(batch)
    #expect(throws: DeltaError.self) { try sink.finish() }
    #expect(fixture.dataFiles.count == count)
  }
  // Columns that are left out are missing.
  let batch = Batch([Field("id", .int64), Field("type", .string)], [[.integer(7)], [.text("stop")]])
  var sink = try DeltaAppend(to: fixture.folder, schema: batch.schema, partition: "type", run: "r")
  try sink.write(batch)
  try sink.finish()
  #expect(sink.outcome?.version == 2)
}

@Test func statisticsSayWhatReadersMaySkip() throws {
  let fixture = try DeltaFixture()
  let fields = [
    Field("s", .string), Field("t", .timestamp), Field("f", .float64), Field("nan", .float64),
    Field("l", .list(.int64)), Field("o", .structure([Field("x", .int64, isNullable: true)])), Field("b", .bool),
  ]
  let long = String(repeating: "é", count: 40)
  let batch = Batch(
    fields,
    [
      [.text("a"), .text(long)], [.integer(1_500), .integer(-1)], [.number(0), .number(2)],
      [.number(.nan), .number(1)], [.list([.integer(1)]), .list([])],
      [.structure([.missing]), .structure([.integer(5)])],
      [.bool(true), .bool(false)],
    ])
  var sink = try DeltaAppend(to: fixture.folder, schema: batch.schema, run: "r")
  try sink.write(batch)
  try sink.finish()
  let text = try DeltaTable.open(fixture.folder).snapshot().files.first?.statistics ?? ""
  let raised = String(repeating: "é", count: 31) + "ê"
  #expect(
    text == #"{"numRecords":2,"minValues":{"s":"a","t":"1969-12-31T23:59:59.999Z","f":-0.0,"o":{"x":5}},"#
      + #""maxValues":{"s":""# + raised + #"","t":"1970-01-01T00:00:00.002Z","f":2.0,"o":{"x":5}},"#
      + #""nullCount":{"s":0,"t":0,"f":0,"nan":0,"o":{"x":1},"b":0}}"#)
}

@Test func largeUnsignedIntegersAreCountedAsLost() throws {
  let fixture = try DeltaFixture()
  let batch = Batch([Field("u", .uint64)], [[.unsigned(.max), .unsigned(7)]])
  var sink = try DeltaAppend(to: fixture.folder, schema: batch.schema, run: "r")
  try sink.write(batch)
  try sink.finish()
  #expect(sink.losses.missingUnsigned == 1)
}

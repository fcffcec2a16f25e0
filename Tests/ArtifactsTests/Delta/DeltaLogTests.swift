import Core
import Foundation
import Testing

@testable import Artifacts

@Test func adsAndRemovalsAreFolded() throws {
  let fixture = try DeltaFixture()
  try fixture.put(
    0, DeltaFixture.format, DeltaFixture.metadata(), DeltaFixture.add("a.parquet"), DeltaFixture.add("b%20c.parquet"))
  try fixture.put(
    1, #"{"remove":{"path":"a.parquet","deletionTimestamp":5,"dataChange":true}}"#, #"{"unknown":{"x":[1]}}"#,
    #"{"commitInfo":{"anything":null}}"#, DeltaFixture.add("d.parquet", more: #","stats":"{\"numRecords\":3}","new":1"#)
  )
  let snapshot = try DeltaTable.open(fixture.folder).snapshot()
  #expect(snapshot.version == 1)
  #expect(snapshot.files.map(\.path) == ["b c.parquet", "d.parquet"])
  #expect(snapshot.files.map(\.rows) == [nil, 3])
  #expect(try DeltaTable.open(fixture.folder).snapshot(version: 0).files.map(\.path) == ["a.parquet", "b c.parquet"])
}

@Test func anEmptyPartitionValueIsMissing() throws {
  let fixture = try DeltaFixture()
  let add = DeltaFixture.add("a.parquet").replacing(
    #""partitionValues":{}"#, with: #""partitionValues":{"a":"","b":null}"#)
  try fixture.put(0, DeltaFixture.format, DeltaFixture.metadata(), add)
  let snapshot = try DeltaTable.open(fixture.folder).snapshot()
  #expect(snapshot.files(where: ["a": nil, "b": nil]).count == 1)
  #expect(snapshot.files(where: ["a": ""]).isEmpty)
}

@Test func otherNamesInTheLogAreIgnored() throws {
  let fixture = try DeltaFixture()
  try fixture.put(0, DeltaFixture.format, DeltaFixture.metadata(), DeltaFixture.add("a.parquet"))
  for name in [
    "00000000000000000000.crc", ".00000000000000000001.json.tmp", "_last_checkpoint", "1.json", "_commits",
    "00000000000000000000.00000000000000000001.compacted.json", "99999999999999999999.json",
    "09223372036854775807.checkpoint.parquet", "00000000000000000009.checkpoint.0000000001.0000000002.parquet",
  ] {
    try fixture.put(name, [0x7b])
  }
  #expect(try DeltaTable.open(fixture.folder).snapshot().files.count == 1)
}

@Test func aTornEntryNamesFileAndLine() throws {
  let fixture = try DeltaFixture()
  try fixture.put(0, DeltaFixture.format, DeltaFixture.metadata())
  let entry = Array((DeltaFixture.add("a.parquet") + "\n" + DeltaFixture.add("b.parquet")).utf8)
  // Cut anywhere it is refused, but between lines, where nobody can tell.
  let whole = DeltaFixture.add("a.parquet").utf8.count
  for end in 0..<entry.count where end != whole && end != whole + 1 {
    try fixture.put(DeltaLog.name(1), Array(entry[..<end]))
    let line = end == 0 ? "" : end < whole ? ":1" : ":2"
    let failure = fixture.failure()
    #expect(failure.hasPrefix("_delta_log/00000000000000000001.json\(line): delta: "), "cut at \(end): \(failure)")
  }
  try fixture.put(DeltaLog.name(1), entry)
  #expect(try DeltaTable.open(fixture.folder).snapshot().files.count == 2)
  // Nothing is appended to what cannot be read.
  try fixture.put(2, "{")
  let count = fixture.names.count
  #expect(throws: DeltaError.self) {
    try DeltaTable.open(fixture.folder).append([], columns: [], partitions: [], run: "r")
  }
  #expect(fixture.names.count == count)
}

@Test func aMissingVersionIsNamed() throws {
  let fixture = try DeltaFixture()
  for number in 1...4 { try fixture.append([number]) }
  try fixture.remove(DeltaLog.name(2))
  #expect(fixture.failure().contains("_delta_log: delta: 00000000000000000002.json is missing"))
  try fixture.remove(DeltaLog.name(0))
  #expect(fixture.failure().contains("00000000000000000000.json is missing"))
}

@Test func aCheckpointThatIsMissingIsNotMissed() throws {
  let fixture = try DeltaFixture()
  for number in 1...100 { try fixture.append([number]) }
  let rows = try fixture.rows()
  try fixture.remove("00000000000000000100.checkpoint.parquet")
  #expect(try fixture.rows() == rows)
  try fixture.put("_last_checkpoint", Array("not json".utf8))
  #expect(try fixture.rows() == rows)
  // A later one is written nevertheless.
  for number in 101...200 { try fixture.append([number]) }
  #expect(fixture.names.contains("00000000000000000200.checkpoint.parquet"))
}

@Test func aDamagedCheckpointIsNamed() throws {
  let fixture = try DeltaFixture()
  for number in 1...100 { try fixture.append([number]) }
  let name = "00000000000000000100.checkpoint.parquet"
  let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(fixture.path)/_delta_log/\(name)")))
  for (number, place) in stride(from: 0, to: bytes.count, by: 97).enumerated() {
    var changed = bytes
    changed[place] ^= UInt8(truncatingIfNeeded: 1 << (number % 8))
    try fixture.put(name, number.isMultiple(of: 2) ? changed : Array(bytes[..<place]))
    // Whatever it says, it does not trap.
    let failure = fixture.failure()
    #expect(failure.isEmpty || failure.contains(name) || failure.contains("_delta_log: delta"), "\(failure)")
  }
}

@Test func aCheckpointInPartsIsReadWhenAllAreThere() throws {
  let fixture = try DeltaFixture()
  let actions: [[JSON]] = [
    [["protocol": DeltaProtocol().json], ["add": try json(DeltaFixture.add("a.parquet"), "add")]],
    [
      ["metaData": try json(DeltaFixture.metadata(), "metaData")],
      ["add": try json(DeltaFixture.add("b.parquet"), "add")], ["txn": ["appId": "x", "version": 3]],
    ],
  ]
  func part(_ number: Int) -> String { "00000000000000000007.checkpoint.000000000\(number).0000000002.parquet" }
  for (index, actions) in actions.enumerated() {
    let output = MemoryOutput()
    var options = TableOptions()
    options.maps = DeltaCheckpoint.maps
    var sink = try ParquetSink(DeltaCheckpoint.schema, to: output, options)
    try sink.write(DeltaCheckpoint.batch(actions))
    try sink.finish()
    try fixture.put(part(index + 1), output.bytes)
  }
  try fixture.put(8, DeltaFixture.add("c.parquet"))
  let snapshot = try DeltaTable.open(fixture.folder).snapshot()
  #expect(snapshot.files.map(\.path) == ["a.parquet", "b.parquet", "c.parquet"])
  #expect(snapshot.holds(DeltaTransaction(application: "x", version: 3)))
  #expect(!snapshot.holds(DeltaTransaction(application: "x", version: 4)))
  try fixture.remove(part(2))
  #expect(fixture.failure().contains("00000000000000000000.json is missing"))
}

private func json(_ line: String, _ key: String) throws -> JSON { try JSON.parse(line)[key] ?? .null }

@Test(arguments: [
  (
    #"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}}"#,
    "feature deletionVectors"
  ),
  (
    #"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["v2Checkpoint"],"writerFeatures":["v2Checkpoint"]}}"#,
    "feature v2Checkpoint"
  ),
  (
    #"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["future"],"writerFeatures":["future"]}}"#,
    "feature future"
  ),
  (#"{"protocol":{"minReaderVersion":4,"minWriterVersion":7}}"#, "reader version 4"),
])
func aFeatureThatIsNotReadIsNamed(_ format: String, _ feature: String) throws {
  let fixture = try DeltaFixture()
  try fixture.put(0, format, DeltaFixture.metadata())
  #expect(fixture.failure() == "_delta_log: delta: \(feature) is not supported")
}

@Test func columnMappingDeletionVectorsAndV2CheckpointsAreNamed() throws {
  let fixture = try DeltaFixture()
  let format = #"{"protocol":{"minReaderVersion":2,"minWriterVersion":5}}"#
  try fixture.put(0, format, DeltaFixture.metadata(#"{"delta.columnMapping.mode":"name"}"#))
  #expect(fixture.failure().contains("feature columnMapping (by name) is not supported"))
  try fixture.put(0, format, DeltaFixture.metadata(#"{"delta.columnMapping.mode":"none"}"#))
  #expect(fixture.failure() == "")
  try fixture.put(1, DeltaFixture.add("a.parquet", more: #","deletionVector":{"storageType":"u"}"#))
  #expect(
    fixture.failure() == "_delta_log/00000000000000000001.json:1: delta: feature deletionVectors is not supported")
  try fixture.remove(DeltaLog.name(0))
  try fixture.remove(DeltaLog.name(1))
  try fixture.put("00000000000000000001.checkpoint.0a9f7f1c-1f2e-4b7a-9c38-0d9d9d2b1c11.parquet", [1])
  #expect(fixture.failure().contains("feature v2Checkpoint is not supported"))
}

@Test(arguments: [
  (#"{"delta.constraints.positive":"id > 0"}"#, nil, "feature checkConstraints"),
  ("{}", #"{"delta.invariants":"x"}"#, "feature invariants (column id)"),
  ("{}", #"{"delta.generationExpression":"x"}"#, "feature generatedColumns (column id)"),
])
func aRuleForWritersIsRefusedByAppendsOnly(_ configuration: String, _ rule: String?, _ feature: String) throws {
  let fixture = try DeltaFixture()
  let schema =
    #"{"type":"struct","fields":[{"name":"id","type":"long","nullable":true,"metadata":"# + (rule ?? "{}") + "}]}"
  try fixture.put(0, DeltaFixture.format, DeltaFixture.metadata(configuration, schema: schema))
  #expect(fixture.failure() == "")
  let error = #expect(throws: DeltaError.self) {
    try DeltaTable.open(fixture.folder).append([], columns: [], partitions: [], run: "r")
  }
  #expect("\(error.map { "\($0)" } ?? "")".contains(feature))
}

@Test(arguments: [
  "[]", "1", "{}", #"{"add":{}}"#, #"{"add":null}"#, #"{"add":{"path":7,"size":1}}"#,
  #"{"add":{"path":"a","size":-1}}"#,
  #"{"add":{"path":"a","size":1e300}}"#, #"{"add":{"path":"a"},"remove":{"path":"a"}}"#,
  #"{"add":{"path":"../a","size":1}}"#, #"{"add":{"path":"/etc/passwd","size":1}}"#,
  #"{"add":{"path":"a/%2e%2e/%2e%2e/b","size":1}}"#, #"{"add":{"path":"file:///etc/passwd","size":1}}"#,
  #"{"add":{"path":"s3://bucket/a","size":1}}"#, #"{"add":{"path":"a%0","size":1}}"#,
  #"{"add":{"path":"%00","size":1}}"#,
  #"{"add":{"path":"a%ff","size":1}}"#, #"{"remove":{"path":""}}"#, #"{"txn":{"appId":"a"}}"#,
  #"{"protocol":{"minReaderVersion":"1"}}"#, #"{"protocol":[]}"#, #"{"metaData":{"id":"x"}}"#,
  #"{"metaData":{"id":"x","format":{"provider":"orc"},"schemaString":"{}"}}"#,
  #"{"metaData":{"id":"x","format":{"provider":"parquet"},"schemaString":"{"}}"#,
  #"{"metaData":{"id":"x","format":{"provider":"parquet"},"schemaString":"[]"}}"#,
  #"{"metaData":{"id":"x","format":{"provider":"parquet"},"schemaString":"{\"type\":\"struct\",\"fields\":[1]}"}}"#,
  "\u{FEFF}{}", #"{"add":{"path":"a","path":"b","size":1}}"#, String(repeating: "[", count: 100_000),
])
func aHostileLineIsAnErrorWithItsPlace(_ line: String) throws {
  let fixture = try DeltaFixture()
  try fixture.put(0, DeltaFixture.format, DeltaFixture.metadata(), line)
  #expect(fixture.failure().hasPrefix("_delta_log/00000000000000000000.json:3: delta: "), "\(fixture.failure())")
}

@Test func aLogWithoutProtocolOrMetadataIsNoTable() throws {
  let fixture = try DeltaFixture()
  #expect(throws: DeltaError.noTable(fixture.path)) { try DeltaTable.open(fixture.folder) }
  try fixture.put(0, DeltaFixture.format)
  #expect(fixture.failure() == "_delta_log: delta: no version has an action metaData")
  try fixture.put(0, DeltaFixture.metadata())
  #expect(fixture.failure() == "_delta_log: delta: no version has an action protocol")
}

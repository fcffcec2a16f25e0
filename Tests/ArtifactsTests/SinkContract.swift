import Core
import Testing

@testable import Artifacts

/// What `TableSink` promises, for every kind of table.
struct SinkContract {
  static let kinds = TableKind.all

  private static let schema = Schema([
    Field("t_ns", .time), Field("speed", .float64, isNullable: true, unit: "m/s"), Field("name", .string),
  ])

  private static func batch(_ rows: Range<Int64>) -> Batch {
    Batch(
      schema.fields,
      [
        rows.map { .integer($0) }, rows.map { $0 % 3 == 0 ? .missing : .number(Double($0)) },
        rows.map { .text("n\($0 % 5)") },
      ])
  }

  private static func write(_ kind: TableKind, _ batches: [Batch]) throws -> [UInt8] {
    let output = MemoryOutput()
    var sink = try kind.open(schema, output, TableOptions())
    for batch in batches { try sink.write(batch) }
    try sink.finish()
    #expect(sink.buffered == 0)
    return output.bytes
  }

  @Test(arguments: kinds) func withoutBatchesTheArtifactIsValid(_ kind: TableKind) throws {
    let nothing = try Self.write(kind, [])
    #expect(try Self.write(kind, [Self.batch(0..<0)]) == nothing)
  }

  @Test(arguments: kinds) func theSameBatchesGiveTheSameBytes(_ kind: TableKind) throws {
    let batches = [Self.batch(0..<10), Self.batch(10..<500)]
    #expect(try Self.write(kind, batches) == Self.write(kind, batches))
  }

  @Test(arguments: kinds) func theOrderOfBatchesIsKept(_ kind: TableKind) throws {
    let one = try Self.write(kind, [Self.batch(0..<10), Self.batch(10..<20)])
    let other = try Self.write(kind, [Self.batch(10..<20), Self.batch(0..<10)])
    #expect(one != other)
  }

  @Test(arguments: kinds) func flushingEmptiesWhatIsBuffered(_ kind: TableKind) throws {
    let output = MemoryOutput()
    var sink = try kind.open(Self.schema, output, TableOptions())
    try sink.write(Self.batch(0..<100))
    try sink.flush()
    #expect(sink.buffered == 0)
    #expect(output.count > 0)
    try sink.finish()
  }
}

extension TableKind: CustomTestStringConvertible {
  package var testDescription: String { name }
}

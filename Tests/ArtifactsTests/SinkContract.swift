import Testing

@testable import Artifacts
@testable import Core

extension TableKind: CustomTestStringConvertible {
  package var testDescription: String { name }
}

/// What `TableSink` promises, for every kind of table there is.
@Suite struct SinkContract {
  private let fields = [
    Field("t_ns", .time), Field("frame", .string, isNullable: true), Field("position.x", .float64),
    Field("ranges", .list(.float32)), Field("id", .uint64), Field("raw", .bytes),
  ]

  private func batch(_ rows: Int, from first: Int = 0) -> Batch {
    let numbers = first..<first + rows
    return Batch(
      fields,
      [
        numbers.map { .integer(Int64($0) * 1_000_000_007) },
        numbers.map { $0 % 3 == 0 ? .missing : .text("frame \($0 % 5), \"x\"\n") },
        numbers.map { .number(Double($0) / 7) },
        numbers.map { number in .list((0..<number % 4).map { .number(Double($0 + number)) }) },
        numbers.map { .unsigned(UInt64($0) << 40) }, numbers.map { .text([UInt8](repeating: 7, count: $0 % 9)) },
      ])
  }

  private func bytes(_ kind: TableKind, _ batches: [Batch], jobs: Int = 1) throws -> [UInt8] {
    let output = MemoryOutput()
    var options = TableOptions()
    options.jobs = jobs
    var sink = try kind.open(Schema(fields), output, options)
    for batch in batches { try sink.write(batch) }
    try sink.finish()
    #expect(sink.losses == TableLosses())
    #expect(sink.buffered == 0)
    return output.bytes
  }

  @Test func everyKindHasANameOfItsOwn() {
    #expect(Set(TableKind.all.map(\.name)).count == TableKind.all.count)
    #expect(Set(TableKind.all.map(\.suffix)).count == TableKind.all.count)
  }

  @Test(arguments: TableKind.all) func withoutBatchesTheArtifactIsWhatItIsWithEmptyOnes(_ kind: TableKind) throws {
    #expect(try bytes(kind, []) == bytes(kind, [batch(0), batch(0)]))
  }

  @Test(arguments: TableKind.all) func theSameBatchesGiveTheSameBytes(_ kind: TableKind) throws {
    let batches = [batch(2_500), batch(1, from: 2_500), batch(0), batch(7_000, from: 2_501)]
    let once = try bytes(kind, batches)
    #expect(try bytes(kind, batches) == once)
    #expect(try bytes(kind, batches, jobs: 4) == once)
  }

  @Test(arguments: TableKind.all) func howRowsAreCutIntoBatchesDoesNotShow(_ kind: TableKind) throws {
    let whole = try bytes(kind, [batch(3_000)])
    #expect(try bytes(kind, [batch(1), batch(1_999, from: 1), batch(1_000, from: 2_000)]) == whole)
  }

  @Test(arguments: TableKind.all) func theOrderOfBatchesIsKept(_ kind: TableKind) throws {
    let batches = [batch(10), batch(10, from: 10)]
    #expect(try bytes(kind, batches) != bytes(kind, batches.reversed()))
  }

  @Test(arguments: TableKind.all) func flushingEmptiesWhatIsBuffered(_ kind: TableKind) throws {
    let output = MemoryOutput()
    var sink = try kind.open(Schema(fields), output, TableOptions())
    try sink.write(batch(100))
    try sink.flush()
    #expect(sink.buffered == 0 && output.count > 0)
    try sink.finish()
  }

  @Test(arguments: TableKind.all) func aFailedWriteEndsInItsError(_ kind: TableKind) throws {
    let output = FullOutput()
    #expect(throws: SystemError.self) {
      var sink = try kind.open(Schema(fields), output, TableOptions())
      for first in 0..<20 { try sink.write(batch(2_000, from: first * 2_000)) }
      try sink.finish()
    }
  }
}

/// A disk with no room.
private final class FullOutput: ByteOutput {
  let count = 0

  func write(_ bytes: [UInt8]) throws(SystemError) { throw SystemError("full", cannot: "write", code: 28) }
}

import Artifacts
import Command
import Core

/// A development tool for tests against other engines; not installed.
@main struct DeltaAppendTool: Verb {
  static let name = "delta-append"
  static let abstract = "Append made-up rows to a Delta table, or show what is in one, for tests."
  static let discussion = """
    Row i of a commit has id = start + i and columns that follow from it, so that others can compute them. The same
    application and version add nothing a second time.
    """

  @Option("Folder of the table, made where it is not there", short: "t", value: "folder", completion: .directory)
  var table: String?
  @Option("Application of the transactions; none without it", value: "name") var application: String?
  @Option("Commits to make, with the versions 1, 2, … of the application", value: "count") var commits = 1
  @Option("Rows of each commit", value: "count") var rows = 10
  @Option("Identifier of the first row", value: "number") var start = 0
  @Option("Compression of the files", value: "codec") var compression = Codec.zstd
  @Flag("Write no partitions") var flat
  @Flag("Show version, files and partition values as JSON lines, and append nothing") var list
  @Flag("Show all rows as JSON lines, and append nothing") var show
  @Option("The version to show; the newest without it", value: "version") var at: Int?

  enum Codec: String, CaseIterable, ArgumentValue { case zstd, gzip, lz4, none }

  func run() throws -> ExitCode {
    guard let table else { throw UsageError("missing --table") }
    let folder = try Folder(table)
    if list { return try listFiles(DeltaTable.open(folder)) }
    if show { return try showRows(DeltaTable.open(folder)) }
    for commit in 0..<max(0, commits) { try append(to: folder, commit) }
    return .success
  }

  private func append(to folder: Folder, _ commit: Int) throws {
    let batch = Self.batch(start + commit * rows..<start + (commit + 1) * rows)
    var options = TableOptions()
    options.compression = TableOptions.Compression(rawValue: compression.rawValue) ?? .zstd
    var sink = try DeltaAppend(
      to: folder, schema: batch.schema, partition: flat ? nil : "type",
      transaction: application.map { DeltaTransaction(application: $0, version: Int64(commit + 1)) }, options: options,
      run: "\(Identifier.unique())")
    try sink.write(batch)
    try sink.finish()
    if let failure = sink.outcome?.checkpointFailure { throw failure }
    let version = sink.outcome?.version.map { JSON.count($0) } ?? .null
    let shown: JSON = ["version": version, "start": .count(start + commit * rows)]
    try Console.show(Array("\(shown.text)\n".utf8))
  }

  /// What the rows of some identifiers have; delta.py computes the same.
  private static func batch(_ ids: Range<Int>) -> Batch {
    let kinds = ["stop", "hard_brake", "lane-change.left", "u_turn"]
    let ids = Array(ids), isThere = ids.map { $0 % 7 != 0 }
    let lengths = ids.map { $0 % 3 }
    let fields = [
      Field("id", .int64), Field("type", .string), Field("value", .float64, isNullable: true),
      Field("name", .string, isNullable: true), Field("ts", .timestamp), Field("ok", .bool), Field("small", .uint8),
      Field("single", .float32), Field("tags", .list(.string)),
      Field("place", .structure([Field("x", .float64), Field("label", .string)])),
    ]
    let columns = [
      Column(.int64(ids.map { Int64($0) })), Column(.text(Texts(ids.map { kinds[$0 % 4] }))),
      Column(.float64(ids.map { Double($0) / 4 }), validity: isThere),
      Column(.text(Texts(ids.map { "scene \($0) ä🚗" })), validity: isThere),
      Column(.int64(ids.map { 1_700_000_000_000_000 + Int64($0) * 1_000_001 })),
      Column(.bool(ids.map { $0.isMultiple(of: 2) ? 1 : 0 })), Column(.uint8(ids.map { UInt8($0 % 251) })),
      Column(.float32(ids.map { Float($0 % 1000) / 8 })),
      Column(
        .list(
          offsets: lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) },
          element: Column(.text(Texts(zip(ids, lengths).flatMap { id, count in (0..<count).map { "\(id)-\($0)" } }))))),
      Column(.structure([Column(.float64(ids.map { Double($0) })), Column(.text(Texts(ids.map { "p\($0 % 5)" })))])),
    ]
    return Batch(schema: Schema(fields), columns: columns, count: ids.count)
  }

  private func listFiles(_ table: DeltaTable) throws -> ExitCode {
    let snapshot = try table.snapshot(version: at)
    let output = ConsoleOutput()
    for file in snapshot.files {
      let values = file.partitionValues.sorted { $0.key < $1.key }.map { column, value in
        JSONObject.Member(key: column, value: value.map { .string($0) } ?? .null)
      }
      let json: JSON = [
        "version": .count(snapshot.version), "path": .string(file.path), "size": .integer(file.size),
        "rows": file.rows.map { .integer($0) } ?? .null,
        "partition": .object(JSONObject(values)),
      ]
      try output.write(Array("\(json.text)\n".utf8))
    }
    try output.flush()
    return .success
  }

  private func showRows(_ table: DeltaTable) throws -> ExitCode {
    let output = ConsoleOutput()
    for file in try table.snapshot(version: at).files {
      let parquet = try table.parquet(file)
      var sink = try TableKind.jsonl.open(parquet.schema, output, TableOptions())
      try parquet.read { try sink.write($0) }
      try sink.finish()
    }
    try output.flush()
    return .success
  }
}

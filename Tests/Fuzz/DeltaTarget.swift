import Artifacts
import Core
import Glibc

private let scratch = Environment.value("AV_FUZZ_SCRATCH") ?? "."

extension FuzzTarget {
  /// The input is `kind:u8` and the log of a table: of an even kind two commits with NUL between, else a checkpoint.
  static let delta = FuzzTarget(name: "delta", run: readTable, seeds: deltaSeeds)
}

private func readTable(_ bytes: [UInt8]) throws {
  guard let kind = bytes.first else { return }
  let rest = Array(bytes.dropFirst()), zeros = "00000000000000000000"
  let log = "\(scratch)/delta\(kind % 2)/_delta_log"
  unsafe mkdir("\(scratch)/delta\(kind % 2)", 0o700)
  unsafe mkdir(log, 0o700)
  if kind.isMultiple(of: 2) {
    let parts = rest.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map { Array($0) }
    try fill("\(log)/\(zeros).json", parts[0])
    try fill(
      "\(log)/\(zeros.dropLast())1.json", parts.count > 1 ? parts[1] : Array(#"{"txn":{"appId":"a","version":1}}"#.utf8)
    )
  } else {
    try fill("\(log)/\(zeros).checkpoint.parquet", rest)
  }
  let snapshot = try DeltaTable.open(Folder("\(scratch)/delta\(kind % 2)")).snapshot()
  let files = snapshot.files
  must(Set(files.map(\.path)).count == files.count, "a path twice")
  for file in files {
    let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
    must(!parts.contains("..") && !parts.contains(".") && !parts.contains(""), "path \(file.path.shown)")
    must(file.size >= 0, "\(file.size) bytes")
    _ = file.rows
  }
  for column in snapshot.metadata.partitionColumns {
    must(snapshot.metadata.fields.contains { $0.name == column }, "a partition of no column")
  }
}

private func deltaSeeds() throws -> [(name: String, bytes: [UInt8])] {
  let commit =
    #"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"# + "\n"
    + #"{"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"#
    + #"fields\":[{\"name\":\"a\",\"type\":{\"type\":\"array\",\"elementType\":\"long\",\"containsNull\":true},\"#
    + #"nullable\":true,\"metadata\":{}},{\"name\":\"p\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]}","#
    + #""partitionColumns":["p"],"configuration":{"delta.appendOnly":"true"},"createdTime":1}}"# + "\n"
    + #"{"add":{"path":"p=x%20y/a.parquet","partitionValues":{"p":"x y"},"size":5,"modificationTime":1,"#
    + #""dataChange":true,"stats":"{\"numRecords\":2}"}}"# + "\n"
  let second =
    #"{"remove":{"path":"p=x%20y/a.parquet","deletionTimestamp":1,"dataChange":true}}"# + "\n"
    + #"{"txn":{"appId":"a","version":1}}"# + "\n"
  var seeds = [("commits", [UInt8(0)] + commit.utf8 + [0] + second.utf8)]
  // A checkpoint of a table of our own.
  let path = "\(scratch)/delta-seed"
  unsafe mkdir(path, 0o700)
  let schema = Schema([Field("id", .int64), Field("p", .string)])
  for number in 0..<100 as Range<Int64> {
    var sink = try DeltaAppend(
      to: Folder(path), schema: schema, partition: "p",
      transaction: DeltaTransaction(application: "a", version: number),
      run: "seed")
    let columns = [Column(.int64([number])), Column(.text(Texts(["x"])))]
    if number < 3 { try sink.write(Batch(schema: schema, columns: columns, count: 1)) }
    try sink.finish()
  }
  let file = try FileReader("\(path)/_delta_log/00000000000000000100.checkpoint.parquet")
  seeds.append(("checkpoint", [1] + (try file.bytes(at: 0, count: file.count))))
  return seeds
}

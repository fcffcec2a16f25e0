import Core
import Foundation

@testable import Artifacts

/// A table in a folder of its own that goes with the test.
final class DeltaFixture {
  let path: String
  let folder: Folder

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "delta-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    folder = try Folder(path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  static let schema = Schema([
    Field("id", .int64), Field("type", .string), Field("v.x", .float64, isNullable: true), Field("n", .uint16),
  ])

  static func batch(_ ids: [Int], kinds: [String] = ["stop", "turn"]) -> Batch {
    Batch(
      schema.fields,
      [
        ids.map { .integer(Int64($0)) }, ids.map { .text(kinds[$0 % kinds.count]) },
        ids.map { $0 % 3 == 0 ? .missing : .number(Double($0) / 2) }, ids.map { .integer(Int64($0)) },
      ])
  }

  /// Appends rows; the version, or nil where the transaction was there.
  @discardableResult
  func append(
    _ ids: [Int], application: String? = nil, version: Int64 = 1, options: TableOptions = TableOptions()
  ) throws -> Int? {
    var sink = try DeltaAppend(
      to: folder, schema: Self.schema, partition: "type",
      transaction: application.map { DeltaTransaction(application: $0, version: version) }, options: options,
      run: "test")
    try sink.write(Self.batch(ids))
    try sink.finish()
    if let failure = sink.outcome?.checkpointFailure { throw failure }
    return sink.outcome?.version
  }

  /// Identifiers of all rows, by partition.
  func rows() throws -> [String: [Int64]] {
    let table = try DeltaTable.open(folder)
    var rows: [String: [Int64]] = [:]
    for file in try table.snapshot().files {
      let parquet = try table.parquet(file)
      try parquet.read(columns: ["id"]) { batch in
        guard case .int64(let ids) = batch.columns[0].values else { return }
        rows[(file.partitionValues["type"] ?? nil) ?? "", default: []] += ids
      }
    }
    return rows.mapValues { $0.sorted() }
  }

  // MARK: - A log by hand

  static let format = #"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"#

  static func metadata(_ configuration: String = "{}", schema: String? = nil) -> String {
    let fields = #"{"type":"struct","fields":[{"name":"id","type":"long","nullable":true,"metadata":{}}]}"#
    return #"{"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"#
      + (schema ?? fields).jsonQuoted + #","partitionColumns":[],"configuration":"# + configuration
      + #","createdTime":1}}"#
  }

  static func add(_ path: String, more: String = "") -> String {
    #"{"add":{"path":"# + path.jsonQuoted
      + #","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true"# + more + "}}"
  }

  /// Writes a file of the log.
  func put(_ version: Int, _ lines: String...) throws {
    try put(DeltaLog.name(version), Array((lines.joined(separator: "\n") + "\n").utf8))
  }

  func put(_ name: String, _ bytes: [UInt8]) throws {
    try FileManager.default.createDirectory(atPath: path + "/_delta_log", withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: "\(path)/_delta_log/\(name)"))
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/_delta_log/\(name)") }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path + "/_delta_log")) ?? []).sorted() }

  /// Data files, also those of no version.
  var dataFiles: [String] {
    (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? [])
      .filter { $0.hasSuffix(".parquet") && !$0.hasPrefix("_") }
  }

  /// What reading the table fails with.
  func failure() -> String {
    do {
      _ = try DeltaTable.open(folder).snapshot()
      return ""
    } catch { return "\(error)".replacing(path + "/", with: "") }
  }
}

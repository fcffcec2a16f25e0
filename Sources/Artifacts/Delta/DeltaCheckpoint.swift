import Core

/// A checkpoint: the actions that still hold, one a row, each in the column of its name (V1, also in several parts).
///
/// ```
///   txn          protocol     metaData     add                      remove
///   null         {1, 2, …}    null         null                     null
///   null         null         null         {path: "a.parquet", …}   null
/// ```
/// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoint-schema
enum DeltaCheckpoint {
  private static var map: FieldType { .list(.structure([Field("key", .string), optional("value", .string)])) }

  private static func optional(_ name: String, _ type: FieldType) -> Field { Field(name, type, isNullable: true) }

  /// What is read and written: columns that other engines have besides are for their own use.
  ///
  /// Made anew each time: a sanitizer takes what constants of nested types hold for lost.
  static var schema: Schema {
    Schema([
      optional(
        "txn",
        .structure([optional("appId", .string), optional("version", .int64), optional("lastUpdated", .int64)])),
      optional(
        "add",
        .structure([
          optional("path", .string), optional("partitionValues", map), optional("size", .int64),
          optional("modificationTime", .int64), optional("dataChange", .bool), optional("tags", map),
          optional("stats", .string),
        ])),
      optional(
        "remove",
        .structure([
          optional("path", .string), optional("deletionTimestamp", .int64), optional("dataChange", .bool),
          optional("extendedFileMetadata", .bool), optional("partitionValues", map), optional("size", .int64),
        ])),
      optional(
        "metaData",
        .structure([
          optional("id", .string), optional("name", .string), optional("description", .string),
          optional("format", .structure([optional("provider", .string), optional("options", map)])),
          optional("schemaString", .string), optional("partitionColumns", .list(.string)),
          optional("configuration", map), optional("createdTime", .int64),
        ])),
      optional(
        "protocol",
        .structure([
          optional("minReaderVersion", .int32), optional("minWriterVersion", .int32),
          optional("readerFeatures", .list(.string)), optional("writerFeatures", .list(.string)),
        ])),
    ])
  }

  /// Lists of structures that are maps to Parquet.
  static let maps: Set<[String]> = [
    ["add", "partitionValues"], ["add", "tags"], ["remove", "partitionValues"], ["metaData", "format", "options"],
    ["metaData", "configuration"],
  ]

  /// Actions of other engines whose presence changes what the rest means.
  private static let refused: [(column: String, feature: String)] = [
    ("sidecar", "v2Checkpoint"), ("checkpointMetadata", "v2Checkpoint"),
  ]

  /// Reads a checkpoint, or a part of one.
  static func read(_ file: FileReader, _ body: (DeltaAction) -> Void) throws {
    let table = try ParquetFile(file)
    let names = table.schema.fields.map(\.name)
    let columns = schema.fields.map(\.name).filter(names.contains)
    let others = refused.filter { names.contains($0.column) }
    guard !columns.isEmpty else {
      throw DeltaError.damaged(path: file.path, line: nil, "wanted columns add, metaData, protocol, found none")
    }
    var row = 0
    try table.read(columns: columns + others.map(\.column), batch: 4096) { batch in
      for index in 0..<batch.count {
        row += 1
        for (name, column) in zip(columns + others.map(\.column), batch.columns)
        where column.validity?[index] ?? true {
          if let other = others.first(where: { $0.column == name }) {
            throw DeltaError.unsupported(path: file.path, feature: "feature \(other.feature)")
          }
          let type = batch.schema.fields.first { $0.name == name }?.type ?? .string
          let json = JSON(column, type, row: index, leavingOut: ["stats_parsed", "partitionValues_parsed"])
          guard json != .null else { continue }
          do throws(DeltaAction.Fault) { body(try DeltaAction(name, json)) } catch {
            throw DeltaLog.fault(error, path: file.path, line: row)
          }
        }
      }
    }
  }

  /// The rows of some actions.
  static func batch(_ actions: [JSON]) -> Batch {
    let schema = schema
    let columns = schema.fields.map { field in Column(actions.map { $0[field.name] }, field.type) }
    return Batch(schema: schema, columns: columns, count: actions.count)
  }
}

extension DeltaLog {
  /// Reads a checkpoint's file.
  func read(checkpoint name: String, _ fold: inout DeltaSnapshot.Fold) throws {
    try DeltaCheckpoint.read(FileReader(name, in: folder)) { fold.apply($0) }
  }

  /// Writes the checkpoint of a snapshot, and then where readers look for it; one that is there is as good.
  func checkpoint(_ snapshot: DeltaSnapshot, now: Int64, run: String) throws {
    // Files that were removed stay for a week at least, unless the table says something else.
    let isOwn = snapshot.metadata.configuration["delta.deletedFileRetentionDuration"] != nil
    let actions = snapshot.actions(keepingRemovedSince: isOwn ? .min : now - 7 * 86_400_000)
    var options = TableOptions()
    options.compression = .zstd
    options.maps = DeltaCheckpoint.maps
    options.createdBy = "avtools version \(Version.number) (build \(Version.commit ?? "unknown"))"
    let name = "\(Delta.digits(snapshot.version)).checkpoint.parquet"
    guard try folder.entry(name) == nil else { return }
    let file = try OutputFile(name, in: folder, run: run)
    var sink = try ParquetSink(DeltaCheckpoint.schema, to: file, options)
    try sink.write(DeltaCheckpoint.batch(actions))
    try sink.finish()
    do throws(SystemError) {
      let size = try file.commit().count
      try point(to: snapshot, actions: actions.count, bytes: size, run: run)
    } catch {
      guard error.code == .exists else { throw error }
    }
  }

  /// `_last_checkpoint`: a hint, never to an older one.
  private func point(to snapshot: DeltaSnapshot, actions: Int, bytes: Int, run: String) throws(SystemError) {
    let name = "_last_checkpoint"
    if let text = StatusFile.read("\(folder.path)/\(name)"), let json = try? JSON.parse(text),
      json["version"]?.integer ?? -1 >= Int64(snapshot.version)
    {
      return
    }
    let file = try OutputFile(name, in: folder, run: run, existing: .replace)
    let json: JSON = [
      "version": .count(snapshot.version), "size": .count(actions), "sizeInBytes": .count(bytes),
      "numOfAddFiles": .count(snapshot.activeCount),
    ]
    try file.write(Array(json.text.utf8))
    try file.commit()
  }
}

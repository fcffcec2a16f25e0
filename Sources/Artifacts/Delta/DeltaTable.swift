package import Core

/// A Delta table in a folder: what is in it, and appending to it.
///
/// ```swift
/// let table = try DeltaTable.open(Folder("scenes"))
/// for file in try table.snapshot().files(where: ["type": "stop"]) { try table.parquet(file).read { … } }
/// ```
/// `DeltaAppend` writes rows; `append` is for files that are there. Any number of writers may append at the same time.
package struct DeltaTable: Sendable {
  package let folder: Folder
  let log: DeltaLog

  /// A commit that others were faster with is tried so often.
  static let tries = 1000

  /// Opens a table.
  ///
  /// - Throws: `DeltaError.noTable` where there is none; `SystemError`. What is in it is looked at by `snapshot`.
  package static func open(_ folder: Folder) throws -> DeltaTable {
    guard try folder.entry(Delta.logFolder)?.kind == .folder else { throw DeltaError.noTable(folder.path) }
    let log = DeltaLog(folder: try Folder(Delta.logFolder, in: folder))
    let listing = DeltaLog.Listing(try log.folder.names())
    guard !listing.versions.isEmpty || !listing.checkpoints.isEmpty || listing.newest != nil else {
      throw DeltaError.noTable(folder.path)
    }
    return DeltaTable(folder: folder, log: log)
  }

  /// Makes a table in a folder, or opens the one that is there, perhaps since this moment.
  ///
  /// The table only takes rows (`delta.appendOnly`), and has a checkpoint every hundred versions.
  /// - Throws: `DeltaError.unfit`, `DeltaError.partitionValue` for columns that no table can have; `SystemError`.
  package static func create(_ folder: Folder, schema: Schema, partitions: [String] = []) throws -> DeltaTable {
    let fields = try DeltaField.fields(schema)
    for name in partitions where !fields.contains(where: { $0.name == name }) {
      throw DeltaError.partitionValue(column: name, "there is no such column")
    }
    guard partitions.count < fields.count else {
      throw DeltaError.unfit(column: fields.last?.name ?? "", "a table has a column that is no partition's")
    }
    let run = "\(Identifier.unique())", now = Timestamp.now.nanoseconds / 1_000_000
    let metadata = DeltaMetadata(
      id: run, fields: fields, partitionColumns: partitions,
      configuration: ["delta.appendOnly": "true", "delta.checkpointInterval": "100"], created: now)
    let log = DeltaLog(folder: try folder.making(Delta.logFolder))
    // Two that make a table at once: the other's is as good.
    let listing = DeltaLog.Listing(try log.folder.names())
    if listing == DeltaLog.Listing([]) {
      let info = commitInfo("CREATE TABLE", run: run, now)
      _ = try log.folder.publish(
        lines([info, ["protocol": DeltaProtocol().json], ["metaData": metadata.json]]), as: DeltaLog.name(0), run: run)
    }
    return DeltaTable(folder: folder, log: log)
  }

  /// What is in the table now, or was after a version.
  ///
  /// - Throws: `DeltaError` with file and line, or what is not supported; `ParquetFault` of a checkpoint; `SystemError`.
  package func snapshot(version: Int? = nil) throws -> DeltaSnapshot {
    let snapshot = try log.snapshot(upTo: version ?? .max)
    if let version, snapshot.version != version { throw DeltaError.missingVersion(log: log.folder.path, version) }
    return snapshot
  }

  /// A file of the table; its partition columns are not in it.
  package func parquet(_ file: DeltaFile) throws -> ParquetFile { try ParquetFile(FileReader(file.path, in: folder)) }

  /// What an append came to.
  package struct Outcome: Sendable {
    /// The version that has the files; nil where the transaction was in the table before, or another run of the same
    /// work was faster: then the files are in none.
    package var version: Int?
    /// Why there is no checkpoint where one was due; nothing is lost without it.
    package var checkpointFailure: (any Error)?
  }

  /// Appends durable files in one version, or none: all of them are seen at once.
  ///
  /// `columns` are those of the rows, partition columns included. After an error of the system the table may have the
  /// files or not; the same transaction once more then adds what is missing, and nothing twice.
  /// - Throws: `DeltaError.otherColumns` where the table has not these columns, `.unsupported` where it wants of writers
  ///   what is not done here, `.outrun` after a thousand tries; what `snapshot` throws.
  package func append(
    _ files: [DeltaFile], columns: [DeltaField], partitions: [String], transaction: DeltaTransaction? = nil,
    run: String
  ) throws -> Outcome {
    var snapshot = try log.snapshot()
    let own = Set(files.map(\.path))
    var backoff = Backoff(seed: Texts([transaction.map { "\($0.application):\($0.version)" } ?? "", run]).seed)
    for _ in 0..<Self.tries {
      if let transaction, snapshot.holds(transaction) {
        // Our own, if a commit took place whose answer was lost.
        let isOwn = !own.isEmpty && own.isSubset(of: snapshot.files.map(\.path))
        return Outcome(version: isOwn ? snapshot.version : nil)
      }
      try check(snapshot, columns, partitions)
      let version = snapshot.version + 1
      let actions = Self.actions(files, transaction, run: run)
      if try log.folder.publish(Self.lines(actions), as: DeltaLog.name(version), run: run) == .published {
        return Outcome(version: version, checkpointFailure: checkpoint(after: snapshot, version, run: run))
      }
      snapshot = try log.update(snapshot)
      backoff.wait()
      snapshot = try log.update(snapshot)
    }
    throw DeltaError.outrun(table: folder.path, tries: Self.tries)
  }

  private static func actions(_ files: [DeltaFile], _ transaction: DeltaTransaction?, run: String) -> [JSON] {
    let now = Timestamp.now.nanoseconds / 1_000_000
    var actions = [commitInfo("WRITE", run: run, now)]
    if var transaction {
      transaction.updated = now
      actions.append(["txn": transaction.json])
    }
    return actions + files.map { ["add": $0.json(changesData: true)] }
  }

  /// Writes a checkpoint if the version is one that should have one; why it could not.
  private func checkpoint(after snapshot: DeltaSnapshot, _ version: Int, run: String) -> (any Error)? {
    let interval = snapshot.metadata.configuration["delta.checkpointInterval"].flatMap { Int($0) } ?? 10
    guard interval > 0, version.isMultiple(of: interval) else { return nil }
    do {
      let now = Timestamp.now.nanoseconds / 1_000_000
      try log.checkpoint(log.update(snapshot, upTo: version), now: now, run: run)
    } catch { return error }
    return nil
  }

  private func check(_ snapshot: DeltaSnapshot, _ columns: [DeltaField], _ partitions: [String]) throws(DeltaError) {
    if let feature = snapshot.format.unwritable(snapshot.metadata) {
      throw .unsupported(path: log.folder.path, feature: feature)
    }
    if let problem = snapshot.metadata.mismatch(columns, partitions: partitions) {
      throw .otherColumns(table: folder.path, problem)
    }
  }

  private static func commitInfo(_ operation: String, run: String, _ now: Int64) -> JSON {
    let parameters: JSON = operation == "WRITE" ? ["mode": "Append"] : [:]
    return [
      "commitInfo": [
        "timestamp": .integer(now), "operation": .string(operation), "operationParameters": parameters,
        "engineInfo": .string("avtools/\(Version.number)"), "runId": .string(run),
      ]
    ]
  }

  private static func lines(_ actions: [JSON]) -> [UInt8] {
    var bytes: [UInt8] = []
    for action in actions {
      action.append(to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }
}

extension Texts {
  /// Depends on all the texts, and on nothing else.
  fileprivate var seed: UInt64 { (0..<count).reduce(0) { $0 &* 31 &+ hash($1) } }
}

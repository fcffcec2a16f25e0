package import Core

/// Rows appended to a Delta table in one commit: a Parquet file a partition, and then one entry of the log.
///
/// ```swift
/// var scenes = try DeltaAppend(
///   to: folder, schema: schema, partition: "type", transaction: DeltaTransaction(application: "avtools:\(datastream)"),
///   run: run)
/// guard !scenes.isDone else { return }      // a former run of the same work has committed
/// try scenes.write(batch)
/// try scenes.finish()
/// ```
/// The table is made where there is none. Nothing is seen before `finish`, then everything; the same transaction once
/// more adds nothing. Any number of writers may append at the same time. After `finish` the rows are durable: only then
/// may a log say that they are there. No rows make a commit with the transaction alone.
///
/// `uint64` values from 2^63 on are missing, and counted in `losses`; `uint8` and `uint16` become the next larger signed
/// type. Dots in names become `__`. Partition columns are texts, integers or booleans, never missing, and their values
/// are of `[A-Za-z0-9._-]`. Memory: about `TableOptions.rowGroupBytes` of all partitions together, and a row group more.
package struct DeltaAppend: TableSink {
  /// Whether the transaction is in the table already; then nothing is written.
  package let isDone: Bool
  /// What `finish` came to.
  package private(set) var outcome: DeltaTable.Outcome?
  package private(set) var losses = TableLosses()

  private let table: DeltaTable
  private let columns: [DeltaField]
  private let stored: Schema
  private let partition: (index: Int, field: Field)?
  private let transaction: DeltaTransaction?
  private let options: TableOptions
  private let run: String
  /// What is being written, by the partition's value.
  private var open: [String: Part] = [:]
  private var files: [DeltaFile] = []

  /// More files are not open at a time.
  private static let mostOpen = 128

  private struct Part {
    var path: String
    var values: [String: String?]
    var output: OutputFile
    var sink: ParquetSink
    var rows = 0
  }

  /// - Throws: `DeltaError` for a schema or table that does not fit; `ParquetError`, `SystemError`.
  package init(
    to folder: Folder, schema: Schema, partition name: String? = nil, transaction: DeltaTransaction? = nil,
    options: TableOptions = TableOptions(), run: String
  ) throws {
    partition = try name.map { name throws(DeltaError) in
      guard let index = schema.fields.firstIndex(where: { $0.name == name }) else {
        throw .partitionValue(column: name, "there is no such column")
      }
      return (index, schema.fields[index])
    }
    if let field = partition?.field {
      switch field.type {
      case .string, .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32: break
      case .uint64, .float32, .float64, .bytes, .time, .duration, .timestamp, .list, .structure:
        throw DeltaError.partitionValue(column: field.name, "wanted texts, integers or booleans")
      }
    }
    columns = try DeltaField.fields(schema)
    stored = DeltaColumns.schema(schema, leavingOut: partition?.index)
    table = try DeltaTable.create(
      folder, schema: schema, partitions: partition.map { [DeltaField.name($0.field.name)] } ?? [])
    (self.transaction, self.run) = (transaction, run)
    var options = options
    options.uint64 = .int64OrNull
    options.createdBy = "avtools version \(Version.number) (build \(Version.commit ?? "unknown"))"
    self.options = options
    guard let transaction else {
      isDone = false
      return
    }
    isDone = try table.snapshot().holds(transaction)
  }

  package var buffered: Int { open.values.reduce(0) { $0 + $1.sink.buffered } }

  package mutating func write(_ batch: Batch) throws {
    guard !isDone, batch.count > 0 else { return }
    guard let partition else { return try write(batch, partition: "", values: [:]) }
    let rows = try rows(batch, partition)
    for (value, numbers) in rows.sorted(by: { $0.key < $1.key }) {
      let part = numbers.count == batch.count ? batch : batch.rows(numbers)
      try write(part, partition: value, values: [DeltaField.name(partition.field.name): value])
    }
  }

  private var largest: String? { open.max { $0.value.sink.buffered < $1.value.sink.buffered }?.key }

  /// Which rows have each value.
  private func rows(_ batch: Batch, _ partition: (index: Int, field: Field)) throws(DeltaError) -> [String: [Int]] {
    guard partition.index < batch.columns.count else {
      throw .partitionValue(column: partition.field.name, "a batch does not have it")
    }
    var rows: [String: [Int]] = [:]
    for row in 0..<batch.count {
      let value: String
      switch JSON(batch.columns[partition.index], partition.field.type, row: row) {
      case .string(let text): value = text
      case .integer(let number): value = String(number)
      case .bool(let isTrue): value = isTrue ? "true" : "false"
      case .null, .unsigned, .number, .array, .object:
        throw .partitionValue(column: partition.field.name, "a value is missing, or of another type")
      }
      rows[value, default: []].append(row)
    }
    return rows
  }

  private mutating func write(_ batch: Batch, partition value: String, values: [String: String?]) throws {
    if open[value] == nil {
      if open.count >= Self.mostOpen { try close() }
      open[value] = try part(value, values)
    }
    let batch = DeltaColumns.batch(batch, leavingOut: partition?.index, as: stored)
    try open[value]?.sink.write(batch)
    open[value]?.rows += batch.count
    while buffered > options.rowGroupBytes, let largest { try open[largest]?.sink.flush() }
  }

  private func part(_ value: String, _ values: [String: String?]) throws -> Part {
    let suffix = options.compression == .none ? "" : ".\(options.compression.rawValue)"
    let name = "part-\(Identifier.unique())\(suffix).parquet"
    guard let partition else {
      let output = try OutputFile(name, in: table.folder, run: run)
      return Part(path: name, values: values, output: output, sink: try ParquetSink(stored, to: output, options))
    }
    guard let folder = DeltaPath.folder(DeltaField.name(partition.field.name), value) else {
      throw DeltaError.partitionValue(
        column: partition.field.name, "\(value.jsonQuoted): wanted 1 to some 200 of A-Z a-z 0-9 . _ -")
    }
    let output = try OutputFile(name, in: table.folder.making(folder), run: run)
    return Part(
      path: "\(folder)/\(name)", values: values, output: output, sink: try ParquetSink(stored, to: output, options))
  }

  /// Writes out what all partitions hold.
  package mutating func flush() throws { for key in open.keys { try open[key]?.sink.flush() } }

  /// Ends the open files; they are durable then, and in no version yet.
  private mutating func close() throws {
    for (_, part) in open.sorted(by: { $0.key < $1.key }) {
      var part = part
      try part.sink.finish()
      let size = try part.output.commit().count
      losses.add(part.sink.losses)
      files.append(
        DeltaFile(
          path: part.path, partitionValues: part.values, size: Int64(size),
          modified: Timestamp.now.nanoseconds / 1_000_000,
          statistics: DeltaStatistics.text(rows: part.rows, part.sink.statistics)))
    }
    open = [:]
  }

  /// Commits; `outcome` says what it came to.
  ///
  /// - Throws: what `DeltaTable.append` throws. After an error of the system the same transaction once more is safe.
  package mutating func finish() throws {
    guard !isDone else {
      outcome = DeltaTable.Outcome()
      return
    }
    try close()
    do {
      let outcome = try table.append(
        files, columns: columns, partitions: partition.map { [DeltaField.name($0.field.name)] } ?? [],
        transaction: transaction, run: run)
      if outcome.version == nil { removeFiles() }
      self.outcome = outcome
    } catch let error as DeltaError {
      // Refused, so that they are in no version. After any other error they may be in one.
      if case .damaged = error { throw error }
      removeFiles()
      throw error
    }
  }

  /// Files that are in no version are harmless; one that cannot be removed is left to a vacuum.
  private func removeFiles() { for file in files { try? table.folder.removeBelow(file.path) } }
}

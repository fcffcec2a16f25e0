import Artifacts
import Core
import Recordings

/// Where the tables of buses go.
struct CANPlace {
  let target: ExtractTarget
  let options: TableOptions
  let jobs: Int

  var isFolder: Bool { if case .folder = target { true } else { false } }
  var isOneTable: Bool { if case .table = target { true } else { false } }

  /// One table can hold many messages only if each value is a row.
  func isLong(_ form: CANSettings.Form) -> Bool {
    switch target {
    case .folder: form == .long
    case .table: true
    case .messages: false
    }
  }

  func message(
    _ bus: String, _ name: String, _ schema: Schema, _ metadata: [(String, String)], _ kind: String, _ channel: Channel
  ) throws -> TableWriter {
    var options = options
    options.metadata = metadata
    switch target {
    case .folder(let folder):
      return try open("\(bus.safeFileName).\(name.safeFileName)", folder, schema, kind, options)
    case .table(let output, let kind):
      return try TableWriter(kind, schema: schema, to: output, path: output.path, options: options)
    case .messages(let output):
      let constants = [
        ("schema", "av.message/1"), ("type", "message"), ("channel", channel.name), ("bus", bus), ("message", name),
      ]
      return try TableWriter(
        .jsonl, schema: schema, to: output, path: output.path, options: options, constants: constants)
    }
  }

  func long(_ bus: String, _ kind: String) throws -> TableWriter {
    var options = options
    options.metadata.append(("avtools.can.bus", bus))
    let schema = CANLongTable.schema
    switch target {
    case .folder(let folder): return try open("\(bus.safeFileName).signals", folder, schema, kind, options)
    case .table(let output, let kind):
      return try TableWriter(kind, schema: schema, to: output, path: output.path, options: options)
    case .messages(let output):
      return try TableWriter(.jsonl, schema: schema, to: output, path: output.path, options: options)
    }
  }

  func frames(_ plan: StreamPlan, _ channel: Channel) throws -> TableWriter {
    switch target {
    case .folder(let folder):
      return try open("\(plan.name).frames", folder, channel.schema, plan.settings.table, options)
    case .table(let output, let kind):
      return try TableWriter(kind, schema: channel.schema, to: output, path: output.path, options: options)
    case .messages(let output):
      let constants = [("schema", "av.message/1"), ("type", "message"), ("channel", channel.name)]
      return try TableWriter(
        .jsonl, schema: channel.schema, to: output, path: output.path, options: options, constants: constants)
    }
  }

  private func open(
    _ name: String, _ folder: Folder, _ schema: Schema, _ kind: String, _ options: TableOptions
  ) throws -> TableWriter {
    let kind = TableKind.all.first { $0.name == kind } ?? .parquet
    return try ArtifactPlace(folder: folder, path: "\(SensorKind.can)/\(name)", jobs: jobs).table(kind, schema, options)
  }
}

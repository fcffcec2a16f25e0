import Artifacts
import Core
import Recordings

/// Turns the rows of one stream into artifacts; one adopter a form of `StreamPlan`.
protocol StreamWriter: AnyObject {
  /// Takes the next rows, in order.
  func write(_ rows: StreamRows) throws
  /// Writes what is left; nothing may follow.
  func finish() throws -> StreamOutcome
  /// Bytes held in memory.
  var buffered: Int { get }
  /// How many tables share that.
  var tableCount: Int { get }
  /// Gives up memory, as far as the artifact allows.
  func flush() throws
}

extension StreamWriter {
  var tableCount: Int { 1 }
}

/// What became of a stream.
struct StreamOutcome {
  /// Paths below the datastream's folder.
  var files: [String] = []
  var fileCount = 0
  var bytes = 0
  var rows = 0
  /// Every file with its digest, where that was asked for.
  var sums: [DatastreamContents.File] = []
  /// Messages that could not be turned into an artifact, and why the first could not.
  var failed = 0
  var firstFailure: String?
  /// Values that had to be changed to be written, such as text that is no UTF-8.
  var replaced = 0
  /// What became of the frames of buses that are decoded.
  var buses: [CANReport] = []
  /// Rows left out of single tables, by rule.
  var dropped: [String: Int] = [:]
}

/// Rows as a table: the time columns, then the message's.
final class TableWriter: StreamWriter {
  private var sink: any TableSink
  private let output: OutputFile
  private let path: String
  private let form: TimeColumns.Form
  private let schema: Schema
  /// JSON has objects for what a table has as `a.b`.
  private let nesting: Nesting?
  private let hasTimes: Bool
  private let constants: [(name: String, value: String)]
  /// The output is another's to end, who may have more to write: records of many streams are mixed in one.
  private let isShared: Bool
  private var rows = 0

  /// A table of messages without times has only their places.
  ///
  /// `constants` are text columns in front that are the same in every row: what tells records apart that share an output.
  init(
    _ kind: TableKind, schema message: Schema, hasTimes: Bool = true, to output: OutputFile, path: String,
    options: TableOptions,
    constants: [(name: String, value: String)] = []
  ) throws {
    form = kind.name == TableKind.parquet.name ? .numbers : .text
    let leading = constants.map { Field($0.name, .string) } + TimeColumns.fields(form, hasTimes: hasTimes)
    schema = Schema(leading + message.fields).withDistinctNames
    self.constants = constants
    isShared = !constants.isEmpty
    self.hasTimes = hasTimes
    self.output = output
    self.path = path
    nesting = kind.name == TableKind.jsonl.name ? Nesting(schema) : nil
    sink = try kind.open(nesting?.schema ?? schema, output, options)
  }

  var buffered: Int { sink.buffered }

  func flush() throws { try sink.flush() }

  func write(_ rows: StreamRows) throws {
    let fixed = constants.map { Column.constant($0.value, count: rows.count) }
    let columns = fixed + TimeColumns.columns(rows, form, hasTimes: hasTimes) + rows.messages.batch.columns
    let batch = Batch(schema: schema, columns: columns, count: rows.count)
    try sink.write(nesting?.nest(batch) ?? batch)
    self.rows += rows.count
  }

  func finish() throws -> StreamOutcome {
    try sink.finish()
    let replaced = sink.losses.replacedTexts + sink.losses.missingUnsigned
    guard !isShared else { return StreamOutcome(rows: rows, replaced: replaced) }
    let facts = try output.commit()
    return StreamOutcome(
      files: [path], fileCount: 1, bytes: facts.count, rows: rows,
      sums: [DatastreamContents.File(path, facts)],
      replaced: replaced)
  }
}

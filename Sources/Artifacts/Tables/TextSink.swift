package import Core

/// Why a table cannot be written as text.
package enum TableError: Error, Equatable, CustomStringConvertible {
  /// A batch's column is not of the schema's type.
  case typeMismatch(column: String)
  /// A batch's column has another number of rows than the batch.
  case countMismatch(column: String, rows: Int, batch: Int)

  package var description: String {
    switch self {
    case .typeMismatch(let column): "cannot write the table: column \(column) is not of the schema's type"
    case .countMismatch(let column, let rows, let batch):
      "cannot write the table: column \(column) has \(rows) rows, its batch \(batch)"
    }
  }
}

/// Writes tables as lines of text, one a row.
///
/// Memory: a megabyte that waits to be written, and the lines of `2 * jobs` pieces of a batch.
package struct TextSink: TableSink {
  /// The form of a line.
  enum Form { case jsonLines, csv(CSVForm) }

  private let schema: Schema
  private let output: any ByteOutput
  private let jobs: Int
  private let form: Form
  private var waiting: [UInt8] = []
  package private(set) var losses = TableLosses()

  private static let enough = 1 << 20
  /// Rows that are made text at a time.
  private static let pieceRows = 1_024

  init(_ schema: Schema, to output: any ByteOutput, _ options: TableOptions, _ form: Form) {
    self.schema = schema
    self.output = output
    self.form = form
    jobs = options.jobs
    if case .csv(let csv) = form { csv.appendHeader(schema, to: &waiting) }
  }

  package var buffered: Int { waiting.count }

  package mutating func write(_ batch: Batch) throws {
    guard batch.columns.count == schema.fields.count else {
      throw TableError.countMismatch(column: "", rows: batch.columns.count, batch: schema.fields.count)
    }
    var columns: [TextColumn] = []
    for (field, column) in zip(schema.fields, batch.columns) {
      columns.append(try TextColumn(column, field))
      if case .structure(let members) = column.values, members.isEmpty { continue }
      guard column.count == batch.count else {
        throw TableError.countMismatch(column: field.name, rows: column.count, batch: batch.count)
      }
    }
    let pieces = stride(from: 0, to: batch.count, by: Self.pieceRows).map { start in
      start..<min(batch.count, start + Self.pieceRows)
    }
    let lines = Lines(form: form, columns: columns, names: schema.fields.map(\.name))
    try parallelMap(pieces, jobs: jobs) { rows in
      lines.text(rows)
    } _: { text, lost in
      losses.add(lost)
      if waiting.isEmpty { waiting = text } else { waiting += text }
      if waiting.count >= Self.enough { try flush() }
    }
  }

  package mutating func flush() throws {
    guard !waiting.isEmpty else { return }
    try output.write(waiting)
    waiting = []
  }

  package mutating func finish() throws { try flush() }
}

/// Rows of a batch, to be made text.
private struct Lines: Sendable {
  let form: TextSink.Form
  let columns: [TextColumn]
  let prefixes: [[UInt8]]

  init(form: TextSink.Form, columns: [TextColumn], names: [String]) {
    self.form = form
    self.columns = columns
    prefixes = names.enumerated().map { TextColumn.prefix($1, isFirst: $0 == 0) }
  }

  func text(_ rows: Range<Int>) -> ([UInt8], TableLosses) {
    var text: [UInt8] = []
    var losses = TableLosses()
    text.reserveCapacity(rows.count * columns.count * 24)
    for row in rows {
      switch form {
      case .jsonLines:
        if columns.isEmpty { text.append(UInt8(ascii: "{")) }
        for index in columns.indices {
          text += prefixes[index]
          columns[index].appendJSON(row, to: &text, &losses)
        }
        text.append(UInt8(ascii: "}"))
        text.append(UInt8(ascii: "\n"))
      case .csv(let csv): csv.append(columns, row, to: &text, &losses)
      }
    }
    return (text, losses)
  }
}

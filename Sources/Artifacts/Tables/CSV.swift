import Core

/// Comma-separated values, https://www.rfc-editor.org/rfc/rfc4180: a header line, then one line a row.
///
/// ```
///   t_ns,ts,frame,ranges,id
///   1664527000000000123,2022-09-30T08:36:40.000000123Z,"a ""b""","[1.0,""NaN""]",
/// ```
/// Numbers are whole, never rounded; times are RFC 3339 in UTC, bytes base64, lists and structures JSON text. What is
/// missing is an empty cell, an empty text is `""`. Lines end as `TableOptions.lineEnd` says.
extension TableKind {
  package static let csv = TableKind(name: "csv", suffix: "csv") { schema, output, options in
    TextSink(schema, to: output, options, .csv(CSVForm(options)))
  }
}

/// How a line of CSV is written.
struct CSVForm: Sendable {
  private let lineEnd: [UInt8]
  private let formulas: TableOptions.Formulas

  init(_ options: TableOptions) {
    lineEnd = Array((options.lineEnd == .crlf ? "\r\n" : "\n").utf8)
    formulas = options.formulas
  }

  func appendHeader(_ schema: Schema, to text: inout [UInt8]) {
    for (index, field) in schema.fields.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      append(Array(field.name.utf8)[...], to: &text)
    }
    text += lineEnd
  }

  func append(_ columns: [TextColumn], _ row: Int, to text: inout [UInt8], _ losses: inout TableLosses) {
    for index in columns.indices {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      append(columns[index], row, to: &text, &losses)
    }
    text += lineEnd
  }

  private func append(_ column: TextColumn, _ row: Int, to text: inout [UInt8], _ losses: inout TableLosses) {
    guard !column.isMissing(row) else { return }
    switch column.values {
    case .text(let texts):
      let value = texts[row]
      if value.isUTF8 { return append(value, to: &text) }
      losses.replacedTexts += 1
      append(Array(String(decoding: value, as: UTF8.self).utf8)[...], to: &text)
    case .bytes(let texts): text.appendBase64(texts[row].bytes)
    case .int64(let values): text.appendJSON(values[row])
    case .uint64(let values): text.appendJSON(values[row])
    case .list, .structure:
      var json: [UInt8] = []
      column.appendJSON(row, to: &json, &losses)
      appendQuoted(json[...], to: &text)
    case .float32, .float64, .time, .timestamp:
      let start = text.count
      column.appendJSON(row, to: &text, &losses)
      text.removeQuotes(from: start)
    case .bool, .int8, .int16, .int32, .uint8, .uint16, .uint32: column.appendJSON(row, to: &text, &losses)
    }
  }

  /// A text, between quotes where it has to be.
  private func append(_ value: ArraySlice<UInt8>, to text: inout [UInt8]) {
    if formulas == .guarded, let first = value.first, isFormula(first) {
      return appendQuoted([UInt8(ascii: "'")] + value, to: &text)
    }
    var isPlain = !value.isEmpty
    for byte in value where byte < 0x2D {
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"): isPlain = false
      default: break
      }
    }
    if isPlain { text += value } else { appendQuoted(value, to: &text) }
  }

  /// Whether a spreadsheet takes a cell that begins so for a formula (CWE-1236).
  private func isFormula(_ first: UInt8) -> Bool { "=+-@\t\r\n".utf8.contains(first) }

  private func appendQuoted(_ value: ArraySlice<UInt8>, to text: inout [UInt8]) {
    let quote = UInt8(ascii: "\"")
    text.append(quote)
    var rest = value
    while let place = rest.firstIndex(of: quote) {
      text += rest[...place]
      text.append(quote)
      rest = rest[(place + 1)...]
    }
    text += rest
    text.append(quote)
  }
}

extension [UInt8] {
  /// Takes the quotes from a JSON string that has nothing to escape and that begins at `start`.
  fileprivate mutating func removeQuotes(from start: Int) {
    guard start < count, self[start] == UInt8(ascii: "\"") else { return }
    remove(at: start)
    removeLast()
  }
}

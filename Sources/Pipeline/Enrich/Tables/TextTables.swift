package import Core

/// Tables that are lines of text, read whole: each column gets the narrowest type that all its values have.
///
/// | values | column |
/// |---|---|
/// | integers | `int64` |
/// | numbers | `float64` |
/// | `true`, `false` | `bool` |
/// | anything else | `string` |
///
/// An empty field of CSV and a null or absent key of JSON are missing.
package enum TextTables {
  /// Comma-separated values with a header.
  package static func csv(_ bytes: [UInt8], file: String) throws(SourceError) -> Batch {
    var reader = Delimited(bytes)
    func next() throws(SourceError) -> [String]? {
      do throws(Delimited.Failure) { return try reader.next() } catch {
        throw SourceError("\(file):\(error.line)", "a quote is not closed")
      }
    }
    guard let header = try next(), header != [""] else { throw SourceError(file, "is empty: a header is wanted") }
    guard Set(header).count == header.count else { throw SourceError("\(file):1", "two columns have one name") }
    var columns = header.map { _ in [String?]() }, rows = 0
    while let record = try next() {
      if record == [""], header.count > 1 { continue }
      guard record.count == header.count else {
        throw SourceError("\(file):\(reader.line)", "wanted \(header.count) fields, found \(record.count)")
      }
      for (index, text) in record.enumerated() { columns[index].append(text.isEmpty ? nil : text) }
      rows += 1
    }
    return batch(header, columns.map(typed), rows)
  }

  /// An object a line; members of objects are columns `a.b`, lists are their JSON.
  package static func jsonLines(_ bytes: [UInt8], file: String) throws(SourceError) -> Batch {
    var names: [String] = [], places: [String: Int] = [:], columns: [TextValues] = [], rows = 0, number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      guard line.contains(where: { $0 > UInt8(ascii: " ") }) else { continue }
      let object: JSONObject?
      do throws(JSON.Failure) { object = try JSON.parse(line).object } catch {
        throw SourceError("\(file):\(number):\(error.column)", error.problem)
      }
      guard let object else { throw SourceError("\(file):\(number)", "wanted an object") }
      for (name, value) in flat(object, "") {
        let place = places[name] ?? names.count
        if place == names.count {
          places[name] = place
          names.append(name)
          columns.append(TextValues(missing: rows))
        }
        // A name that two paths give is of the last.
        columns[place].set(value, row: rows)
      }
      rows += 1
      for index in columns.indices { columns[index].fill(rows) }
    }
    return batch(names, columns.map(\.column), rows)
  }

  private static func flat(_ object: JSONObject, _ prefix: String) -> [(String, JSON)] {
    object.members.flatMap { member in
      let name = prefix + member.key
      guard case .object(let inner) = member.value else { return [(name, member.value)] }
      return flat(inner, name + ".")
    }
  }

  private typealias Typed = (type: FieldType, column: Column)

  private static func batch(_ names: [String], _ columns: [Typed], _ rows: Int) -> Batch {
    let fields = zip(names, columns).map { Field($0, $1.type, isNullable: true) }
    return Batch(schema: Schema(fields), columns: columns.map(\.column), count: rows)
  }

  /// Texts keep every letter unless all of a column are numbers.
  private static func typed(_ texts: [String?]) -> Typed {
    let valid = texts.map { $0 != nil }
    let validity = valid.contains(false) ? valid : nil
    let known = texts.compactMap { $0 }
    guard !known.isEmpty else { return (.string, .words(texts)) }
    if known.allSatisfy(isInteger) {
      return (.int64, Column(.int64(texts.map { $0.flatMap(Int64.init) ?? 0 }), validity: validity))
    }
    if known.allSatisfy(isNumber) {
      return (.float64, Column(.float64(texts.map { $0.flatMap(Double.init) ?? 0 }), validity: validity))
    }
    if known.allSatisfy({ $0 == "true" || $0 == "false" }) {
      return (.bool, Column(.bool(texts.map { $0 == "true" ? 1 : 0 }), validity: validity))
    }
    return (.string, .words(texts))
  }

  /// What begins with a zero is often the name of something.
  private static func isInteger(_ text: String) -> Bool {
    let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
    return Int64(text) != nil && (digits.count == 1 || digits.first != UInt8(ascii: "0"))
      && digits.first != UInt8(ascii: "+")
  }

  /// Decimal numbers, and NaN for one that is missing; not integers that are too large to be exact.
  private static func isNumber(_ text: String) -> Bool {
    if isInteger(text) || text == "NaN" || text == "nan" { return true }
    let isDecimal = text.utf8.allSatisfy { byte in
      byte &- UInt8(ascii: "0") < 10 || "+-.eE".utf8.contains(byte)
    }
    return isDecimal && text.utf8.contains { ".eE".utf8.contains($0) } && Double(text) != nil
  }
}

/// The values of a column of JSON before its type is known.
private struct TextValues {
  private var values: [JSON] = []

  init(missing: Int = 0) { values = Array(repeating: .null, count: missing) }

  mutating func set(_ value: JSON, row: Int) {
    if values.count > row { values[row] = value } else { values.append(value) }
  }

  mutating func fill(_ rows: Int) {
    while values.count < rows { values.append(.null) }
  }

  var column: (type: FieldType, column: Column) {
    let valid = values.map { $0 != .null }
    let validity = valid.contains(false) ? valid : nil
    let known = values.filter { $0 != .null }
    if !known.isEmpty, known.allSatisfy({ if case .integer = $0 { true } else { false } }) {
      return (.int64, Column(.int64(values.map { $0.integer ?? 0 }), validity: validity))
    }
    // Integers beyond 2^63 would not be exact.
    let isExact = known.allSatisfy { if case .unsigned = $0 { false } else { $0.number != nil } }
    if !known.isEmpty, isExact {
      return (.float64, Column(.float64(values.map { $0.number ?? 0 }), validity: validity))
    }
    if !known.isEmpty, known.allSatisfy({ $0.bool != nil }) {
      return (.bool, Column(.bool(values.map { $0.bool == true ? 1 : 0 }), validity: validity))
    }
    return (.string, Column(.text(Texts(values.map { $0 == .null ? "" : $0.string ?? $0.text })), validity: validity))
  }
}

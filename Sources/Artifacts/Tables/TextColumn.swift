import Core

/// A column whose values agree with its field, ready to be written as text.
struct TextColumn: Sendable {
  indirect enum Values: Sendable {
    case bool([UInt8])
    case int8([Int8]), int16([Int16]), int32([Int32]), int64([Int64])
    case uint8([UInt8]), uint16([UInt16]), uint32([UInt32]), uint64([UInt64])
    case float32([Float]), float64([Double])
    /// Nanoseconds and microseconds since 1970.
    case time([Int64]), timestamp([Int64])
    case text(Texts), bytes(Texts)
    case list(offsets: [Int], element: TextColumn)
    /// Each member after its name as JSON, with the comma or brace before and the colon behind it.
    case structure([(prefix: [UInt8], column: TextColumn)])
  }

  let values: Values
  let validity: [Bool]?

  init(_ column: Column, _ field: Field) throws(TableError) {
    validity = column.validity
    if let validity, validity.count != column.count { throw .typeMismatch(column: field.name) }
    switch (field.type, column.values) {
    case (.bool, .bool(let values)): self.values = .bool(values)
    case (.int8, .int8(let values)): self.values = .int8(values)
    case (.int16, .int16(let values)): self.values = .int16(values)
    case (.int32, .int32(let values)): self.values = .int32(values)
    case (.int64, .int64(let values)), (.duration, .int64(let values)): self.values = .int64(values)
    case (.uint8, .uint8(let values)): self.values = .uint8(values)
    case (.uint16, .uint16(let values)): self.values = .uint16(values)
    case (.uint32, .uint32(let values)): self.values = .uint32(values)
    case (.uint64, .uint64(let values)): self.values = .uint64(values)
    case (.float32, .float32(let values)): self.values = .float32(values)
    case (.float64, .float64(let values)): self.values = .float64(values)
    case (.time, .int64(let values)): self.values = .time(values)
    case (.timestamp, .int64(let values)): self.values = .timestamp(values)
    case (.string, .text(let texts)): self.values = .text(texts)
    case (.bytes, .text(let texts)): self.values = .bytes(texts)
    case (.list(let type), .list(let offsets, let element)):
      self.values = .list(offsets: offsets, element: try TextColumn(element, Field(field.name, type)))
    case (.structure(let fields), .structure(let columns)) where fields.count == columns.count:
      var members: [(prefix: [UInt8], column: TextColumn)] = []
      for (member, column) in zip(fields, columns) {
        members.append((Self.prefix(member.name, isFirst: members.isEmpty), try TextColumn(column, member)))
      }
      self.values = .structure(members)
    default: throw .typeMismatch(column: field.name)
    }
  }

  /// `{"name":` or `,"name":`.
  static func prefix(_ name: String, isFirst: Bool) -> [UInt8] {
    var bytes = [UInt8(ascii: isFirst ? "{" : ",")]
    bytes.appendJSON(name)
    bytes.append(UInt8(ascii: ":"))
    return bytes
  }

  func isMissing(_ row: Int) -> Bool {
    guard let validity else { return false }
    return !validity[row]
  }

  /// Appends the value of a row as JSON, and counts what was lost.
  func appendJSON(_ row: Int, to bytes: inout [UInt8], _ losses: inout TableLosses) {
    guard !isMissing(row) else {
      bytes += "null".utf8
      return
    }
    switch values {
    case .bool(let values): bytes.appendJSON(values[row] != 0)
    case .int8(let values): bytes.appendJSON(Int64(values[row]))
    case .int16(let values): bytes.appendJSON(Int64(values[row]))
    case .int32(let values): bytes.appendJSON(Int64(values[row]))
    case .int64(let values): bytes.appendJSON(count: values[row])
    case .uint8(let values): bytes.appendJSON(UInt64(values[row]))
    case .uint16(let values): bytes.appendJSON(UInt64(values[row]))
    case .uint32(let values): bytes.appendJSON(UInt64(values[row]))
    case .uint64(let values): bytes.appendJSON(count: values[row])
    case .float32(let values): bytes.appendJSON(values[row])
    case .float64(let values): bytes.appendJSON(values[row])
    case .time(let values): bytes.appendJSON(Timestamp(nanoseconds: values[row]))
    case .timestamp(let values): bytes.appendJSON(microseconds: values[row])
    case .text(let texts):
      let text = texts[row]
      if !text.isUTF8 { losses.replacedTexts += 1 }
      bytes.appendJSON(text: text.bytes)
    case .bytes(let texts): bytes.appendJSON(base64: texts[row].bytes)
    case .list(let offsets, let element):
      bytes.append(UInt8(ascii: "["))
      for index in offsets[row]..<offsets[row + 1] {
        if index > offsets[row] { bytes.append(UInt8(ascii: ",")) }
        element.appendJSON(index, to: &bytes, &losses)
      }
      bytes.append(UInt8(ascii: "]"))
    case .structure(let members):
      if members.isEmpty { bytes.append(UInt8(ascii: "{")) }
      for member in members {
        bytes += member.prefix
        member.column.appendJSON(row, to: &bytes, &losses)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }
}

extension ArraySlice<UInt8> {
  var isUTF8: Bool { (try? UTF8Span(validating: span)) != nil }
}

extension [UInt8] {
  /// An instant as a JSON string; as microseconds where nanoseconds do not reach.
  fileprivate mutating func appendJSON(microseconds: Int64) {
    let (nanoseconds, isTooFar) = microseconds.multipliedReportingOverflow(by: 1_000)
    if isTooFar { return appendJSON(count: microseconds) }
    appendJSON(Timestamp(nanoseconds: nanoseconds))
  }
}

import Core

/// Between rows of a checkpoint and actions as JSON, in the few types that these have.
extension JSON {
  /// The value in a row.
  ///
  /// A list of structures `key`, `value` is an object. Members of the names given are left out.
  init(_ column: Column, _ type: FieldType, row: Int, leavingOut names: Set<String> = []) {
    guard column.validity?[row] ?? true else {
      self = .null
      return
    }
    switch (column.values, type) {
    case (.bool(let values), _): self = .bool(values[row] != 0)
    case (.int8(let values), _): self = .integer(Int64(values[row]))
    case (.int16(let values), _): self = .integer(Int64(values[row]))
    case (.int32(let values), _): self = .integer(Int64(values[row]))
    case (.int64(let values), _): self = .integer(values[row])
    case (.uint8(let values), _): self = .integer(Int64(values[row]))
    case (.uint16(let values), _): self = .integer(Int64(values[row]))
    case (.uint32(let values), _): self = .integer(Int64(values[row]))
    case (.uint64(let values), _): self = .unsigned(values[row])
    case (.float32(let values), _): self = .number(Double(values[row]))
    case (.float64(let values), _): self = .number(values[row])
    case (.text(let texts), _): self = .string(String(decoding: texts[row], as: UTF8.self))
    case (.list(let offsets, let element), .list(let inner)):
      let range = offsets[row]..<offsets[row + 1]
      if case .structure(let fields) = inner, fields.map(\.name) == ["key", "value"],
        case .structure(let members) = element.values, fields[0].type == .string
      {
        var entries: [JSONObject.Member] = []
        for index in range {
          guard case .string(let key) = JSON(members[0], fields[0].type, row: index) else { continue }
          entries.append(.init(key: key, value: JSON(members[1], fields[1].type, row: index)))
        }
        self = .object(JSONObject(entries))
      } else {
        self = .array(range.map { JSON(element, inner, row: $0) })
      }
    case (.structure(let members), .structure(let fields)):
      let chosen = zip(fields, members).filter { !names.contains($0.0.name) }
      let found = chosen.map { JSONObject.Member(key: $0.name, value: JSON($1, $0.type, row: row)) }
      // Some writers have structures that are never missing as a whole, with members that are.
      self = found.allSatisfy { $0.value == .null } ? .null : .object(JSONObject(found))
    case (.list, _), (.structure, _): self = .null
    }
  }
}

extension Column {
  /// A row each value; what is not of the type is missing.
  init(_ values: [JSON?], _ type: FieldType) {
    var valid: [Bool] = []
    func present<Value>(_ none: Value, _ value: (JSON) -> Value?) -> [Value] {
      values.map { json in
        let found = json.flatMap(value)
        valid.append(found != nil)
        return found ?? none
      }
    }
    let made: Values
    switch type {
    case .bool: made = .bool(present(0) { $0.bool.map { $0 ? 1 : 0 } })
    case .int32: made = .int32(present(0) { $0.integer.flatMap { Int32(exactly: $0) } })
    case .int64: made = .int64(present(0) { $0.integer })
    case .string: made = .text(Texts(present("") { $0.string }))
    case .structure(let fields):
      let objects = present(JSONObject()) { $0.object }
      made = .structure(fields.map { field in Column(objects.map { $0[field.name] }, field.type) })
    case .list(let element):
      let lists = present([]) { json in
        json.array ?? json.object?.members.map { ["key": .string($0.key), "value": $0.value] }
      }
      let offsets = lists.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
      made = .list(offsets: offsets, element: Column(lists.flatMap { $0 }, element))
    default: preconditionFailure("a checkpoint has no such column")
    }
    self.init(made, validity: valid.contains(false) ? valid : nil)
  }
}

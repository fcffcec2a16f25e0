extension Batch {
  /// The rows of the given numbers, in their order; nil gives a row of missing values.
  package func picking(_ numbers: [Int?]) -> Batch {
    var fields = schema.fields
    for index in fields.indices { fields[index].isNullable = true }
    return Batch(schema: Schema(fields), columns: columns.map { $0.picking(numbers) }, count: numbers.count)
  }
}

extension Column {
  /// The values of the given rows, in their order; nil gives a missing value, also of an empty column.
  package func picking(_ numbers: [Int?]) -> Column {
    let valid = validity
    let validity = numbers.map { number in number.map { valid?[$0] ?? true } ?? false }
    return Column(picked(numbers), validity: validity.contains(false) ? validity : nil)
  }

  private func picked(_ numbers: [Int?]) -> Values {
    switch values {
    case .bool(let values): return .bool(numbers.map { $0.map { values[$0] } ?? 0 })
    case .int8(let values): return .int8(numbers.map { $0.map { values[$0] } ?? 0 })
    case .int16(let values): return .int16(numbers.map { $0.map { values[$0] } ?? 0 })
    case .int32(let values): return .int32(numbers.map { $0.map { values[$0] } ?? 0 })
    case .int64(let values): return .int64(numbers.map { $0.map { values[$0] } ?? 0 })
    case .uint8(let values): return .uint8(numbers.map { $0.map { values[$0] } ?? 0 })
    case .uint16(let values): return .uint16(numbers.map { $0.map { values[$0] } ?? 0 })
    case .uint32(let values): return .uint32(numbers.map { $0.map { values[$0] } ?? 0 })
    case .uint64(let values): return .uint64(numbers.map { $0.map { values[$0] } ?? 0 })
    case .float32(let values): return .float32(numbers.map { $0.map { values[$0] } ?? 0 })
    case .float64(let values): return .float64(numbers.map { $0.map { values[$0] } ?? 0 })
    case .text(let texts):
      var chosen = Texts()
      for number in numbers { chosen.append(number.map { texts[$0] } ?? []) }
      return .text(chosen)
    case .list(let offsets, let element):
      var ends = [0]
      var elements: [Int] = []
      for number in numbers {
        if let number { elements += offsets[number]..<offsets[number + 1] }
        ends.append(elements.count)
      }
      return .list(offsets: ends, element: element.rows(elements))
    case .structure(let members): return .structure(members.map { $0.picking(numbers) })
    }
  }
}

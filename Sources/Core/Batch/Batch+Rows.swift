extension Batch {
  /// The rows of the given numbers, in their order; a number may repeat.
  package func rows(_ numbers: [Int]) -> Batch {
    Batch(schema: schema, columns: columns.map { $0.rows(numbers) }, count: numbers.count)
  }
}

extension Column {
  /// The values of the given rows, in their order.
  package func rows(_ numbers: [Int]) -> Column {
    let validity = validity.map { valid in numbers.map { valid[$0] } }
    switch values {
    case .bool(let values): return Column(.bool(numbers.map { values[$0] }), validity: validity)
    case .int8(let values): return Column(.int8(numbers.map { values[$0] }), validity: validity)
    case .int16(let values): return Column(.int16(numbers.map { values[$0] }), validity: validity)
    case .int32(let values): return Column(.int32(numbers.map { values[$0] }), validity: validity)
    case .int64(let values): return Column(.int64(numbers.map { values[$0] }), validity: validity)
    case .uint8(let values): return Column(.uint8(numbers.map { values[$0] }), validity: validity)
    case .uint16(let values): return Column(.uint16(numbers.map { values[$0] }), validity: validity)
    case .uint32(let values): return Column(.uint32(numbers.map { values[$0] }), validity: validity)
    case .uint64(let values): return Column(.uint64(numbers.map { values[$0] }), validity: validity)
    case .float32(let values): return Column(.float32(numbers.map { values[$0] }), validity: validity)
    case .float64(let values): return Column(.float64(numbers.map { values[$0] }), validity: validity)
    case .text(let texts):
      return Column(.text(texts.picking(numbers)), validity: validity)
    case .list(let offsets, let element):
      var ends = [0]
      var elements: [Int] = []
      for number in numbers {
        elements += offsets[number]..<offsets[number + 1]
        ends.append(elements.count)
      }
      return Column(.list(offsets: ends, element: element.rows(elements)), validity: validity)
    case .structure(let members):
      return Column(.structure(members.map { $0.rows(numbers) }), validity: validity)
    }
  }

  /// The same text in every row.
  package static func constant(_ text: String, count: Int) -> Column {
    let size = text.utf8.count
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size * count)
    if count > 0 { bytes += text.utf8 }
    while 0 < bytes.count, bytes.count < size * count { bytes += bytes.prefix(size * count - bytes.count) }
    return Column(.text(Texts(offsets: (0...count).map { $0 * size }, bytes: bytes)))
  }
}

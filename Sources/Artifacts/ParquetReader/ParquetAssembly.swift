import Core

/// Puts columns together from the levels and values of leaves.
struct ParquetAssembly {
  /// By leaf; those that are not read are empty.
  let leaves: [LeafReader.Rows]
  let tree: ParquetTree

  func column(_ node: ParquetTree.Node) throws(ParquetFault) -> Column {
    var validity: [Bool]?
    if node.isOptional {
      let valid = slots(node) { $0 >= node.definition }
      if valid.contains(false) { validity = valid }
    }
    switch node.kind {
    case .leaf(let type):
      return Column(try values(node, type, validity), validity: validity)
    case .structure(let members):
      var columns: [Column] = []
      for member in members { columns.append(try column(member)) }
      let count = validity?.count ?? columns.first?.count ?? 0
      if let other = columns.firstIndex(where: { $0.count != count }) {
        throw unequal(node, count, members[other], columns[other].count)
      }
      return Column(.structure(columns), validity: validity)
    case .list(let element, let definition):
      let offsets = offsets(node, element: element.slot, definition), items = try column(element)
      guard items.count == offsets.last, validity.map({ $0.count == offsets.count - 1 }) ?? true else {
        throw unequal(node, offsets.last ?? 0, element, items.count)
      }
      return Column(.list(offsets: offsets, element: items), validity: validity)
    }
  }

  /// Leaves of one structure or list whose levels say different things.
  private func unequal(
    _ node: ParquetTree.Node, _ count: Int, _ part: ParquetTree.Node, _ found: Int
  ) -> ParquetFault {
    ParquetFault("levels", at: 0, "\(node.name) has \(count) values, its \(part.name) has \(found)")
  }

  /// Something of each slot of a node, by its definition level.
  private func slots<Result>(_ node: ParquetTree.Node, _ body: (Int) -> Result) -> [Result] {
    let leaf = tree.leaves[node.leaves.lowerBound], rows = leaves[node.leaves.lowerBound]
    if leaf.maximumDefinition == 0 { return (0..<rows.entries).map { _ in body(0) } }
    guard leaf.maximumRepetition > 0 else { return rows.definitions.map { body(Int($0)) } }
    var results: [Result] = []
    for (repetition, definition) in zip(rows.repetitions, rows.definitions)
    where repetition <= node.slot.repetition && definition >= node.slot.definition {
      results.append(body(Int(definition)))
    }
    return results
  }

  /// Where the elements of each list begin.
  private func offsets(_ node: ParquetTree.Node, element: ParquetTree.Slot, _ definition: Int) -> [Int] {
    let rows = leaves[node.leaves.lowerBound]
    var offsets: [Int] = [], count = 0
    for (repetition, level) in zip(rows.repetitions, rows.definitions) {
      if repetition <= node.slot.repetition, level >= node.slot.definition { offsets.append(count) }
      if repetition <= element.repetition, level >= element.definition { count += 1 }
    }
    offsets.append(count)
    return offsets
  }

  /// The values of a leaf, one a slot: something of no meaning where none is there.
  private func values(
    _ node: ParquetTree.Node, _ type: ParquetLeafType, _ validity: [Bool]?
  ) throws(ParquetFault) -> Column.Values {
    let number = node.leaves.lowerBound, leaf = tree.leaves[number], rows = leaves[number]
    var values = rows.values
    if leaf.maximumDefinition > 0 {
      let isThere = slots(node) { $0 == leaf.maximumDefinition }
      if isThere.contains(false) { values = values.spread(isThere) }
    }
    return try values.column(as: type)
  }
}

extension PhysicalValues {
  /// With a value that means nothing wherever none is there.
  fileprivate func spread(_ isThere: [Bool]) -> PhysicalValues {
    func spread<Value>(_ values: [Value], _ none: Value) -> [Value] {
      var next = 0
      return isThere.map { isThere in
        guard isThere, next < values.count else { return none }
        next += 1
        return values[next - 1]
      }
    }
    switch self {
    case .boolean(let values): return .boolean(spread(values, 0))
    case .int32(let values): return .int32(spread(values, 0))
    case .int64(let values): return .int64(spread(values, 0))
    case .uint64(let values): return .uint64(spread(values, 0))
    case .float(let values): return .float(spread(values, 0))
    case .double(let values): return .double(spread(values, 0))
    case .text(let texts):
      var result = Texts(offsets: [0], bytes: texts.bytes), next = 0
      result.offsets.reserveCapacity(isThere.count + 1)
      for isThere in isThere {
        if isThere, next < texts.count { next += 1 }
        result.offsets.append(texts.offsets[next])
      }
      return .text(result)
    }
  }

  /// What the values mean.
  fileprivate func column(as type: ParquetLeafType) throws(ParquetFault) -> Column.Values {
    switch (type.meaning, self) {
    case (_, .boolean(let values)): return .bool(values)
    case (_, .float(let values)): return .float32(values)
    case (_, .double(let values)): return .float64(values)
    case (_, .uint64(let values)): return .uint64(values)
    case (.decimal(let scale, let precision), .int32(let values)):
      return Decimal(scale, precision).column(values.map { Int128($0) })
    case (.decimal(let scale, let precision), .int64(let values)):
      return Decimal(scale, precision).column(values.map { Int128($0) })
    case (.decimal(let scale, let precision), .text(let texts)):
      var numbers: [Int128] = []
      for index in 0..<texts.count { numbers.append(try Int128(bigEndian: texts[index])) }
      return Decimal(scale, precision).column(numbers)
    case (_, .int32(let values)): return Self.integers(values.map { Int64($0) }, type, .int32(values))
    case (_, .int64(let values)): return Self.integers(values, type, .int64(values))
    case (.uuid, .text(let texts)): return .text(Texts((0..<texts.count).map { texts[$0].uuid }))
    case (.half, .text(let texts)):
      return .float32(
        (0..<texts.count).map { index in
          let bytes = Array(texts[index])
          return bytes.count < 2 ? 0 : Float(Float16(bitPattern: UInt16(bytes[0]) | UInt16(bytes[1]) << 8))
        })
    case (_, .text(let texts)): return .text(texts)
    }
  }

  private static func integers(_ values: [Int64], _ type: ParquetLeafType, _ own: Column.Values) -> Column.Values {
    switch type.meaning {
    case .date, .time, .timestamp:
      let factor = type.factor
      return .int64(factor == 1 ? values : values.map { $0 &* factor })
    case .integer:
      switch type.field {
      case .int8: return .int8(values.map { Int8(truncatingIfNeeded: $0) })
      case .int16: return .int16(values.map { Int16(truncatingIfNeeded: $0) })
      case .uint8: return .uint8(values.map { UInt8(truncatingIfNeeded: $0) })
      case .uint16: return .uint16(values.map { UInt16(truncatingIfNeeded: $0) })
      case .uint32: return .uint32(values.map { UInt32(truncatingIfNeeded: $0) })
      case .uint64: return .uint64(values.map { UInt64(bitPattern: $0) })
      case .int32: return .int32(values.map { Int32(truncatingIfNeeded: $0) })
      default: return .int64(values)
      }
    default: return own
    }
  }
}

/// Decimals as doubles, or as texts where they have more digits than those have.
private struct Decimal {
  let scale: Int
  let precision: Int

  init(_ scale: Int, _ precision: Int) { (self.scale, self.precision) = (scale, precision) }

  func column(_ numbers: [Int128]) -> Column.Values {
    guard precision > 15 else {
      // Both are exact, so that the quotient is the nearest double.
      let divisor = (0..<scale).reduce(1.0) { product, _ in product * 10 }
      return .float64(numbers.map { Double($0) / divisor })
    }
    return .text(Texts(numbers.map(text)))
  }

  private func text(_ number: Int128) -> String {
    let digits = String(number.magnitude)
    guard scale > 0 else { return (number < 0 ? "-" : "") + digits }
    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
    return (number < 0 ? "-" : "") + padded.dropLast(scale) + "." + padded.suffix(scale)
  }
}

extension Int128 {
  /// Of at most 16 bytes, signed.
  fileprivate init(bigEndian bytes: ArraySlice<UInt8>) throws(ParquetFault) {
    var value: Int128 = bytes.first ?? 0 >= 0x80 ? -1 : 0
    for byte in bytes.dropLast(16) where byte != (value < 0 ? 0xff : 0) {
      throw ParquetFault.unsupported("decimals of more than 38 digits")
    }
    for byte in bytes.suffix(16) { value = value << 8 | Int128(byte) }
    self = value
  }
}

extension ArraySlice<UInt8> {
  /// In groups of 8, 4, 4, 4 and 12 hexadecimal digits.
  fileprivate var uuid: String {
    var text = ""
    for (index, byte) in enumerated() {
      if [4, 6, 8, 10].contains(index) { text += "-" }
      text += byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
    }
    return text
  }
}

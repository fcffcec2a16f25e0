extension Column {
  /// The values of this column, then those of another of the same kind; of lists and structures only equal kinds.
  package func appending(_ other: Column) -> Column {
    guard count > 0 else { return other }
    guard other.count > 0 else { return self }
    let valid = validity == nil && other.validity == nil ? nil : flags + other.flags
    return Column(joined(other), validity: valid)
  }

  private var flags: [Bool] { validity ?? Array(repeating: true, count: count) }

  private func joined(_ other: Column) -> Values {
    switch (values, other.values) {
    case (.bool(let one), .bool(let two)): return .bool(one + two)
    case (.int8(let one), .int8(let two)): return .int8(one + two)
    case (.int16(let one), .int16(let two)): return .int16(one + two)
    case (.int32(let one), .int32(let two)): return .int32(one + two)
    case (.int64(let one), .int64(let two)): return .int64(one + two)
    case (.uint8(let one), .uint8(let two)): return .uint8(one + two)
    case (.uint16(let one), .uint16(let two)): return .uint16(one + two)
    case (.uint32(let one), .uint32(let two)): return .uint32(one + two)
    case (.uint64(let one), .uint64(let two)): return .uint64(one + two)
    case (.float32(let one), .float32(let two)): return .float32(one + two)
    case (.float64(let one), .float64(let two)): return .float64(one + two)
    case (.text(let one), .text(let two)):
      let end = one.bytes.count
      return .text(Texts(offsets: one.offsets + two.offsets.dropFirst().map { $0 + end }, bytes: one.bytes + two.bytes))
    case (.list(let offsets, let element), .list(let more, let other)):
      let end = offsets.last ?? 0
      return .list(offsets: offsets + more.dropFirst().map { $0 + end }, element: element.appending(other))
    case (.structure(let one), .structure(let two)): return .structure(zip(one, two).map { $0.appending($1) })
    default: preconditionFailure("columns of one kind")
    }
  }
}

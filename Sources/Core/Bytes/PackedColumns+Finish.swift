extension PackedColumns {
  /// Takes out the rows as columns, one for each type of the plan that is not skipped; none are left.
  package func finish() -> (columns: [Column], count: Int) {
    let count = self.count
    let columns = plan.scopes[0].columns.map { column($0, rows: count) }
    for index in plan.scopes.indices { unsafe scopes[index].rows = 0 }
    for index in 0..<plan.lists { unsafe lists[index].count = 0 }
    return (columns, count)
  }

  private func column(_ shape: PackedPlan.Shape, rows: Int) -> Column {
    switch shape {
    case .value(let kind, let slot):
      return Column(unsafe kind.values(at: slots[slot], count: rows))
    case .fixedBytes(let slot, let count):
      let bytes = unsafe [UInt8](copying: slots[slot], count: rows * count)
      return Column(.text(Texts(offsets: offsets(rows: rows, of: count), bytes: bytes)))
    case .fixedList(let kind, let slot, let count):
      let element = Column(unsafe kind.values(at: slots[slot], count: rows * count))
      return Column(.list(offsets: offsets(rows: rows, of: count), element: element))
    case .bytes(let ends, let text):
      let bytes = unsafe texts[text]
      unsafe texts[text] = []
      return Column(.text(Texts(offsets: offsets(rows: rows, in: ends), bytes: bytes)))
    case .list(let kind, let ends, let data):
      let element = Column(unsafe kind.values(at: lists[data].bytes, count: lists[data].count / kind.width))
      return Column(.list(offsets: offsets(rows: rows, in: ends), element: element))
    case .rows(let ends, let scope):
      return Column(.list(offsets: offsets(rows: rows, in: ends), element: element(scope)))
    case .fixedRows(let scope, let count):
      return Column(.list(offsets: offsets(rows: rows, of: count), element: element(scope)))
    case .structure(let members):
      return Column(.structure(members.map { column($0, rows: rows) }))
    }
  }

  private func element(_ scope: Int) -> Column {
    let columns = plan.scopes[scope].columns.map { column($0, rows: unsafe scopes[scope].rows) }
    return plan.scopes[scope].isStructure ? Column(.structure(columns)) : columns[0]
  }

  private func offsets(rows: Int, of count: Int) -> [Int] { (0...rows).map { $0 * count } }

  private func offsets(rows: Int, in slot: Int) -> [Int] {
    unsafe [Int](unsafeUninitializedCapacity: rows + 1) { buffer, count in
      unsafe buffer[0] = 0
      if rows > 0, let ends = unsafe slots[slot] {
        unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[8...])
          .copyMemory(from: UnsafeRawBufferPointer(start: ends, count: rows * 8))
      }
      count = rows + 1
    }
  }
}

extension PackedKind {
  fileprivate func values(at bytes: UnsafeMutableRawPointer?, count: Int) -> Column.Values {
    switch self {
    case .bool: unsafe .bool([UInt8](copying: bytes, count: count))
    case .int8: unsafe .int8([Int8](copying: bytes, count: count))
    case .int16: unsafe .int16([Int16](copying: bytes, count: count))
    case .int32: unsafe .int32([Int32](copying: bytes, count: count))
    case .int64, .time, .duration: unsafe .int64([Int64](copying: bytes, count: count))
    case .uint8: unsafe .uint8([UInt8](copying: bytes, count: count))
    case .uint16: unsafe .uint16([UInt16](copying: bytes, count: count))
    case .uint32: unsafe .uint32([UInt32](copying: bytes, count: count))
    case .uint64: unsafe .uint64([UInt64](copying: bytes, count: count))
    case .float32: unsafe .float32([Float](copying: bytes, count: count))
    case .float64: unsafe .float64([Double](copying: bytes, count: count))
    }
  }
}

extension Array where Element: BitwiseCopyable {
  /// `count` values as they lie in memory.
  fileprivate init(copying bytes: UnsafeMutableRawPointer?, count: Int) {
    unsafe self.init(unsafeUninitializedCapacity: count) { buffer, initialized in
      if let bytes = unsafe bytes, count > 0 {
        unsafe UnsafeMutableRawBufferPointer(buffer)
          .copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: count * MemoryLayout<Element>.stride))
        initialized = count
      }
    }
  }
}

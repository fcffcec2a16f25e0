#if _endian(big)
#error("packed columns are copied as they lie in the message, little-endian")
#endif

/// Columns that grow by a message at a time, each decoded by a `PackedPlan`.
///
/// The interpreter lives here, beside the buffers, so that a message costs one call over the module's border. State is
/// in plain memory behind constant pointers, which spares a check of exclusivity at every access.
@safe package final class PackedColumns {
  let plan: PackedPlan
  private let steps: UnsafeMutablePointer<PackedPlan.Step>
  private let copies: UnsafeMutablePointer<PackedPlan.Copy>
  let scopes: UnsafeMutablePointer<Scope>
  let slots: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  let lists: UnsafeMutablePointer<List>
  let texts: UnsafeMutablePointer<[UInt8]>

  struct Scope: BitwiseCopyable {
    var rows = 0
    var capacity = 0
    var first: Int
    var end: Int
    var minimum: Int
    var isRun: Bool
  }

  /// Numbers of a list column, of all rows.
  @unsafe struct List: BitwiseCopyable {
    var bytes: UnsafeMutableRawPointer?
    var count = 0
    var capacity = 0
  }

  @unsafe private struct Input: BitwiseCopyable {
    var bytes: UnsafeRawPointer
    var count: Int
    var position = 0
    var wanted = Wanted.bytes(0)

    var remaining: Int { unsafe count - position }
  }

  private enum Wanted: BitwiseCopyable {
    case bytes(Int)
    case length(Int)
    case count(Int, most: Int)
  }

  package init(_ plan: PackedPlan) {
    self.plan = plan
    unsafe steps = .allocate(capacity: plan.steps.count)
    unsafe steps.initialize(from: plan.steps, count: plan.steps.count)
    unsafe copies = .allocate(capacity: plan.copies.count)
    unsafe copies.initialize(from: plan.copies, count: plan.copies.count)
    unsafe scopes = .allocate(capacity: plan.scopes.count)
    for (index, scope) in plan.scopes.enumerated() {
      unsafe (scopes + index).initialize(
        to: Scope(
          first: scope.steps.lowerBound, end: scope.steps.upperBound, minimum: scope.minimum, isRun: scope.isRun))
    }
    unsafe slots = .allocate(capacity: plan.strides.count)
    unsafe slots.initialize(repeating: nil, count: plan.strides.count)
    unsafe lists = .allocate(capacity: plan.lists)
    unsafe lists.initialize(repeating: List(bytes: nil), count: plan.lists)
    unsafe texts = .allocate(capacity: plan.texts)
    unsafe texts.initialize(repeating: [], count: plan.texts)
  }

  deinit {
    for index in plan.strides.indices { unsafe slots[index]?.deallocate() }
    for index in 0..<plan.lists { unsafe lists[index].bytes?.deallocate() }
    unsafe texts.deinitialize(count: plan.texts)
    unsafe steps.deallocate()
    unsafe copies.deallocate()
    unsafe scopes.deallocate()
    unsafe slots.deallocate()
    unsafe lists.deallocate()
    unsafe texts.deallocate()
  }

  /// Messages appended since the beginning or `finish`.
  package var count: Int { unsafe scopes[0].rows }

  /// Decodes a message into a row; a message that is too short leaves the columns as they were.
  ///
  /// - Returns: bytes left over behind the last field.
  package func append(_ message: RawSpan) throws(ByteCursor.Failure) -> Int {
    let input = unsafe message.withUnsafeBytes { bytes in
      // An empty span has no address; nothing is read through the one that stands in.
      var input = unsafe Input(bytes: bytes.baseAddress ?? UnsafeRawPointer(scopes), count: bytes.count)
      let isWhole =
        unsafe scopes[0].minimum <= input.count
        ? append(rows: 1, to: scopes, from: &input) : refuse(.bytes(scopes[0].minimum), &input)
      return unsafe (input, isWhole)
    }
    if unsafe input.1 { return unsafe input.0.remaining }
    restore(0)
    throw unsafe failure(input.0)
  }

  /// Appends rows to a scope; their least size is known to be left.
  private func append(rows: Int, to scope: UnsafeMutablePointer<Scope>, from input: inout Input) -> Bool {
    let row = unsafe scope.pointee.rows
    if unsafe row + rows > scope.pointee.capacity { unsafe grow(scope, to: row + rows) }
    let (first, end) = unsafe (scope.pointee.first, scope.pointee.end)
    if unsafe scope.pointee.isRun {
      if first < end, case .run(let firstCopy, let endCopy, let length) = unsafe steps[first] {
        for index in firstCopy..<endCopy {
          unsafe copy(copies[index], rows: rows, from: input.bytes + input.position, step: length, to: row)
        }
        unsafe input.position += rows * length
      }
      unsafe scope.pointee.rows = row + rows
      return true
    }
    for row in row..<row + rows {
      for index in first..<end {
        guard unsafe append(steps[index], row: row, from: &input) else { return false }
      }
      unsafe scope.pointee.rows = row + 1
    }
    return true
  }

  @inline(__always)
  private func append(_ step: PackedPlan.Step, row: Int, from input: inout Input) -> Bool {
    switch step {
    case .run(let first, let end, let length):
      guard unsafe length <= input.remaining else { return unsafe refuse(.bytes(length), &input) }
      let source = unsafe input.bytes + input.position
      for index in first..<end { unsafe copy(copies[index], from: source, to: row) }
      unsafe input.position += length
    case .bytes(let ends, let text):
      guard let count = unsafe count(of: 1, from: &input) else { return false }
      if ends >= 0 {
        unsafe texts[text].append(contentsOf: UnsafeRawBufferPointer(start: input.bytes + input.position, count: count))
        unsafe setEnd(texts[text].count, of: row, in: ends)
      }
      unsafe input.position += count
    case .list(let ends, let data, let width, let kind):
      guard let count = unsafe count(of: width, from: &input) else { return false }
      if ends >= 0 {
        unsafe append(count, of: kind, to: lists + data, from: input.bytes + input.position)
        unsafe setEnd(lists[data].count / width, of: row, in: ends)
      }
      unsafe input.position += count * width
    case .rows(let ends, let scope):
      guard let count = unsafe count(of: scopes[scope].minimum, from: &input) else { return false }
      guard unsafe append(rows: count, to: scopes + scope, from: &input) else { return false }
      if ends >= 0 { unsafe setEnd(scopes[scope].rows, of: row, in: ends) }
    case .fixedRows(let scope, let count):
      guard unsafe count <= input.remaining / scopes[scope].minimum else {
        return unsafe refuse(.bytes(count * scopes[scope].minimum), &input)
      }
      guard unsafe append(rows: count, to: scopes + scope, from: &input) else { return false }
    }
    return true
  }

  /// The count before elements of at least `size` bytes; nil when there is none, or it is more than what is left holds.
  @inline(__always)
  private func count(of size: Int, from input: inout Input) -> Int? {
    guard unsafe input.remaining >= 4 else {
      _ = unsafe refuse(.bytes(4), &input)
      return nil
    }
    let count = unsafe Int((input.bytes + input.position).loadUnaligned(as: UInt32.self))
    let left = unsafe input.remaining - 4
    guard size == 1 ? count <= left : count <= left / size else {
      _ = unsafe refuse(size == 1 ? .length(count) : .count(count, most: left / size), &input)
      return nil
    }
    unsafe input.position += 4
    return count
  }

  @inline(__always)
  private func setEnd(_ end: Int, of row: Int, in slot: Int) {
    unsafe slots[slot]?.storeBytes(of: end, toByteOffset: row * 8, as: Int.self)
  }

  /// Copies one row's value.
  @inline(__always)
  private func copy(_ copy: PackedPlan.Copy, from source: UnsafeRawPointer, to row: Int) {
    guard let slot = unsafe slots[copy.slot] else { return }
    let (source, target) = unsafe (source + copy.offset, slot + row * copy.stride)
    switch copy.code {
    case .one: unsafe target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
    case .two: unsafe target.storeBytes(of: source.loadUnaligned(as: UInt16.self), as: UInt16.self)
    case .four: unsafe target.storeBytes(of: source.loadUnaligned(as: UInt32.self), as: UInt32.self)
    case .eight: unsafe target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
    case .many: unsafe target.copyMemory(from: source, byteCount: copy.stride)
    case .bool: unsafe PackedKind.bool.convert(copy.stride, from: source, to: target)
    case .time: unsafe PackedKind.time.convert(copy.stride, from: source, to: target)
    case .duration: unsafe PackedKind.duration.convert(copy.stride, from: source, to: target)
    }
  }

  /// Copies the values of rows that lie `step` bytes apart, one field after another.
  private func copy(
    _ copy: PackedPlan.Copy, rows: Int, from source: UnsafeRawPointer, step: Int, to row: Int
  ) {
    var source = unsafe source
    for row in row..<row + rows {
      unsafe self.copy(copy, from: source, to: row)
      unsafe source += step
    }
  }

  private func append(
    _ count: Int, of kind: PackedKind, to list: UnsafeMutablePointer<List>, from source: UnsafeRawPointer
  ) {
    let bytes = count * kind.width
    let end = unsafe list.pointee.count + bytes
    if unsafe end > list.pointee.capacity {
      let capacity = unsafe max(end, 2 * list.pointee.capacity, 256)
      unsafe list.pointee.bytes = enlarged(list.pointee.bytes, used: list.pointee.count, to: capacity)
      unsafe list.pointee.capacity = capacity
    }
    if let target = unsafe list.pointee.bytes {
      unsafe kind.convert(bytes, from: source, to: target + list.pointee.count)
    }
    unsafe list.pointee.count = end
  }

  @inline(never)
  private func grow(_ scope: UnsafeMutablePointer<Scope>, to rows: Int) {
    let shape = unsafe plan.scopes[scope - scopes]
    let least = min(max(16 << 10 / max(shape.stride, 1), 1), 1 << 10)
    let capacity = unsafe max(rows, 2 * scope.pointee.capacity, least)
    for slot in shape.slots {
      let stride = plan.strides[slot]
      unsafe slots[slot] = enlarged(slots[slot], used: scope.pointee.rows * stride, to: capacity * stride)
    }
    unsafe scope.pointee.capacity = capacity
  }

  private func enlarged(_ old: UnsafeMutableRawPointer?, used: Int, to capacity: Int) -> UnsafeMutableRawPointer {
    let new = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    if let old = unsafe old {
      unsafe new.copyMemory(from: old, byteCount: used)
      unsafe old.deallocate()
    }
    return unsafe new
  }

  /// Takes back what a message left behind the rows of a scope, in all that hangs on them.
  private func restore(_ index: Int) {
    let rows = unsafe scopes[index].rows
    for step in plan.steps[plan.scopes[index].steps] {
      switch step {
      case .run: break
      case .bytes(let ends, let text):
        guard ends >= 0 else { break }
        unsafe texts[text].removeLast(texts[text].count - end(of: rows, in: ends))
      case .list(let ends, let data, let width, _):
        guard ends >= 0 else { break }
        unsafe lists[data].count = end(of: rows, in: ends) * width
      case .rows(let ends, let scope):
        unsafe scopes[scope].rows = ends >= 0 ? end(of: rows, in: ends) : 0
        restore(scope)
      case .fixedRows(let scope, let count):
        unsafe scopes[scope].rows = rows * count
        restore(scope)
      }
    }
  }

  /// Where the first `rows` rows of a slot of ends end.
  private func end(of rows: Int, in slot: Int) -> Int {
    guard rows > 0, let slot = unsafe slots[slot] else { return 0 }
    return unsafe slot.load(fromByteOffset: (rows - 1) * 8, as: Int.self)
  }

  @inline(never)
  private func refuse(_ wanted: Wanted, _ input: inout Input) -> Bool {
    unsafe input.wanted = wanted
    return false
  }

  private func failure(_ input: Input) -> ByteCursor.Failure {
    let wanted =
      switch unsafe input.wanted {
      case .bytes(let count): unsafe "\(count) bytes, \(input.remaining) left"
      case .length(let count): unsafe "a length of at most \(input.remaining - 4), not \(count)"
      case .count(let count, let most): "a count of at most \(most), not \(count)"
      }
    return unsafe ByteCursor.Failure(offset: input.position, wanted: wanted)
  }
}

extension PackedKind {
  /// Copies numbers, `bytes` bytes of them, as they are in memory.
  @inline(__always)
  fileprivate func convert(_ bytes: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
    switch self {
    case .bool:
      for index in 0..<bytes {
        unsafe target.storeBytes(
          of: source.load(fromByteOffset: index, as: UInt8.self) == 0 ? 0 : 1, toByteOffset: index, as: UInt8.self)
      }
    case .time:
      for index in stride(from: 0, to: bytes, by: 8) {
        let seconds = unsafe source.loadUnaligned(fromByteOffset: index, as: UInt32.self)
        let nanoseconds = unsafe source.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self)
        let value = Int64(seconds) * 1_000_000_000 + Int64(nanoseconds)
        unsafe target.storeBytes(of: value, toByteOffset: index, as: Int64.self)
      }
    case .duration:
      for index in stride(from: 0, to: bytes, by: 8) {
        let seconds = unsafe source.loadUnaligned(fromByteOffset: index, as: Int32.self)
        let nanoseconds = unsafe source.loadUnaligned(fromByteOffset: index + 4, as: Int32.self)
        let value = Int64(seconds) * 1_000_000_000 + Int64(nanoseconds)
        unsafe target.storeBytes(of: value, toByteOffset: index, as: Int64.self)
      }
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float32, .float64:
      unsafe target.copyMemory(from: source, byteCount: bytes)
    }
  }
}

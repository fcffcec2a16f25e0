/// A message type of packed bytes, compiled once: runs of fixed width as copies, variable parts as steps.
///
/// ```
///   type      u32 seq · time stamp · bytes frame_id · u32 id · bool rtr · fixedBytes(8) data · list(structure(f32 x, f32 y))
///   scope 0   run 12 bytes [copy 4 @0 → slot 0, time @4 → slot 1]
///             bytes        [end → slot 2, bytes → text 0]
///             run 13 bytes [copy 4 @0 → slot 3, bool @4 → slot 4, copy 8 @5 → slot 5]
///             rows         [end → slot 6, elements → scope 1]
///   scope 1   run 8 bytes  [copy 4 @0 → slot 7, copy 4 @4 → slot 8]
/// ```
/// A scope is what has rows of its own: the messages, and the elements of each list that is more than numbers. Every
/// slot of a scope has a fixed stride, so that one check of the capacity serves all of them. Of text and lists the slot
/// holds where each row ends; taking back a row needs nothing else.
package struct PackedPlan: Sendable {
  /// Why a type has no plan.
  package enum Refusal: Error, Equatable {
    /// A row takes more than 4 GiB.
    case rowTooLarge
    /// A list of elements that take no bytes.
    case emptyElements
    /// Lists in lists, deeper than `deepest`.
    case tooDeep
  }

  /// Each list in a list costs eight bytes a row, so that their depth bounds memory by the size of the messages.
  package static let deepest = 16

  struct Scope {
    var steps: Range<Int>
    var slots: Range<Int>
    var minimum: Int
    /// Whether all its steps are one run, or none.
    var isRun: Bool
    /// Bytes of a row in all slots.
    var stride: Int
    var columns: [Shape]
    var isStructure: Bool
    var depth: Int
  }

  /// One variable part, or a run of fixed width; indices are −1 where nothing is kept.
  enum Step: BitwiseCopyable {
    case run(first: Int, end: Int, length: Int)
    case bytes(ends: Int, text: Int)
    case list(ends: Int, data: Int, width: Int, kind: PackedKind)
    case rows(ends: Int, scope: Int)
    case fixedRows(scope: Int, count: Int)
  }

  /// Copies from a place in a run to the row's place in a slot.
  struct Copy: BitwiseCopyable {
    enum Code: UInt8, BitwiseCopyable { case one, two, four, eight, many, bool, time, duration }

    var code: Code
    var slot: Int
    var offset: Int
    /// Bytes a row in the slot.
    var stride: Int
  }

  /// What a column is made of when it is finished.
  indirect enum Shape: Sendable {
    case value(PackedKind, slot: Int)
    case fixedBytes(slot: Int, count: Int)
    case fixedList(PackedKind, slot: Int, count: Int)
    case bytes(ends: Int, text: Int)
    case list(PackedKind, ends: Int, data: Int)
    case rows(ends: Int, scope: Int)
    case fixedRows(scope: Int, count: Int)
    case structure([Shape])
  }

  private(set) var scopes: [Scope] = []
  private(set) var steps: [Step] = []
  private(set) var copies: [Copy] = []
  /// Bytes a row, of every slot.
  private(set) var strides: [Int] = []
  private(set) var texts = 0
  private(set) var lists = 0

  private var waiting: [(type: PackedType, depth: Int)] = []
  /// Bytes and first copy of the run that grows while a scope is compiled.
  private var run = (length: 0, first: 0)

  package init(_ columns: [PackedType]) throws(Refusal) {
    waiting = [(.structure(columns), 0)]
    while scopes.count < waiting.count {
      let (type, depth) = waiting[scopes.count]
      try compile(type, depth: depth)
    }
  }

  private mutating func compile(_ type: PackedType, depth: Int) throws(Refusal) {
    let (firstStep, firstSlot) = (steps.count, strides.count)
    let size = try PackedSize(of: type)
    run = (0, copies.count)
    var columns: [Shape] = []
    var isStructure = false
    if case .structure(let members) = type {
      isStructure = true
      for member in members {
        if let shape = try append(member, depth: depth) { columns.append(shape) }
      }
    } else if let shape = try append(type, depth: depth) {
      columns.append(shape)
    }
    endRun()
    let slots = firstSlot..<strides.count
    var isRun = steps.count == firstStep
    if steps.count == firstStep + 1, case .run = steps[firstStep] { isRun = true }
    scopes.append(
      Scope(
        steps: firstStep..<steps.count, slots: slots, minimum: size.minimum, isRun: isRun,
        stride: strides[slots].reduce(0, +), columns: columns, isStructure: isStructure, depth: depth))
  }

  /// Adds what reads a value to the scope; nil when nothing is kept of it.
  private mutating func append(_ type: PackedType, depth: Int) throws(Refusal) -> Shape? {
    switch type {
    case .value(let kind):
      return .value(kind, slot: copy(kind, count: 1))
    case .fixedBytes(let count):
      return .fixedBytes(slot: copy(.uint8, count: count), count: count)
    case .fixedList(.value(let kind), let count):
      return .fixedList(kind, slot: copy(kind, count: count), count: count)
    case .bytes:
      let ends = slot(8)
      add(.bytes(ends: ends, text: texts))
      texts += 1
      return .bytes(ends: ends, text: texts - 1)
    case .list(.value(let kind)):
      let ends = slot(8)
      add(.list(ends: ends, data: lists, width: kind.width, kind: kind))
      lists += 1
      return .list(kind, ends: ends, data: lists - 1)
    case .list(let element):
      guard try PackedSize(of: element).minimum > 0 else { throw .emptyElements }
      let (ends, scope) = (slot(8), try scope(of: element, depth: depth + 1))
      add(.rows(ends: ends, scope: scope))
      return .rows(ends: ends, scope: scope)
    case .fixedList(let element, let count):
      guard try PackedSize(of: element).minimum > 0 else { throw .emptyElements }
      let scope = try scope(of: element, depth: depth + 1)
      add(.fixedRows(scope: scope, count: count))
      return .fixedRows(scope: scope, count: count)
    case .structure(let members):
      var shapes: [Shape] = []
      for member in members {
        if let shape = try append(member, depth: depth) { shapes.append(shape) }
      }
      return .structure(shapes)
    case .skipped(let type):
      try skip(type, depth: depth)
      return nil
    }
  }

  private mutating func skip(_ type: PackedType, depth: Int) throws(Refusal) {
    let size = try PackedSize(of: type)
    if size.isFixed {
      run.length += size.minimum
      return
    }
    switch type {
    case .value, .fixedBytes: break
    case .bytes: add(.bytes(ends: -1, text: -1))
    case .list(let element):
      let size = try PackedSize(of: element)
      guard size.minimum > 0 else { throw .emptyElements }
      if size.isFixed {
        add(.list(ends: -1, data: -1, width: size.minimum, kind: .uint8))
      } else {
        add(.rows(ends: -1, scope: try scope(of: .skipped(element), depth: depth + 1)))
      }
    case .fixedList(let element, let count):
      add(.fixedRows(scope: try scope(of: .skipped(element), depth: depth + 1), count: count))
    case .structure(let members):
      for member in members { try skip(member, depth: depth) }
    case .skipped(let type): try skip(type, depth: depth)
    }
  }

  private mutating func copy(_ kind: PackedKind, count: Int) -> Int {
    let bytes = kind.width * count
    let code: Copy.Code =
      switch kind {
      case .bool: .bool
      case .time: .time
      case .duration: .duration
      default:
        switch bytes {
        case 1: .one
        case 2: .two
        case 4: .four
        case 8: .eight
        default: .many
        }
      }
    copies.append(Copy(code: code, slot: slot(bytes), offset: run.length, stride: bytes))
    run.length += bytes
    return strides.count - 1
  }

  private mutating func slot(_ stride: Int) -> Int {
    strides.append(stride)
    return strides.count - 1
  }

  private mutating func scope(of element: PackedType, depth: Int) throws(Refusal) -> Int {
    guard depth <= Self.deepest else { throw .tooDeep }
    waiting.append((element, depth))
    return waiting.count - 1
  }

  private mutating func add(_ step: Step) {
    endRun()
    steps.append(step)
  }

  private mutating func endRun() {
    if run.length > 0 { steps.append(.run(first: run.first, end: copies.count, length: run.length)) }
    run = (0, copies.count)
  }
}

import Core

/// One value of a table, written out: what columns are made of and compared with in tests.
indirect enum Cell: Sendable, Equatable {
  case missing
  case bool(Bool)
  case integer(Int64)
  case unsigned(UInt64)
  case number(Double)
  case text([UInt8])
  case list([Cell])
  case structure([Cell])

  static func text(_ text: String) -> Cell { .text([UInt8](text.utf8)) }
}

extension Column {
  /// A column of cells; where one is missing there are values that must never be seen.
  init(_ cells: [Cell], _ type: FieldType) {
    let validity = cells.contains(.missing) ? cells.map { $0 != .missing } : nil
    let cells = cells.map { $0 == .missing ? Cell.unseen(type) : $0 }
    self.init(Self.values(cells, type), validity: validity)
  }

  private static func values(_ cells: [Cell], _ type: FieldType) -> Values {
    switch type {
    case .bool: .bool(cells.map { if case .bool(true) = $0 { 1 } else { 0 } })
    case .int8: .int8(cells.map { Int8($0.asInteger) })
    case .int16: .int16(cells.map { Int16($0.asInteger) })
    case .int32: .int32(cells.map { Int32($0.asInteger) })
    case .int64, .time, .duration, .timestamp: .int64(cells.map(\.asInteger))
    case .uint8: .uint8(cells.map { UInt8($0.asInteger) })
    case .uint16: .uint16(cells.map { UInt16($0.asInteger) })
    case .uint32: .uint32(cells.map { UInt32($0.asInteger) })
    case .uint64: .uint64(cells.map { if case .unsigned(let value) = $0 { value } else { 0 } })
    case .float32: .float32(cells.map { Float($0.asNumber) })
    case .float64: .float64(cells.map(\.asNumber))
    case .string, .bytes:
      .text(
        cells.reduce(into: Texts()) { texts, cell in
          if case .text(let bytes) = cell { texts.append(bytes) }
        })
    case .list(let element):
      .list(
        offsets: cells.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.parts.count) },
        element: Column(cells.flatMap(\.parts), element))
    case .structure(let fields):
      .structure(fields.indices.map { index in Column(cells.map { $0.parts[index] }, fields[index].type) })
    }
  }
}

extension Batch {
  init(_ fields: [Field], _ columns: [[Cell]]) {
    self.init(
      schema: Schema(fields), columns: zip(columns, fields).map { Column($0, $1.type) },
      count: columns.first?.count ?? 0)
  }
}

extension Cell {
  fileprivate var asInteger: Int64 { if case .integer(let value) = self { value } else { 0 } }
  fileprivate var asNumber: Double { if case .number(let value) = self { value } else { 0 } }

  fileprivate var parts: [Cell] {
    switch self {
    case .list(let parts), .structure(let parts): parts
    default: []
    }
  }

  fileprivate static func unseen(_ type: FieldType) -> Cell {
    switch type {
    case .bool: .bool(true)
    case .int8, .int16, .int32, .int64, .time, .duration, .timestamp, .uint8, .uint16, .uint32: .integer(99)
    case .uint64: .unsigned(.max)
    case .float32, .float64: .number(.nan)
    case .string, .bytes: .text([0xff, 0xfe])
    case .list(let element): .list([unseen(element), unseen(element)])
    case .structure(let fields): .structure(fields.map { unseen($0.type) })
    }
  }
}

/// A generator whose values are the same in every run.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// True once in `count` times.
  mutating func oneIn(_ count: Int) -> Bool { next() % UInt64(count) == 0 }
}

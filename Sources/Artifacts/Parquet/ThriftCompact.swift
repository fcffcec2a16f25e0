import Core

/// Writes Thrift's compact protocol: the language of Parquet's metadata.
///
/// ```
///   struct    field field … 00
///   field     id - previous id << 4 | type   value          distance 1…15
///             0 << 4 | type   zigzag id      value          otherwise
///   boolean   its type is its value: 1 true, 2 false
///   integer   zigzag varint                  binary   varint length, bytes
///   list      size << 4 | type               size < 15
///             F << 4 | type   varint size    otherwise
/// ```
/// Optional fields are given as nil and left out. Fields of a struct must be written by ascending id.
/// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
struct ThriftCompact {
  private(set) var bytes: [UInt8] = []
  private var previous = 0

  enum Kind: UInt8 {
    case yes = 1, no = 2, int8 = 3, int16 = 4, int32 = 5, int64 = 6, binary = 8, list = 9, structure = 12
  }

  init() {}

  /// A whole struct that stands alone.
  init(_ body: (inout ThriftCompact) -> Void) {
    body(&self)
    bytes.append(0)
  }

  mutating func bool(_ id: Int, _ value: Bool?) {
    if let value { field(id, value ? .yes : .no) }
  }

  mutating func int8(_ id: Int, _ value: Int8) {
    field(id, .int8)
    bytes.append(UInt8(bitPattern: value))
  }

  mutating func int16(_ id: Int, _ value: Int16) { integer(id, .int16, Int64(value)) }
  mutating func int32(_ id: Int, _ value: Int32?) { if let value { integer(id, .int32, Int64(value)) } }
  mutating func int64(_ id: Int, _ value: Int?) { if let value { integer(id, .int64, Int64(value)) } }
  mutating func string(_ id: Int, _ value: String) { binary(id, [UInt8](value.utf8)) }

  mutating func binary(_ id: Int, _ value: [UInt8]?) {
    guard let value else { return }
    field(id, .binary)
    element(value)
  }

  mutating func structure(_ id: Int, _ body: (inout ThriftCompact) -> Void) {
    field(id, .structure)
    element(body)
  }

  /// A union whose chosen member is an empty struct.
  mutating func choice(_ id: Int, _ member: Int) {
    structure(id) { $0.structure(member) { _ in } }
  }

  mutating func list<Element>(
    _ id: Int, _ kind: Kind, _ elements: [Element], _ write: (inout ThriftCompact, Element) -> Void
  ) {
    field(id, .list)
    if elements.count < 15 {
      bytes.append(UInt8(elements.count) << 4 | kind.rawValue)
    } else {
      bytes.append(0xf0 | kind.rawValue)
      bytes.append(varint: UInt64(elements.count))
    }
    for element in elements { write(&self, element) }
  }

  mutating func element(_ value: Int32) { bytes.append(varint: Self.zigzag(Int64(value))) }
  mutating func element(_ value: Int) { bytes.append(varint: Self.zigzag(Int64(value))) }
  mutating func element(_ value: Bool) { bytes.append((value ? Kind.yes : Kind.no).rawValue) }

  mutating func element(_ value: [UInt8]) {
    bytes.append(varint: UInt64(value.count))
    bytes += value
  }

  mutating func element(_ body: (inout ThriftCompact) -> Void) {
    let outer = previous
    previous = 0
    body(&self)
    bytes.append(0)
    previous = outer
  }

  private mutating func integer(_ id: Int, _ kind: Kind, _ value: Int64) {
    field(id, kind)
    bytes.append(varint: Self.zigzag(value))
  }

  private mutating func field(_ id: Int, _ kind: Kind) {
    let distance = id - previous
    if distance >= 1, distance <= 15 {
      bytes.append(UInt8(distance) << 4 | kind.rawValue)
    } else {
      bytes.append(kind.rawValue)
      bytes.append(varint: Self.zigzag(Int64(id)))
    }
    previous = id
  }

  static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
}

extension [UInt8] {
  /// Seven bits a byte, the lowest first; the highest bit says that more follow.
  mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  mutating func append(littleEndian value: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) { append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }
}

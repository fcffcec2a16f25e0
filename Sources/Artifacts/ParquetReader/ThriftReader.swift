import Core

/// Reads Thrift's compact protocol (see `ThriftCompact`): nothing is taken that is not there, and unknown fields are
/// passed over.
struct ThriftReader {
  enum Kind: UInt8 {
    case yes = 1, no, int8, int16, int32, int64, double, binary, list, set, map, structure
  }

  private let bytes: [UInt8]
  private(set) var position: Int
  /// Where `bytes` begin in the file.
  private let base: Int
  private static let deepest = 64

  init(_ bytes: [UInt8], from position: Int = 0, base: Int = 0) {
    (self.bytes, self.position, self.base) = (bytes, position, base)
  }

  /// The fields of a struct; what `field` does not take (false) is passed over.
  mutating func structure(
    _ field: (inout ThriftReader, _ id: Int, _ kind: Kind) throws(ParquetFault) -> Bool
  ) throws(ParquetFault) {
    var previous = 0
    while true {
      let byte = try byte()
      if byte == 0 { return }
      let kind = try kind(byte & 15)
      let distance = Int(byte >> 4)
      let id = distance == 0 ? Int(truncatingIfNeeded: try zigzag()) : previous &+ distance
      previous = id
      let start = position
      if try !field(&self, id, kind) {
        position = start
        try skip(kind, depth: 0)
      }
    }
  }

  /// The elements of a list, each of which `element` must take.
  mutating func list(
    _ element: (inout ThriftReader, _ kind: Kind) throws(ParquetFault) -> Void
  ) throws(ParquetFault) {
    let (kind, count) = try listHeader()
    for _ in 0..<count { try element(&self, kind) }
  }

  mutating func integer(_ kind: Kind) throws(ParquetFault) -> Int {
    switch kind {
    case .int8: return Int(Int8(bitPattern: try byte()))
    case .int16, .int32, .int64: return Int(try zigzag())
    default: throw fault("an integer, not \(kind)")
    }
  }

  /// Of a field, whose kind is its value.
  mutating func bool(_ kind: Kind) throws(ParquetFault) -> Bool {
    guard kind == .yes || kind == .no else { throw fault("a boolean, not \(kind)") }
    return kind == .yes
  }

  mutating func binary(_ kind: Kind) throws(ParquetFault) -> [UInt8] {
    guard kind == .binary else { throw fault("bytes, not \(kind)") }
    let count = try count()
    position += count
    return Array(bytes[position - count..<position])
  }

  mutating func string(_ kind: Kind) throws(ParquetFault) -> String {
    String(decoding: try binary(kind), as: UTF8.self)
  }

  func fault(_ wanted: String) -> ParquetFault { ParquetFault("metadata", at: base + position, "wanted \(wanted)") }

  private mutating func skip(_ kind: Kind, depth: Int) throws(ParquetFault) {
    guard depth < Self.deepest else { throw fault("metadata nested less than \(Self.deepest) deep") }
    switch kind {
    case .yes, .no: break
    case .int8: _ = try byte()
    case .int16, .int32, .int64: _ = try varint()
    case .double: try advance(8)
    case .binary: try advance(count())
    case .list, .set:
      let (inner, count) = try listHeader()
      for _ in 0..<count {
        if inner == .yes || inner == .no { _ = try byte() } else { try skip(inner, depth: depth + 1) }
      }
    case .map:
      let count = try count()
      guard count > 0 else { break }
      let kinds = try byte()
      let (key, value) = (try self.kind(kinds >> 4), try self.kind(kinds & 15))
      for _ in 0..<count {
        try skip(key, depth: depth + 1)
        try skip(value, depth: depth + 1)
      }
    case .structure:
      while true {
        let byte = try byte()
        if byte == 0 { return }
        if byte >> 4 == 0 { _ = try zigzag() }
        try skip(self.kind(byte & 15), depth: depth + 1)
      }
    }
  }

  /// Each element takes a byte at least.
  private mutating func listHeader() throws(ParquetFault) -> (Kind, Int) {
    let byte = try byte()
    let count = byte >> 4 == 15 ? try count() : Int(byte >> 4)
    guard count <= bytes.count - position else { throw fault("a list of at most \(bytes.count - position) elements") }
    return (try kind(byte & 15), count)
  }

  private mutating func kind(_ number: UInt8) throws(ParquetFault) -> Kind {
    guard let kind = Kind(rawValue: number) else { throw fault("a type from 1 to 12, not \(number)") }
    return kind
  }

  private mutating func count() throws(ParquetFault) -> Int {
    let value = try varint()
    guard value <= UInt64(bytes.count - position) else {
      throw fault("at most \(bytes.count - position) bytes, not \(value)")
    }
    return Int(value)
  }

  private mutating func advance(_ count: Int) throws(ParquetFault) {
    guard count <= bytes.count - position else { throw fault("\(count) bytes more") }
    position += count
  }

  private mutating func byte() throws(ParquetFault) -> UInt8 {
    guard position < bytes.count else { throw fault("a byte more") }
    position += 1
    return bytes[position - 1]
  }

  private mutating func zigzag() throws(ParquetFault) -> Int64 {
    let value = try varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  private mutating func varint() throws(ParquetFault) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = try byte()
      value |= shift < 64 ? UInt64(byte & 0x7f) << shift : 0
      if byte < 0x80 { return value }
    }
    throw fault("an integer of at most 10 bytes")
  }
}

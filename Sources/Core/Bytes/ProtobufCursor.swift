/// Reads the fields of one protocol buffer message from bytes it does not own.
///
/// ```
///   message  (key payload)*        key = varint: field << 3 | wire type
///   wire 0   varint                7 bits a byte, the lowest first; a set high bit says that more follow
///   wire 1   8 bytes               wire 2   length: varint, then so many bytes        wire 5   4 bytes
/// ```
/// https://protobuf.dev/programming-guides/encoding. `next` moves to a field and leaves out what was not read of the
/// one before; reading a field as what its wire type is not is a `ByteCursor.Failure`.
package struct ProtobufCursor: ~Escapable {
  package typealias Failure = ByteCursor.Failure

  private let bytes: RawSpan
  private let base: Int
  private var position = 0
  /// Where the present field's payload begins, of what kind it is, and whether it was read.
  private var wire: UInt8 = 0
  private var isRead = true

  /// `base` is where `bytes` begin in the file; errors count from there.
  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan, at base: Int = 0) {
    self.bytes = bytes
    self.base = base
  }

  package var offset: Int { base + position }

  /// A failure at this place.
  package func failure(_ wanted: String) -> Failure { Failure(offset: offset, wanted: wanted) }

  /// The number of the next field; nil at the end of the message.
  package mutating func next() throws(Failure) -> Int? {
    if !isRead { try skip() }
    guard position < bytes.byteCount else { return nil }
    let start = position
    let key = try varint(upTo: bytes.byteCount)
    guard key >> 3 > 0, key >> 3 < 1 << 29, [0, 1, 2, 5].contains(key & 7) else {
      throw Failure(offset: base + start, wanted: "the key of a field, not \(key)")
    }
    wire = UInt8(key & 7)
    isRead = false
    return Int(key >> 3)
  }

  package mutating func unsigned() throws(Failure) -> UInt64 {
    try expect(0, "a varint")
    return try varint(upTo: bytes.byteCount)
  }

  /// An `int32`, `int64` or `bool`: negative numbers are ten bytes.
  package mutating func integer() throws(Failure) -> Int64 { Int64(bitPattern: try unsigned()) }

  /// A `sint32` or `sint64`.
  package mutating func signed() throws(Failure) -> Int64 { Self.zigzag(try unsigned()) }

  /// Where bytes, a text or a message lie in the bytes that this cursor reads.
  package mutating func range() throws(Failure) -> Range<Int> {
    try expect(2, "bytes after their length")
    let start = offset
    let length = try varint(upTo: bytes.byteCount)
    guard length <= UInt64(bytes.byteCount - position) else {
      throw Failure(offset: start, wanted: "a length of at most \(bytes.byteCount - position), not \(length)")
    }
    defer { position += Int(length) }
    return position..<position + Int(length)
  }

  @_lifetime(copy self)
  package mutating func message() throws(Failure) -> ProtobufCursor {
    let range = try range()
    return ProtobufCursor(bytes.extracting(range), at: base + range.lowerBound)
  }

  package mutating func string() throws(Failure) -> String {
    let text = bytes.extracting(try range())
    return unsafe text.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }

  /// Numbers of a repeated field, packed or one of them, after those that `values` has.
  package mutating func append(to values: inout [UInt64]) throws(Failure) {
    guard wire == 2 else { return values.append(try unsigned()) }
    try unpack { values.append($0) }
  }

  /// The same of a `sint64`.
  package mutating func appendSigned(to values: inout [Int64]) throws(Failure) {
    guard wire == 2 else { return values.append(try signed()) }
    try unpack { values.append(Self.zigzag($0)) }
  }

  /// The same of a `sint64` where each is what is added to the one before; the first of a message to 0.
  package mutating func appendDeltas(to values: inout [Int64]) throws(Failure) {
    var last = values.last ?? 0
    guard wire == 2 else { return values.append(last &+ (try signed())) }
    try unpack {
      last = last &+ Self.zigzag($0)
      values.append(last)
    }
  }

  private mutating func unpack(_ take: (UInt64) -> Void) throws(Failure) {
    let packed = try range()
    position = packed.lowerBound
    while position < packed.upperBound { take(try varint(upTo: packed.upperBound)) }
  }

  private mutating func skip() throws(Failure) {
    switch wire {
    case 0: _ = try unsigned()
    case 2: _ = try range()
    default:
      let count = wire == 1 ? 8 : 4
      guard count <= bytes.byteCount - position else {
        throw Failure(offset: offset, wanted: "\(count) bytes, \(bytes.byteCount - position) left")
      }
      position += count
      isRead = true
    }
  }

  private mutating func expect(_ wanted: UInt8, _ what: String) throws(Failure) {
    guard !isRead, wire == wanted else { throw Failure(offset: offset, wanted: "\(what), not wire type \(wire)") }
    isRead = true
  }

  private mutating func varint(upTo end: Int) throws(Failure) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    let start = position
    while position < end {
      let byte = bytes.u8(at: position)
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 {
        guard shift < 63 || byte < 2 else { break }
        return value
      }
      shift += 7
      guard shift < 64 else { break }
    }
    throw Failure(offset: base + start, wanted: "a varint of at most 64 bits that ends")
  }

  private static func zigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
}

import Core

/// A property's value.
enum TDMSProperty: Hashable, Sendable {
  case integer(Int64)
  case unsigned(UInt64)
  case number(Double)
  case bool(Bool)
  case string(String)
  case timestamp(TDMSTimestamp)
  case complex(Double, Double)

  /// A name, a type and a value.
  static func read(
    from input: inout ByteCursor, bigEndian: Bool
  ) throws(ByteCursor.Failure) -> (name: String, value: TDMSProperty?) {
    let name = try input.tdmsString(bigEndian)
    let number = try input.u32(bigEndian)
    guard let type = TDMSType(rawValue: number) else {
      throw input.fail("a type of property, not \(number)")
    }
    return (name, try value(of: type, from: &input, bigEndian: bigEndian))
  }

  /// Nil for a property without a value.
  private static func value(
    of type: TDMSType, from input: inout ByteCursor, bigEndian: Bool
  ) throws(ByteCursor.Failure) -> TDMSProperty? {
    switch type {
    case .int8: .integer(Int64(try input.i8()))
    case .int16: .integer(Int64(Int16(bitPattern: try input.u16(bigEndian))))
    case .int32: .integer(Int64(Int32(bitPattern: try input.u32(bigEndian))))
    case .int64: .integer(Int64(bitPattern: try input.u64(bigEndian)))
    case .uint8: .integer(Int64(try input.u8()))
    case .uint16: .integer(Int64(try input.u16(bigEndian)))
    case .uint32: .integer(Int64(try input.u32(bigEndian)))
    case .uint64: .unsigned(try input.u64(bigEndian))
    case .float32, .float32WithUnit: .number(Double(try input.f32(bigEndian)))
    case .float64, .float64WithUnit: .number(try input.f64(bigEndian))
    case .bool: .bool(try input.u8() != 0)
    case .string: .string(try input.tdmsString(bigEndian))
    case .timestamp: .timestamp(try input.tdmsTimestamp(bigEndian))
    case .complex64: .complex(Double(try input.f32(bigEndian)), Double(try input.f32(bigEndian)))
    case .complex128: .complex(try input.f64(bigEndian), try input.f64(bigEndian))
    case .void: nil
    case .extended, .extendedWithUnit, .fixedPoint, .daqmx:
      throw input.fail("a type of property whose width is known, not \(type)")
    }
  }

  /// The number it is, for scales and times.
  var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    case .bool, .string, .timestamp, .complex: nil
    }
  }

  var text: String? { if case .string(let value) = self { value } else { nil } }
}

/// Numbers in a segment's byte order.
extension ByteCursor {
  mutating func u16(_ bigEndian: Bool) throws(Failure) -> UInt16 { bigEndian ? try u16BigEndian() : try u16() }
  mutating func u32(_ bigEndian: Bool) throws(Failure) -> UInt32 { bigEndian ? try u32BigEndian() : try u32() }
  mutating func u64(_ bigEndian: Bool) throws(Failure) -> UInt64 { bigEndian ? try u64BigEndian() : try u64() }
  mutating func f32(_ bigEndian: Bool) throws(Failure) -> Float { bigEndian ? try f32BigEndian() : try f32() }
  mutating func f64(_ bigEndian: Bool) throws(Failure) -> Double { bigEndian ? try f64BigEndian() : try f64() }

  /// A count of things of at least `size` bytes, at most as many as fit into what is left.
  mutating func count(of size: Int, _ bigEndian: Bool) throws(Failure) -> Int {
    let start = offset
    let value = Int(try u32(bigEndian))
    guard value <= remaining / size else {
      throw Failure(offset: start, wanted: "a count of at most \(remaining / size), not \(value)")
    }
    return value
  }

  mutating func tdmsString(_ bigEndian: Bool) throws(Failure) -> String {
    try string(count(of: 1, bigEndian))
  }

  /// Little-endian has the fraction first, big-endian the seconds.
  mutating func tdmsTimestamp(_ bigEndian: Bool) throws(Failure) -> TDMSTimestamp {
    let first = try u64(bigEndian), second = try u64(bigEndian)
    return bigEndian
      ? TDMSTimestamp(seconds: Int64(bitPattern: first), fraction: second)
      : TDMSTimestamp(seconds: Int64(bitPattern: second), fraction: first)
  }
}

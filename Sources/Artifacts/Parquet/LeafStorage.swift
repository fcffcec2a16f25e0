import Core

/// Parquet's `Type`: how values lie in pages.
enum PhysicalType: Int32 {
  case boolean = 0, int32 = 1, int64 = 2, float = 4, double = 5, byteArray = 6

  /// Bytes a value takes; of byte arrays, those of the length; booleans take an eighth.
  var width: Int {
    switch self {
    case .boolean: 1
    case .int32, .float, .byteArray: 4
    case .int64, .double: 8
    }
  }
}

/// What values mean beyond their physical type; written twice, for readers before and after LogicalType.
enum Annotation: Sendable, Equatable {
  case string, list, map
  /// Microseconds since 1970 in UTC.
  case timestamp
  case integer(bits: Int8, isSigned: Bool)

  /// Parquet's `ConvertedType`.
  var converted: Int32 {
    switch self {
    case .string: 0
    case .map: 1
    case .list: 3
    case .timestamp: 10
    case .integer(let bits, let isSigned): (isSigned ? 15 : 11) + Int32(bits.trailingZeroBitCount - 3)
    }
  }
}

/// How a leaf's values are stored.
///
/// Unsigned integers keep their type where pyarrow, DuckDB, polars and Spark all read it right (8, 16 and 64 bits,
/// tested); 32 bits widen to the signed type that every engine has. Nanoseconds are plain integers: Spark up to 3.5
/// refuses TIMESTAMP(NANOS).
struct LeafStorage: Sendable, Equatable {
  var physical: PhysicalType
  var annotation: Annotation?

  init(_ type: FieldType, uint64: TableOptions.Unsigned64) {
    (physical, annotation) =
      switch type {
      case .bool: (.boolean, nil)
      case .int8: (.int32, .integer(bits: 8, isSigned: true))
      case .int16: (.int32, .integer(bits: 16, isSigned: true))
      case .int32: (.int32, .integer(bits: 32, isSigned: true))
      case .uint8: (.int32, .integer(bits: 8, isSigned: false))
      case .uint16: (.int32, .integer(bits: 16, isSigned: false))
      case .int64, .uint32, .time, .duration: (.int64, nil)
      case .timestamp: (.int64, .timestamp)
      case .float32: (.float, nil)
      case .float64: (.double, nil)
      case .string: (.byteArray, .string)
      case .bytes: (.byteArray, nil)
      case .uint64:
        switch uint64 {
        case .unsigned: (.int64, .integer(bits: 64, isSigned: false))
        case .int64OrNull: (.int64, nil)
        case .string: (.byteArray, .string)
        }
      case .list, .structure: preconditionFailure("a leaf holds single values")
      }
  }
}

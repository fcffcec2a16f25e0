/// How a value lies in a message of packed little-endian bytes without alignment, and the column it becomes.
///
/// ```
///   value(.float64)              8 bytes                          one value a row
///   bytes                        u32 length, bytes                text
///   fixedBytes(4)                4 bytes                          text of 4 bytes
///   list(e)                      u32 count, elements              list
///   fixedList(e, 9)              9 elements                       list of 9
///   structure([a, b])            a, then b                        structure
///   skipped(t)                   as t                             no column
/// ```
/// A structure without members takes no bytes; a list of such has nothing to bound its count by, so it is refused.
package indirect enum PackedType: Sendable, Hashable {
  case value(PackedKind)
  case bytes
  case fixedBytes(Int)
  case list(PackedType)
  case fixedList(PackedType, Int)
  case structure([PackedType])
  case skipped(PackedType)
}

/// A number of fixed width in a packed message.
package enum PackedKind: UInt8, Sendable, BitwiseCopyable {
  /// One byte; any but 0 is true, and becomes 1.
  case bool
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case float32, float64
  /// u32 seconds, u32 nanoseconds; becomes nanoseconds.
  case time
  /// i32 seconds, i32 nanoseconds; becomes nanoseconds.
  case duration

  /// Bytes of a value, in a message as in memory.
  package var width: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64, .time, .duration: 8
    }
  }
}

/// How many bytes a value takes.
struct PackedSize {
  /// At least.
  var minimum: Int
  /// Whether it is also the most.
  var isFixed: Bool

  /// A message of ROS, and a length in it, is a u32.
  static let limit = Int(UInt32.max)

  init(of type: PackedType) throws(PackedPlan.Refusal) {
    switch type {
    case .value(let kind):
      (minimum, isFixed) = (kind.width, true)
    case .bytes, .list:
      (minimum, isFixed) = (4, false)
    case .fixedBytes(let count):
      (minimum, isFixed) = (count, true)
    case .fixedList(let element, let count):
      let size = try PackedSize(of: element)
      let (product, overflow) = size.minimum.multipliedReportingOverflow(by: count)
      (minimum, isFixed) = (overflow ? .max : product, size.isFixed)
    case .structure(let members):
      self = try PackedSize(of: members)
    case .skipped(let type):
      self = try PackedSize(of: type)
    }
    guard 0...Self.limit ~= minimum else { throw .rowTooLarge }
  }

  init(of members: [PackedType]) throws(PackedPlan.Refusal) {
    (minimum, isFixed) = (0, true)
    for member in members {
      let size = try PackedSize(of: member)
      minimum += size.minimum
      isFixed = isFixed && size.isFixed
      guard minimum <= Self.limit else { throw .rowTooLarge }
    }
  }
}

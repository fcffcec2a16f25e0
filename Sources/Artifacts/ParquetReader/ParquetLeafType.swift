import Core

/// How a leaf's values lie in pages, and what they become.
struct ParquetLeafType: Sendable, Equatable {
  enum Physical: Int, Sendable {
    case boolean = 0, int32, int64, int96, float, double, byteArray, fixed
  }

  /// What the stored values mean.
  enum Meaning: Sendable, Equatable {
    case asStored
    case integer(bits: Int, isSigned: Bool)
    case date
    /// In so many nanoseconds; of the day.
    case time(Int64)
    /// In so many nanoseconds, since 1970.
    case timestamp(Int64)
    case decimal(scale: Int, precision: Int)
    case text, uuid, half
  }

  let physical: Physical
  /// Bytes of a fixed value.
  let width: Int
  let meaning: Meaning

  init(_ element: ParquetFooter.Element, _ number: Int) throws(ParquetFault) {
    guard let physical = Physical(rawValue: number) else {
      throw ParquetFault("schema", at: 0, "wanted a physical type from 0 to 7, not \(number)")
    }
    self.physical = physical
    width = physical == .fixed ? element.width : 0
    if physical == .fixed, !(1...(1 << 20) ~= element.width) {
      throw ParquetFault("schema", at: 0, "wanted a fixed width of 1 to \(1 << 20), not \(element.width)")
    }
    meaning = Self.meaning(element, physical)
    if case .decimal(let scale, let precision) = meaning, scale < 0 || scale > precision || precision > 100 {
      throw ParquetFault("schema", at: 0, "a decimal of \(precision) digits with \(scale) behind the point")
    }
  }

  private static func meaning(_ element: ParquetFooter.Element, _ physical: Physical) -> Meaning {
    let scales: [Int: Int64] = [1: 1_000_000, 2: 1000, 3: 1]
    let logical = element.logical
    switch physical {
    case .boolean, .float, .double, .int96: return .asStored
    case .int32, .int64:
      switch (logical?.number, element.converted) {
      case (5?, _), (_, 5?): return .decimal(scale: element.scale, precision: element.precision)
      case (6?, _), (_, 6?): return .date
      case (7?, _): return .time(scales[logical?.unit ?? 0] ?? 1)
      case (8?, _): return .timestamp(scales[logical?.unit ?? 0] ?? 1)
      case (10?, _): return .integer(bits: logical?.unit ?? 32, isSigned: logical?.isSigned ?? true)
      case (_, 7?): return .time(1_000_000)
      case (_, 8?): return .time(1000)
      case (_, 9?): return .timestamp(1_000_000)
      case (_, 10?): return .timestamp(1000)
      case (_, let converted?) where 11...18 ~= converted:
        return .integer(bits: 8 << ((converted - 11) % 4), isSigned: converted >= 15)
      default: return .integer(bits: physical == .int32 ? 32 : 64, isSigned: true)
      }
    case .byteArray, .fixed:
      switch (logical?.number, element.converted) {
      case (5?, _), (_, 5?): return .decimal(scale: element.scale, precision: element.precision)
      case (1?, _), (4?, _), (12?, _), (_, 0?), (_, 4?), (_, 19?): return .text
      case (14?, _) where element.width == 16: return .uuid
      case (15?, _) where element.width == 2: return .half
      default: return .asStored
      }
    }
  }

  /// What a stored integer times this is in the column's unit: dates and milliseconds become microseconds, times of the
  /// day nanoseconds.
  var factor: Int64 {
    switch meaning {
    case .date: 86_400_000_000
    case .time(let unit): unit
    case .timestamp(let unit): unit == 1_000_000 ? 1000 : 1
    default: 1
    }
  }

  /// Decimals of more digits than a double has are texts.
  private static let doubleDigits = 15

  var field: FieldType {
    switch meaning {
    case .asStored:
      switch physical {
      case .boolean: .bool
      case .int32: .int32
      case .int64: .int64
      case .int96: .time
      case .float: .float32
      case .double: .float64
      case .byteArray, .fixed: .bytes
      }
    case .integer(let bits, let isSigned):
      switch (bits, isSigned) {
      case (8, true): .int8
      case (16, true): .int16
      case (8, false): .uint8
      case (16, false): .uint16
      case (32, false): .uint32
      case (64, false): .uint64
      case (32, true): .int32
      default: physical == .int32 ? .int32 : .int64
      }
    case .date: .timestamp
    case .time: .duration
    case .timestamp(1): .time
    case .timestamp: .timestamp
    case .decimal(_, let precision): precision > Self.doubleDigits ? .string : .float64
    case .text, .uuid: .string
    case .half: .float32
    }
  }
}

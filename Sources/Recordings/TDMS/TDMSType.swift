/// The type of a channel's values or of a property, by its number in the file.
enum TDMSType: UInt32, Sendable {
  case void = 0
  case int8 = 1, int16, int32, int64, uint8, uint16, uint32, uint64
  case float32 = 9, float64, extended
  case float32WithUnit = 0x19, float64WithUnit, extendedWithUnit
  case string = 0x20, bool = 0x21
  case timestamp = 0x44
  case fixedPoint = 0x4f
  case complex64 = 0x08000c, complex128 = 0x10000d
  case daqmx = 0xffff_ffff

  /// Bytes of a value; nil where it is not the same for all, or not told by the type.
  var width: Int? {
    switch self {
    case .int8, .uint8, .bool: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32, .float32WithUnit: 4
    case .int64, .uint64, .float64, .float64WithUnit, .complex64: 8
    case .timestamp, .complex128: 16
    case .void, .extended, .extendedWithUnit, .string, .fixedPoint, .daqmx: nil
    }
  }

  var isExtended: Bool { self == .extended || self == .extendedWithUnit }

  /// Of a DAQmx scaler, which has numbers of its own.
  init?(scaler number: UInt32) {
    let types: [TDMSType] = [.uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64, .float32, .float64]
    if number == .max {
      self = .timestamp
    } else if number < types.count {
      self = types[Int(number)]
    } else {
      return nil
    }
  }
}

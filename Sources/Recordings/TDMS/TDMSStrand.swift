import Core

/// One sequence of values of an object: its only one, or that of a DAQmx scaler.
struct TDMSStrand: Sendable {
  let object: Int
  /// Which scaler of the object.
  let number: Int
  let type: TDMSType
  /// The scale that takes the values, of a scaler.
  let scale: UInt32?
}

/// Values of a strand as they come from the file, piece by piece.
struct TDMSValues: Sendable {
  let type: TDMSType
  private(set) var count = 0
  /// Values of one size, little-endian.
  private(set) var bytes: [UInt8] = []
  private(set) var texts = Texts()
  /// Strings whose places are outside of their chunk's.
  private(set) var misplaced = 0
  /// Where each value begins in the file, where that is wanted.
  private(set) var positions: [Int64] = []
  private var width = 0

  init(_ type: TDMSType) { self.type = type }

  mutating func append(_ count: Int, of place: TDMSPlace, at start: Int, in bytes: RawSpan, bigEndian: Bool) {
    width = place.width
    let before = self.bytes.count
    self.bytes.append(strided: bytes.extracting(droppingFirst: start), stride: place.stride, width: width, count: count)
    self.count += count
    if let bit = place.bit {
      for index in before..<self.bytes.count { self.bytes[index] = self.bytes[index] >> bit & 1 }
    }
    // The parts of a complex number are swapped each, those of a time with one another.
    let size = type == .complex64 || type == .complex128 ? width / 2 : width
    guard bigEndian, size > 1 else { return }
    for start in stride(from: before, to: self.bytes.count, by: size) { self.bytes[start..<start + size].reverse() }
  }

  mutating func addPositions(_ count: Int, from first: Int, stride: Int) {
    for index in 0..<count { positions.append(Int64(first + index * stride)) }
  }

  /// Strings of which `ends` say where each ends, from `start` on; `bytes` begin at place `from` of the characters.
  mutating func append(strings ends: [UInt32], from start: Int, in bytes: RawSpan) {
    var begin = start
    for end in ends.map(Int.init) {
      count += 1
      if begin <= end, begin >= start, end - start <= bytes.byteCount {
        texts.append(bytes.extracting(begin - start..<end - start))
        begin = end
      } else {
        misplaced += 1
        texts.append([])
        begin = max(begin, end)
      }
    }
  }

  /// As columns: two of a complex number, one of all others.
  var columns: [Column] {
    switch type {
    case .int8: [Column(.int8([Int8](littleEndian: bytes.bytes)))]
    case .int16: [Column(.int16([Int16](littleEndian: bytes.bytes)))]
    case .int32: [Column(.int32([Int32](littleEndian: bytes.bytes)))]
    case .int64: [Column(.int64([Int64](littleEndian: bytes.bytes)))]
    case .uint8: [Column(.uint8(bytes))]
    case .uint16: [Column(.uint16([UInt16](littleEndian: bytes.bytes)))]
    case .uint32: [Column(.uint32([UInt32](littleEndian: bytes.bytes)))]
    case .uint64: [Column(.uint64([UInt64](littleEndian: bytes.bytes)))]
    case .float32, .float32WithUnit: [Column(.float32([Float](littleEndian: bytes.bytes)))]
    case .float64, .float64WithUnit: [Column(.float64([Double](littleEndian: bytes.bytes)))]
    case .extended, .extendedWithUnit: [Column(.float64(extended))]
    case .bool: [Column(.bool(bytes.map { $0 == 0 ? 0 : 1 }))]
    case .string: [Column(.text(texts))]
    case .timestamp: [times]
    case .complex64:
      [0, 4].map {
        Column(
          .float32(
            [Float](strided: bytes.bytes.extracting(droppingFirst: min($0, bytes.count)), stride: 8, count: count)))
      }
    case .complex128:
      [0, 8].map {
        Column(
          .float64(
            [Double](strided: bytes.bytes.extracting(droppingFirst: min($0, bytes.count)), stride: 16, count: count)))
      }
    case .void, .fixedPoint, .daqmx: []
    }
  }

  var byteCount: Int { bytes.count + texts.bytes.count }

  func bytes(of index: Int) -> ArraySlice<UInt8> {
    type == .string ? texts[index] : bytes[index * width..<(index + 1) * width]
  }

  /// Times that were set, and that 64 bits of nanoseconds do not hold.
  var timesOutOfRange: Int {
    guard type == .timestamp else { return 0 }
    return stride(from: 0, to: count * 16, by: 16).count { start in
      let time = TDMSTimestamp(littleEndian: bytes.bytes, at: start)
      return !time.isUnset && time.nanoseconds == nil
    }
  }

  /// As numbers, for scales.
  var doubles: [Double] {
    switch type {
    case .int8: [Int8](littleEndian: bytes.bytes).map { Double($0) }
    case .int16: [Int16](littleEndian: bytes.bytes).map { Double($0) }
    case .int32: [Int32](littleEndian: bytes.bytes).map { Double($0) }
    case .int64: [Int64](littleEndian: bytes.bytes).map { Double($0) }
    case .uint8, .bool: bytes.map { Double($0) }
    case .uint16: [UInt16](littleEndian: bytes.bytes).map { Double($0) }
    case .uint32: [UInt32](littleEndian: bytes.bytes).map { Double($0) }
    case .uint64: [UInt64](littleEndian: bytes.bytes).map { Double($0) }
    case .float32, .float32WithUnit: [Float](littleEndian: bytes.bytes).map { Double($0) }
    case .float64, .float64WithUnit: [Double](littleEndian: bytes.bytes)
    case .extended, .extendedWithUnit: extended
    default: []
    }
  }

  /// Nanoseconds since 1970; nothing where no time was set or 64 bits do not hold it.
  private var times: Column {
    var times: [Int64] = [], valid: [Bool] = []
    times.reserveCapacity(count)
    for start in stride(from: 0, to: count * 16, by: 16) {
      let time = TDMSTimestamp(littleEndian: bytes.bytes, at: start)
      let nanoseconds = time.isUnset ? nil : time.nanoseconds
      times.append(nanoseconds ?? 0)
      valid.append(nanoseconds != nil)
    }
    return Column(.int64(times), validity: valid.contains(false) ? valid : nil)
  }

  /// 80-bit floats of x87 in 10 or 16 bytes, or 128-bit ones of IEEE 754, which have something in their last bytes.
  private var extended: [Double] {
    guard width >= 10 else { return [] }
    return stride(from: 0, to: count * width, by: width).map { start in
      let low = bytes.bytes.u64(at: start), high = bytes.bytes.u16(at: start + 8)
      guard width == 16, bytes[start + 10..<start + 16].contains(where: { $0 != 0 }) else {
        return Double(x87: low, exponent: high)
      }
      return Double(binary128: low, high: bytes.bytes.u64(at: start + 8))
    }
  }
}

extension Double {
  /// The nearest to an 80-bit float: an explicit one and 63 bits, a sign and 15 bits of exponent.
  init(x87 mantissa: UInt64, exponent: UInt16) {
    let power = Int(exponent & 0x7fff)
    let magnitude: Double
    if power == 0x7fff {
      magnitude = mantissa << 1 == 0 ? .infinity : .nan
    } else {
      magnitude = Self.scaled(mantissa, isInexact: false, by: max(power, 1) - 16383 - 63)
    }
    self = exponent >> 15 == 0 ? magnitude : -magnitude
  }

  /// The nearest to a 128-bit float: 112 bits, 15 bits of exponent and a sign.
  init(binary128 low: UInt64, high: UInt64) {
    let power = Int(high >> 48 & 0x7fff), fraction = high & 0xffff_ffff_ffff
    let magnitude: Double
    if power == 0x7fff {
      magnitude = fraction == 0 && low == 0 ? .infinity : .nan
    } else {
      // The upper 64 of 113 bits, and whether there is anything below.
      let upper = (power == 0 ? 0 : 1 << 63) | fraction << 15 | low >> 49
      magnitude = Self.scaled(upper, isInexact: low << 15 != 0, by: max(power, 1) - 16383 - 63)
    }
    self = high >> 63 == 0 ? magnitude : -magnitude
  }

  /// `value * 2^power`, rounded once to the nearest, also where the result is subnormal.
  private static func scaled(_ value: UInt64, isInexact: Bool, by power: Int) -> Double {
    guard value != 0 else { return 0 }
    // Bits that the result has room for: 53, or fewer below the smallest normal number.
    let top = 63 - value.leadingZeroBitCount
    let kept = min(53, top + power + 1075)
    guard kept >= 0 else { return 0 }
    let dropped = top + 1 - kept
    guard dropped > 0 else { return Double(sign: .plus, exponent: power, significand: Double(value)) }
    let whole = dropped < 64 ? value >> UInt64(dropped) : 0
    let rest = dropped < 64 ? value & (1 << UInt64(dropped) - 1) : value
    let half: UInt64 = 1 << UInt64(dropped - 1)
    let isUp = rest > half || rest == half && (isInexact || whole & 1 == 1)
    return Double(sign: .plus, exponent: power + dropped, significand: Double(whole + (isUp ? 1 : 0)))
  }
}

import Core

/// How one signal is taken out of frames: compiled once, so that the loop over frames knows nothing of databases.
///
/// Frames lie in words of 8 bytes, `stride` words a frame. A signal is a load of 8 bytes at `byte`, turned round for
/// Motorola, then shifted left and right: `length` bits remain, with their sign.
///
/// ```
///   Intel, start 12, length 8    load ········ ····VVVV VVVV···· ········     left = 64 − 12 − 8, right = 56
///   Motorola, start 3, length 8  load turned: byte 0 is the highest           left = 4,           right = 56
/// ```
struct CANSignalPlan: Sendable {
  enum Kind: Sendable {
    /// raw × factor + offset, which fit.
    case signed(factor: Int64, offset: Int64)
    /// The same where that is never negative and may be over 2^63.
    case unsigned(factor: UInt64, offset: UInt64)
    case scaled(factor: Double, offset: Double)
    case float32(factor: Double, offset: Double)
    case float64(factor: Double, offset: Double)
    /// More than 64 bits, as hexadecimal digits.
    case digits
  }

  /// What the loops need of the signal: numbers only, so that copies are cheap.
  struct Layout: Sendable {
    var start, streamStart, length: Int
    var order: DBC.Signal.Order
    var isSigned: Bool
    var coding: DBC.Signal.Coding
    var minimum, maximum, factor: Double

    init(_ signal: DBC.Signal) {
      (start, streamStart, length) = (signal.start, signal.streamStart, signal.length)
      (order, isSigned, coding) = (signal.order, signal.isSigned, signal.coding)
      (minimum, maximum, factor) = (signal.minimum, signal.maximum, signal.factor.double)
    }
  }

  let signal: Layout
  let kind: Kind
  /// A frame of fewer bytes does not hold it.
  let neededBytes: Int
  private let byte: Int
  private let left: UInt64
  private let right: UInt64
  /// The ninth byte's share of the value in bits, where 8 bytes do not hold it.
  private let spill: Int

  init(_ signal: DBC.Signal, stride: Int) {
    self.signal = Layout(signal)
    neededBytes = signal.neededBytes
    let first = signal.order == .intel ? signal.start : signal.streamStart
    byte = max(0, min(first / 8, stride * 8 - 8))
    let lead = first - 8 * byte, length = signal.length
    spill = max(0, min(length, 64) + lead - 64)
    kind = Self.kind(of: signal)
    guard length <= 64, spill == 0 else {
      (left, right) = (0, 0)
      return
    }
    left = UInt64(signal.order == .intel ? 64 - lead - length : lead)
    right = UInt64(64 - length)
  }

  private static func kind(of signal: DBC.Signal) -> Kind {
    guard signal.length <= 64 else { return .digits }
    let factor = signal.factor.double, offset = signal.offset.double
    switch signal.coding {
    case .float32: return .float32(factor: factor, offset: offset)
    case .float64: return .float64(factor: factor, offset: offset)
    case .integer: break
    }
    guard let whole = signal.factor.integer, let shift = signal.offset.integer else {
      return .scaled(factor: factor, offset: offset)
    }
    let bits = Int128(signal.isSigned ? signal.length - 1 : signal.length)
    let high: Int128 = (1 << bits) - 1, low = signal.isSigned ? -high - 1 : 0
    // 64 bits times 64 bits, and 64 more: never beyond 128.
    let ends = [low, high].map { $0 * Int128(whole) + Int128(shift) }
    if ends.allSatisfy({ Int64(exactly: $0) != nil }) { return .signed(factor: whole, offset: shift) }
    guard ends.allSatisfy({ UInt64(exactly: $0) != nil }) else { return .scaled(factor: factor, offset: offset) }
    return .unsigned(factor: UInt64(bitPattern: whole), offset: UInt64(bitPattern: shift))
  }

  /// The raw values of `count` frames, sign extended; of signals up to 64 bits.
  func raw(_ words: [UInt64], stride: Int, count: Int) -> [Int64] {
    guard neededBytes <= stride * 8, signal.length <= 64 else { return Array(repeating: 0, count: count) }
    guard spill == 0 else { return spilled(words, stride: stride, count: count) }
    let (left, right, arithmetic) = (left & 63, right & 63, Int64(right & 63))
    switch (stride == 1, signal.order == .motorola, signal.isSigned) {
    case (true, false, false): return words.map { Int64(bitPattern: ($0 &<< left) &>> right) }
    case (true, false, true): return words.map { Int64(bitPattern: $0 &<< left) &>> arithmetic }
    case (true, true, false): return words.map { Int64(bitPattern: ($0.byteSwapped &<< left) &>> right) }
    case (true, true, true): return words.map { Int64(bitPattern: $0.byteSwapped &<< left) &>> arithmetic }
    case (false, let isTurned, let isSigned):
      let bytes = words.bytes
      var values = [Int64](repeating: 0, count: count)
      for row in 0..<count {
        let load = bytes.u64(at: row * stride * 8 + byte)
        let bits = (isTurned ? load.byteSwapped : load) &<< left
        values[row] = isSigned ? Int64(bitPattern: bits) &>> arithmetic : Int64(bitPattern: bits &>> right)
      }
      return values
    }
  }

  /// Of signals that touch nine bytes.
  private func spilled(_ words: [UInt64], stride: Int, count: Int) -> [Int64] {
    let bytes = words.bytes, length = UInt64(signal.length)
    let first = signal.order == .intel ? signal.start : signal.streamStart
    let lead = UInt64(first - 8 * byte)
    return (0..<count).map { row in
      let at = row * stride * 8 + byte
      let load = bytes.u64(at: at), ninth = UInt64(bytes.u8(at: at + 8))
      // Eight bytes and what the ninth adds, at the top of 64 bits.
      let bits: UInt64
      if signal.order == .intel {
        bits = (load >> lead | ninth << (64 - lead)) << (64 - length)
      } else {
        bits = load.byteSwapped << lead | ninth >> (8 - lead)
      }
      return signal.isSigned ? Int64(bitPattern: bits) >> Int64(64 - length) : Int64(bitPattern: bits >> (64 - length))
    }
  }

  /// The type of its column.
  var type: FieldType {
    switch kind {
    case .signed: .int64
    case .unsigned: .uint64
    case .scaled, .float32, .float64: .float64
    case .digits: .string
    }
  }

  /// Physical values of raw ones: multiplied, then added.
  func values(_ raw: [Int64]) -> Column.Values {
    switch kind {
    case .signed(1, 0): return .int64(raw)
    case .signed(let factor, let offset): return .int64(raw.map { $0 &* factor &+ offset })
    // Modulo 2^64, in which the result fits.
    case .unsigned(let factor, let offset):
      return .uint64(raw.map { UInt64(bitPattern: $0) &* factor &+ offset })
    case .scaled(let factor, let offset):
      if signal.isSigned || signal.length < 64 { return .float64(raw.map { Double($0) * factor + offset }) }
      return .float64(raw.map { Double(UInt64(bitPattern: $0)) * factor + offset })
    case .float32(let factor, let offset):
      return .float64(raw.map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) * factor + offset })
    case .float64(let factor, let offset):
      return .float64(raw.map { Double(bitPattern: UInt64(bitPattern: $0)) * factor + offset })
    case .digits: return .text(Texts())
    }
  }

  /// The bytes of signals over 64 bits, first bit first; a last byte that is not whole has its bits on top for Motorola.
  func digits(_ words: [UInt64], stride: Int, count: Int) -> Texts {
    let bytes = words.bytes, hex = Array("0123456789abcdef".utf8)
    var texts = Texts()
    for row in 0..<count {
      var text: [UInt8] = []
      for part in 0..<(signal.length + 7) / 8 where neededBytes <= stride * 8 {
        var value: UInt8 = 0
        for bit in 8 * part..<min(8 * part + 8, signal.length) {
          let place = signal.streamStart + bit
          let byte = bytes.u8(at: row * stride * 8 + place / 8)
          if signal.order == .intel {
            value |= (byte >> UInt8(place % 8) & 1) << UInt8(bit % 8)
          } else {
            value |= (byte >> UInt8(7 - place % 8) & 1) << UInt8(7 - bit % 8)
          }
        }
        text += [hex[Int(value >> 4)], hex[Int(value & 15)]]
      }
      texts.append(text)
    }
    return texts
  }
}

/// The hybrid of run lengths and packed bits: levels and dictionary indices.
///
/// ```
///   run      varint n << 1          value in ⌈width / 8⌉ bytes         n times the value
///   packed   varint g << 1 | 1      8 g values of width bits           lowest bits first, the last group padded with 0
/// ```
/// https://parquet.apache.org/docs/file-format/data-pages/encodings
enum RunLength {
  /// Runs shorter than this are packed.
  private static let shortest = 8

  /// How many bits the values up to a maximum need.
  static func width(of maximum: Int) -> Int { Int.bitWidth - maximum.leadingZeroBitCount }

  /// Appends one run of a value.
  static func append(run value: UInt32, count: Int, width: Int, to bytes: inout [UInt8]) {
    guard count > 0 else { return }
    bytes.append(varint: UInt64(count) << 1)
    for shift in stride(from: 0, to: width, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }

  /// Appends values, each below `1 << width`; of width 0 always as a run, since some readers want bytes to unpack.
  static func append<Value: UnsignedInteger & FixedWidthInteger & BitwiseCopyable>(
    _ values: Span<Value>, width: Int, to bytes: inout [UInt8]
  ) {
    guard width > 0 else { return append(run: 0, count: values.count, width: 0, to: &bytes) }
    var position = 0
    var packed = 0  // where the values begin that are to be packed: a multiple of 8 before `position`
    while position < values.count {
      let run = runLength(of: values, at: position)
      if run >= shortest {
        append(packing: values.extracting(packed..<position), width: width, to: &bytes)
        append(run: UInt32(truncatingIfNeeded: values[position]), count: run, width: width, to: &bytes)
        position += run
        packed = position
      } else {
        position = min(position + 8, values.count)
      }
    }
    append(packing: values.extracting(packed..<position), width: width, to: &bytes)
  }

  private static func runLength<Value: UnsignedInteger & BitwiseCopyable>(of values: Span<Value>, at start: Int) -> Int
  {
    let value = values[start]
    var end = start + 1
    while end < values.count, values[end] == value { end += 1 }
    return end - start
  }

  private static func append<Value: UnsignedInteger & FixedWidthInteger & BitwiseCopyable>(
    packing values: Span<Value>, width: Int, to bytes: inout [UInt8]
  ) {
    guard !values.isEmpty else { return }
    let groups = (values.count + 7) / 8
    bytes.append(varint: UInt64(groups) << 1 | 1)
    bytes.append(packing: values, width: width, groups: groups)
  }
}

extension [UInt8] {
  fileprivate mutating func append<Value: UnsignedInteger & FixedWidthInteger & BitwiseCopyable>(
    packing values: Span<Value>, width: Int, groups: Int
  ) {
    var waiting: UInt64 = 0
    var bits = 0
    for index in values.indices {
      waiting |= UInt64(truncatingIfNeeded: values[index]) << UInt64(bits)
      bits += width
      while bits >= 8 {
        append(UInt8(truncatingIfNeeded: waiting))
        waiting >>= 8
        bits -= 8
      }
    }
    for _ in values.count..<groups * 8 {
      bits += width
      while bits >= 8 {
        append(UInt8(truncatingIfNeeded: waiting))
        waiting >>= 8
        bits -= 8
      }
    }
  }
}

/// Reading characters from bytes that may not be UTF-8 (Unicode 16, table 3-7).
extension RawSpan {
  /// How many bytes the character at `index` has; 0 at the end and where none begins.
  func scalarLength(at index: Int) -> Int {
    guard index < byteCount else { return 0 }
    let first = u8(at: index)
    if first < 0x80 { return 1 }
    let (length, second): (Int, ClosedRange<UInt8>)
    switch first {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return 0
    }
    guard length <= byteCount - index else { return 0 }
    guard second.contains(unsafe unsafeLoad(fromUncheckedByteOffset: index + 1, as: UInt8.self)) else { return 0 }
    for rest in 2..<max(2, length) {
      guard u8(at: index + rest) & 0xC0 == 0x80 else { return 0 }
    }
    return length
  }

  /// The character at `index`; nil at the end and where none begins.
  func scalar(at index: Int) -> Unicode.Scalar? {
    let length = scalarLength(at: index)
    guard length > 0 else { return nil }
    let first = UInt32(u8(at: index))
    var value = length == 1 ? first : first & (0x7F >> UInt32(length))
    for rest in 1..<max(1, length) {
      value = value << 6 | UInt32(u8(at: index + rest) & 0x3F)
    }
    return Unicode.Scalar(value)
  }
}

/// A block of deflate: the tokens of some input, and the codes they are written with.
///
/// ```
///   1 bit last   2 bits: 0 stored, 2 with codes   (RFC 1951, 3.2.3)
///   stored   to the byte's end   UInt16 size   UInt16 not size   bytes
///   codes    5 bits lengths - 257   5 bits distances - 1   4 bits code lengths - 4   code lengths   tokens   end
/// ```
struct DeflateBlock {
  static let size = 1 << 17

  private var tokens: [DeflateToken] = []
  private var symbols = [UInt32](repeating: 0, count: 286)
  private var distances = [UInt32](repeating: 0, count: 30)
  private var extraBits = 0

  /// Takes what a finder finds, and counts it.
  mutating func find(_ finder: RepetitionFinder, _ input: UnsafePointer<UInt8>, _ range: Range<Int>) {
    tokens.removeAll(keepingCapacity: true)
    for index in symbols.indices { symbols[index] = 0 }
    for index in distances.indices { distances[index] = 0 }
    extraBits = 0
    finder.tokens(of: range) { tokens.append($0) }
    unsafe countLiterals(input, range)
    symbols[Self.end] = 1
    for token in tokens where token.length > 0 {
      let length = LengthCode(token.length), distance = DistanceCode(token.distance)
      symbols[257 + length.code] += 1
      distances[distance.code] += 1
      extraBits += length.bits + distance.bits
    }
  }

  private static let end = 256

  private mutating func countLiterals(_ input: UnsafePointer<UInt8>, _ range: Range<Int>) {
    // Four tables, because adding to one place twice in a row has to wait.
    var counts = [UInt32](repeating: 0, count: 4 * 256)
    unsafe counts.withUnsafeMutableBufferPointer { counts in
      // The places are below 4 * 256, the tokens' literals and lengths add up to the range.
      guard let counts = counts.baseAddress else { return }
      var position = range.lowerBound
      for token in tokens {
        let end = position + Int(token.literals)
        while position + 4 <= end {
          unsafe counts[Int(input[position])] &+= 1
          unsafe counts[256 + Int(input[position + 1])] &+= 1
          unsafe counts[512 + Int(input[position + 2])] &+= 1
          unsafe counts[768 + Int(input[position + 3])] &+= 1
          position += 4
        }
        while position < end {
          unsafe counts[Int(input[position])] &+= 1
          position += 1
        }
        position += Int(token.length)
      }
    }
    for byte in 0..<256 { symbols[byte] = counts[byte] + counts[256 + byte] + counts[512 + byte] + counts[768 + byte] }
  }

  /// Writes the block, stored if its codes would take more; `input` holds all of `range`.
  func write(_ input: UnsafePointer<UInt8>, _ range: Range<Int>, isLast: Bool, to bits: inout BitTarget) {
    let symbolCode = HuffmanCode(symbols, longest: 15), distanceCode = HuffmanCode(distances, longest: 15)
    let header = CodeLengths(symbolCode.lengths, distanceCode.lengths)
    let size = header.cost + symbolCode.cost(symbols) + distanceCode.cost(distances) + extraBits
    guard size < 8 * range.count else { return unsafe store(input, range, isLast: isLast, to: &bits) }
    bits.put(isLast ? 0b101 : 0b100, 3)
    header.write(to: &bits)
    unsafe symbolCode.codes.withUnsafeBufferPointer { symbols in
      // A byte, and 257 and a length's code, are below 286.
      guard let symbols = symbols.baseAddress else { return }
      var position = range.lowerBound
      for token in tokens {
        let end = position + Int(token.literals)
        // Three codes are 45 bits at most, after 7 that wait.
        while position + 3 <= end {
          unsafe bits.add(symbols[Int(input[position])])
          unsafe bits.add(symbols[Int(input[position + 1])])
          unsafe bits.add(symbols[Int(input[position + 2])])
          bits.flush()
          position += 3
        }
        while position < end {
          unsafe bits.add(symbols[Int(input[position])])
          bits.flush()
          position += 1
        }
        guard token.length > 0 else { continue }
        position += Int(token.length)
        // 15 + 5 + 15 + 13 bits at most.
        let length = LengthCode(token.length), distance = DistanceCode(token.distance)
        unsafe bits.add(symbols[257 + length.code])
        bits.add(UInt64(length.rest), length.bits)
        bits.add(distanceCode.codes[distance.code])
        bits.add(UInt64(distance.rest), distance.bits)
        bits.flush()
      }
      unsafe bits.add(symbols[Self.end])
      bits.flush()
    }
  }

  private func store(_ input: UnsafePointer<UInt8>, _ range: Range<Int>, isLast: Bool, to bits: inout BitTarget) {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(range.upperBound, start + 65_535)
      let size = UInt64(truncatingIfNeeded: end - start)
      bits.put(isLast && end == range.upperBound ? 1 : 0, 3)
      bits.align()
      bits.put(size | (size ^ 0xFFFF) << 16, 32)
      unsafe bits.copy(input + start, end - start)
      start = end
    }
  }
}

extension BitTarget {
  /// Adds a code of `HuffmanCode.codes`.
  @inline(__always)
  fileprivate mutating func add(_ code: UInt32) { add(UInt64(code & 0xFFFF), Int(code >> 16)) }
}

/// A length as RFC 1951 3.2.5 writes it: 257 + `code`, then `bits` bits `rest`.
private struct LengthCode {
  let code: Int
  let bits: Int
  let rest: UInt16

  @inline(__always)
  init(_ length: UInt16) {
    let value = length - 3
    // Four codes for each number of bits, from 8 on; 258 has one of its own.
    if value < 8 {
      (code, bits, rest) = (Int(value), 0, 0)
    } else if length == 258 {
      (code, bits, rest) = (28, 0, 0)
    } else {
      bits = 13 - value.leadingZeroBitCount
      code = 4 * bits + Int(value >> UInt16(bits))
      rest = value & (1 << UInt16(bits) - 1)
    }
  }
}

/// A distance less 1 as RFC 1951 3.2.5 writes it.
private struct DistanceCode {
  let code: Int
  let bits: Int
  let rest: UInt16

  @inline(__always)
  init(_ distance: UInt16) {
    if distance < 4 {
      (code, bits, rest) = (Int(distance), 0, 0)
    } else {
      bits = 14 - distance.leadingZeroBitCount
      code = 2 * bits + Int(distance >> UInt16(bits))
      rest = distance & (1 << UInt16(bits) - 1)
    }
  }
}

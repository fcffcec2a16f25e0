/// Some literals, then a repetition of what stands `distance` before it; without one at the end of a block.
struct DeflateToken {
  var literals: UInt32
  /// 3...258, or 0.
  var length: UInt16
  /// 1...32,768, less 1.
  var distance: UInt16
}

/// Finds repetitions of six bytes and more by the last place of their hash.
///
/// Shorter ones would take more bits than their literals, unless they are near; noise is full of them.
///
/// Safe as long as both addresses live; every load is inside the range that is asked for, or before it.
@safe struct RepetitionFinder {
  static let hashBits = 14
  private static let window = 32_768

  private let input: UnsafePointer<UInt8>
  /// Where six bytes of a hash were seen last; any content is right, because the bytes are compared.
  private let table: UnsafeMutablePointer<UInt32>

  init(input: UnsafePointer<UInt8>, table: UnsafeMutablePointer<UInt32>) {
    unsafe self.input = input
    unsafe self.table = table
  }

  /// The tokens of a part of the input, which may repeat what stands before it; all of `range` is in the input.
  func tokens(of range: Range<Int>, _ take: (DeflateToken) -> Void) {
    var anchor = range.lowerBound
    var position = anchor
    var misses = 0
    // Eight bytes can be loaded everywhere below.
    while position + 8 <= range.upperBound {
      let word = load64(position)
      let slot = slot(word)
      let distance = unsafe Int(UInt32(truncatingIfNeeded: position) &- table[slot])
      unsafe table[slot] = UInt32(truncatingIfNeeded: position)
      if distance > 0, distance <= min(Self.window, position), (load64(position - distance) ^ word) << 16 == 0 {
        var start = position
        while start > anchor, start > distance, unsafe input[start - 1] == input[start - 1 - distance] { start -= 1 }
        let end = end(of: position + 6, distance, range.upperBound)
        append(start - anchor, end - start, distance, take)
        anchor = end
        position = end
        misses = 0
        if position + 6 <= range.upperBound {
          unsafe table[self.slot(load64(position - 2))] = UInt32(truncatingIfNeeded: position - 2)
        }
        continue
      }
      misses += 1
      position += 1 + min(misses >> 5, 15)
    }
    take(DeflateToken(literals: UInt32(truncatingIfNeeded: range.upperBound - anchor), length: 0, distance: 0))
  }

  /// A repetition in pieces of at most 258 bytes, of which none is below 3.
  private func append(_ literals: Int, _ length: Int, _ distance: Int, _ take: (DeflateToken) -> Void) {
    var literals = literals
    var rest = length
    while rest > 0 {
      let piece = rest <= 258 ? rest : rest < 261 ? rest - 3 : 258
      take(
        DeflateToken(
          literals: UInt32(truncatingIfNeeded: literals), length: UInt16(truncatingIfNeeded: piece),
          distance: UInt16(truncatingIfNeeded: distance - 1)))
      literals = 0
      rest -= piece
    }
  }

  /// Where the bytes from `position` on stop being those `distance` before; at most `limit`.
  private func end(of position: Int, _ distance: Int, _ limit: Int) -> Int {
    var position = position
    while position + 8 <= limit {
      let difference = load64(position) ^ load64(position - distance)
      if difference != 0 { return position + difference.trailingZeroBitCount >> 3 }
      position += 8
    }
    while position < limit, unsafe input[position] == input[position - distance] { position += 1 }
    return position
  }

  @inline(__always)
  private func slot(_ word: UInt64) -> Int {
    Int(truncatingIfNeeded: ((word << 16) &* 0x9e37_79b9_7f4a_7c15) >> UInt64(64 - Self.hashBits))
  }

  @inline(__always)
  private func load64(_ position: Int) -> UInt64 {
    unsafe UnsafeRawPointer(input + position).loadUnaligned(as: UInt64.self)
  }
}

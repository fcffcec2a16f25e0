/// The lengths of a block's codes, as the block begins with them (RFC 1951, 3.2.7).
///
/// A symbol 0...15 is a length; 16 repeats the last one 3 to 6 times, 17 and 18 are 3 to 10 and 11 to 138 zeros.
struct CodeLengths {
  private struct Item {
    var symbol: Int
    var rest: UInt64 = 0
  }

  private static let restBits = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7]
  private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  private let symbolCount: Int
  private let distanceCount: Int
  private let items: [Item]
  private let code: HuffmanCode
  /// How many lengths of `code` are written, in `order`.
  private let codeCount: Int
  /// Bits of all this, with the three before it.
  let cost: Int

  init(_ symbols: [UInt8], _ distances: [UInt8]) {
    symbolCount = max(257, 1 + (symbols.lastIndex { $0 > 0 } ?? 0))
    distanceCount = 1 + (distances.lastIndex { $0 > 0 } ?? 0)
    items = Self.items(Array(symbols[..<symbolCount] + distances[..<distanceCount]))
    var frequencies = [UInt32](repeating: 0, count: 19)
    for item in items { frequencies[item.symbol] += 1 }
    let code = HuffmanCode(frequencies, longest: 7)
    codeCount = max(4, 1 + (Self.order.lastIndex { code.lengths[$0] > 0 } ?? 0))
    cost = 3 + 14 + 3 * codeCount + code.cost(frequencies) + items.reduce(0) { $0 + Self.restBits[$1.symbol] }
    self.code = code
  }

  func write(to bits: inout BitTarget) {
    bits.put(UInt64(symbolCount - 257 | (distanceCount - 1) << 5 | (codeCount - 4) << 10), 14)
    for symbol in Self.order[..<codeCount] { bits.put(UInt64(code.lengths[symbol]), 3) }
    for item in items {
      bits.put(UInt64(code.codes[item.symbol] & 0xFFFF), Int(code.lengths[item.symbol]))
      bits.put(item.rest, Self.restBits[item.symbol])
    }
  }

  private static func items(_ lengths: [UInt8]) -> [Item] {
    var items: [Item] = []
    var start = 0
    while start < lengths.count {
      let length = lengths[start]
      var run = (lengths[start...].firstIndex { $0 != length } ?? lengths.count) - start
      start += run
      if length == 0 {
        while run >= 11 {
          let piece = min(run, 138)
          items.append(Item(symbol: 18, rest: UInt64(piece - 11)))
          run -= piece
        }
        if run >= 3 {
          items.append(Item(symbol: 17, rest: UInt64(run - 3)))
          run = 0
        }
      } else {
        items.append(Item(symbol: Int(length)))
        run -= 1
        while run >= 3 {
          let piece = min(run, 6)
          items.append(Item(symbol: 16, rest: UInt64(piece - 3)))
          run -= piece
        }
      }
      items += repeatElement(Item(symbol: Int(length)), count: run)
    }
    return items
  }
}

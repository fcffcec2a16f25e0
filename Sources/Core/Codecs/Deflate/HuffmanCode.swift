/// Huffman's codes of no more than some length, canonical as RFC 1951 3.2.2 wants them.
struct HuffmanCode {
  /// Bits of each symbol's code; 0 for symbols that do not occur.
  private(set) var lengths: [UInt8]
  /// Each code from its last bit to its first, as it is written, and from bit 16 on its length.
  private(set) var codes: [UInt32]

  init(_ frequencies: [UInt32], longest: Int) {
    lengths = Array(repeating: 0, count: frequencies.count)
    codes = Array(repeating: 0, count: frequencies.count)
    // Rare symbols first; equal ones in their order, so that the same input gives the same codes.
    let symbols = frequencies.indices.filter { frequencies[$0] > 0 }
      .sorted { frequencies[$0] != frequencies[$1] ? frequencies[$0] < frequencies[$1] : $0 < $1 }
    var counts = Self.depths(symbols.map { UInt64(frequencies[$0]) })
    Self.shorten(&counts, to: longest)
    var length = counts.count - 1
    for symbol in symbols {
      while counts[length] == 0 { length -= 1 }
      counts[length] -= 1
      lengths[symbol] = UInt8(truncatingIfNeeded: length)
    }
    number(longest)
  }

  /// How many bits everything takes.
  func cost(_ frequencies: [UInt32]) -> Int {
    var bits = 0
    for index in frequencies.indices { bits += Int(frequencies[index]) * Int(lengths[index]) }
    return bits
  }

  /// How many leaves of the tree over rising weights lie how deep; always deeper than 0.
  private static func depths(_ weights: [UInt64]) -> [Int] {
    guard weights.count > 1 else { return [0, weights.count] }
    // The nodes that join two come about in the order of their weights, so two queues are enough.
    var joined: [UInt64] = []
    var parents = [Int](repeating: 0, count: 2 * weights.count - 1)
    var (leaf, node) = (0, 0)
    func takeLightest() -> (index: Int, weight: UInt64) {
      if leaf < weights.count, node >= joined.count || weights[leaf] <= joined[node] {
        leaf += 1
        return (leaf - 1, weights[leaf - 1])
      }
      node += 1
      return (weights.count + node - 1, joined[node - 1])
    }
    for _ in 1..<weights.count {
      let (one, other) = (takeLightest(), takeLightest())
      parents[one.index] = weights.count + joined.count
      parents[other.index] = weights.count + joined.count
      joined.append(one.weight + other.weight)
    }
    var depths = [Int](repeating: 0, count: parents.count)
    var counts: [Int] = []
    for index in (0..<parents.count - 1).reversed() {
      depths[index] = depths[parents[index]] + 1
      guard index < weights.count else { continue }
      while counts.count <= depths[index] { counts.append(0) }
      counts[depths[index]] += 1
    }
    return counts
  }

  /// Moves leaves that lie too deep up, and others down until there is room for them.
  private static func shorten(_ counts: inout [Int], to longest: Int) {
    guard counts.count > longest + 1 else { return }
    counts[longest] += counts[(longest + 1)...].reduce(0, +)
    counts.removeSubrange((longest + 1)...)
    // In units of the longest code; a full tree has 2^longest.
    var taken = counts.indices.dropFirst().reduce(0) { $0 + counts[$1] << (longest - $1) }
    while taken > 1 << longest {
      counts[longest] -= 1
      for length in (1..<longest).reversed() where counts[length] > 0 {
        counts[length] -= 1
        counts[length + 1] += 2
        break
      }
      taken -= 1
    }
  }

  /// Gives each length's symbols consecutive codes.
  private mutating func number(_ longest: Int) {
    var next = [UInt16](repeating: 0, count: longest + 1)
    for length in lengths where length > 0 { next[Int(length)] += 1 }
    var first: UInt16 = 0
    for length in 1...longest {
      let count = next[length]
      next[length] = first
      first = (first &+ count) << 1
    }
    for symbol in lengths.indices where lengths[symbol] > 0 {
      let length = Int(lengths[symbol])
      var (code, reversed): (UInt16, UInt32) = (next[length], 0)
      next[length] += 1
      for _ in 0..<length {
        reversed = reversed << 1 | UInt32(code & 1)
        code >>= 1
      }
      codes[symbol] = reversed | UInt32(length) << 16
    }
  }
}

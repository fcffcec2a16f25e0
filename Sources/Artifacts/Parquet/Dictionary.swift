import Core

/// The distinct values of a column chunk in the order they first occur, and which one each value is.
///
/// Only for strings and integers: parquet-java finds no zero in a dictionary that holds -0.0.
struct DictionaryEncoding {
  /// Which entry each value is.
  private(set) var indices: [UInt32] = []
  private(set) var entries: PhysicalValues

  /// A dictionary page must stay small enough to be kept while a chunk is read.
  private static let largest = 1 << 20
  /// After so many values a dictionary that did not find every other one again is given up.
  private static let sample = 10_000

  /// Nil where PLAIN is as good.
  init?(_ parts: [StoredValues]) {
    let count = parts.reduce(0) { $0 + $1.count }
    guard count > 0, let first = parts.first else { return nil }
    indices.reserveCapacity(count)
    let made: PhysicalValues?
    switch first.values {
    case .boolean, .float, .double: made = nil
    case .int32, .int64, .uint64: made = Self.integers(parts, count, like: first.values, &indices)
    case .text: made = Self.texts(parts, count, &indices)
    }
    guard let made else { return nil }
    entries = made
    let all = [0..<entryCount]
    let size = entries.plainSize(all) + count * RunLength.width(of: entryCount - 1) / 8
    guard size < parts.reduce(0, { $0 + $1.values.plainSize($1.runs) }) else { return nil }
  }

  var entryCount: Int { entries.count }

  /// Bits of an index.
  var width: Int { RunLength.width(of: entryCount - 1) }

  private static func isHopeless(entries: Int, bytes: Int, after values: Int, of count: Int) -> Bool {
    entries > count / 2 && entries > 1 || bytes > largest || values == sample && entries > sample / 2
  }

  private static func integers(
    _ parts: [StoredValues], _ count: Int, like kind: PhysicalValues, _ indices: inout [UInt32]
  ) -> PhysicalValues? {
    var table = IntegerTable()
    for part in parts {
      let isPossible =
        switch part.values {
        case .int32(let values): table.add(values, part.runs, width: 4, of: count, &indices)
        case .int64(let values): table.add(values, part.runs, width: 8, of: count, &indices)
        case .uint64(let values): table.add(values, part.runs, width: 8, of: count, &indices)
        case .boolean, .float, .double, .text: false
        }
      guard isPossible else { return nil }
    }
    return switch kind {
    case .int32: .int32(table.entries.map { Int32(truncatingIfNeeded: $0) })
    case .int64: .int64(table.entries.map { Int64(bitPattern: $0) })
    default: .uint64(table.entries)
    }
  }

  private static func texts(_ parts: [StoredValues], _ count: Int, _ indices: inout [UInt32]) -> PhysicalValues? {
    var table = TextTable()
    for part in parts {
      guard case .text(let texts) = part.values else { return nil }
      for run in part.runs {
        // Who or where it is from is often one text for all rows.
        if run.count > 1, texts.isOne(run) {
          indices += repeatElement(table.index(of: texts, run.lowerBound), count: run.count)
          continue
        }
        for position in run {
          indices.append(table.index(of: texts, position))
          let bytes = table.entries.bytes.count + 4 * table.entries.count
          if isHopeless(entries: table.entries.count, bytes: bytes, after: indices.count, of: count) { return nil }
        }
      }
    }
    return .text(table.entries)
  }

  /// Entries of integers by their bits, open addressing.
  private struct IntegerTable {
    private(set) var entries: [UInt64] = []
    /// 1 + an entry's place, or 0; a power of two of them, at most half taken.
    private var slots = [UInt32](repeating: 0, count: 1 << 10)

    /// False if a dictionary does not pay.
    mutating func add<Value: FixedWidthInteger>(
      _ values: [Value], _ runs: [Range<Int>], width: Int, of count: Int, _ indices: inout [UInt32]
    ) -> Bool {
      for run in runs {
        for position in run {
          indices.append(index(of: UInt64(truncatingIfNeeded: values[position])))
          guard !isHopeless(entries: entries.count, bytes: width * entries.count, after: indices.count, of: count)
          else { return false }
        }
      }
      return true
    }

    private mutating func index(of value: UInt64) -> UInt32 {
      var slot = place(of: value)
      while slots[slot] != 0 {
        let index = slots[slot] - 1
        if entries[Int(index)] == value { return index }
        slot = (slot + 1) & (slots.count - 1)
      }
      entries.append(value)
      slots[slot] = UInt32(entries.count)
      if 2 * entries.count > slots.count { grow() }
      return UInt32(entries.count - 1)
    }

    private func place(of value: UInt64) -> Int {
      // Fibonacci hashing: the upper bits of the product are the well mixed ones.
      Int(truncatingIfNeeded: (value &* 0x9e37_79b9_7f4a_7c15) >> UInt64(64 - slots.count.trailingZeroBitCount))
    }

    private mutating func grow() {
      slots = [UInt32](repeating: 0, count: 4 * slots.count)
      for (index, entry) in entries.enumerated() {
        var slot = place(of: entry)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(index + 1)
      }
    }
  }

  /// Entries of byte strings, open addressing.
  private struct TextTable {
    private(set) var entries = Texts()
    private var hashes: [UInt64] = []
    private var slots = [UInt32](repeating: 0, count: 1 << 10)

    mutating func index(of texts: Texts, _ position: Int) -> UInt32 {
      let hash = texts.hash(position)
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] != 0 {
        let index = slots[slot] - 1
        if hashes[Int(index)] == hash, texts.compare(position, to: entries, Int(index)) == 0 { return index }
        slot = (slot + 1) & (slots.count - 1)
      }
      entries.append(texts[position])
      hashes.append(hash)
      slots[slot] = UInt32(hashes.count)
      if 2 * hashes.count > slots.count { grow() }
      return UInt32(hashes.count - 1)
    }

    private mutating func grow() {
      slots = [UInt32](repeating: 0, count: 4 * slots.count)
      for (index, hash) in hashes.enumerated() {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(index + 1)
      }
    }
  }
}

import Core

/// DELTA_BINARY_PACKED: integers as differences from one to the next, each block's by its smallest and the bits beyond it.
///
/// https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC; `DeltaReader` shows the layout.
enum DeltaEncoding {
  /// Values of a block, and of each of its parts, which have a width of their own.
  static let block = 128, part = 32

  static func append(_ values: [Int64], to bytes: inout [UInt8]) {
    bytes.append(varint: UInt64(block))
    bytes.append(varint: UInt64(block / part))
    bytes.append(varint: UInt64(values.count))
    bytes.append(varint: ThriftCompact.zigzag(values.first ?? 0))
    let span = values.span
    var start = 1
    var deltas = [UInt64](repeating: 0, count: block)
    while start < span.count {
      let end = min(start + block, span.count)
      var least = Int64.max
      for index in start..<end { least = min(least, span[index] &- span[index - 1]) }
      for index in start..<end {
        deltas[index - start] = UInt64(bitPattern: span[index] &- span[index - 1] &- least)
      }
      bytes.append(varint: ThriftCompact.zigzag(least))
      append(deltas.span.extracting(0..<end - start), to: &bytes)
      start = end
    }
  }

  /// The widths of a block's parts, then the parts that have values, each filled up with zeros.
  private static func append(_ deltas: Span<UInt64>, to bytes: inout [UInt8]) {
    var widths: [Int] = []
    for first in stride(from: 0, to: block, by: part) {
      var all: UInt64 = 0
      for index in min(first, deltas.count)..<min(first + part, deltas.count) { all |= deltas[index] }
      widths.append(64 - all.leadingZeroBitCount)
      bytes.append(UInt8(widths.last ?? 0))
    }
    for (number, width) in widths.enumerated() where width > 0 {
      let own = number * part..<min((number + 1) * part, deltas.count)
      var word: UInt64 = 0, filled = 0
      for index in own {
        word |= deltas[index] << UInt64(filled)
        filled += width
        guard filled >= 64 else { continue }
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: word))
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: word >> 32))
        filled -= 64
        word = filled == 0 ? 0 : deltas[index] >> UInt64(width - filled)
      }
      let size = part * width / 8, written = own.count * width / 64 * 8
      for index in 0..<size - written {
        bytes.append(index < 8 ? UInt8(truncatingIfNeeded: word >> UInt64(8 * index)) : 0)
      }
    }
  }
}

/// Whether DELTA_BINARY_PACKED suits the values of a chunk, by a sample of them.
enum DeltaFit {
  /// Rising numbers, such as times: no dictionary would pay.
  case rising
  /// Better than PLAIN.
  case fair
  case poor

  /// Bits a value up to which it is taken; the values have 64.
  private static let most = 40

  init(_ parts: [StoredValues]) {
    var values = 0, bits = 0, rises = 0, areIntegers = true
    parts.eachStretch { part, run in
      guard case .int64(let all) = part.values else { return areIntegers = false }
      guard run.count > 1 else { return }
      var least = Int64.max, most = Int64.min
      for index in run.dropFirst() {
        let delta = all[index] &- all[index - 1]
        (least, most) = (min(least, delta), max(most, delta))
        rises += delta > 0 ? 1 : 0
      }
      values += run.count - 1
      bits += (run.count - 1) * (64 - UInt64(bitPattern: most &- least).leadingZeroBitCount)
    }
    self = !areIntegers || values == 0 || bits > Self.most * values ? .poor : rises > values / 8 * 7 ? .rising : .fair
  }
}

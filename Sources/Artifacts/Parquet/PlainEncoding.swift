import Core

/// PLAIN: values one after another, little-endian; booleans as bits, byte arrays behind their length in 4 bytes.
///
/// https://parquet.apache.org/docs/file-format/data-pages/encodings/#PLAIN
struct PlainEncoding {
  /// Bits of a byte not yet full: booleans go on across runs and batches.
  private var waiting: UInt8 = 0
  private var bits: UInt8 = 0

  mutating func append(_ values: PhysicalValues, _ runs: [Range<Int>], to bytes: inout [UInt8]) {
    switch values {
    case .boolean(let values): append(booleans: values, runs, to: &bytes)
    case .int32(let values): for run in runs { bytes.append(values, run) }
    case .int64(let values): for run in runs { bytes.append(values, run) }
    case .uint64(let values): for run in runs { bytes.append(values, run) }
    case .float(let values): for run in runs { bytes.append(values, run) }
    case .double(let values): for run in runs { bytes.append(values, run) }
    case .text(let texts): for run in runs { bytes.append(lengthPrefixed: texts, run) }
    }
  }

  /// Ends the last byte of booleans.
  mutating func finish(to bytes: inout [UInt8]) {
    if bits > 0 { bytes.append(waiting) }
    waiting = 0
    bits = 0
  }

  private mutating func append(booleans values: [UInt8], _ runs: [Range<Int>], to bytes: inout [UInt8]) {
    for run in runs {
      let part = values.span.extracting(run)
      for index in part.indices {
        waiting |= (part[index] == 0 ? 0 : 1) << bits
        bits += 1
        if bits == 8 {
          bytes.append(waiting)
          waiting = 0
          bits = 0
        }
      }
    }
  }
}

extension PhysicalValues {
  /// Bytes that some values take in PLAIN; booleans count as one.
  func plainSize(_ runs: [Range<Int>]) -> Int {
    switch self {
    case .boolean: Self.count(runs)
    case .int32, .float: 4 * Self.count(runs)
    case .int64, .uint64, .double: 8 * Self.count(runs)
    case .text(let texts):
      runs.reduce(0) { $0 + texts.offsets[$1.upperBound] - texts.offsets[$1.lowerBound] + 4 * $1.count }
    }
  }

  private static func count(_ runs: [Range<Int>]) -> Int { runs.reduce(0) { $0 + $1.count } }
}

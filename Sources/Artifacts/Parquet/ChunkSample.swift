import Core

/// A few stretches of a column chunk's values as pages would hold them: what tells whether compression pays.
enum ChunkSample {
  /// Stretches, evenly spread.
  static let stretches = 4
  /// Values of one.
  static let values = 512
  /// Chunks of fewer values are packed in any case.
  static let fewest = 16 << 10
  /// A sample of fewer bytes says nothing: values are missing, or runs of equal ones.
  static let least = 3 << 10
}

extension [StoredValues] {
  /// Goes through the stretches; none of chunks of few values.
  func eachStretch(_ body: (StoredValues, Range<Int>) -> Void) {
    let count = reduce(0) { $0 + $1.count }
    guard count >= ChunkSample.fewest else { return }
    var passed = 0, stretch = 0
    for part in self {
      for run in part.runs {
        while stretch < ChunkSample.stretches {
          let start = count / ChunkSample.stretches * stretch
          guard start < passed + run.count else { break }
          body(part, run.dropFirst(Swift.max(0, start - passed)).prefix(ChunkSample.values))
          stretch += 1
        }
        passed += run.count
      }
    }
  }

  /// As pages hold them; empty of chunks that are packed in any case.
  func sample(_ encoding: Page.Encoding) -> [UInt8] {
    var bytes: [UInt8] = []
    var plain = PlainEncoding()
    eachStretch { part, run in
      if encoding == .delta, case .int64(let values) = part.values {
        DeltaEncoding.append([Int64](values[run]), to: &bytes)
      } else {
        plain.append(part.values, [run], to: &bytes)
      }
    }
    plain.finish(to: &bytes)
    return bytes
  }
}

extension DictionaryEncoding {
  /// Indices; empty of chunks that are packed in any case.
  var sample: [UInt8] {
    var bytes: [UInt8] = []
    // A large dictionary may shrink whatever its indices do.
    let size = entries.plainSize([0..<entryCount])
    guard indices.count >= ChunkSample.fewest, size <= indices.count * width / 8 else { return bytes }
    // Four times as many: an index takes a few bits.
    for stretch in 0..<ChunkSample.stretches {
      let start = indices.count / ChunkSample.stretches * stretch
      let own = indices.span.extracting(start..<start + 4 * ChunkSample.values)
      RunLength.append(own, width: width, to: &bytes)
    }
    return bytes
  }
}

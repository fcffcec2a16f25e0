import Core

/// Values as pages hold them: `PhysicalType` says how; unsigned ones keep their order.
enum PhysicalValues: Sendable {
  case boolean([UInt8])
  case int32([Int32])
  case int64([Int64])
  case uint64([UInt64])
  case float([Float])
  case double([Double])
  case text(Texts)

  var count: Int {
    switch self {
    case .boolean(let values): values.count
    case .int32(let values): values.count
    case .int64(let values): values.count
    case .uint64(let values): values.count
    case .float(let values): values.count
    case .double(let values): values.count
    case .text(let texts): texts.count
    }
  }
}

/// The values of a leaf in its physical type: the column's own array where it can be, else a converted copy.
struct StoredValues: Sendable {
  var values: PhysicalValues
  /// Which of `values` are meant, in order.
  var runs: [Range<Int>]
  /// Values that Parquet could not hold as they were.
  var losses = TableLosses()

  init(values: PhysicalValues, runs: [Range<Int>]) {
    self.values = values
    self.runs = runs
  }

  init(_ column: Column.Values, of leaf: ParquetLeaf, in runs: [Range<Int>]) throws(ParquetError) {
    self.runs = runs
    switch (leaf.type, column) {
    case (.bool, .bool(let values)): self.values = .boolean(values)
    case (.int32, .int32(let values)): self.values = .int32(values)
    case (.int64, .int64(let values)), (.time, .int64(let values)), (.duration, .int64(let values)),
      (.timestamp, .int64(let values)):
      self.values = .int64(values)
    case (.float32, .float32(let values)): self.values = .float(values)
    case (.float64, .float64(let values)): self.values = .double(values)
    case (.bytes, .text(let texts)): self.values = .text(texts)
    case (.string, .text(let texts)): self.values = .text(texts)
    case (.int8, .int8(let values)): self.values = .int32(Self.gather(values, runs) { Int32($0) })
    case (.int16, .int16(let values)): self.values = .int32(Self.gather(values, runs) { Int32($0) })
    case (.uint8, .uint8(let values)): self.values = .int32(Self.gather(values, runs) { Int32($0) })
    case (.uint16, .uint16(let values)): self.values = .int32(Self.gather(values, runs) { Int32($0) })
    case (.uint32, .uint32(let values)): self.values = .int64(Self.gather(values, runs) { Int64($0) })
    case (.uint64, .uint64(let values)): self.values = Self.convert(values, runs, leaf.storage)
    default: throw .typeMismatch(column: leaf.name)
    }
    switch (leaf.type, self.values) {
    case (.string, .text(let texts)): repair(texts)
    case (.int8, _), (.int16, _), (.uint8, _), (.uint16, _), (.uint32, _): packed()
    case (.uint64, .int64), (.uint64, .text): packed()
    default: break
    }
  }

  /// How many values there are.
  var count: Int { runs.reduce(0) { $0 + $1.count } }

  /// After a copy of the values of all runs, they are one run.
  private mutating func packed() {
    let total = count
    runs = total == 0 ? [] : [0..<total]
  }

  private static func gather<Value, Wide>(
    _ values: [Value], _ runs: [Range<Int>], _ widen: (Value) -> Wide
  ) -> [Wide] {
    var result: [Wide] = []
    result.reserveCapacity(runs.reduce(0) { $0 + $1.count })
    for run in runs {
      for index in run { result.append(widen(values[index])) }
    }
    return result
  }

  private static func convert(_ values: [UInt64], _ runs: [Range<Int>], _ storage: LeafStorage) -> PhysicalValues {
    switch (storage.physical, storage.annotation) {
    case (.byteArray, _):
      var texts = Texts()
      for run in runs {
        for index in run { texts.append(String(values[index]).utf8) }
      }
      return .text(texts)
    case (_, .integer): return .uint64(values)
    // Those from 2^63 on are missing already (`Column.withoutLargeUnsigned`).
    default: return .int64(gather(values, runs) { Int64(truncatingIfNeeded: $0) })
    }
  }

  /// Replaces what is not UTF-8 by U+FFFD.
  private mutating func repair(_ texts: Texts) {
    guard let first = runs.first, let last = runs.last else { return }
    guard !texts.isUTF8(first.lowerBound..<last.upperBound) else { return }
    var repaired = Texts()
    for run in runs {
      for index in run {
        if texts.isUTF8(index..<index + 1) {
          repaired.append(texts[index])
        } else {
          repaired.append(String(decoding: texts[index], as: UTF8.self).utf8)
          losses.replacedTexts += 1
        }
      }
    }
    values = .text(repaired)
    packed()
  }
}

extension Texts {
  /// Whether each string of a range is UTF-8.
  ///
  /// All at once: their bytes are UTF-8, and no string begins within a character.
  fileprivate func isUTF8(_ range: Range<Int>) -> Bool {
    let bytes = bytes.span.extracting(offsets[range.lowerBound]..<offsets[range.upperBound])
    guard (try? UTF8Span(validating: bytes)) != nil else { return false }
    let ends = offsets.span.extracting(range)
    for index in ends.indices where ends[index] < self.bytes.count && self.bytes[ends[index]] & 0xc0 == 0x80 {
      return false
    }
    return true
  }
}

extension Column {
  /// The column without the values that `Int64` cannot hold, and how many of the runs' those were.
  func withoutLargeUnsigned(in runs: [Range<Int>]) -> (Column, Int) {
    guard case .uint64(let values) = self.values else { return (self, 0) }
    var validity = validity
    var count = 0
    for run in runs {
      for index in run where values[index] > UInt64(Int64.max) && validity?[index] != false {
        if validity == nil { validity = [Bool](repeating: true, count: values.count) }
        validity?[index] = false
        count += 1
      }
    }
    return (Column(self.values, validity: validity), count)
  }
}

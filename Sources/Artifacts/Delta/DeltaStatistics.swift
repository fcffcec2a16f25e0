import Core

/// What a log says of a file's values, so that readers skip it: a JSON text in the action `add`.
///
/// ```json
/// {"numRecords":3,"minValues":{"v":0.5,"name":"a"},"maxValues":{"v":2.0,"name":"c"},"nullCount":{"v":0,"name":1}}
/// ```
/// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
enum DeltaStatistics {
  /// Columns behind these have none, as Spark has it.
  private static let mostLeaves = 32
  /// Longer texts are cut.
  private static let mostCharacters = 32

  static func text(rows: Int, _ leaves: [(leaf: ParquetLeaf, values: Statistics)]) -> String {
    var smallest = JSONObject(), largest = JSONObject(), nulls = JSONObject()
    for (leaf, values) in leaves.prefix(mostLeaves) where leaf.maximumRepetition == 0 {
      nulls.set(.count(values.nulls), at: leaf.path[...])
      // NaN is larger than all numbers to some readers and no value to others.
      guard !values.hasNaN, let bounds = bounds(values.extent, leaf.type) else { continue }
      if let lower = bounds.lower { smallest.set(lower, at: leaf.path[...]) }
      if let upper = bounds.upper { largest.set(upper, at: leaf.path[...]) }
    }
    let json: JSON = [
      "numRecords": .count(rows), "minValues": .object(smallest), "maxValues": .object(largest),
      "nullCount": .object(nulls),
    ]
    return json.text
  }

  private static func bounds(_ extent: Extent, _ type: FieldType) -> (lower: JSON?, upper: JSON?)? {
    switch (extent, type) {
    case (_, .bool), (_, .bytes), (.none, _), (.unsigned, _): nil
    case (.integers(let low, let high), .timestamp): (milliseconds(low, adding: 0), milliseconds(high, adding: 1))
    case (.integers(let low, let high), _): (.integer(low), .integer(high))
    case (.numbers(let low, let high), _):
      low.isFinite && high.isFinite ? (.number(low == 0 ? -0.0 : low), .number(high == 0 ? 0 : high)) : nil
    case (.texts(let low, let high), _): (.string(cut(low)), raised(high).map { .string($0) })
    }
  }

  /// Microseconds as a time with three digits, rounded down, and perhaps a millisecond later.
  private static func milliseconds(_ microseconds: Int64, adding more: Int64) -> JSON? {
    let (nanoseconds, isLarge) = microseconds.multipliedReportingOverflow(by: 1000)
    let (later, isLater) = nanoseconds.addingReportingOverflow(more * 1_000_000)
    guard !isLarge, !isLater else { return nil }
    return .string("\(Timestamp(nanoseconds: later))".prefix(23) + "Z")
  }

  private static func cut(_ text: [UInt8]) -> String {
    var cut = String.UnicodeScalarView()
    cut.append(contentsOf: String(decoding: text, as: UTF8.self).unicodeScalars.prefix(mostCharacters))
    return String(cut)
  }

  /// A text that is not smaller; nil if there is none so short.
  private static func raised(_ text: [UInt8]) -> String? {
    let start = Array(cut(text).utf8)
    guard start.count < text.count else { return String(decoding: text, as: UTF8.self) }
    return start.raisedText.map { String(decoding: $0, as: UTF8.self) }
  }
}

extension JSONObject {
  /// Sets a member of objects within each other.
  fileprivate mutating func set(_ value: JSON, at path: ArraySlice<String>) {
    guard let first = path.first else { return }
    guard path.count > 1 else {
      self[first] = value
      return
    }
    var inner = self[first]?.object ?? JSONObject()
    inner.set(value, at: path.dropFirst())
    self[first] = .object(inner)
  }
}

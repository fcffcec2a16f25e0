import Core

/// ColumnIndex and OffsetIndex of a column chunk: which values each page has, and where it is.
///
/// https://parquet.apache.org/docs/file-format/pageindex
struct PageIndex: Sendable {
  /// Nil where pages cannot be skipped by value: lists, NaN, bounds that could not be made.
  var columnIndex: [UInt8]?
  var offsetIndex: [UInt8]

  /// Of a chunk that begins at byte `start` of the file.
  init(_ chunk: ColumnChunk, at start: Int) {
    columnIndex = Self.columnIndex(chunk)
    offsetIndex =
      ThriftCompact { index in
        index.list(1, .structure, chunk.pages) { index, page in
          index.element { location in
            location.int64(1, start + page.offset)
            location.int32(2, Int32(truncatingIfNeeded: page.size))
            location.int64(3, page.firstRow)
          }
        }
      }.bytes
  }

  private static func columnIndex(_ chunk: ColumnChunk) -> [UInt8]? {
    guard chunk.leaf.maximumRepetition == 0, !chunk.statistics.hasNaN else { return nil }
    var ranges: [(lower: [UInt8], upper: [UInt8])?] = []
    for page in chunk.pages {
      if page.statistics.extent == .none {
        ranges.append(nil)
      } else {
        guard let lower = Bound.lower(page.statistics.extent, chunk.leaf.storage),
          let upper = Bound.upper(page.statistics.extent, chunk.leaf.storage)
        else { return nil }
        ranges.append((lower.bytes, upper.bytes))
      }
    }
    return ThriftCompact { index in
      index.list(1, .yes, ranges) { $0.element($1 == nil) }
      index.list(2, .binary, ranges) { $0.element($1?.lower ?? []) }
      index.list(3, .binary, ranges) { $0.element($1?.upper ?? []) }
      index.int32(4, order(chunk.pages.map(\.statistics.extent), ranges.compactMap { $0 }).rawValue)
      index.list(5, .int64, chunk.pages) { $0.element($1.statistics.nulls) }
    }.bytes
  }

  private enum Order: Int32 { case unordered = 0, ascending, descending }

  /// How the pages that have values follow each other: numbers as they are, texts as their bounds were cut.
  private static func order(_ extents: [Extent], _ ranges: [(lower: [UInt8], upper: [UInt8])]) -> Order {
    var rises = true
    var falls = true
    func compare<Value>(_ values: [(Value, Value)], _ precedes: (Value, Value) -> Bool) {
      for (one, next) in zip(values, values.dropFirst()) {
        if precedes(next.0, one.0) || precedes(next.1, one.1) { rises = false }
        if precedes(one.0, next.0) || precedes(one.1, next.1) { falls = false }
      }
    }
    switch extents.first(where: { $0 != .none }) {
    case .integers: compare(extents.compactMap { if case .integers(let a, let b) = $0 { (a, b) } else { nil } }, <)
    case .unsigned: compare(extents.compactMap { if case .unsigned(let a, let b) = $0 { (a, b) } else { nil } }, <)
    case .numbers: compare(extents.compactMap { if case .numbers(let a, let b) = $0 { (a, b) } else { nil } }, <)
    case .texts: compare(ranges.map { ($0.lower, $0.upper) }) { $0.lexicographicallyPrecedes($1) }
    case .some(.none), nil: return .ascending
    }
    return rises ? .ascending : falls ? .descending : .unordered
  }
}

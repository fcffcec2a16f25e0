import Core

/// Some raw data that is read and decoded at once.
struct TDMSPart: Sendable {
  enum Extent: Sendable {
    /// Small segments, read with what lies between them.
    case segments(Range<Int>)
    case chunks(segment: Int, Range<Int>)
    /// One of some equal shares of the values of a large chunk.
    case share(segment: Int, chunk: Int, number: Int, of: Int)
  }

  let extent: Extent
  /// Rows of each wanted table before these.
  let rows: [Int]
}

/// The parts of a file, in its order; rows are counted on the way.
struct TDMSParts: Sequence, IteratorProtocol {
  private let source: TDMSSource
  private var segment = 0
  private var chunk = 0
  private var share = 0
  private var rows: [Int]

  /// So much is read at once, about.
  private static let size = 2 << 20

  init(_ source: TDMSSource) {
    self.source = source
    rows = Array(repeating: 0, count: source.tables.count)
  }

  mutating func next() -> TDMSPart? {
    let segments = source.index.segments
    while segment < segments.count, source.wanted[Int(segments[segment].layout)].isEmpty { segment += 1 }
    guard segment < segments.count else { return nil }
    let own = segments[segment], bytes = source.index.chunks[Int(own.layout)].bytes
    let chunks = source.chunks(of: own)
    if chunk == 0, share == 0, own.data.count <= Self.size {
      var end = segment + 1
      while end < segments.count, segments[end].data.upperBound - own.data.lowerBound <= Self.size { end += 1 }
      defer { segment = end }
      return part(.segments(segment..<end), segment..<end, 0..<Int.max)
    }
    let isSparse = source.isSparse[Int(own.layout)]
    let shares = isSparse ? 1 : (bytes + Self.size - 1) / Self.size
    if isSparse || shares > 1 {
      let part = TDMSPart(
        extent: .share(segment: segment, chunk: chunk, number: share, of: shares), rows: rows)
      share += 1
      guard share == shares else { return part }
      share = 0
      count(own, chunk..<chunk + 1)
      goOn(from: chunk + 1, of: chunks)
      return part
    }
    let range = chunk..<Swift.min(chunks, chunk + Swift.max(1, Self.size / bytes)), current = segment
    goOn(from: range.upperBound, of: chunks)
    return part(.chunks(segment: current, range), current..<current + 1, range)
  }

  private mutating func goOn(from next: Int, of chunks: Int) {
    chunk = next
    guard next >= chunks else { return }
    (segment, chunk) = (segment + 1, 0)
  }

  private mutating func part(_ extent: TDMSPart.Extent, _ numbers: Range<Int>, _ chunks: Range<Int>) -> TDMSPart {
    let part = TDMSPart(extent: extent, rows: rows)
    for number in numbers {
      let segment = source.index.segments[number]
      count(segment, chunks.clamped(to: 0..<source.chunks(of: segment)))
    }
    return part
  }

  /// Adds the rows of some chunks.
  private mutating func count(_ segment: TDMSIndex.Segment, _ chunks: Range<Int>) {
    let layout = Int(segment.layout), chunk = source.index.chunks[layout]
    let whole = chunks.clamped(to: 0..<segment.chunks).count
    let rest = chunks.upperBound > segment.chunks ? source.counts(of: segment, segment.chunks) : nil
    for (table, part) in source.tablesOfLayout[layout] {
      rows[table] += chunk.counts[part] * whole + (rest?[part] ?? 0)
    }
  }
}

import Core

/// A run of records of one sorted group that is read, unpacked and decoded at once.
struct MDF4Part: Sendable {
  let table: Int
  let records: Range<Int>

  private static let size = 2 << 20
  /// Values of any length that the records of a part have on average, in bytes.
  private static let values = 4 << 20

  /// The parts of a table: cut where fragments are, so that few are unpacked twice, and where values are large.
  static func all(of number: Int, _ table: MDF4Plan.Table, _ stream: MDF4Stream) -> [MDF4Part] {
    let count = table.count ?? 0
    let parts = all(of: number, count: count, stride: table.stride, stream)
    // Channels may share a stream.
    let sizes = Dictionary(table.streams.values.map { ($0.address, $0.count) }) { one, _ in one }
    let bytes = sizes.values.reduce(0) { $0.addingSaturated($1) }
    let most = max(1, Int(Double(values) / max(1, Double(bytes) / Double(max(1, count)))))
    return parts.flatMap { part in
      Swift.stride(from: part.records.lowerBound, to: part.records.upperBound, by: most).map {
        MDF4Part(table: number, records: $0..<min(part.records.upperBound, $0.addingSaturated(most)))
      }
    }
  }

  private static func all(of table: Int, count: Int, stride: Int, _ stream: MDF4Stream) -> [MDF4Part] {
    var parts: [MDF4Part] = []
    guard stride > 0 else {
      let most = 1 << 16
      return Swift.stride(from: 0, to: count, by: most).map {
        MDF4Part(table: table, records: $0..<min(count, $0 + most))
      }
    }
    var start = 0
    func cut(at offset: Int) {
      let end = min(count, (offset + stride - 1) / stride)
      if end > start { parts.append(MDF4Part(table: table, records: start..<end)) }
      start = max(start, end)
    }
    var begin = 0
    for fragment in stream.fragments {
      let end = fragment.offset + fragment.count
      if fragment.packing == nil {
        while end - begin > 2 * size {
          begin += size
          cut(at: begin)
        }
      }
      if end - begin >= size {
        begin = end
        cut(at: end)
      }
    }
    if start < count { parts.append(MDF4Part(table: table, records: start..<count)) }
    return parts
  }
}

/// What came of some records, on its way to who wants it.
struct MDF4Output<Result: Sendable>: Sendable {
  var results: [Result] = []
  /// By table: records delivered, and those that could not be.
  var delivered = 0
  var lost = 0
  var bytes = 0
  var losses = MDF4Columns.Losses()
  var faults: [MDF4Fault] = []
}

import Core

/// A run of records of one sorted group that is read, unpacked and decoded at once.
struct MDF4Part: Sendable {
  let table: Int
  let records: Range<Int>

  private static let size = 2 << 20

  /// The parts of a table: cut where fragments are, so that few are unpacked twice.
  static func all(of table: Int, count: Int, stride: Int, _ stream: MDF4Stream) -> [MDF4Part] {
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

import Core

/// What one stream gives to the wide table.
struct WideStream {
  var stream: SyncStream
  var sampling: StateSampling
  var entries: [ColumnPolicies.Entry]
  var window: TableWindow
  /// Places of each entry's columns in the window.
  var places: [[Int]]
  /// The types of its columns here.
  var fields: [Field]
}

extension Interpolation {
  /// The value is one of the table's, of the table's type.
  var takesRows: Bool { self == .previous || self == .next || self == .nearest || self == .none }
}

extension WideStream {
  /// The values of some samples; what no segment tells is missing.
  mutating func columns(_ rows: Range<Int>) throws -> [Column] {
    guard sampling.parts.count > 1 else { return try columns(sampling.parts[0], rows) }
    // Segments take turns: each gives its samples, and these are put in their places.
    var found: [Column] = []
    var places: [Int?] = Array(repeating: nil, count: rows.count)
    var count = 0
    for segment in sampling.parts {
      let first = { row in segment.samples.indices.bisect { segment.samples[$0] >= row } }
      let own = first(rows.lowerBound)..<first(rows.upperBound)
      guard !own.isEmpty else { continue }
      for (index, sample) in segment.samples[own].enumerated() { places[sample - rows.lowerBound] = count + index }
      let values = try columns(segment, own)
      found = found.isEmpty ? values : zip(found, values).map { $0.appending($1) }
      count += own.count
    }
    return found.map { $0.picking(places) }
  }

  /// The values at some instants of a segment.
  private mutating func columns(_ segment: StateSampling.Part, _ places: Range<Int>) throws -> [Column] {
    let whole = segment.resampling
    let instants = Array(whole.instants[places])
    guard !instants.isEmpty else { return [] }
    let rows = whole.neighbours(of: places)
    let near = Resampling(
      times: rows.map { whole.times[$0] }, instants: instants, maxGap: whole.maxGap, maxAge: whole.maxAge)
    let batch = try window.rows(rows.map { stream.order.row(segment.messages.index($0)) })
    var columns: [Column] = []
    for (entry, places) in zip(entries, self.places) {
      columns += near.columns(places.map { place in batch.columns.isEmpty ? nil : batch.columns[place] }, entry)
    }
    let away = instants.indices.map { index -> Int64? in
      guard let row = near.row(index, .previous) ?? near.bracket(index)?.first else { return nil }
      return near.times[row].subtractingSaturated(instants[index])
    }
    return columns + [.nullable(away)]
  }
}

extension Resampling {
  /// The values of the columns that an entry is of.
  fileprivate func columns(_ columns: [Column?], _ entry: ColumnPolicies.Entry) -> [Column] {
    let known = columns.compactMap { $0 }
    guard known.count == columns.count else {
      let nothing = [Double?](repeating: nil, count: instants.count)
      return columns.map { _ in .optional(nothing) }
    }
    // Of several columns together.
    let isJoint = entry.policy == .slerp || entry.policy == .geodetic
    let numbers = isJoint ? known.compactMap(\.numbers) : []
    switch entry.policy {
    case .slerp where numbers.count == 4:
      return slerp(numbers[0], numbers[1], numbers[2], numbers[3]).map(Column.optional)
    case .geodetic where numbers.count == 2:
      let line = geodetic(latitudes: numbers[0], longitudes: numbers[1])
      return [.optional(line.latitudes), .optional(line.longitudes)]
    default: return known.map { values(of: $0, entry.policy, unit: entry.unit) ?? .optional(instants.map { _ in nil }) }
    }
  }
}

extension [Int64] {
  /// The first index whose value is greater, in a sorted list.
  func upperBound(of value: Int64) -> Int { value == .max ? count : lowerBound(of: value + 1) }
}

import Core

/// The entries of a leaf in a row group, batch after batch, cut into pages between rows.
struct PageCuts {
  private let parts: [StoredValues]
  private let count: Int
  private let definitions: [UInt8]?
  private let repetitions: [UInt8]?
  private let maximumDefinition: UInt8

  /// How far the pages got.
  private var entry = 0
  private var row = 0
  private var place = ValuePlace()
  /// Rows of the page before; long rows make the next one's rows few as well.
  private var likelyRows = PageCuts.mostRows

  static let mostRows = 20_000
  static let mostBytes = 1 << 20

  /// What a page consists of.
  struct Cut {
    var firstRow: Int
    var entries: Range<Int>
    var values: Range<Int>
    /// For each part that has some: its number, and which of its values.
    var slices: [(part: Int, runs: [Range<Int>])]
    var place: ValuePlace
    var rows: Int
  }

  /// How many values, by batch, run and position in it, are used up.
  struct ValuePlace {
    var part = 0, run = 0, offset = 0, values = 0
  }

  init(_ rows: [LeafRows], _ leaf: ParquetLeaf) {
    parts = rows.map(\.stored)
    count = rows.reduce(0) { $0 + $1.levels.count }
    maximumDefinition = UInt8(leaf.maximumDefinition)
    definitions =
      rows.contains { $0.levels.definitions != nil }
      ? Self.join(rows, count) { $0.definitions ?? [UInt8](repeating: $0.definition, count: $0.count) } : nil
    repetitions = leaf.maximumRepetition > 0 ? Self.join(rows, count) { $0.repetitions ?? [] } : nil
  }

  private static func join(_ rows: [LeafRows], _ count: Int, _ levels: (Levels) -> [UInt8]) -> [UInt8] {
    if rows.count == 1 { return levels(rows[0].levels) }
    var all: [UInt8] = []
    all.reserveCapacity(count)
    for part in rows { all += levels(part.levels) }
    return all
  }

  var entryCount: Int { count }

  /// The next page; nil after the last.
  mutating func next() -> Cut? {
    guard entry < count else { return nil }
    var rows = min(Self.mostRows, 2 * likelyRows)
    while true {
      let cut = cut(rows)
      let bytes = cut.slices.reduce(0) { $0 + parts[$1.part].values.plainSize($1.runs) }
      // The rows of the cut can be fewer than were asked for: the last ones.
      if bytes <= Self.mostBytes || cut.rows == 1 {
        entry = cut.entries.upperBound
        row += cut.rows
        place = cut.place
        likelyRows = cut.rows
        return cut
      }
      rows = max(1, min(cut.rows - 1, cut.rows * Self.mostBytes / bytes))
    }
  }

  /// The levels of a page.
  func appendLevels(_ cut: Cut, _ leaf: ParquetLeaf, to body: inout [UInt8]) {
    if let repetitions {
      Page.append(levels: repetitions.span.extracting(cut.entries), maximum: leaf.maximumRepetition, to: &body)
    }
    if let definitions {
      Page.append(levels: definitions.span.extracting(cut.entries), maximum: leaf.maximumDefinition, to: &body)
    } else {
      Page.append(fullLevels: cut.entries.count, maximum: leaf.maximumDefinition, to: &body)
    }
  }

  private func cut(_ rows: Int) -> Cut {
    let (end, found) = self.end(after: rows)
    let used = definitions.map { Self.occurrences(of: maximumDefinition, in: $0.span.extracting(entry..<end)) }
    var place = place
    let first = place.values
    let slices = take(used ?? end - entry, &place)
    return Cut(
      firstRow: row, entries: entry..<end, values: first..<place.values, slices: slices, place: place, rows: found)
  }

  /// Where the entries of the next rows end, and how many rows those are.
  private func end(after rows: Int) -> (Int, Int) {
    guard let repetitions else {
      let end = min(count, entry + rows)
      return (end, end - entry)
    }
    let starts = repetitions.span
    var end = entry + 1
    var found = 1
    while end < count {
      if starts[end] == 0 {
        if found == rows { break }
        found += 1
      }
      end += 1
    }
    return (end, found)
  }

  private static func occurrences(of level: UInt8, in levels: Span<UInt8>) -> Int {
    var count = 0
    for index in levels.indices { count += levels[index] == level ? 1 : 0 }
    return count
  }

  private func take(_ count: Int, _ place: inout ValuePlace) -> [(part: Int, runs: [Range<Int>])] {
    var slices: [(part: Int, runs: [Range<Int>])] = []
    var left = count
    while left > 0 {
      let runs = parts[place.part].runs
      var taken: [Range<Int>] = []
      while left > 0, place.run < runs.count {
        let run = runs[place.run].dropFirst(place.offset).prefix(left)
        taken.append(run)
        left -= run.count
        place.offset += run.count
        if place.offset == runs[place.run].count {
          place.run += 1
          place.offset = 0
        }
      }
      if !taken.isEmpty { slices.append((place.part, taken)) }
      if place.run == runs.count {
        place.part += 1
        place.run = 0
      }
    }
    place.values += count
    return slices
  }
}

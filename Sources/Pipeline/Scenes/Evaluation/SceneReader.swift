import Artifacts
import Core

/// Reads a table in blocks of rows, each with the rows around it that expressions look at.
struct SceneReader {
  /// Rows that count at a time; what is found does not hang on it.
  static let block = 1 << 14

  private let table: SceneTable
  private let reach: Reach
  private let size: Int
  private var samples: Feed
  private var more: Feed?
  private var objects: Feed?
  private var next = 0

  /// `columns` that the table has are read; the others are left out.
  init(_ table: SceneTable, columns: Set<String>, objectColumns: Set<String>?, reach: Reach, block: Int = block) throws
  {
    (self.table, self.reach, size) = (table, reach, block)
    samples = try Feed(table.rows, columns, size: block)
    more = try table.more.map { try Feed($0, columns.subtracting(samples.names), size: block) }
    if let objectColumns, let file = table.objects {
      objects = try Feed(file, objectColumns.union([SceneColumns.time]), size: block)
    }
  }

  /// The next block; nil at the end.
  mutating func block() throws -> SceneRows? {
    let times = table.times
    guard next < times.count else { return nil }
    let main = next..<min(times.count, next + size)
    next = main.upperBound
    let (first, last) = (times[main.lowerBound], times[main.upperBound - 1])
    let early = first - SceneRows.nanoseconds(reach.back), late = last + SceneRows.nanoseconds(reach.ahead)
    // A row more on each side tells what holds, and whether a gap is there.
    let low = max(0, (0..<main.lowerBound).bisect { times[$0] >= early } - 1)
    let high = min(times.count, (main.upperBound..<times.count).bisect { times[$0] > late } + 1)
    let rows = low..<high
    let own = Array(times[rows])
    var columns = try samples.take(rows)
    if let extra = try more?.take(rows) { columns.merge(extra) { one, _ in one } }
    columns[SceneColumns.interval] = .numbers(
      rows.map { $0 > 0 ? Double(times[$0] - times[$0 - 1]) / 1e9 : .nan })
    return SceneRows(
      times: own, main: main.lowerBound - low..<main.upperBound - low, first: low, extent: table.extent,
      hold: table.hold, columns: columns, objects: try objects?.objects(of: own), trackHold: table.trackHold)
  }
}

/// Columns of a file, read as far as is asked for, of which the part that is still needed is held.
private struct Feed {
  let names: Set<String>
  private var cursor: ParquetCursor
  private var pieces: [Piece] = []
  private var count = 0

  private struct Piece {
    var rows: Range<Int>
    var columns: [SceneVector]
    /// Where objects are read: whose they are.
    var times: [Int64]
  }

  init(_ file: ParquetFile, _ wanted: Set<String>, size: Int) throws {
    let fields = file.schema.fields.filter { wanted.contains($0.name) && SceneVector.type(of: $0.type) != nil }
    names = Set(fields.map(\.name))
    cursor = try ParquetCursor(file, columns: fields.map(\.name), batch: size)
  }

  /// False at the end.
  private mutating func read() throws -> Bool {
    guard let batch = try cursor.next() else { return false }
    var times: [Int64] = []
    if case .int64(let values)? = batch[SceneColumns.time]?.values { times = values }
    pieces.append(
      Piece(
        rows: count..<count + batch.count,
        columns: batch.columns.map { SceneVector($0) ?? .unknown(.any, count: batch.count, withMargins: false) },
        times: times))
    count += batch.count
    return true
  }

  /// Rows of the file; what is before them is let go.
  mutating func take(_ rows: Range<Int>) throws -> [String: SceneVector] {
    guard !names.isEmpty else { return [:] }
    while count < rows.upperBound, try read() {}
    pieces.removeAll { $0.rows.upperBound <= rows.lowerBound }
    return columns { $0.rows.clamped(to: rows) }
  }

  private func columns(_ part: (Piece) -> Range<Int>) -> [String: SceneVector] {
    let parts = pieces.map { piece in
      let rows = part(piece)
      return rows.lowerBound - piece.rows.lowerBound..<rows.upperBound - piece.rows.lowerBound
    }
    var columns: [String: SceneVector] = [:]
    for (index, field) in cursor.schema.fields.enumerated() {
      columns[field.name] = .joined(zip(pieces, parts).map { ($0.columns[index], $1) })
    }
    return columns
  }

  /// The objects of samples at these times; those of no sample are left out.
  mutating func objects(of times: [Int64]) throws -> SceneObjects {
    guard let first = times.first, let last = times.last else { return SceneObjects(samples: [], columns: [:]) }
    while pieces.last?.times.last ?? .min <= last, try read() {}
    pieces.removeAll { ($0.times.last ?? .min) < first }
    var samples: [Int] = [], kept: [Int] = [], number = 0, sample = 0
    for time in pieces.flatMap(\.times) {
      defer { number += 1 }
      guard first <= time, time <= last else { continue }
      // Objects are in the order of their samples.
      while sample < times.count, times[sample] < time { sample += 1 }
      guard sample < times.count, times[sample] == time else { continue }
      samples.append(sample)
      kept.append(number)
    }
    return SceneObjects(samples: samples, columns: columns(\.rows).mapValues { $0.picking(kept) })
  }
}

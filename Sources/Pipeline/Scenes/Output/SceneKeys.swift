import Core

/// What the table says of the rows at which scenes begin and end.
struct SceneKeys {
  /// Of one scene; nil where the table does not say.
  struct Key: Sendable {
    var startSample: String?
    var endSample: String?
    var startNumber: Int64?
    var endNumber: Int64?
    var latitude: Double?
    var longitude: Double?
  }

  /// In the order of the scenes.
  private(set) var all: [Key]

  init(_ table: SceneTable, _ scenes: [SceneInterval]) throws {
    all = scenes.map { _ in Key() }
    guard !scenes.isEmpty else { return }
    // By row: which scenes begin, and end, there.
    var starts: [Int: [Int]] = [:], ends: [Int: [Int]] = [:]
    for (index, scene) in scenes.enumerated() {
      let first = table.times.indices.bisect { table.times[$0] >= scene.start }
      let last = table.times.indices.bisect { table.times[$0] >= scene.end } - 1
      guard first < table.times.count, last >= first else { continue }
      starts[first, default: []].append(index)
      ends[last, default: []].append(index)
    }
    let columns: Set = [SceneColumns.sample, SceneColumns.number, SceneColumns.latitude, SceneColumns.longitude]
    var reader = try SceneReader(table, columns: columns, objectColumns: nil, reach: Reach())
    while let rows = try reader.block() {
      for row in rows.main {
        let number = rows.first + row
        for index in starts[number] ?? [] {
          all[index].startSample = rows.word(SceneColumns.sample, row)
          all[index].startNumber = rows.number(SceneColumns.number, row).flatMap { Int64(exactly: $0) }
          all[index].latitude = rows.number(SceneColumns.latitude, row)
          all[index].longitude = rows.number(SceneColumns.longitude, row)
        }
        for index in ends[number] ?? [] {
          all[index].endSample = rows.word(SceneColumns.sample, row)
          all[index].endNumber = rows.number(SceneColumns.number, row).flatMap { Int64(exactly: $0) }
        }
      }
    }
  }
}

extension SceneRows {
  fileprivate func word(_ column: String, _ row: Int) -> String? {
    if case .words(let words)? = columns[column] { words[row] } else { nil }
  }

  fileprivate func number(_ column: String, _ row: Int) -> Double? {
    guard case .numbers(let values)? = columns[column], values[row].isFinite else { return nil }
    return values[row]
  }
}

import Core

/// Rows of some columns of a table, on a walk that mostly goes forward: parts of the table are held while they are near.
struct TableWindow {
  private let table: SyncTable
  private let columns: [String]
  private let schema: Schema
  private var held: [Int: Batch] = [:]

  init(_ table: SyncTable, _ columns: [String]) {
    (self.table, self.columns) = (table, columns)
    schema = Schema(columns.compactMap { name in table.schema.fields.first { $0.name == name } })
  }

  /// The rows of the given numbers, in their order; a walk forward reads every part once.
  mutating func rows(_ numbers: [Int]) throws -> Batch {
    guard let first = numbers.min() else { return try rows(atMost: 0) }
    held = held.filter { table.groups[$0.key].upperBound > first }
    var batch: Batch?
    var start = 0
    while start < numbers.count {
      let group = self.group(of: numbers[start]), range = table.groups[group]
      let end = numbers[start...].firstIndex { !range.contains($0) } ?? numbers.count
      let part = try read(group).rows(numbers[start..<end].map { $0 - range.lowerBound })
      batch = batch.map { $0.appending(part) } ?? part
      start = end
    }
    return try batch ?? rows(atMost: 0)
  }

  private func group(of row: Int) -> Int {
    max(0, table.groups.indices.bisect { table.groups[$0].lowerBound > row } - 1)
  }

  private mutating func read(_ group: Int) throws -> Batch {
    if let known = held[group] { return known }
    let batch = try table.read(group, columns)
    held[group] = batch
    return batch
  }

  /// No rows, of the right kinds where the table has any.
  private mutating func rows(atMost none: Int) throws -> Batch {
    guard !table.groups.isEmpty else { return Batch(schema: schema, columns: [], count: 0) }
    return try read(0).rows([])
  }
}

extension Batch {
  fileprivate func appending(_ other: Batch) -> Batch {
    Batch(
      schema: schema, columns: zip(columns, other.columns).map { $0.appending($1) }, count: count + other.count)
  }
}

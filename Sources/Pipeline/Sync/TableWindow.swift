import Core

/// Rows of some columns of a table, on a walk that mostly goes forward: the part that was read last is held.
struct TableWindow {
  private let table: SyncTable
  private let columns: [String]
  private let schema: Schema
  private var held: (group: Int, batch: Batch)?

  init(_ table: SyncTable, _ columns: [String]) {
    (self.table, self.columns) = (table, columns)
    schema = Schema(columns.compactMap { name in table.schema.fields.first { $0.name == name } })
  }

  /// The rows of the given numbers, in their order; a walk forward reads every part once.
  mutating func rows(_ numbers: [Int]) throws -> Batch {
    guard !numbers.isEmpty else { return try rows(atMost: 0) }
    let isForward = zip(numbers, numbers.dropFirst()).allSatisfy { $0 <= $1 }
    guard !isForward else { return try forward(numbers) }
    // Each part once, whatever the order; then every row to its place.
    let order = numbers.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
    var places = [Int](repeating: 0, count: numbers.count)
    for (place, index) in order.enumerated() { places[index] = place }
    return try forward(order.map { numbers[$0] }).rows(places)
  }

  private mutating func forward(_ numbers: [Int]) throws -> Batch {
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
    if let held, held.group == group { return held.batch }
    // Not two at once.
    held = nil
    let batch = try table.read(group, columns)
    held = (group, batch)
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

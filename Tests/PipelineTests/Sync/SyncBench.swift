import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline

let millisecond: Int64 = 1_000_000

/// A table in memory, in groups of some rows.
func table(
  _ name: String, times: [Int64], log: [Int64]? = nil, stamps: [Int64]? = nil, isIndex: Bool = false,
  _ own: [(field: Field, column: Column)] = [], groupRows: Int = 1000
) -> SyncTable {
  var fields = [Field("t_ns", .int64)], columns = [Column(.int64(times))]
  if let log {
    fields.append(Field("log_ns", .int64))
    columns.append(Column(.int64(log)))
  }
  if let stamps {
    fields.append(Field("stamp_ns", .int64, isNullable: true))
    columns.append(Column(.int64(stamps), validity: stamps.map { $0 != 0 }))
  }
  fields += own.map(\.field)
  columns += own.map(\.column)
  let all = Batch(schema: Schema(fields), columns: columns, count: times.count)
  let groups = stride(from: 0, to: times.count, by: groupRows).map { $0..<min($0 + groupRows, times.count) }
  return SyncTable(
    name: name, path: isIndex ? "\(name)/index.parquet" : "\(name).parquet", folder: "x", isIndex: isIndex,
    schema: all.schema, rows: times.count, metadata: [:], groups: groups
  ) { group, names in
    let chosen = names.map { name in all.schema.fields.firstIndex { $0.name == name } ?? 0 }
    let batch = Batch(
      schema: Schema(chosen.map { all.schema.fields[$0] }), columns: chosen.map { all.columns[$0] }, count: all.count)
    return batch.rows(Array(groups[group]))
  }
}

/// A column of doubles.
func doubles(_ name: String, _ values: [Double], unit: String? = nil) -> (field: Field, column: Column) {
  (Field(name, .float64, isNullable: true, unit: unit), Column(.float64(values)))
}

let someMeasurement = Identifier("210b1ba7-9184-4840-a1c8-ebf397b7c686") ?? Identifier.unique()

func plan(_ tables: [SyncTable], _ change: (inout SyncSettings) -> Void = { _ in }) throws -> Synchronization.Plan {
  var settings = SyncSettings()
  change(&settings)
  let found = try StreamReading(settings: settings, jobs: 2).streams(of: tables.sorted { $0.name < $1.name })
  return try Synchronization(settings, jobs: 2).plan(found, measurement: someMeasurement)
}

/// The rows of a frame stream.
func use(_ name: String, _ plan: Synchronization.Plan) throws -> FrameUse {
  let index = try #require(plan.streams.firstIndex { $0.name == name })
  let stream = plan.streams[index]
  return FrameUse(stream, at: index, in: plan.set, kept: plan.kept, leftOut: plan.segments.leftOut(of: stream))
}

/// Gathers what is written.
struct Collector: TableSink {
  final class Store { var batches: [Batch] = [] }
  let store = Store()
  mutating func write(_ batch: Batch) throws { store.batches.append(batch) }
  mutating func finish() throws {}
  var buffered: Int { 0 }
  mutating func flush() throws {}
}

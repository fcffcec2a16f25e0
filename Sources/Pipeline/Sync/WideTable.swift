import Artifacts
import Core

/// One row a sample, one column a value of a state stream (sync.md 6): for learning and rules, who want no joins.
///
/// ```
///   sample_id  seq  t_ns  ts  imu_main__angular_velocity_z  imu_main__dt_ns  can_esp__speed  …
/// ```
struct WideTable {
  let schema: Schema
  private let samples: Samples
  private var parts: [WideStream]

  private static let block = 1 << 14

  /// `wanted` chooses columns by `stream/column`.
  ///
  /// - Throws: `SyncError` when two columns would have one name.
  init(_ plan: Synchronization.Plan, _ wanted: GlobSet) throws(SyncError) {
    samples = plan.samples
    var set = SampleSet(streams: 0, policy: "")
    (set.times, set.segments) = (samples.times, samples.segments)
    parts = plan.streams.indices.compactMap { index in
      let stream = plan.streams[index], policies = plan.policies[index]
      let entries = policies.entries.filter { entry in
        entry.columns.contains { wanted.contains("\(stream.name)/\($0)") }
      }
      guard stream.nature == .state, !entries.isEmpty else { return nil }
      let columns = entries.flatMap(\.columns)
      let places = entries.map { entry in entry.columns.compactMap { columns.firstIndex(of: $0) } }
      return WideStream(
        stream: stream, sampling: StateSampling(stream, set, plan.segments, interpolates: policies.interpolates),
        entries: entries, window: TableWindow(stream.table, columns), places: places,
        fields: Self.fields(entries, stream))
    }
    var fields = Array(Samples.schema.fields.filter { ["sample_id", "seq", "t_ns", "ts"].contains($0.name) })
    var owners: [String: String] = [:]
    for part in parts {
      for (field, source) in zip(part.fields, Self.sources(part.entries, part.stream)) {
        if let other = owners.updateValue(source, forKey: field.name.lowercased()) {
          throw .equalColumns(field.name, other, source)
        }
        fields.append(field)
      }
    }
    schema = Schema(fields)
  }

  private static func fields(_ entries: [ColumnPolicies.Entry], _ stream: SyncStream) -> [Field] {
    var fields = entries.flatMap { entry in
      entry.columns.map { name in
        let own = stream.table.schema.fields.first { $0.name == name }
        let type = entry.policy.takesRows ? own?.type ?? .float64 : .float64
        return Field(Self.name(stream.name, name), type, isNullable: true, unit: own?.unit)
      }
    }
    fields.append(Field(name(stream.name, "dt_ns"), .int64, isNullable: true, unit: "ns"))
    return fields
  }

  private static func sources(_ entries: [ColumnPolicies.Entry], _ stream: SyncStream) -> [String] {
    (entries.flatMap(\.columns) + ["dt_ns"]).map { "\(stream.name)/\($0)" }
  }

  /// `stream__field`, in letters that every engine takes.
  private static func name(_ stream: String, _ field: String) -> String {
    func plain(_ text: String) -> String {
      let bytes = text.utf8.map { byte -> UInt8 in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
          byte
        default: UInt8(ascii: "_")
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
    return "\(plain(stream))__\(plain(field))"
  }

  mutating func write(to sink: inout any TableSink) throws {
    for start in stride(from: 0, to: samples.count, by: Self.block) {
      let rows = start..<min(start + Self.block, samples.count)
      var columns: [Column] = [
        .identifiers(Array(samples.ids[rows])), Column(.int64(rows.map { Int64($0) })),
        Column(.int64(Array(samples.times[rows]))), Column(.int64(samples.times[rows].map(Timestamp.microseconds))),
      ]
      for part in parts.indices { columns += try parts[part].columns(rows) }
      try sink.write(Batch(schema: schema, columns: columns, count: rows.count))
    }
  }
}

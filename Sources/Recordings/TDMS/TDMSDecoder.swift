import Core

/// Turns values into batches; many run at once.
struct TDMSDecoder: Sendable {
  private let plan: TDMSPlan
  private let selection: Selection
  /// The time of rows that have none.
  private let start: Int64

  init(_ plan: TDMSPlan, _ selection: Selection, start: Int64) {
    (self.plan, self.selection, self.start) = (plan, selection, start)
  }

  /// Rows of a table from `first` on, as far as the selection wants them.
  func decode<Result>(
    _ values: [TDMSValues?], of number: Int, from first: Int, _ output: inout TDMSOutput<Result>,
    _ transform: (ChannelBatch) throws -> Result
  ) throws {
    let table = plan.tables[number]
    guard let one = values[table.strands.lowerBound], one.count > 0 else { return }
    let count = one.count
    let batch: Batch
    switch selection.form {
    case .times: batch = Batch(schema: Schema([]), columns: [], count: count)
    case .decoded: batch = self.batch(values, table, count, &output)
    case .raw:
      batch = Batch(
        schema: Schema([Field("data", .bytes)]), columns: [Column(.text(Self.records(values[table.strands], count)))],
        count: count)
    }
    let bytes = values[table.strands].reduce(0) { $0 + ($1?.byteCount ?? 0) }
    try deliver(
      batch, times(values, table, first..<first + count), one.positions, bytes: bytes, of: number, &output, transform)
  }

  /// Frames of a bus.
  func decode<Result>(
    _ frames: TDMSFrames, _ values: [TDMSValues?], of number: Int, _ output: inout TDMSOutput<Result>,
    _ transform: (ChannelBatch) throws -> Result
  ) throws {
    let table = plan.tables[number]
    guard let one = values[table.strands.lowerBound], one.count > 0 else { return }
    var (times, starts, batch, outOfRange) = frames.decode(one.bytes, unset: start)
    if outOfRange > 0 { output.outOfRange[table.members[0].object, default: 0] += outOfRange }
    switch selection.form {
    case .decoded: break
    case .times: batch = Batch(schema: Schema([]), columns: [], count: times.count)
    case .raw:
      var records = Texts()
      for (begin, end) in zip(starts, starts.dropFirst() + [one.count]) { records.append(one.bytes[begin..<end]) }
      batch = Batch(schema: Schema([Field("data", .bytes)]), columns: [Column(.text(records))], count: times.count)
    }
    try deliver(
      batch, times, starts.map { one.positions[$0] }, bytes: one.count, of: number, &output, transform)
  }

  /// What the selection wants of some rows.
  private func deliver<Result>(
    _ batch: Batch, _ times: [Int64], _ places: [Int64], bytes: Int, of number: Int,
    _ output: inout TDMSOutput<Result>, _ transform: (ChannelBatch) throws -> Result
  ) throws {
    var batch = batch, log = times
    let container = places.first ?? 0, count = log.count
    var positions = places.map { $0 - container }
    if let range = selection.range {
      let wanted = log.indices.filter { range.start.nanoseconds <= log[$0] && log[$0] <= range.end.nanoseconds }
      guard !wanted.isEmpty else { return }
      if wanted.count < count {
        (log, positions) = (wanted.map { log[$0] }, wanted.map { positions[$0] })
        batch = batch.rows(wanted)
      }
    }
    output.delivered += log.count
    output.bytes += bytes * log.count / count
    output.results.append(
      try transform(ChannelBatch(channel: number, log: log, container: container, positions: positions, batch: batch)))
  }

  private func times(_ values: [TDMSValues?], _ table: TDMSPlan.Table, _ rows: Range<Int>) -> [Int64] {
    switch table.axis {
    case .none, .frames: return Array(repeating: start, count: rows.count)
    case .waveform(let waveform): return waveform.times(rows)
    case .channel:
      guard let clock = table.clock, let column = values[clock]?.columns.first, case .int64(let times) = column.values
      else { return Array(repeating: start, count: rows.count) }
      guard let valid = column.validity else { return times }
      return zip(times, valid).map { $1 ? $0 : start }
    }
  }

  private func batch<Result>(
    _ values: [TDMSValues?], _ table: TDMSPlan.Table, _ count: Int, _ output: inout TDMSOutput<Result>
  ) -> Batch {
    var columns: [Column] = []
    columns.reserveCapacity(table.schema.fields.count)
    for member in table.members {
      for part in member.columns {
        switch part {
        case .scaled: columns.append(Column(.float64(scaled(member, values))))
        case .recorded(let strand):
          guard let own = values[strand] else { continue }
          columns += own.columns
          if own.misplaced > 0 { output.misplaced[member.object, default: 0] += own.misplaced }
          let outside = own.timesOutOfRange
          if outside > 0 { output.outOfRange[member.object, default: 0] += outside }
        }
      }
    }
    return Batch(schema: table.schema, columns: columns, count: count)
  }

  private func scaled(_ member: TDMSPlan.Member, _ values: [TDMSValues?]) -> [Double] {
    let raw = values[member.strands.lowerBound]?.doubles ?? []
    return member.scaling?.values(of: raw) { scale in
      member.strands.first { plan.strands[$0].scale == UInt32(scale) }.flatMap { values[$0]?.doubles }
    } ?? raw
  }

  /// The bytes of each row, values in the order of the table's channels, little-endian.
  private static func records(_ strands: ArraySlice<TDMSValues?>, _ count: Int) -> Texts {
    var records = Texts()
    for row in 0..<count {
      var record: [UInt8] = []
      for strand in strands { record += strand?.bytes(of: row) ?? [] }
      records.append(record)
    }
    return records
  }
}

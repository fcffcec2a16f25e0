import Core

/// Turns records into batches; many run at once.
struct MDF4Decoder: Sendable {
  let plan: MDF4Plan
  let selection: Selection

  /// A part of a sorted group; what cannot be unpacked is left out.
  func read<Result: Sendable>(
    _ part: MDF4Part, _ transform: (ChannelBatch) throws -> Result
  ) throws -> MDF4Output<Result> {
    var output = MDF4Output<Result>()
    let table = plan.tables[part.table]
    let stream = plan.streams[table.dataGroup]
    for run in try runs(part, table, stream, &output) {
      let container = Int64(stream.address)
      let step = table.stride
      let positions = (0..<run.count).map { Int64((run.first + $0) * step) }
      let sources = table.streams.mapValues { MDF4Values.Source.stream($0) }
      try decode(run, of: part.table, sources, container: container, positions, &output, transform)
    }
    return output
  }

  /// The records of a part, in as many runs as there is damage between them.
  private func runs<Result>(
    _ part: MDF4Part, _ table: MDF4Plan.Table, _ stream: MDF4Stream, _ output: inout MDF4Output<Result>
  ) throws -> [MDF4Records] {
    let stride = table.stride
    func run(_ bytes: [UInt8], _ start: Int, _ records: Range<Int>) -> MDF4Records {
      MDF4Records(
        bytes: bytes, start: start, stride: stride, count: records.count, first: records.lowerBound,
        dataBytes: table.group.dataBytes)
    }
    guard stride > 0 else { return [run([], 0, part.records)] }
    let range = part.records.lowerBound * stride..<part.records.upperBound * stride
    let first = stream.fragment(at: range.lowerBound)
    let whole = stream.fragments[first]
    if stream.invalidation == nil, range.upperBound <= whole.offset + whole.count {
      do {
        guard whole.packing != nil else {
          let place = whole.start + range.lowerBound - whole.offset
          return [run(try plan.file.bytes(at: place, count: range.count), 0, part.records)]
        }
        let bytes = try whole.bytes(of: plan.file)
        return [run(bytes, range.lowerBound - whole.offset, part.records)]
      } catch let fault as MDF4Fault {
        output.faults.append(fault)
        output.lost += part.records.count
        return []
      }
    }
    let (bytes, holes) = try gather(range, stream, &output)
    var runs: [MDF4Records] = []
    var next = part.records.lowerBound
    for hole in holes {
      let end = hole.lowerBound / stride
      if end > next { runs.append(run(bytes, next * stride - range.lowerBound, next..<end)) }
      let after = min(part.records.upperBound, (hole.upperBound + stride - 1) / stride)
      output.lost += max(0, after - max(next, end))
      next = max(next, after)
    }
    if next < part.records.upperBound {
      runs.append(run(bytes, next * stride - range.lowerBound, next..<part.records.upperBound))
    }
    return try runs.map { try withInvalidation($0, table, stream) }
  }

  /// The bytes of a range, and the parts of it that could not be had.
  private func gather<Result>(
    _ range: Range<Int>, _ stream: MDF4Stream, _ output: inout MDF4Output<Result>
  ) throws -> (bytes: [UInt8], holes: [Range<Int>]) {
    var bytes: [UInt8] = [], holes: [Range<Int>] = []
    bytes.reserveCapacity(range.count)
    var number = stream.fragment(at: range.lowerBound)
    while number < stream.fragments.count, stream.fragments[number].offset < range.upperBound {
      let fragment = stream.fragments[number]
      number += 1
      let own = range.clamped(to: fragment.offset..<fragment.offset + fragment.count)
      guard !own.isEmpty else { continue }
      let local = own.lowerBound - fragment.offset..<own.upperBound - fragment.offset
      do {
        if fragment.packing == nil {
          bytes += try plan.file.bytes(at: fragment.start + local.lowerBound, count: local.count)
        } else {
          bytes += try fragment.bytes(of: plan.file, first: local.upperBound)[local]
        }
      } catch let fault as MDF4Fault {
        output.faults.append(fault)
        holes.append(own)
        bytes += Array(repeating: 0, count: own.count)
      }
    }
    return (bytes, holes)
  }

  /// Column storage has the invalidation bytes apart: records are put together from both.
  private func withInvalidation(
    _ run: MDF4Records, _ table: MDF4Plan.Table, _ stream: MDF4Stream
  ) throws -> MDF4Records {
    let size = table.group.invalidationBytes
    guard let fragments = stream.invalidation, size > 0 else { return run }
    var flags = MDF4Stream(address: stream.address)
    flags.fragments = fragments
    var reader = MDF4StreamReader(plan.file, flags)
    // Where they cannot be had nothing is valid.
    let bytes =
      try reader.bytes(run.first * size..<(run.first + run.count) * size)
      ?? Array(repeating: 0xFF, count: run.count * size)
    var records: [UInt8] = []
    records.reserveCapacity(run.count * (run.stride + size))
    for index in 0..<run.count {
      let place = run.start + index * run.stride
      records += run.bytes[place..<place + run.stride]
      records += bytes[index * size..<(index + 1) * size]
    }
    return MDF4Records(
      bytes: records, stride: run.stride + size, count: run.count, first: run.first, dataBytes: run.dataBytes)
  }

  /// Records as a batch, as far as the selection wants them.
  func decode<Result>(
    _ records: MDF4Records, of number: Int, _ sources: [Int: MDF4Values.Source], container: Int64,
    _ positions: [Int64], _ output: inout MDF4Output<Result>, _ transform: (ChannelBatch) throws -> Result
  ) throws {
    guard records.count > 0 else { return }
    let table = plan.tables[number]
    guard let log = try times(records, table, &output) else {
      output.lost += records.count
      return
    }
    var batch: Batch
    switch selection.form {
    case .times: batch = Batch(schema: Schema([]), columns: [], count: records.count)
    case .decoded: batch = try table.columns.batch(records, sources, plan.file, &output.losses)
    case .raw:
      var texts = Texts()
      for index in 0..<records.count {
        let place = records.start + index * records.stride
        texts.append(records.bytes[place..<place + records.stride])
      }
      batch = Batch(schema: Schema([Field("data", .bytes)]), columns: [Column(.text(texts))], count: records.count)
    }
    var result = ChannelBatch(
      channel: number, log: log, container: container, positions: positions, batch: batch)
    // What has no times is in every stretch of time.
    if let range = selection.range, table.hasTime {
      let wanted = log.indices.filter { range.start.nanoseconds <= log[$0] && log[$0] <= range.end.nanoseconds }
      guard !wanted.isEmpty else { return }
      if wanted.count < log.count {
        batch = batch.rows(wanted)
        result = ChannelBatch(
          channel: number, log: wanted.map { log[$0] }, container: container, positions: wanted.map { positions[$0] },
          batch: batch)
      }
    }
    output.delivered += result.log.count
    output.bytes += result.log.count * records.stride
    output.results.append(try transform(result))
  }

  /// By the group's own master, or by that of the group which it names; else the start for all.
  ///
  /// Nil where the other group's records cannot be had.
  private func times<Result>(
    _ records: MDF4Records, _ table: MDF4Plan.Table, _ output: inout MDF4Output<Result>
  ) throws -> [Int64]? {
    if let clock = table.clock { return clock.times(records) }
    guard let number = table.master, let clock = plan.tables[number].clock else {
      return Array(repeating: plan.index.header.start.nanoseconds, count: records.count)
    }
    let other = plan.tables[number]
    var reader = MDF4StreamReader(plan.file, plan.streams[other.dataGroup])
    let first = records.first.multipliedReportingOverflow(by: other.stride)
    guard !first.overflow,
      let bytes = try reader.bytes(
        first.partialValue..<first.partialValue.addingSaturated(records.count * other.stride))
    else {
      output.faults.append(
        reader.fault ?? MDF4Fault("master-missing", at: other.group.address, "its master is not there"))
      return nil
    }
    return clock.times(
      MDF4Records(
        bytes: bytes, stride: other.stride, count: records.count, first: records.first,
        dataBytes: other.group.dataBytes))
  }
}

import Artifacts
import Core

/// Brings the streams of one measurement onto one time line, and writes the tables that say how (sync.md).
package struct Synchronization: Sendable {
  package let settings: SyncSettings
  package let jobs: Int
  /// Called between the steps; what it throws ends the work.
  package var step: @Sendable () throws -> Void = {}

  /// How late header stamps are by design, by topic, in nanoseconds: as manifests have it.
  var knownOffsets: [String: Int64] = [:]

  package init(_ settings: SyncSettings, jobs: Int) { (self.settings, self.jobs) = (settings, jobs) }

  static let samplesFile = "samples.parquet", dataFile = "sample_data.parquet", wideFile = "wide.parquet"
  static let reportFile = "sync_report.json", pageFile = "sync_report.html"

  /// What is known before anything is written.
  struct Plan: Sendable {
    var measurement: Identifier
    var streams: [SyncStream]
    var segments: Segments
    /// All samples that could be made.
    var set: SampleSet
    /// Number of each sample after incomplete ones were dropped; nil where it was.
    var kept: [Int?]
    /// Those that are kept.
    var samples: Samples
    var clocks: [ClockReport?]
    var policies: [ColumnPolicies]
    var left: [String]
    var unmatched: [String]
    var total = SyncReport.SampleCounts()
  }

  func write(_ plan: Plan, _ datastream: String?, into folder: Folder, place: String) throws -> SyncReport {
    var report = SyncReport(measurement: "\(plan.measurement)", plan)
    report.datastream = datastream
    if settings.policy == .nearest || settings.reference != nil {
      report.reference = try plan.streams[SampleMaker.reference(plan.streams, settings)].name
    }
    try step()
    var output = SyncOutput(folder, jobs: jobs)
    try output.table(Self.samplesFile, Samples.schema, sortedBy: "t_ns") { try plan.samples.write(to: &$0) }
    report.rows += plan.samples.count
    let fillers = try plan.streams.map { stream in
      settings.incomplete == .pad && stream.isFrame ? try Placeholder(for: stream) : nil
    }
    for filler in fillers.compactMap({ $0 }) { try output.file(filler.path, filler.bytes) }
    try output.table(Self.dataFile, SampleDataTable.schema) { sink in
      var table = SampleDataTable()
      for index in plan.streams.indices {
        try step()
        try table.write(
          try rows(of: index, plan, &report), of: plan.streams[index], plan.samples,
          placeholder: fillers[index].map { "\(place)/\($0.path)" }, to: &sink)
      }
      report.rows += table.rows
    }
    if let columns = settings.wide {
      var wide = try WideTable(plan, columns)
      try output.table(Self.wideFile, wide.schema, sortedBy: "t_ns") { try wide.write(to: &$0) }
      report.rows += plan.samples.count
    }
    if settings.picture == .html { try output.file(Self.pageFile, SyncPage(report).bytes) }
    report.sums = output.sums
    return report
  }

  /// Everything but the tables.
  func plan(_ found: StreamReading.Streams, measurement: Identifier) throws -> Plan {
    var found = found
    var clocks: [ClockReport?] = found.streams.map { _ in nil }
    if settings.clocks.isEstimated {
      clocks = try MotionReading(settings: settings.clocks, jobs: jobs).reports(of: found.streams)
      if settings.clocks.isApplied { try apply(&clocks, to: &found.streams) }
      try step()
    }
    let streams = found.streams
    let policies = try streams.map { stream throws(SyncError) in
      try ColumnPolicies(stream.nature == .state ? stream.table.message : Schema([]), stream.rules, stream: stream.name)
    }
    let set = try SampleMaker(streams, settings).samples()
    let segments = Segments(streams)
    let presence = Presence(streams, set, segments, policies)
    let complete = set.times.indices.filter { presence.lacking[$0] == 0 }
    let chosen = settings.incomplete == .drop ? complete : Array(set.times.indices)
    var kept: [Int?] = set.times.map { _ in nil }
    for (number, sample) in chosen.enumerated() { kept[sample] = number }
    var samples = try Samples(
      chosen.map { set.times[$0] }, segments: chosen.map { set.segments[$0] }, policy: set.policy, of: measurement,
      streams: streams.count, keyframes: settings.keyframes, jobs: jobs)
    presence.fill(&samples, chosen)
    var counts = SyncReport.SampleCounts()
    (counts.total, counts.complete, counts.kept) = (set.count, complete.count, chosen.count)
    counts.dropped = set.count - chosen.count
    counts.padded = settings.incomplete == .pad ? chosen.count - complete.count : 0
    return Plan(
      measurement: measurement, streams: streams, segments: segments, set: set, kept: kept, samples: samples,
      clocks: clocks, policies: policies, left: found.left, unmatched: found.unmatched, total: counts)
  }

  /// Corrects times by what was estimated.
  private func apply(_ clocks: inout [ClockReport?], to streams: inout [SyncStream]) throws(SyncError) {
    let first = streams.compactMap(\.order.times.first).min() ?? 0
    for index in streams.indices {
      guard var clock = clocks[index], clock.reason != .isReference else { continue }
      guard clock.isObservable, let offset = clock.offset else {
        guard streams[index].rules.isClockRequired != true else {
          throw .clockNotSeen(streams[index].name, clock.reason?.rawValue ?? "")
        }
        continue
      }
      let (fixed, drift) = (Int64(offset.rounded()), Int64(((clock.drift ?? 0) * 1000).rounded()))
      streams[index].order.correct { time in
        let passed = time.subtractingSaturated(first)
        // Parts in 10⁹, in full width.
        let (high, low) = passed.multipliedFullWidth(by: drift)
        let late = Int64(1_000_000_000).dividingFullWidthOrZero((high, low))
        return time.subtractingSaturated(fixed.addingSaturated(late))
      }
      streams[index].correction = .estimated
      clock.isApplied = true
      clocks[index] = clock
    }
  }

  /// The rows of a stream's sample data, with what the report says of them.
  private func rows(of index: Int, _ plan: Plan, _ report: inout SyncReport) throws -> [SampleDataTable.Row] {
    let stream = plan.streams[index]
    guard stream.isFrame else {
      let states = StateRows(plan, at: index)
      report.streams[index].take(states)
      return states.rows
    }
    let use = FrameUse(
      stream, at: index, in: plan.set, kept: plan.kept, leftOut: plan.segments.leftOut(of: stream))
    report.streams[index].take(use, plan)
    return use.rows
  }
}

extension Int64 {
  /// A product divided by this; 0 where the quotient is too large, which no clock's drift is.
  fileprivate func dividingFullWidthOrZero(_ product: (high: Int64, low: UInt64)) -> Int64 {
    guard product.high.magnitude < magnitude / 2 else { return 0 }
    return dividingFullWidth(product).quotient
  }
}

package import Core

/// What a synchronisation did: the report beside the data, the records and the messages.
package struct SyncReport: Sendable {
  package var measurement: String
  /// Id of the new datastream; nil outside a lake.
  package var datastream: String?
  package var policy = ""
  package var reference: String?
  package var samples = SampleCounts()
  package var streams: [Stream] = []
  /// Tables that took no part, and why.
  package var left: [String] = []
  /// Patterns that no stream matches.
  package var unmatched: [String] = []
  package var range: TimeRange?
  /// Every file that was written, with its digest.
  package var sums: [DatastreamContents.File] = []

  package struct SampleCounts: Sendable {
    package var total = 0
    package var complete = 0
    package var kept = 0
    package var dropped = 0
    package var padded = 0
  }

  package struct Stream: Sendable {
    package var name: String
    package var nature: StreamNature
    package var isRequired: Bool
    package var messages = 0
    package var used = 0
    package var unused = 0
    package var duplicates = 0
    package var outOfOrder = 0
    package var repaired = 0
    package var segments = 1
    package var missing = 0
    package var outOfTolerance = 0
    package var warnings: [String] = []
    var statistics = StreamStatistics([])
    var source = ""
    var shift: Int64 = 0
    var stampOffsets: (median: Int64, p05: Int64, p95: Int64)?
    var phase: Phase?
    var tolerance: Int64?
    var deviations: Deviations?
    var clock: ClockReport?
    /// How many messages are in each part of the range of all streams.
    var coverage: [Int] = []
  }

  package init(measurement: String) { self.measurement = measurement }

  /// Rows of all tables that were written.
  package var rows = 0

  /// What a person should be told, a line each.
  package var complaints: [String] {
    unmatched.map { "no stream matches '\($0)'" }
      + streams.flatMap { stream in stream.warnings.map { "\(stream.name): \($0)" } }
  }

  /// Every stream's lag that is usual: who does not know of it takes it for missing synchronisation.
  package var phases: String? {
    let found = streams.compactMap { stream in
      stream.phase.flatMap { $0.value == 0 ? nil : "\(stream.name) \(Double($0.value) / 1e6) ms" }
    }
    return found.isEmpty ? nil : "usual lag behind \(reference ?? "the samples"): \(found.joined(separator: ", "))"
  }

  package var json: JSON {
    var object: JSONObject = ["schema": "av.sync_report/1", "measurement": .string(measurement)]
    object["datastream"] = datastream.map { .string($0) } ?? .null
    object["policy"] = .string(policy)
    object["reference"] = reference.map { .string($0) } ?? .null
    object["start"] = range.map { .string("\($0.start)") } ?? .null
    object["end"] = range.map { .string("\($0.end)") } ?? .null
    object["samples"] = [
      "total": .count(samples.total), "complete": .count(samples.complete), "kept": .count(samples.kept),
      "dropped": .count(samples.dropped), "padded": .count(samples.padded),
    ]
    object["streams"] = .array(streams.map(\.json))
    if !left.isEmpty { object["not_taken"] = .array(left.map { .string($0) }) }
    return .object(object)
  }
}

extension SyncReport.Stream {
  var json: JSON {
    var object: JSONObject = [
      "stream": .string(name), "nature": .string(nature.rawValue), "required": .bool(isRequired),
      "messages": .count(messages), "used": .count(used), "unused": .count(unused), "duplicate": .count(duplicates),
      "out_of_order": .count(outOfOrder), "repaired": .count(repaired), "segments": .count(segments),
    ]
    for member in statistics.json.members { object[member.key] = member.value }
    object["time_source"] = .string(source)
    if shift != 0 { object["clock_offset_ns"] = .string("\(shift)") }
    object["stamp_minus_log_ms"] =
      stampOffsets.map {
        ["median": .milliseconds($0.median), "p05": .milliseconds($0.p05), "p95": .milliseconds($0.p95)]
      } ?? .null
    object["phase_ms"] =
      phase.map { ["value": .milliseconds($0.value), "source": .string($0.source.rawValue)] } ?? .null
    object["tolerance_ms"] = tolerance.map { .milliseconds($0) } ?? .null
    object["dt_ms"] = deviations?.json ?? .null
    object["clock"] = clock?.json ?? .null
    object["missing_samples"] = .count(missing)
    object["out_of_tolerance"] = .count(outOfTolerance)
    if !warnings.isEmpty { object["warnings"] = .array(warnings.map { .string($0) }) }
    return .object(object)
  }
}

extension SyncReport {
  /// What is known before the tables are written.
  init(measurement: String, _ plan: Synchronization.Plan) {
    self.init(measurement: measurement)
    policy = plan.set.policy
    samples = plan.total
    (left, unmatched) = (plan.left, plan.unmatched)
    let ranges = plan.streams.compactMap { stream -> TimeRange? in
      guard let first = stream.order.times.first, let last = stream.order.times.last else { return nil }
      return TimeRange(start: Timestamp(nanoseconds: first), end: Timestamp(nanoseconds: last))
    }
    range = ranges.dropFirst().reduce(ranges.first) { $0?.extended(to: $1.start).extended(to: $1.end) }
    let isAnyNamed = plan.streams.contains { $0.rules.isRequired == true }
    streams = plan.streams.indices.map { index in
      let own = plan.streams[index]
      var stream = Stream(
        name: own.name, nature: own.nature,
        isRequired: isAnyNamed ? own.rules.isRequired == true : own.isFrame)
      stream.messages = own.count
      stream.duplicates = own.order.duplicates.count
      stream.outOfOrder = own.order.outOfOrder
      stream.repaired = own.chosen.repaired
      stream.segments = own.order.segmentCount
      stream.warnings = own.chosen.warnings
      if plan.segments.leavesOut(own) {
        stream.warnings.append("its clock was set \(own.order.segmentCount - 1) times; only the longest part is used")
      }
      stream.statistics = StreamStatistics(own.order.times, period: own.order.period)
      stream.coverage = SyncPage.coverage(own.order.times, in: range)
      stream.source = own.chosen.source.rawValue
      stream.shift = own.chosen.shift
      stream.stampOffsets = own.chosen.stampOffsets
      stream.phase = plan.set.phases[index]
      stream.tolerance = plan.set.tolerances[index]
      stream.clock = plan.clocks[index]
      return stream
    }
  }
}

extension SyncReport.Stream {
  mutating func take(_ use: FrameUse, _ plan: Synchronization.Plan) {
    (used, unused, missing, outOfTolerance) = (use.used, use.unused, use.missing, use.outOfTolerance)
    let farthest = use.deviations.map { $0.magnitude }.max().map { Int64(clamping: $0) } ?? 1
    deviations = Deviations(use.deviations, limit: tolerance ?? farthest)
  }

  mutating func take(_ rows: StateRows) {
    (used, missing, deviations) = (rows.used, rows.missing, rows.deviations)
    unused = messages - duplicates - used
  }
}

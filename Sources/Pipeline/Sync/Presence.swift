import Core

/// Which samples have what, before any is dropped.
struct Presence: Sendable {
  private(set) var present: [Int32]
  /// Required streams that are missing.
  private(set) var lacking: [Int32]
  private(set) var earliest: [Int64]
  private(set) var latest: [Int64]

  init(_ streams: [SyncStream], _ set: SampleSet, _ segments: Segments, _ policies: [ColumnPolicies]) {
    present = Array(repeating: 0, count: set.count)
    lacking = present
    earliest = Array(repeating: .max, count: set.count)
    latest = Array(repeating: .min, count: set.count)
    let isAnyNamed = streams.contains { $0.rules.isRequired == true }
    for (index, stream) in streams.enumerated() {
      let isRequired = isAnyNamed ? stream.rules.isRequired == true : stream.isFrame
      if let matches = set.matches[index] {
        for (sample, match) in matches.enumerated() {
          guard let message = match.message else {
            lacking[sample] += isRequired ? 1 : 0
            continue
          }
          present[sample] += 1
          earliest[sample] = min(earliest[sample], stream.order.times[message])
          latest[sample] = max(latest[sample], stream.order.times[message])
        }
      } else {
        let sampling = StateSampling(stream, set, segments, interpolates: policies[index].interpolates)
        for (sample, state) in sampling.states(count: set.count, isLeftOut: false).enumerated() {
          present[sample] += state.status.isPresent ? 1 : 0
          lacking[sample] += isRequired && !state.status.isPresent ? 1 : 0
        }
      }
    }
  }

  /// Tells the samples that are kept.
  func fill(_ samples: inout Samples, _ chosen: [Int]) {
    samples.present = chosen.map { present[$0] }
    samples.lacking = chosen.map { lacking[$0] }
    samples.earliest = chosen.map { earliest[$0] }
    samples.latest = chosen.map { latest[$0] }
  }
}

/// The rows of a state stream: one a sample.
struct StateRows: Sendable {
  private(set) var rows: [SampleDataTable.Row] = []
  private(set) var used = 0
  private(set) var missing = 0
  private(set) var deviations: Deviations?

  init(_ plan: Synchronization.Plan, at index: Int) {
    let stream = plan.streams[index], samples = plan.samples
    var set = SampleSet(streams: 0, policy: "")
    (set.times, set.segments) = (samples.times, samples.segments)
    let sampling = StateSampling(stream, set, plan.segments, interpolates: plan.policies[index].interpolates)
    let isLeftOut = plan.segments.leavesOut(stream)
    var isUsed = [Bool](repeating: false, count: stream.order.count)
    var away: [Int64] = []
    for (sample, state) in sampling.states(count: samples.count, isLeftOut: isLeftOut).enumerated() {
      var row = SampleDataTable.Row(
        sample: sample, source: nil, time: nil, status: state.status, reason: state.reason)
      if let message = state.message {
        (row.source, row.time) = (stream.order.row(message), stream.order.times[message])
        isUsed[message] = true
        if state.status == .interpolated, message + 1 < isUsed.count { isUsed[message + 1] = true }
        away.append(stream.order.times[message].subtractingSaturated(samples.times[sample]))
      } else {
        missing += 1
      }
      rows.append(row)
    }
    used = isUsed.count { $0 }
    deviations = Deviations(away, limit: sampling.maxAge ?? 1)
  }
}

package import Core

/// `av-meta runs`: who worked on a lake, when, and how it ended.
package enum Runs {
  /// Which runs are wanted; everything that is set has to agree.
  package struct Filter: Sendable {
    package var tool: String?
    /// Only runs that began then or later.
    package var since: Timestamp?
    package var outcome: RunStatus?

    package init() {}
  }

  /// The runs of a lake as records: the crashed first, then the overdue, then the running, then the newest first.
  package static func records(
    _ lake: Lake, _ filter: Filter = Filter(), mode: LineageReader.Mode = .strict, now: Timestamp = .now
  ) throws -> (records: [Record], exit: ExitCode) {
    let folder = try lake.lineageFolder()
    // Leases first: a run that ends meanwhile has its end in the log.
    let alive = try LiveRuns(in: folder, now: now).runs
    var reader = LineageReader(folder, mode: mode)
    let view = try reader.view()
    let found = view.runs.values.compactMap { run -> (rank: Int, run: LineageView.Run, outcome: RunStatus)? in
      let outcome = run.status(living: alive)
      if let tool = filter.tool, run.facts["tool"]?.string != tool { return nil }
      if let since = filter.since, (run.start ?? run.end ?? .init(nanoseconds: .min)) < since { return nil }
      if let wanted = filter.outcome, outcome != wanted { return nil }
      return (first.firstIndex(of: outcome) ?? first.count, run, outcome)
    }
    let sorted = found.sorted { one, other in
      guard one.rank == other.rank else { return one.rank < other.rank }
      let starts = (one.run.start?.nanoseconds ?? .min, other.run.start?.nanoseconds ?? .min)
      return starts.0 == starts.1 ? one.run.id < other.run.id : starts.0 > starts.1
    }
    let records = sorted.map { record(of: $0.run, $0.outcome, view, now) }
    return (records, reader.damage.isEmpty ? .success : .loss)
  }

  /// What somebody may have to look at.
  private static let first: [RunStatus] = [.crashed, .overdue, .running]

  static func record(
    of run: LineageView.Run, _ outcome: RunStatus, _ view: LineageView, _ now: Timestamp
  ) -> Record {
    var record = view.record(ofRun: run.id) ?? Record(.run, ["id": .string(run.id)])
    record["outcome"] = .string(outcome.rawValue)
    if let start = run.start, let end = run.end ?? (outcome == .crashed ? nil : now) {
      let duration = end.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
      if !duration.overflow { record["duration"] = .string(Measure.text(duration: duration.partialValue)) }
    }
    return record
  }
}

package import Core

/// `av-meta runs`: who worked on a lake, when, and how it ended.
package enum Runs {
  /// How a run ended, or that it did not.
  package enum Outcome: String, Sendable, CaseIterable { case crashed, running, failed, interrupted, partial, done }

  /// Which runs are wanted; everything that is set has to agree.
  package struct Filter: Sendable {
    package var tool: String?
    /// Only runs that began then or later.
    package var since: Timestamp?
    package var outcome: Outcome?

    package init() {}
  }

  /// The runs of a lake as records: the crashed first, then the running, then the newest first.
  ///
  /// A run without an end is alive as long as a lease has it as its owner and that process lives.
  package static func records(
    _ lake: Lake, _ filter: Filter = Filter(), mode: LineageReader.Mode = .strict, now: Timestamp = .now
  ) throws -> (records: [Record], exit: ExitCode) {
    let folder = try lake.lineageFolder()
    // Leases first: a run that ends meanwhile has its end in the log.
    let alive = try LiveRuns(in: folder, now: now).runs
    var reader = LineageReader(folder, mode: mode)
    let view = try reader.view()
    let found = view.runs.values.compactMap { run -> (rank: Int, run: LineageView.Run, outcome: Outcome)? in
      let outcome = outcome(of: run, alive)
      if let tool = filter.tool, run.facts["tool"]?.string != tool { return nil }
      if let since = filter.since, (run.start ?? run.end ?? .init(nanoseconds: .min)) < since { return nil }
      if let wanted = filter.outcome, outcome != wanted { return nil }
      return (outcome == .crashed ? 0 : outcome == .running ? 1 : 2, run, outcome)
    }
    let sorted = found.sorted { one, other in
      guard one.rank == other.rank else { return one.rank < other.rank }
      let starts = (one.run.start?.nanoseconds ?? .min, other.run.start?.nanoseconds ?? .min)
      return starts.0 == starts.1 ? one.run.id < other.run.id : starts.0 > starts.1
    }
    let records = sorted.map { record(of: $0.run, $0.outcome, view, now) }
    return (records, reader.damage.isEmpty ? .success : .loss)
  }

  static func outcome(of run: LineageView.Run, _ alive: Set<String>) -> Outcome {
    guard run.outcome != nil || run.end != nil else { return alive.contains(run.id) ? .running : .crashed }
    return run.outcome?["outcome"]?.string.flatMap(Outcome.init(rawValue:)) ?? .failed
  }

  private static func record(
    of run: LineageView.Run, _ outcome: Outcome, _ view: LineageView, _ now: Timestamp
  ) -> Record {
    var record = view.record(ofRun: run.id) ?? Record(.run, ["id": .string(run.id)])
    record["outcome"] = .string(outcome.rawValue)
    if let start = run.start, let end = run.end ?? (outcome == .running ? now : nil) {
      let duration = end.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
      if !duration.overflow { record["duration"] = .string(Measure.text(duration: duration.partialValue)) }
    }
    return record
  }
}

import Command
import Core
import Pipeline

/// A run over datastreams of a lake: a record in, a record out.
struct EnrichRun {
  private let settings: EnrichSettings
  private let lake: LakeOptions
  private let work: WorkOptions
  private let shown: OutputOptions
  private let config: String?

  init(_ settings: EnrichSettings, lake: LakeOptions, work: WorkOptions, shown: OutputOptions, config: String?) {
    (self.settings, self.lake, self.work, self.shown, self.config) = (settings, lake, work, shown, config)
  }

  /// The work, or the look ahead at it.
  private enum Stage {
    case real(EnrichStage)
    case planned(EnrichPreview)
  }

  func run() throws -> ExitCode {
    var output = RecordOutput(end: work.end ? .counted : .none) { try Console.record($0) }
    var tally = Tally(shown.log, atMost: work.errorLimit)
    // An empty input has no effect at all, not even a run in the log.
    var stage: Stage?
    var isAtEnd = false
    var failure: (any Error)?
    do {
      isAtEnd = try enrichAll(&stage, &output, &tally)
    } catch is Interruption {
      // The signal tells, at the end.
    } catch {
      failure = error
    }
    let code = tally.code(failIfEmpty: work.failIfEmpty)
    if case .real(let stage) = stage {
      try stage.lineage.end(done: tally.doneCount, failed: tally.failedCount, after: failure, code)
    }
    if let failure { throw failure }
    // Who counts on the end learns from it that nothing is missing.
    if isAtEnd { try output.finish() }
    return code
  }

  /// Whether the input was read to its end.
  private func enrichAll(_ stage: inout Stage?, _ output: inout RecordOutput, _ tally: inout Tally) throws -> Bool {
    var input = RecordStream(end: work.requireEnd ? .required : .optional)
    while !tally.isFull {
      guard let item = try input.next() else { return true }
      switch item {
      case .warning(let text): shown.log.warn(text)
      case .foreign(let record, _): try output.put(record)
      case .problem(let problem): try Console.record(tally.failed(problem, item: "-"))
      case .record(let record, let place):
        do {
          guard record.kind == .datastream else {
            try output.put(record)
            continue
          }
          let parent = try DatastreamRecord(record, at: place)
          let running = try stage ?? begin()
          stage = running
          tally.done(try enrich(parent, running, &output))
        } catch let error as Interruption {
          throw error
        } catch {
          try Console.record(tally.failed(error, item: record["id"]?.string ?? place))
        }
      }
    }
    return false
  }

  private func enrich(_ parent: DatastreamRecord, _ stage: Stage, _ output: inout RecordOutput) throws -> ExitCode {
    switch stage {
    case .planned(let preview):
      try output.put(preview.plan(parent))
      return .success
    case .real(let stage):
      let outcome = try stage.run(parent)
      let code = try outcome.report?.tell(shown.log) ?? .success
      try output.put(outcome.record)
      return code
    }
  }

  private func begin() throws -> Stage {
    let home = try Lake.find(lake.lake)
    var enrichment = try Enrichment(settings, jobs: work.jobCount)
    enrichment.step = { if Signals.requested != nil { throw Interruption() } }
    guard !work.dryRun else { return .planned(try EnrichPreview(home, enrichment, isForced: work.force)) }
    let tool = Tool(Enrich.name, version: Version.number)
    let lineage = try Lineage(home, tool: tool, run: lake.runId.map { "\($0)" })
    let stage = EnrichStage(lake: home, lineage: lineage, enrichment: enrichment, isForced: work.force)
    try lineage.start(config: stage.digest, args: Array(CommandLine.arguments.dropFirst()))
    return .real(stage)
  }
}

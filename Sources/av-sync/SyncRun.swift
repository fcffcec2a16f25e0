import Command
import Core
import Pipeline

/// A run over measurements of a lake, or a look at folders: records in, records out.
struct SyncRun {
  private let synchronization: Synchronization
  private let lake: LakeOptions
  private let work: WorkOptions
  private let shown: OutputOptions
  private let isCheck: Bool
  private let config: String?

  init(
    _ synchronization: Synchronization, lake: LakeOptions, work: WorkOptions, shown: OutputOptions, isCheck: Bool,
    config: String?
  ) {
    (self.synchronization, self.lake, self.work, self.shown) = (synchronization, lake, work, shown)
    (self.isCheck, self.config) = (isCheck, config)
  }

  /// The work, the look ahead at it, or only a look at the streams.
  private enum Stage {
    case real(SyncStage)
    case planned(SyncPreview)
    case check(SyncCheck)
  }

  /// Operands are ids; without any, records come on standard input.
  func run(_ operands: [String]) throws -> ExitCode {
    var output = RecordOutput(end: work.end ? .counted : .none) { try Console.record($0) }
    var tally = Tally(shown.log, atMost: work.errorLimit)
    let groups = try operands.isEmpty ? read(&output, &tally) : named(operands)
    var isAtEnd = true
    // An empty input has no effect at all, not even a run in the log.
    guard !groups.isEmpty else {
      if !tally.isFull { try output.finish() }
      return tally.code(failIfEmpty: work.failIfEmpty)
    }
    let stage = try begin()
    var failure: (any Error)?
    do {
      for group in groups {
        guard !tally.isFull else {
          isAtEnd = false
          break
        }
        try synchronize(group, stage, &output, &tally)
      }
    } catch is Interruption {
      // The signal tells, at the end.
      isAtEnd = false
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

  private func synchronize(
    _ group: SyncGroup, _ stage: Stage, _ output: inout RecordOutput, _ tally: inout Tally
  ) throws {
    do {
      switch stage {
      case .real(let stage):
        let outcome = try stage.run(group)
        outcome.report?.tell(shown.log)
        try output.put(outcome.record)
      case .planned(let preview): try output.put(preview.plan(group))
      case .check(let check):
        try check.run(group)
        for parent in group.parents { try output.put(parent.record) }
      }
      tally.done()
    } catch let error as Interruption {
      throw error
    } catch {
      try Console.record(tally.failed(error, item: group.measurement))
    }
  }

  /// All records, since those of one measurement need not stand together.
  private func read(_ output: inout RecordOutput, _ tally: inout Tally) throws -> [SyncGroup] {
    var input = RecordStream(end: work.requireEnd ? .required : .optional)
    var found: [DatastreamRecord] = []
    while !tally.isFull, let item = try input.next() {
      switch item {
      case .warning(let text): shown.log.warn(text)
      case .foreign(let record, _): try output.put(record)
      case .problem(let problem): try Console.record(tally.failed(problem, item: "-"))
      case .record(let record, let place):
        guard record.kind == .datastream else {
          try output.put(record)
          continue
        }
        do throws(RecordError) { found.append(try DatastreamRecord(record, at: place)) } catch {
          try Console.record(tally.failed(error, item: record["id"]?.string ?? place))
        }
      }
    }
    return SyncGroup.groups(found)
  }

  private func named(_ operands: [String]) throws -> [SyncGroup] {
    try SyncGroup.groups(named: operands, in: Lake.find(lake.lake).recordedView())
  }

  private func begin() throws -> Stage {
    let home = try Lake.find(lake.lake)
    guard !isCheck else { return .check(SyncCheck(home, synchronization)) }
    guard !work.dryRun else {
      return .planned(try SyncPreview(home, synchronization.settings, isForced: work.force))
    }
    let tool = Tool(Sync.name, version: Version.number)
    let lineage = try Lineage(home, tool: tool, run: lake.runId.map { "\($0)" })
    let stage = SyncStage(lake: home, lineage: lineage, synchronization: synchronization, isForced: work.force)
    try lineage.start(config: stage.digest, args: Array(CommandLine.arguments.dropFirst()))
    return .real(stage)
  }
}

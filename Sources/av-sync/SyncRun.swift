import Command
import Core
import Pipeline
import Runs

extension RecordRun {
  /// Synchronises each measurement, or only looks at its streams; `operands` are ids, without any records come on standard
  /// input.
  func synchronize(
    _ operands: [String], _ synchronization: Synchronization, isCheck: Bool, _ work: WorkOptions, _ log: Log
  ) throws -> ExitCode {
    try overGroups(
      { traffic in
        guard operands.isEmpty else { return try SyncGroup.groups(named: operands, in: home().recordedView()) }
        return try groups(&traffic)
      }, name: \.measurement
    ) {
      let home = try home()
      guard !isCheck else {
        let check = SyncCheck(home, synchronization)
        return Work { group in
          try check.run(group)
          return (group.parents.map(\.record), .success)
        }
      }
      guard !work.dryRun else {
        let preview = try SyncPreview(home, synchronization.settings, isForced: work.force)
        return Work { ([try preview.plan($0)], .success) }
      }
      let lineage = try start(in: home, config: SyncStage.digest(of: synchronization.settings))
      let stage = SyncStage(lake: home, lineage: lineage, synchronization: synchronization, isForced: work.force)
      return Work(lineage) { group in
        let outcome = try stage.run(group)
        outcome.report?.tell(log)
        return ([outcome.record], .success)
      }
    }
  }

  /// All records, since those of one measurement need not stand together.
  private func groups(_ traffic: inout Traffic) throws -> [SyncGroup] {
    var found: [DatastreamRecord] = []
    try read(&traffic) { record, place, traffic in
      guard record.kind == .datastream else { return try traffic.output.put(record) }
      do throws(RecordError) { found.append(try DatastreamRecord(record, at: place)) } catch {
        try fail(error, item: record["id"]?.string ?? place, &traffic)
      }
    }
    return SyncGroup.groups(found)
  }
}

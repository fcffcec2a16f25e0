import Command
import Core
import Pipeline
import Runs

extension RecordRun {
  /// Enriches the samples of each datastream.
  func enrich(_ settings: EnrichSettings, _ work: WorkOptions, _ log: Log) throws -> ExitCode {
    try overDatastreams {
      let home = try home()
      var enrichment = try Enrichment(settings, jobs: work.jobCount)
      enrichment.step = { if Signals.requested != nil { throw Interruption() } }
      guard !work.dryRun else {
        let preview = try EnrichPreview(home, enrichment, isForced: work.force)
        return Work { ([try preview.plan($0)], .success) }
      }
      let lineage = try start(in: home, config: enrichment.digest)
      let stage = EnrichStage(lake: home, lineage: lineage, enrichment: enrichment, isForced: work.force)
      return Work(lineage) { parent in
        let outcome = try stage.run(parent)
        return ([outcome.record], try outcome.report?.tell(log) ?? .success)
      }
    }
  }
}

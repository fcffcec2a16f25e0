import Command
import Core
import Pipeline
import Runs

extension RecordRun {
  /// Finds the scenes of each datastream: its scenes, then the record of what holds them.
  func search(
    _ settings: SceneSettings, _ choice: RuleOptions, _ work: WorkOptions, _ log: Log
  ) throws -> ExitCode {
    try overDatastreams {
      let home = try home()
      guard !work.dryRun else {
        let preview = try ScenePreview(home, settings, isForced: work.force)
        return Work { ([try preview.plan($0)], .success) }
      }
      var finder = SceneFinder(settings, jobs: work.jobCount)
      finder.drawsPage = choice.report != nil
      finder.step = { if Signals.requested != nil { throw Interruption() } }
      let lineage = try start(in: home, config: settings.digest)
      let stage = SceneStage(
        lake: home, lineage: lineage, finder: finder, isForced: work.force, format: choice.tableFormat)
      return Work(lineage) { parent in
        let outcome = try stage.run(parent)
        return (outcome.scenes + [outcome.record], try outcome.report?.tell(log) ?? .success)
      }
    }
  }
}

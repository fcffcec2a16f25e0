import Artifacts
import Command
import Core
import Pipeline
import Runs

/// Takes a return: into the lake, or into a folder.
struct ImportRun {
  private let options: ReturnOptions
  private let lake: LakeOptions
  private let work: WorkOptions
  private let shown: OutputOptions

  init(_ options: ReturnOptions, lake: LakeOptions, work: WorkOptions, shown: OutputOptions) {
    (self.options, self.lake, self.work, self.shown) = (options, lake, work, shown)
  }

  func run(_ paths: [String], to output: String?) throws -> ExitCode {
    guard !work.dryRun else { throw UsageError("--dry-run is for exports; --check judges a label file") }
    var settings = LabelReturn.Settings()
    (settings.isStrict, settings.acceptsValid) = (options.strict, options.acceptValid)
    let labels = LabelImport(settings, jobs: work.jobCount, supersedes: options.supersede, isForced: work.force)
    if let output {
      guard let export = options.export else { throw UsageError("of which package? use --export FOLDER") }
      return try tell(labels.run(paths, export: export, to: output))
    }
    let run = RecordRun(LabelExport.name, lake: lake, work: work, shown: shown)
    let home = try run.home()
    guard let export = try options.export ?? labels.exportID(of: paths[0]) else {
      throw UsageError("'\(paths[0])' does not say of which export it is: use --export ID")
    }
    let lineage = try run.start(in: home, reading: .whole)
    var failure: (any Error)?
    var code = ExitCode.success
    do { code = try tell(labels.run(paths, export: export, in: home, lineage)) } catch { failure = error }
    let isDone = failure == nil && code != .items
    try lineage.end(done: isDone ? 1 : 0, failed: failure == nil && !isDone ? 1 : 0, after: failure, code)
    if let failure { throw failure }
    return code
  }

  /// Findings, then what was made.
  private func tell(_ outcome: LabelImport.Outcome) throws -> ExitCode {
    let findings = outcome.result?.findings, path = options.import.joined(separator: " ")
    for finding in findings?.list ?? [] {
      try Console.record(Record(.finding, finding.json).line)
      shown.log.tell(finding, path)
    }
    if let record = outcome.record { try Console.record(record.line) }
    guard outcome.record != nil else {
      shown.log.warn(
        "\(path): nothing was imported, because of \(findings?.errors ?? 0) errors; --accept-valid takes the rest")
      return .items
    }
    return (findings?.errors ?? 0) > 0 ? .items : .success
  }
}

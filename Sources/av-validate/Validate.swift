import Command
import Core
import Pipeline

@main struct Validate: Verb {
  static let name = "av-validate"
  static let abstract = "Check measurement folders and recordings."
  static let discussion = """
    A measurement folder is checked against its manifest: manifest.json of av-manifest(5), a bag of BagIt (0.93 to \
    1.0), or lists of sha256sum, sha512sum, sha1sum, md5sum or b3sum (SHA256SUMS, *.sha256 and so on; several must \
    agree). BLAKE3 digests cannot be compared, so a list of b3sum alone is not good from level hash on. A file is checked as a single recording. Nothing is written, no link is followed, and everything \
    that is wrong is told, not only the first.

    The level says how much is looked at: present (files are there), size, hash (digests), deep (recordings are read to \
    their ends and hold what the manifest expects). Each includes those before it.

    On a terminal a table is printed, elsewhere a validation record an item. A verdict is good, incomplete (the manifest \
    or files are missing) or bad; status 1 says that not all are good, status 7 that one id has two contents.
    """
  static let examples = [
    ("av-validate --lake lake --landing | av-ingest --lake lake", "Take what is good from landing to raw"),
    ("av-validate drive.bag", "Check one recording"),
    ("av-validate --level size --json /media/logger/*", "A quick look at an upload"),
  ]
  static let texts = ManualTexts(memory: "Some blocks of 1 MiB a job, and with deep some chunks of a recording a job.")

  @Operand("Measurement folders or recordings", value: "path") var inputs: [String]
  @Flag("Check every folder of the lake's landing zone") var landing
  @Option("How much is looked at", value: "level") var level = ValidationLevel.deep
  @Option("How folders say what they hold", value: "dialect") var dialect = DialectChoice.auto
  @Option("How long a folder without manifest must have been left alone", value: "duration")
  var quietPeriod = Nanoseconds(600_000_000_000)
  @Flag("Refuse vehicle numbers that are no real ones") var strictVin
  @Option("Expected topics (JSON5) where the manifest has none", short: "c", value: "file", completion: .file)
  var config: String?
  @OptionGroup(without: "run-id") var place: LakeOptions
  @OptionGroup var files: InputOptions
  @OptionGroup(without: "dry-run", "force", "require-end") var work: WorkOptions
  @OptionGroup var shown: OutputOptions
  @OptionGroup var progress: ProgressOptions

  static let stopsCleanly = true

  func run() throws -> ExitCode {
    let lake = try landing || place.lake != nil ? Lake.find(place.lake) : Lake.nearest()
    let shownProgress = progress.start(shown.log)
    let validator = try Validator(lake, plan(shownProgress))
    var output = RecordOutput(end: work.end ? .counted : .none) { try Console.record($0) }
    var tally = Tally(shown.log, atMost: work.errorLimit)
    var table = ValidationTable()
    let paths = try paths(lake)
    do {
      try validator.run(paths) { outcome in
        if tally.isFull { throw Interruption() }
        switch outcome.result {
        case .success(let validation):
          if shown.printsRecords { try output.put(validation.record) } else { table.add(validation) }
          if shown.printsRecords { warn(validation) }
          tally.done(validation.isAlarm ? .integrity : validation.verdict == .good ? .success : .items)
        case .failure(let error):
          let record = try tally.failed(error, item: outcome.path)
          if shown.printsRecords { try Console.record(record) }
        }
      }
    } catch is Interruption {}
    shownProgress.finish()
    if !shown.printsRecords { try Console.show(table.text) }
    try output.finish()
    return tally.code(failIfEmpty: work.failIfEmpty)
  }

  private func plan(_ progress: Progress) throws -> ValidationPlan {
    var plan = ValidationPlan()
    (plan.level, plan.dialect, plan.quietPeriod) = (level, dialect.dialect, quietPeriod.value)
    (plan.isVehicleNumberStrict, plan.jobs) = (strictVin, work.jobCount)
    plan.expected = try config.map { try ExpectedTopics(path: $0) }
    plan.step = { bytes in
      if Signals.requested != nil { throw Interruption() }
      progress.advance(bytes: bytes)
    }
    return plan
  }

  private func paths(_ lake: Lake?) throws -> [String] {
    let found = landing ? try lake?.landingPaths() ?? [] : []
    if landing, inputs.isEmpty, files.filesFrom == nil { return found }
    var list = try files.inputs(inputs, missing: .isRefused, value: "path")
    return try list.rest().map { input in
      guard case .path(let path) = input else { throw UsageError("standard input cannot be validated") }
      return path
    } + found
  }

  /// A line for people about what is not good, as the records go elsewhere.
  ///
  /// The record has every finding; a person reads the first of them.
  private func warn(_ validation: Validation) {
    let verdict = validation.verdict
    guard verdict != .good else { return }
    let errors = validation.findings.filter { $0.severity == .error }
    for finding in errors.prefix(Self.mostLines) {
      let place = finding.path.map { $0 == validation.path ? "" : "\($0): " } ?? ""
      shown.log.warn("\(validation.path): \(verdict.rawValue): \(place)\(finding.message)")
    }
    guard errors.count > Self.mostLines else { return }
    shown.log.warn("\(validation.path): \(verdict.rawValue): and \(errors.count - Self.mostLines) more: --json has all")
  }

  private static let mostLines = 50
}

extension ValidationLevel: ArgumentValue {}

/// What `--dialect` takes.
enum DialectChoice: String, CaseIterable, ArgumentValue {
  case auto, av, bagit, sums, none

  var dialect: ManifestDialect? { ManifestDialect(rawValue: rawValue) }
}

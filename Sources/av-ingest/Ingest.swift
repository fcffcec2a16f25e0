import Command
import Core
import Pipeline

@main struct Ingest: Verb {
  static let name = "av-ingest"
  static let abstract = "Take valid measurements from landing to raw."
  static let discussion = """
    Each good measurement is copied to raw and to the archive, read back from the medium and compared, recorded as \
    COPY_COMPLETE in the lake's log, and only then cleared from landing. What was done before is skipped; a run that \
    was cut short is completed by the next. Incomplete and bad measurements stay in landing and are recorded; what \
    cannot be copied goes to the error zone.

    Measurements come as operands (folders of the landing zone), as validation records of av-validate on standard \
    input, or, without either, they are all that is in landing. Only a good verdict with digests compared is relied on; \
    any other folder is validated here.

    A datastream record is printed for each, or an error record in its place. One run at a time has the lake.
    """
  static let examples = [
    ("av-ingest --lake lake", "Ingest whatever is in landing"),
    (
      "av-validate --lake lake --landing | av-ingest --lake lake", "The same, with recordings read to their ends before"
    ),
    ("av-ingest --lake lake -n landing/drive-7", "What would become of one measurement"),
  ]
  static let texts = ManualTexts(
    memory: "Some blocks of 1 MiB a job, whatever the size of the files; the log's present state.",
    seeAlso: ["av-validate(1)", "av-meta(1)"])
  static let stopsCleanly = true

  @Operand("Folders of the landing zone, or files of records; - is records on standard input", value: "path")
  var inputs: [String]
  @Flag("Take every folder of the landing zone, also when standard input is a pipe") var landing
  @Option("How folders say what they hold", value: "dialect") var dialect = DialectChoice.auto
  @Option("How long a folder without manifest must have been left alone", value: "duration")
  var quietPeriod = Nanoseconds(600_000_000_000)
  @Option("Begin nothing that would leave less room", value: "size") var minFreeSpace = ByteCount(0)
  @Option("Copy, and read back, at most so many bytes a second, all threads together; 0 is no limit", value: "size")
  var bwlimit = ByteCount(0)
  @OptionGroup var place: LakeOptions
  @OptionGroup var files: InputOptions
  @OptionGroup(without: "force") var work: WorkOptions
  @OptionGroup var shown: OutputOptions
  @OptionGroup var progress: ProgressOptions

  func run() throws -> ExitCode {
    let lake = try Lake.find(place.lake)
    let shownProgress = progress.start(shown.log)
    defer { shownProgress.finish() }
    var plan = IngestPlan()
    (plan.dialect, plan.quietPeriod) = (dialect.dialect, quietPeriod.value)
    (plan.jobs, plan.leastFree) = (work.jobCount, Int(clamping: minFreeSpace.value))
    plan.throttle = bwlimit.value > 0 ? Throttle(bytesPerSecond: Int(clamping: bwlimit.value)) : nil
    plan.begins = { shownProgress.item($0) }
    plan.step = { bytes in
      if Signals.requested != nil { throw Interruption() }
      shownProgress.advance(bytes: bytes)
    }
    var run = try IngestRun(lake, plan, candidates(), shown, work)
    return try run.run(as: place.runId)
  }

  /// Where candidates come from.
  private func candidates() throws -> CandidateSource {
    let hasList = files.filesFrom != nil
    if landing || (inputs.isEmpty && !hasList && !Console.isConnected(.input)) {
      guard inputs.isEmpty, !hasList else { throw UsageError("--landing is everything: name no folders besides") }
      return .landing
    }
    if inputs.isEmpty, !hasList { return .records(RecordStream(end: work.requireEnd ? .required : .optional)) }
    var list = try files.inputs(inputs, missing: .isRefused, value: "path")
    let rest = try list.rest()
    guard rest.contains(.standardInput) else {
      return .folders(rest.compactMap { input in if case .path(let path) = input { path } else { nil } })
    }
    guard rest.count == 1 else { throw UsageError("standard input cannot be mixed with folders") }
    return .records(RecordStream(end: work.requireEnd ? .required : .optional))
  }
}

/// What `--dialect` takes.
enum DialectChoice: String, CaseIterable, ArgumentValue {
  case auto, av, bagit, sums, none

  var dialect: ManifestDialect? { ManifestDialect(rawValue: rawValue) }
}

/// What a run of ingest works on.
enum CandidateSource {
  case landing
  case folders([String])
  case records(RecordStream)
}

import Command
import Core
import Pipeline

@main struct Ingest: Verb {
  static let name = "av-ingest"
  static let abstract = "Take valid measurements from landing to raw."
  static let discussion = """
    Each good measurement is copied to raw and to the archive, read back from the medium and compared, recorded as \
    COPY_COMPLETE in the lake's log, and only then cleared from landing. What was done before is skipped; a run that \
    was cut short is completed by the next. Incomplete and bad measurements stay in landing and are recorded; those \
    that stay incomplete for the grace period of lake.json5 (7 days) move to archive/incomplete. What cannot be copied \
    goes to the error zone with an error.json; --retry takes it from there, up to five times, and --hydrate brings \
    back what the archive keeps. Nothing is ever deleted but what was copied, read back and recorded.

    Measurements come as operands (folders of the landing zone), as validation records of av-validate on standard \
    input, or, without either, they are all that is in landing. Only a good verdict with digests compared is relied on; \
    any other folder is validated here.

    With --bag a datastream in raw is a bag of BagIt 1.0 (RFC 8493): all files of the upload, its own manifest among \
    them, lie below data/ as they were. The archive keeps the upload as it was; an upload that is a bag stays one. What \
    was ingested before keeps its form.

    A datastream record is printed for each, or an error record in its place. One run at a time has the lake.

    Under cron or a timer, -q says nothing unless something failed. With --max-runtime no measurement is begun after \
    that time; those under way are finished, and the same command goes on with the rest. With --expect-duration a run \
    that takes longer says so on standard error, in the log and in the metrics, also while a single step takes long or \
    hangs; it goes on, and its status is the same. --metrics-file is written by rename every 15 seconds and at the \
    end, also of a run that was refused or failed.
    """
  static let examples = [
    ("av-ingest --lake lake", "Ingest whatever is in landing"),
    (
      "av-validate --lake lake --landing | av-ingest --lake lake", "The same, with recordings read to their ends before"
    ),
    ("av-ingest --lake lake -n landing/drive-7", "What would become of one measurement"),
    (
      "av-ingest -q --lake lake --landing -o last.jsonl --max-runtime 50m --metrics-file av_ingest.prom",
      "Every hour, by cron"
    ),
  ]
  static let texts = ManualTexts(
    memory: "Some blocks of 1 MiB a job, whatever the size of the files; the log's present state.",
    seeAlso: ["av-validate(1)", "av-meta(1)"])
  static let stopsCleanly = true

  @Operand("Folders of the landing zone, or files of records; - is records on standard input", value: "path")
  var inputs: [String]
  @Flag("Take every folder of the landing zone, also when standard input is a pipe") var landing
  @Flag("Bring measurements back from the error zone and ingest them: all, or those whose ids are the operands")
  var retry
  @Option(
    "Bring a measurement back from the archive to landing, or a folder of archive/incomplete, and ingest it",
    value: "id")
  var hydrate: [String]
  @Flag("Try again also what failed five times", short: "f") var force
  @Option("How folders say what they hold", value: "dialect") var dialect = DialectChoice.auto
  @Option("How long a folder without manifest must have been left alone", value: "duration")
  var quietPeriod = Nanoseconds(600_000_000_000)
  @Flag("Make what goes to raw a BagIt bag: the upload below data/, tag files around it") var bag
  @Option("Begin nothing that would leave less room", value: "size") var minFreeSpace = ByteCount(0)
  @Option(
    "Replace this file by the records, at the end, instead of printing them", short: "o", value: "file",
    completion: .file)
  var output: String?
  @Option("Copy, and read back, at most so many bytes a second, all threads together; 0 is no limit", value: "size")
  var bwlimit = ByteCount(0)
  @OptionGroup var place: LakeOptions
  @OptionGroup var files: InputOptions
  @OptionGroup(without: "force") var work: WorkOptions
  @OptionGroup var shown: OutputOptions
  @OptionGroup var schedule: ScheduleOptions
  @OptionGroup var progress: ProgressOptions

  func run() throws -> ExitCode {
    let id = "\(place.runId ?? .unique())"
    var log = shown.log
    log.run = id
    let shownProgress = progress.start(log)
    defer { shownProgress.finish() }
    let metrics = work.dryRun ? nil : RunMetrics(schedule.metricsFile, log)
    let watch = IngestWatch(schedule, metrics, shownProgress, log)
    do {
      let code = try ticking(every: IngestWatch.pause) {
        watch.tick()
      } while: {
        try run(as: id, shownProgress, watch)
      }
      metrics?.finish(code)
      return code
    } catch {
      metrics?.finish((error as? any Problem)?.exitCode ?? .items)
      throw error
    }
  }

  private func run(as id: String, _ shownProgress: Progress, _ watch: IngestWatch) throws -> ExitCode {
    let lake = try Lake.find(place.lake)
    let begin = Monotonic.now
    var plan = IngestPlan()
    (plan.dialect, plan.quietPeriod) = (dialect.dialect, quietPeriod.value)
    (plan.jobs, plan.leastFree) = (work.jobCount, Int(clamping: minFreeSpace.value))
    plan.force = force
    plan.makesBags = bag
    plan.throttle = bwlimit.value > 0 ? Throttle(bytesPerSecond: Int(clamping: bwlimit.value)) : nil
    plan.begins = { shownProgress.item($0) }
    plan.expects = { shownProgress.expect(bytes: Int64($0)) }
    if let limit = schedule.limit { plan.mayBegin = { Monotonic.now - begin < limit } }
    plan.step = { bytes in
      if Signals.requested != nil { throw Interruption() }
      shownProgress.advance(bytes: bytes)
    }
    let records = try RecordFile(work.dryRun ? nil : output, run: id)
    var run = try IngestRun(lake, plan, candidates(), self, records, watch, shownProgress)
    do {
      let code = try run.run(as: id)
      try records.commit()
      return code
    } catch {
      // A run that was refused leaves the records of the last.
      if !records.isEmpty { try? records.commit() }
      throw error
    }
  }

  /// Where candidates come from.
  private func candidates() throws -> CandidateSource {
    let hasList = files.filesFrom != nil
    if retry || !hydrate.isEmpty {
      guard !landing, !hasList, !retry || hydrate.isEmpty, retry || inputs.isEmpty else {
        throw UsageError("--retry and --hydrate say what to take: name nothing else")
      }
      return retry ? .parked(inputs) : .archived(hydrate)
    }
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
  /// Ids of measurements in the error zone, or none for all.
  case parked([String])
  /// Ids of measurements in the archive, or paths of its incomplete folders.
  case archived([String])
}

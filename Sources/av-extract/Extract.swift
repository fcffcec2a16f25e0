import Artifacts
import Command
import Core
import Pipeline
import Recordings

@main struct Extract: Verb {
  static let name = "av-extract"
  static let abstract = "Turn channels into tables, images, point clouds and tracks."
  static let discussion = """
    Recordings named as operands are extracted without a lake, all of them as the parts of one drive: into the folder \
    that --output names, into one table when it ends in .parquet, .jsonl or .csv, or to standard output when it is -.

    Without operands, datastream records are read on standard input, and each becomes an extracted datastream in the \
    lake: made once for the same recording and settings, and whole or not there at all.

    CAN frames become signals where databases (DBC) are given, by --dbc or in the configuration as \
    can: {dbc: ["a.dbc"], buses: {"/can/radar": ["b.dbc"]}}: a table a message, a column a signal, and <signal>.text \
    where the database has texts. Signals that a frame is too short for, or that its multiplexor does not select, are \
    null. A database that is given for a bus is used for this bus only, instead of those for all; buses are called by \
    their channel's name, those of one logger can1, can2, … One line says what was decoded of each bus; \
    extract_report.json counts every id. With form: "long" there is one table of values instead, with frames: true all \
    frames besides, and j1939: ["can1"] matches the messages of a bus by parameter group. Values beyond a database's \
    limits are written and counted; --check-range, or check_range: true, makes them null.

    Every table begins with the time that is used (t_ns, ts), where it is from, the record time, the header stamp, and \
    where the message is found again. A damaged recording gives all that is whole in it, status 3, and a report of \
    what is missing.
    """
  static let texts = ManualTexts(
    memory: """
      A few chunks of the recording a job, and at most about 100 MB of rows that wait to be written, whatever the size \
      of the recording.
      """)
  static let stopsCleanly = true
  static let examples = [
    (line: "av-extract drive.bag -o drive", comment: "Everything in a bag, into a folder"),
    (
      line: "av-extract drive.bag --topic /imu/data --format jsonl -o - | jq .linear_acceleration.x",
      comment: "One topic into a pipe"
    ),
    (line: "av-extract drive.bag --task lidar --voxel 0.2m --rate 2Hz -o clouds", comment: "Thinned point clouds"),
    (
      line: "av-extract drive.bag --task can --dbc vehicle.dbc --dbc /can/radar=radar.dbc -o signals",
      comment: "Signals of CAN messages, a table a message"
    ),
    (line: "av-ingest --lake lake | av-extract --lake lake -c extract.json5", comment: "Datastreams in a lake"),
  ]

  @Operand("Recordings; datastream records on standard input when there are none", value: "recording")
  var inputs: [String]
  @Option(
    "Where artifacts go: a folder, a table's file, or - for standard output", short: "o", value: "path",
    completion: .file)
  var output: String?
  @Option("What to extract and how", short: "c", value: "file", completion: .file) var config: String?
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var thinning: ThinningOptions
  @Option("Form of tables", value: "form") var format: FormatChoice?
  @Option("Compression of Parquet", value: "codec") var compression = PackingChoice.zstd
  @Flag("Turn Bayer mosaics into RGB") var debayer
  @Option("Decode CAN frames by this database, or only those of a bus", value: "[bus=]file", completion: .file)
  var dbc: [String]
  @Flag("No values of CAN signals beyond their database's limits") var checkRange
  @Flag("Fail where anything of a recording cannot be read") var strict
  @OptionGroup var files: InputOptions
  @OptionGroup var lake: LakeOptions
  @OptionGroup var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    var extraction = Extraction(try settings(), jobs: work.jobCount, compression: compression.option)
    extraction.step = { if Signals.requested != nil { throw Interruption() } }
    var inputs = try files.inputs(inputs, missing: .isStandardInput, value: "recording")
    let all = try inputs.rest()
    let paths = all.compactMap { if case .path(let path) = $0 { path } else { nil } }
    guard paths.isEmpty else {
      guard paths.count == all.count else { throw UsageError("records and recordings cannot be mixed") }
      guard let output else { throw UsageError("where to? use -o FOLDER, -o FILE or -o -") }
      // The signal tells, at the end.
      do { return try extract(paths, with: extraction, to: output) } catch is Interruption { return .success }
    }
    guard output == nil else { throw UsageError("--output is for recordings; datastreams go into the lake") }
    return try extractRecords(with: extraction)
  }

  /// Datastreams of the lake, a record in and a record out.
  private func extractRecords(with extraction: Extraction) throws -> ExitCode {
    var output = RecordOutput(end: work.end ? .counted : .none) { try Console.record($0) }
    var tally = Tally(shown.log, atMost: work.errorLimit)
    // An empty input has no effect at all, not even a run in the log.
    var stage: StageInUse?
    var isAtEnd = false
    var failure: (any Error)?
    do {
      isAtEnd = try extractAll(with: extraction, &stage, &output, &tally)
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
  private func extractAll(
    with extraction: Extraction, _ stage: inout StageInUse?, _ output: inout RecordOutput, _ tally: inout Tally
  ) throws -> Bool {
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
          let running = try stage ?? begin(extraction)
          stage = running
          let outcome = try running.run(parent)
          for line in outcome.notes { shown.log.warn(line) }
          try output.put(outcome.record)
          tally.done(outcome.isLossy ? .loss : .success)
        } catch let error as Interruption {
          throw error
        } catch {
          try Console.record(tally.failed(error, item: record["id"]?.string ?? place))
        }
      }
    }
    return false
  }

  private func begin(_ extraction: Extraction) throws -> StageInUse {
    let home = try Lake.find(lake.lake)
    guard !work.dryRun else { return .planned(try ExtractPreview(home, extraction, isForced: work.force)) }
    let tool = Tool(Self.name, version: Version.number)
    let lineage = try Lineage(home, tool: tool, run: lake.runId.map { "\($0)" })
    let stage = ExtractStage(lake: home, lineage: lineage, extraction: extraction, isForced: work.force)
    try lineage.start(config: stage.digest, args: Array(CommandLine.arguments.dropFirst()))
    return .real(stage)
  }

  private func extract(_ paths: [String], with extraction: Extraction, to output: String) throws -> ExitCode {
    let files = ExtractFiles(
      extraction, to: output, format: format.flatMap { TableFormat(rawValue: $0.rawValue) }, isForced: work.force)
    if work.dryRun {
      try Console.record(files.plan(paths).line)
      return .success
    }
    let (report, record) = try files.run(paths)
    let log = shown.log
    for pattern in report.unused { log.warn("no channel matches '\(pattern)'") }
    for line in report.complaints + report.notes { log.warn(line) }
    if !files.takesStandardOutput, shown.printsRecords { try Console.record(record.line) }
    let isEmpty = work.failIfEmpty && report.streams.isEmpty
    return report.isLossy ? .loss : isEmpty ? .nothing : .success
  }

  private func settings() throws -> ExtractSettings {
    var settings = try config.map { try ExtractSettings(Configuration(path: $0)) } ?? ExtractSettings()
    try selection.apply(to: &settings)
    for kind in settings.tasks.keys {
      try thinning.apply(to: &settings.tasks[kind, default: TaskSettings()])
      if let format { settings.tasks[kind]?.table = format.rawValue }
      if debayer { settings.tasks[kind]?.debayers = true }
    }
    for database in dbc {
      let parts = database.split(separator: "=", maxSplits: 1).map(String.init)
      // A name of a bus may have slashes, a path an equals sign: what is there as it stands is a path.
      let isPath = parts.count < 2 || (try? FileReader(database)) != nil
      settings.tasks[.can]?.can.add(
        try CANSettings.Database(path: isPath ? database : parts[1]), bus: isPath ? nil : parts[0])
    }
    if checkRange { settings.tasks[.can]?.can.checksRange = true }
    settings.isStrict = settings.isStrict || strict
    return settings
  }
}

/// The work, or the look ahead at it.
private enum StageInUse {
  case real(ExtractStage)
  case planned(ExtractPreview)

  func run(_ parent: DatastreamRecord) throws -> ExtractStage.Outcome {
    switch self {
    case .real(let stage): try stage.run(parent)
    case .planned(let preview): ExtractStage.Outcome(record: try preview.plan(parent))
    }
  }
}

/// Forms of tables, as an option.
enum FormatChoice: String, CaseIterable, ArgumentValue { case parquet, jsonl, csv }

/// Compressions of Parquet, as an option.
enum PackingChoice: String, CaseIterable, ArgumentValue {
  case zstd, gzip, lz4, none

  var option: TableOptions.Compression { TableOptions.Compression(rawValue: rawValue) ?? .zstd }
}

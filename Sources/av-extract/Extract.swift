import Artifacts
import Command
import Core
import Pipeline
import Runs
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
    let run = RecordRun(Self.name, lake: lake, work: work, shown: shown), log = shown.log
    return try run.overDatastreams {
      let home = try run.home()
      guard !work.dryRun else {
        let preview = try ExtractPreview(home, extraction, isForced: work.force)
        return RecordRun.Work { ([try preview.plan($0)], .success) }
      }
      let lineage = try run.start(in: home, config: ExtractStage.digest(of: extraction))
      let stage = ExtractStage(lake: home, lineage: lineage, extraction: extraction, isForced: work.force)
      return RecordRun.Work(lineage) { parent in
        let outcome = try stage.run(parent)
        for line in outcome.notes { log.warn(line) }
        return ([outcome.record], outcome.isLossy ? .loss : .success)
      }
    }
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

/// Forms of tables, as an option.
enum FormatChoice: String, CaseIterable, ArgumentValue { case parquet, jsonl, csv }

/// Compressions of Parquet, as an option.
enum PackingChoice: String, CaseIterable, ArgumentValue {
  case zstd, gzip, lz4, none

  var option: TableOptions.Compression { TableOptions.Compression(rawValue: rawValue) ?? .zstd }
}

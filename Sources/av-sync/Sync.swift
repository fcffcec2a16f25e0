import Command
import Core
import Pipeline
import Runs

@main struct Sync: Verb {
  static let name = "av-sync"
  static let abstract = "Bring streams onto one time line."
  static let discussion = """
    Folders of extracted streams, as av-extract makes them, that are named as operands together with --output are the \
    parts of one drive, and need no lake. Without --output, operands are measurements or datastreams of the lake, by \
    their ids; without operands, datastream records are read on standard input. All extracted datastreams of a \
    measurement become one datastream in synchronized: made once for the same streams and settings, and whole or not \
    there at all.

    Streams are tables of Parquet, and of CSV and JSON lines, also packed by gzip: their times are in t_ns, in texts also \
    in ts, time or timestamp. A table that is named by itself is a stream, too.

    Streams of pictures, scans and objects are matched whole: to the messages of a reference stream by default, each \
    at most once. Streams of values are sampled at the samples' times. Nothing is put between messages that are \
    farther apart than 2.5 usual periods, and nothing that is read is changed or copied: samples.parquet has a row a \
    sample, sample_data.parquet a row a sample and stream, with the row and file of the message, and why there is none; \
    sync_report.json says of each stream how regular it is, what was used, and what was not.

    The usual lag behind the reference, such as that of a camera behind a spinning lidar, is found and told; times are \
    not changed by it. Stamps on another clock are named and not repaired unless --clock asks for it. \
    --estimate-clocks compares how the vehicle turns, as IMU, bus and GNSS tell it, or how its speed changes where a \
    stream has no yaw rate; it reports offset and drift of each clock with their uncertainty, and says so where nothing \
    is to be seen, as on a straight road or at a steady speed; --apply-clocks corrects the times.

    With --check, operands are folders and nothing is written: streams that a logger has synchronised already are \
    passed on, others are errors.
    """
  static let texts = ManualTexts(
    memory: """
      About 100 megabytes, 8 to 20 bytes a message of all streams, and about 500 bytes a sample: of an hour of eight \
      streams 160 megabytes, of four hours 300. Of each stream that is sampled the columns of one part are held; never the pictures or clouds. Tables that are text are held whole.
      """)
  static let stopsCleanly = true
  static let examples = [
    (line: "av-sync drive -o synced --report html", comment: "An extracted drive, with a picture of it"),
    (line: "av-sync drive -o grid --rate 10Hz --wide", comment: "All numbers on a regular grid"),
    (
      line: "av-extract --lake lake <raw.jsonl | av-sync --lake lake --tolerance 'camera/*=25ms'",
      comment: "Datastreams in a lake"
    ),
    (line: "av-sync drive -o synced --estimate-clocks --apply-clocks", comment: "Clocks that differ"),
  ]

  @Operand(
    "Folders or tables of extracted streams, or ids; datastream records on standard input when there are none",
    value: "input")
  var inputs: [String]
  @Option("Where the tables go: a new folder", short: "o", value: "folder", completion: .directory) var output: String?
  @Option("Which streams are matched, and how", short: "c", value: "file", completion: .file) var config: String?
  @OptionGroup var matching: MatchingOptions
  @OptionGroup var clocks: ClockOptions
  @OptionGroup var results: ResultOptions
  @OptionGroup var files: InputOptions
  @OptionGroup var lake: LakeOptions
  @OptionGroup var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    var synchronization = Synchronization(try settings(), jobs: work.jobCount)
    synchronization.step = { if Signals.requested != nil { throw Interruption() } }
    var list = try files.inputs(inputs, missing: .isStandardInput, value: "input")
    let all = try list.rest()
    let paths = all.compactMap { if case .path(let path) = $0 { path } else { nil } }
    guard paths.isEmpty || paths.count == all.count else { throw UsageError("records and operands cannot be mixed") }
    guard output == nil || !paths.isEmpty else {
      throw UsageError("--output is for folders; datastreams go into the lake")
    }
    if results.check, !paths.isEmpty {
      try Console.record(SyncFolders.check(paths, synchronization).line)
      return .success
    }
    if let output {
      // The signal tells, at the end.
      do { return try synchronize(paths, by: synchronization, to: output) } catch is Interruption { return .success }
    }
    return try RecordRun(Self.name, lake: lake, work: work, shown: shown)
      .synchronize(paths, synchronization, isCheck: results.check, work, shown.log)
  }

  private func synchronize(_ paths: [String], by synchronization: Synchronization, to output: String) throws -> ExitCode
  {
    let folders = SyncFolders(
      synchronization, to: output, measurement: results.measurement, isForced: work.force)
    if work.dryRun {
      try Console.record(folders.plan(paths).line)
      return .success
    }
    let (report, record) = try folders.run(paths)
    report.tell(shown.log)
    if shown.printsRecords { try Console.record(record.line) }
    return work.failIfEmpty && report.samples.kept == 0 ? .nothing : .success
  }

  private func settings() throws -> SyncSettings {
    var settings = try config.map { try SyncSettings(Configuration(path: $0)) } ?? SyncSettings()
    try matching.apply(to: &settings)
    try clocks.apply(to: &settings)
    try results.apply(to: &settings)
    return settings
  }
}

extension SyncReport {
  /// Says what a person should know, and with -v what was done.
  func tell(_ log: Log) {
    for line in complaints { log.warn(line) }
    if let phases { log.warn(phases) }
    for line in left { log.note(line) }
  }
}

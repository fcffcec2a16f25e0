import Command
import Core
import Pipeline
import Runs

@main struct Scenes: Verb {
  static let name = "av-scenes"
  static let abstract = "Find scenes by declarative rules."
  static let discussion = """
    An operand is a folder of enriched or synchronized samples, or any Parquet file with times in t_ns; scenes are \
    printed as records, and --output makes a folder of them. Without operands, datastream records are read on standard \
    input, and of each enriched datastream one of scenes is made in the lake: once for the same samples and rules.

    A rule is data: what begins a scene, what ends it, how long it must last, which interruptions do not count, and what is \
    kept of it. Rules come from files (JSON5), --print-rules prints those that come with the tool. A rule of a later file \
    stands for one of the same id. What is not known is not false: a missing value never begins or ends a scene, and \
    scenes that the data's edge cuts say so.

    --explain says of every rule what it lacks or finds, and of every scene why it began and ended; with a rule and an \
    instant it shows how the condition comes about. --check looks for mistakes in rule files, with line and column. \
    --score compares with what is known to be true.

    scenes.parquet has a row a scene. With --table-format delta, scenes are appended to a Delta table of many drives, \
    partitioned by type: in a lake to scenes/delta, besides the datastream's own file, else to the folder of --output. Any \
    number of runs may append at once, and the same work adds nothing twice. Tags of a measurement that have times are scenes of the type driver_note.
    """
  static let texts = ManualTexts(
    memory: "Eight bytes a row for times, the scenes, and some blocks of 16,384 rows a job with what rules look at.")
  static let stopsCleanly = true
  static let examples = [
    (line: "av-scenes enriched -o scenes", comment: "All rules that come with the tool"),
    (line: "av-scenes enriched --only hard_brake,stop | jq .start_ts", comment: "Two of them, and when"),
    (line: "av-scenes enriched -r builtin -r ours.json5 --explain", comment: "Why there are scenes, and why not"),
    (line: "av-scenes enriched --explain hard_brake@2024-03-12T09:30:12Z", comment: "How a condition comes about"),
    (line: "av-enrich --lake lake <synced.jsonl | av-scenes --lake lake", comment: "In a lake"),
  ]

  @Operand("Samples; datastream records on standard input when there is none", value: "samples", completion: .file)
  var inputs: [String]
  @Option("Where the scenes go: a new folder", short: "o", value: "folder", completion: .directory) var output: String?
  @OptionGroup var choice: RuleOptions
  @OptionGroup var table: SceneTableOptions
  @OptionGroup var inquiry: InquiryOptions
  @OptionGroup var files: InputOptions
  @OptionGroup var lake: LakeOptions
  @OptionGroup var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    if inquiry.printRules {
      try Console.show(BuiltinRules.text)
      return .success
    }
    let settings = try choice.settings()
    if inquiry.check {
      shown.log.note("\(settings.ruleCount) rules, without a mistake")
      return .success
    }
    var list = try files.inputs(inputs, missing: .isStandardInput, value: "samples")
    let all = try list.rest()
    let paths = all.compactMap { if case .path(let path) = $0 { path } else { nil } }
    guard !paths.isEmpty else {
      guard output == nil, table.samples == nil, inquiry.isEmpty else {
        throw UsageError("--output, --samples, --explain and --score are for a table; datastreams go into the lake")
      }
      return try RecordRun(Self.name, lake: lake, work: work, shown: shown)
        .search(settings, choice, work, shown.log)
    }
    guard paths.count == 1, all.count == 1 else { throw UsageError("one table at a time") }
    // The signal tells, at the end.
    do { return try search(paths[0], settings) } catch is Interruption { return .success }
  }

  private func search(_ path: String, _ settings: SceneSettings) throws -> ExitCode {
    let input = SceneFinder.Input(path, samples: try table.samples.map { try Folder($0) })
    if let explain = inquiry.explain {
      let explanation = try SceneExplanation(input, settings)
      guard let (rule, instant) = try inquiry.place(explain) else {
        try Console.show(explanation.text(jobs: work.jobCount))
        return .success
      }
      try Console.show(explanation.text(rule: rule, at: instant))
      return .success
    }
    var finder = SceneFinder(settings, jobs: work.jobCount)
    finder.drawsPage = choice.report != nil
    finder.step = { if Signals.requested != nil { throw Interruption() } }
    let folders = SceneFolders(
      finder, to: work.dryRun || inquiry.score != nil ? nil : output, isForced: work.force,
      format: choice.tableFormat)
    let (report, scenes, record) = try folders.run(input)
    if let truth = inquiry.score {
      let score = SceneScore(scenes, truth: try SceneScore.truth(truth), range: report.range)
      for record in score.records { try Console.record(record.line) }
      return .success
    }
    let code = try report.tell(shown.log)
    if shown.printsRecords {
      for scene in SceneRow.records(scenes) { try Console.record(scene.line) }
      if let record { try Console.record(record.line) }
    }
    return code == .success && work.failIfEmpty && scenes.isEmpty ? .nothing : code
  }
}

extension SceneReport {
  /// Says what a person should know, and prints a record for each rule of theirs that could not be evaluated.
  func tell(_ log: Log) throws -> ExitCode {
    for doubt in doubts { log.warn(doubt) }
    let expected = skipped.filter(\.isExpected)
    if !expected.isEmpty {
      log.note("\(expected.count) rules lack columns and were skipped; --explain names them")
    }
    var code = ExitCode.success
    for skip in skipped where !skip.isExpected {
      let problem = RecordError(
        "rule \(skip.rule)", "cannot be evaluated, without \(skip.missing.joined(separator: ", "))")
      log.fail(problem, item: skip.rule)
      try Console.record(Record.failure(problem, run: log.run, item: skip.rule).line)
      code = .items
    }
    return code
  }
}

import Command
import Core
import Pipeline

struct LifecycleCommand: Verb {
  static let name = "lifecycle"
  static let abstract = "Plan what the rules of retention ask for, and do it with --apply."
  static let discussion = """
    The rules are retention in lake.json5: for a zone, for incomplete and superseded data, or for the rest (*), how \
    long it is kept and whether it is then reported, archived or deleted. Without a rule nothing is ever done. A plan \
    is printed, a lifecycle record an item, with the reason where a rule must not act; nothing is written.

    With --apply, what was made from raw goes while the raw files or their copies in the archive are read from the \
    medium and found to be what was recorded. Raw files go to the archive, which has its verified copy, and av-ingest \
    --hydrate brings them back. Files of raw or archive are deleted only for measurements named by --confirm, and \
    never the last verified copy. Errors, incomplete uploads, labels and the log are never deleted. The tag hold, a \
    live run, a label export and a log that contradicts itself stop every rule. Files that nobody recorded stay.

    --rebuild prints the commands that make deleted datastreams again, in their order, for a shell; of a measurement \
    those of all that it had.

    Status 1 says that files could not be removed or stay, status 5 that a run has the lake, status 7 that a copy is \
    not what was recorded.
    """
  static let examples = [
    (line: "av-meta lifecycle --lake lake", comment: "What would be done, and what must not"),
    (line: "av-meta lifecycle --lake lake --apply", comment: "Do it"),
    (line: "av-meta lifecycle --lake lake --rebuild 8740 | sh -e", comment: "Make again what was deleted"),
  ]
  static let stopsCleanly = true

  @Operand("Ids of measurements or datastreams, or their beginnings; else all", value: "id") var ids: [String]
  @Flag("Do what is allowed") var apply
  @Option("Let files of this measurement go from raw or archive, if a rule says so", value: "measurement")
  var confirm: [String]
  @Flag("Read also for a plan the copies that must remain") var hash
  @Option("Print the commands that make this again: a datastream or measurement, by id or its beginning", value: "id")
  var rebuild: [String]
  @OptionGroup var lake: LakeOptions
  @OptionGroup(without: "dry-run", "force", "require-end", "max-errors") var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    let home = try Lake.find(lake.lake)
    guard rebuild.isEmpty else { return try printRebuild(home) }
    var request = LifecycleRequest()
    (request.subjects, request.confirmed) = (Set(ids), Set(confirm))
    (request.reads, request.jobs) = (hash, work.jobCount)
    request.step = { _ in if Signals.requested != nil { throw Interruption() } }
    var list = LifecycleList(shown, end: work.end)
    let code: ExitCode
    if apply {
      let run = "\(lake.runId ?? .unique())"
      code = try Lifecycle.apply(
        home, request, tool: Tool(Meta.name, version: Version.number), run: run,
        args: Array(CommandLine.arguments.dropFirst())
      ) { try list.take($0) }
    } else {
      code = try Lifecycle.plan(home, request) { try list.take($0) }
    }
    try list.finish()
    return work.failIfEmpty && list.count == 0 ? code.merged(with: .nothing) : code
  }

  private func printRebuild(_ home: Lake) throws -> ExitCode {
    guard !apply, ids.isEmpty, confirm.isEmpty else {
      throw UsageError("--rebuild says what to print: name nothing else")
    }
    let (steps, code) = try Rebuild.steps(home, rebuild) { shown.log.warn($0) }
    for step in steps {
      guard !shown.json else {
        try Console.record(step.explanation.record.line)
        continue
      }
      try Console.record("# \(step.title.shown)")
      guard let command = step.command else {
        shown.log.warn("\(step.title): the log does not say how it was made")
        continue
      }
      try Console.record(Console.isTerminal(.output) ? command.shown : command)
    }
    if steps.isEmpty { shown.log.note("nothing of it was deleted") }
    return work.failIfEmpty && steps.isEmpty ? code.merged(with: .nothing) : code
  }
}

/// The plan, or what became of it, as records or as a table.
private struct LifecycleList {
  private(set) var count = 0
  private let shown: OutputOptions
  private let log: Log
  private var output: RecordOutput
  private var table = Table([
    .name("subject"), .text("zone"), .text("rule"), .number("age"), .number("size"), .text("action"), .text("status"),
    .name("reason"),
  ])

  init(_ shown: OutputOptions, end: Bool) {
    (self.shown, log) = (shown, shown.log)
    output = RecordOutput(end: end ? .counted : .none) { try Console.record($0) }
  }

  mutating func take(_ result: Lifecycle.Result) throws {
    count += 1
    let item = result.item
    if let problem = result.problem { log.warn("\(item.path.shown): \(problem.shown)") }
    if let first = result.left.first {
      log.warn("\(item.path.shown): \(result.left.count) files stay that nobody recorded, the first \(first.shown)")
    }
    guard !shown.printsRecords else { return try output.put(result.record) }
    let status = result.status == .planned ? (item.isAllowed ? "planned" : "refused") : result.status.rawValue
    table.add([
      item.subject, item.zone, item.rule, item.age.map { Measure.brief(duration: $0) } ?? "",
      item.bytes.map { Measure.brief(size: Int64($0)) } ?? "", item.action.rawValue, status,
      item.refusal?.reason ?? "",
    ])
  }

  mutating func finish() throws {
    if !shown.printsRecords, !table.isEmpty {
      try Console.show(table.render(width: Console.width(of: .output), isUnicode: Console.isUnicode))
    }
    try output.finish()
  }
}

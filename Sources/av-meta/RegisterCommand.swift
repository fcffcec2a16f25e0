import Command
import Core
import Pipeline

struct RegisterCommand: Verb {
  static let name = "register"
  static let abstract = "Take results that were made outside into the lake, with where they are from."
  static let discussion = """
    The files of a folder become a datastream of a derived zone: KPIs of a simulation, detections of a model, tables of a \
    notebook. Each file is copied and read back; the same files of the same parents are taken once. The record of the \
    datastream is printed, for the tools that go on with it.
    """
  static let examples = [
    (
      line: "av-meta register results --lake lake --parent 8740c2d1 --zone enriched --kind kpi --stage resim-4.2",
      comment: "KPIs of a simulation of a drive"
    )
  ]
  static let stopsCleanly = true

  @Operand("A folder with the results", value: "folder") var folder: String
  @Option("Datastreams that they were made of, by id or its beginning", value: "id") var parent: [String]
  @Option("The zone that they belong to", value: "zone") var zone: String
  @Option("What kind of results they are", value: "kind") var kind: String
  @Option("What made them, as the log names it", value: "name") var stage = "register"
  @Option("When their data begin; else as the parents do", value: "time") var from: Timestamp?
  @Option("When their data end", value: "time") var to: Timestamp?
  @OptionGroup var lake: LakeOptions
  @OptionGroup(without: "dry-run", "fail-if-empty", "max-errors", "require-end", "end") var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    guard !parent.isEmpty else { throw UsageError("missing --parent: results are made of something") }
    guard (from == nil) == (to == nil) else { throw UsageError("--from and --to come together") }
    let home = try Lake.find(lake.lake)
    try Registration.check(zone: zone, of: home)
    var request = Registration.Request(zone: zone, kind: kind)
    (request.stage, request.isForced, request.jobs) = (stage, work.force, work.jobCount)
    request.step = { _ in if Signals.requested != nil { throw Interruption() } }
    if let from, let to { request.range = TimeRange(start: from, end: to) }
    let lineage = try Lineage(
      home, tool: Tool(Meta.name, version: Version.number), run: lake.runId?.description)
    try lineage.start(args: Array(CommandLine.arguments.dropFirst()))
    do {
      let record = try Registration(home, lineage).register(folder, parents: parent, request)
      try lineage.end(done: 1, failed: 0, after: nil, .success)
      try Console.record(record.line)
      return .success
    } catch {
      try lineage.end(done: 0, failed: 0, after: error, .items)
      throw error
    }
  }
}

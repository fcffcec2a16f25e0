import Command
import Core
import Pipeline

struct RunsCommand: Verb {
  static let name = "runs"
  static let abstract = "Show who worked on a lake, when, and how it ended."
  static let discussion = """
    Runs that crashed come first, then those that take longer than was expected, then the others that go on, then the \
    newest. A run without an end goes on as long as its process lives on this host, or a lease of the lake is kept for it \
    by another; else it crashed, and the next run of the tool finishes its work.
    """
  static let examples = [
    (line: "av-meta runs --lake lake --outcome crashed", comment: "What needs to be run again")
  ]

  @Option("Only runs of this tool", value: "name") var tool: String?
  @Option("Only runs that began at this time or later", value: "time") var since: Timestamp?
  @Option(
    "Only runs with this outcome", value: "outcome", completion: .oneOf(RunStatus.allCases.map(\.rawValue)))
  var outcome: String?
  @Option("At most so many", value: "number") var limit: Count?
  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    var filter = Runs.Filter()
    (filter.tool, filter.since, filter.limit) = (tool, since, limit?.value)
    if let outcome {
      guard let known = RunStatus(rawValue: outcome) else {
        let all = RunStatus.allCases.map(\.rawValue).joined(separator: ", ")
        throw UsageError("'\(outcome)' is not an outcome: \(all)")
      }
      filter.outcome = known
    }
    var table = Table([
      .name("run"), .text("tool"), .text("start"), .number("duration"), .text("outcome"), .name("items"), .text("host"),
      .number("pid"),
    ])
    let scope = LogScope(salvages: salvage), log = shown.log
    let code = try Runs.records(Lake.find(lake.lake), filter, scope, warning: { log.warn($0) }) { record in
      guard !shown.printsRecords else { return try Console.record(record.line) }
      let items = record["items"]?.object?.members.map { "\($0.value.text) \($0.key)" } ?? []
      table.add([
        record["id"]?.string ?? "", record["tool"]?.string ?? "",
        record["start"]?.string.map { String($0.prefix(19)) + "Z" } ?? "", record["duration"]?.string ?? "",
        record["outcome"]?.string ?? "", items.joined(separator: ", "), record["host"]?.string ?? "",
        record["pid"]?.integer.map { "\($0)" } ?? "",
      ])
    }
    if !table.isEmpty {
      try Console.show(table.render(width: Console.width(of: .output), isUnicode: Console.isUnicode))
    }
    return code
  }
}

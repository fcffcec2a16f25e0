import Command
import Core
import Pipeline

struct ErrorsCommand: Verb {
  static let name = "errors"
  static let abstract = "Show what failed or is incomplete, the oldest first."
  static let discussion = """
    Measurements of the error zone, with what failed, how often it was tried and where they lie, and uploads that are \
    held because they are incomplete or bad. Nothing of them is ever deleted by a rule; av-ingest --retry and --hydrate \
    bring them back to landing.
    """
  static let examples = [(line: "av-meta errors --lake lake", comment: "What waits for a person")]

  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    let scope = LogScope(salvages: salvage), log = shown.log
    let (records, code) = try Errors.records(Lake.find(lake.lake), scope) { log.warn($0) }
    var table = Table([
      .number("age"), .text("zone"), .name("measurement"), .text("op"), .text("code"), .number("attempts"),
      .name("path"),
    ])
    for record in records {
      guard !shown.printsRecords else {
        try Console.record(record.line)
        continue
      }
      table.add([
        record["age"]?.string ?? "", record["zone"]?.string ?? "", record["measurement"]?.string ?? "",
        record["op"]?.string ?? "",
        record["errno"]?.string ?? record["code"]?.string ?? record["verdict"]?.string ?? "",
        record["attempts"]?.integer.map { "\($0)" } ?? "", record["path"]?.string ?? "",
      ])
    }
    if !table.isEmpty {
      try Console.show(table.render(width: Console.width(of: .output), isUnicode: Console.isUnicode))
    }
    return code
  }
}

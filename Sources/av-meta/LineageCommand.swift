import Command
import Core
import Pipeline

struct LineageCommand: Verb {
  static let name = "lineage"
  static let abstract = "Show what something was made of, and what was made of it."
  static let discussion = """
    A thing is a datastream, a measurement (all its datastreams) or a run (what it worked on), by its id or the beginning \
    of it, or the folder of a datastream. On a terminal a tree is printed, elsewhere a datastream record each.

    The log itself is the truth; openlineage gives run events of OpenLineage 2-0-2, prov W3C PROV-JSON, dot a graph for \
    Graphviz, mermaid one for Markdown, and svg a picture that needs nothing else. Lakes that lake.json5 names are \
    looked into as well.
    """
  static let examples = [
    (line: "av-meta lineage 8740 --up --lake lake", comment: "What a datastream was made of"),
    (line: "av-meta lineage 210b1ba7 --format svg --lake lake >lineage.svg", comment: "A picture of a measurement"),
    (
      line: "av-meta lineage 210b1ba7 --format openlineage --lake lake | jq -r .eventType",
      comment: "As events for a catalog"
    ),
  ]

  @Operand("An id, the beginning of one, or a datastream's folder", value: "id") var id: String
  @Flag("What it was made of") var up
  @Flag("What was made of it; without --up and --down both") var down
  @Option("So many steps away", value: "number") var depth: Count?
  @Option("Form", value: "form", completion: .oneOf(Projection.allCases.map(\.rawValue))) var format: String?
  @Flag("Every event of it, in order") var history
  @Option("As the log was at this time", value: "time") var asOf: Timestamp?
  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    let form = try projection()
    let home = try Lake.find(lake.lake)
    let scope = LogScope(asOf: asOf, salvages: salvage)
    let (story, code) = try LineageStory.read(about: [id], home, scope) { shown.log.warn($0) }
    let subject = try story.subject(id)
    if history {
      return try LineageHistory.read(subject.id, home, scope) { record in
        if form == .jsonl { return try Console.record(record.line) }
        let words = [record["time"], record["event"], record["from"], record["to"], record["run"]]
        try Console.show(words.compactMap { $0?.string?.shown }.joined(separator: "  ") + "\n")
      }
    }
    let direction: LineageGraph.Direction = up == down ? .both : up ? .up : .down
    let graph = LineageGraph(of: subject, in: story, direction, depth: depth?.value)
    if let text = try form.text(graph, in: story, lake: home.settings.name) {
      try Console.show(text)
    } else {
      try show(LineageRecords(graph, in: story).records)
    }
    return code
  }

  private func projection() throws -> Projection {
    guard let format else { return shown.printsRecords ? .jsonl : .text }
    guard let form = Projection(rawValue: format) else {
      throw UsageError(
        "'\(format)' is not a form: \(Projection.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard !history || form == .jsonl || form == .text else {
      throw UsageError("--history is text or jsonl, not \(format)")
    }
    return form
  }

  private func show(_ records: [Record]) throws {
    var table = Table([
      .number("step"), .name("id"), .text("zone"), .text("kind"), .text("state"), .number("rows"), .number("size"),
      .text("made by"), .name("parents"),
    ])
    for record in records {
      let maker = record["made_by"]
      table.add([
        "\(record["distance"]?.integer ?? 0)", record["id"]?.string ?? "", record["zone"]?.string ?? "",
        record["kind"]?.string ?? "", record["state"]?.string ?? "unknown",
        record["rows"]?.integer.map { Measure.brief(count: $0) } ?? "",
        record["bytes"]?.integer.map { Measure.brief(size: $0) } ?? "",
        [maker?["tool"]?.string, maker?["version"]?.string].compactMap { $0 }.joined(separator: " "),
        (record["parents"]?.array ?? []).compactMap(\.string).joined(separator: " "),
      ])
    }
    try Console.show(table.render(width: Console.width(of: .output), isUnicode: Console.isUnicode))
  }
}

struct ExplainCommand: Verb {
  static let name = "explain"
  static let abstract = "Show which command, settings and inputs made something, and how to make it again."
  static let discussion = """
    Of a measurement or a run every datastream is explained. The command to make it again begins in the folder that the \
    run began in; only the same configuration file gives the same id, and the log has the digest of the settings.
    """
  static let examples = [
    (line: "av-meta explain 8740 --lake lake", comment: "How a datastream came to be"),
    (line: "av-meta explain --json 8740 --lake lake | jq -r .again | sh", comment: "Make it again"),
  ]

  @Operand("Ids, the beginnings of ids, or folders of datastreams", value: "id") var ids: [String]
  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    guard !ids.isEmpty else { throw UsageError("missing <id>") }
    let home = try Lake.find(lake.lake)
    let scope = LogScope(salvages: salvage)
    let (story, code) = try LineageStory.read(about: ids, home, scope) { shown.log.warn($0) }
    for id in ids {
      for explanation in Explanation.all(of: try story.subject(id), in: story) {
        try shown.printsRecords ? Console.record(explanation.record.line) : Console.show(explanation.text)
      }
    }
    return code
  }
}

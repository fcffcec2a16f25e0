import Command
import Core
import Pipeline

struct Initialize: Verb {
  static let name = "init"
  static let abstract = "Make a lake: its settings and its zones."
  static let discussion = "Does nothing where there is a lake already, but for zones that are missing."

  @Option("Name of the lake, in lineage", value: "name") var label: String?
  @Option("Region of the fleet", value: "region") var region: String?
  @Option(
    "How paths of datastreams are made: a preset or a template", value: "template",
    completion: .oneOf(LakeLayout.presets.map(\.name)))
  var layout: String?
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    let path = lake.lake ?? "."
    var plan = Lake.Plan(name: label, region: region)
    if let layout { plan.layout = layout }
    let (lake, made) = try Lake.initialize(path, plan)
    for name in made { shown.log.note("made \(name)") }
    if shown.printsRecords {
      try Console.record(
        JSON.object([
          "schema": "av.lake/1", "type": "lake", "path": .string(lake.path), "made": .array(made.map(JSON.string)),
        ])
        .text)
    } else {
      try Console.show("\(lake.path.shown)\n")
    }
    return .success
  }
}

struct ConfigCommand: Verb {
  static let name = "config"
  static let abstract = "Show the settings of a lake that count."
  static let discussion = """
    Every key of lake.json5 with its value, also where the file does not say one, and the writer whose log this host \
    writes. --show-origin tells the line of the file, the variable, or that it is the default.
    """
  static let examples = [
    (line: "av-meta config --show-origin --lake lake", comment: "What counts, and why")
  ]

  @Flag("Tell where each value is from") var showOrigin
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    let entries = try SettingsListing.entries(of: Lake.find(lake.lake))
    guard !shown.printsRecords else {
      for entry in entries { try Console.record(entry.line) }
      return .success
    }
    var table = Table([.name("key"), .text("value")] + (showOrigin ? [.text("origin")] : []))
    for entry in entries {
      let value = entry.value == .null ? "" : entry.value.string ?? entry.value.text
      table.add([entry.key, value] + (showOrigin ? [entry.origin] : []))
    }
    try Console.show(table.render(width: Console.width(of: .output), isUnicode: Console.isUnicode))
    return .success
  }
}

struct ShowCommand: Verb {
  static let name = "show"
  static let abstract = "Show everything that is known of a measurement, datastream or run."
  static let examples = [
    (line: "av-meta show 210b1ba7 --lake lake", comment: "By the beginning of an id, with its history")
  ]

  @Operand("Ids, or the beginnings of ids", value: "id") var ids: [String]
  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    guard !ids.isEmpty else { throw UsageError("missing <id>") }
    let home = try Lake.find(lake.lake)
    var tally = Tally(shown.log)
    for id in ids {
      let scope = LogScope(salvages: salvage)
      let (record, code) = try Show.record(id, home, scope) { shown.log.warn($0) }
      try shown.printsRecords ? Console.record(record.line) : Console.show(JSON.object(record.object).pretty + "\n")
      tally.done(code)
    }
    return tally.code(failIfEmpty: false)
  }
}

struct LogCommand: Verb {
  static let name = "log"
  static let abstract = "Print the events of a lake, in order."
  static let examples = [
    (
      line: "av-meta log --lake lake --event 'datastream.*' --since 2026-11-21T00:00:00Z",
      comment: "What happened today"
    )
  ]

  @Option("Events of this measurement and its datastreams", value: "uuid") var measurement: String?
  @Option("Events of this datastream", value: "uuid") var datastream: String?
  @Option("From this time on", value: "time") var since: Timestamp?
  @Option("Before this time", value: "time") var until: Timestamp?
  @Option("Only these events; !glob leaves out", value: "glob") var event: [String]
  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    var filter = EventFilter()
    (filter.measurement, filter.datastream) = (measurement, datastream)
    (filter.since, filter.until) = (since, until)
    if !event.isEmpty { filter.events = try GlobSet(event) }
    return try EventLog.read(
      Lake.find(lake.lake), filter, mode: salvage ? .salvage : .strict, warning: { shown.log.warn($0) },
      { try Console.record($0.line) })
  }
}

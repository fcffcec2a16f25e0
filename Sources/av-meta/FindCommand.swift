import Command
import Core
import Pipeline

struct FindCommand: Verb {
  static let name = "find"
  static let abstract = "Search a lake: measurements, streams, files, frames, scenes, labels, runs or errors."
  static let discussion = """
    Answers come from an index of the lake's log, lineage/index.sqlite, which is brought up to date first and may be \
    deleted at any time; a lake that is read-only has it in $XDG_CACHE_HOME/avtools. Results are the records that the \
    other tools take: datastream records go into av-extract, av-sync and the tools after them.

    Times, zones, kinds and states are those of what is searched; a measurement or file also has the zone, kind and \
    state of one of its datastreams together. A place is that of a scene's beginning or of a piece of a track of some \
    200 m. Frames are read from the tables of synchronized datastreams; classes, columns and places from the enriched \
    ones that were made of them. An object's class is its own or its group's.

    Lakes that lake.json5 lists under "lakes" are searched after the lake itself, in their order; what is found there \
    has the name of its lake and an absolute path.

    --where takes a condition of the language of av-scenes rules over the columns of enriched samples; a text that a \
    column is compared with may stand without quotes. A sample of which it is not known is not found.

    --as-of makes an index of what the log said then, for this search alone; so does --salvage of what can be read of a \
    log that is damaged.
    """
  static let texts = ManualTexts(
    memory: "Some tens of MB; the results wait in a temporary file. For frames the samples of one drive.")
  static let examples = [
    (line: "av-meta find frames --lake lake --vin KA123456", comment: "All frames of a vehicle"),
    (line: "av-meta find frames --lake lake --class pedestrian", comment: "All frames with pedestrians"),
    (
      line: "av-meta find frames --lake lake --class pedestrian --where \"light = 'night' and speed_mps > 30km/h\"",
      comment: "Those at night, faster than 30 km/h"
    ),
    (
      line: "av-meta find streams --lake lake --zone raw --since 2024-03-01T00:00:00Z | av-extract --lake lake",
      comment: "Extract what came since"
    ),
    (line: "av-meta find scenes --lake lake --scene hard_brake --near 48.1,11.5,2km", comment: "Scenes around a place"),
  ]

  @Operand("measurements, streams, files, frames, scenes, labels, runs or errors", value: "what") var what: String
  @OptionGroup var filters: FindOptions
  @Option("How results are printed; else jsonl, on a terminal table", value: "format") var format: FindFormat?
  @Option("What the log said at this time", value: "time") var asOf: Timestamp?
  @Flag("End paths and ids with NUL, not newline", short: "0") var null
  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup(without: "jobs", "dry-run", "force", "require-end", "max-errors") var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    guard let kind = FindKind(rawValue: what) else {
      let all = FindKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("'\(what.shown)' cannot be searched: \(all)")
    }
    let format = format ?? (shown.printsRecords ? .jsonl : .table)
    var options = Find.Options()
    options.scope = LogScope(asOf: asOf, salvages: salvage)
    options.detail = format == .ids || format == .path && kind != .frames ? .brief : .full
    if format == .ids, kind == .frames || kind == .labels || kind == .errors {
      throw UsageError("\(what) have no ids: --format jsonl has all that is known of them")
    }
    if null, format != .path, format != .ids { throw UsageError("--null is of --format path and ids") }
    if format == .path, [.measurements, .runs].contains(kind) {
      throw UsageError("\(what) have no path: av-meta where tells those of a measurement")
    }
    let log = shown.log
    var output = RecordOutput(end: work.end && format == .jsonl ? .counted : .none) { try Console.record($0) }
    var table = FindTable(kind)
    let (count, isWhole) = try Find.everywhere(
      Lake.find(lake.lake), filters.request(kind), options, warning: { log.warn($0) }
    ) {
      switch format {
      case .jsonl: try output.put($0)
      case .table: table.add($0)
      case .path:
        if let path = $0["path"]?.string { try show(path, null) }
      case .ids: if let id = $0["id"]?.string { try show(id, null) }
      }
    }
    if format == .table { try Console.show(table.text) }
    try output.finish()
    guard isWhole else { return .loss }
    return work.failIfEmpty && count == 0 ? .nothing : .success
  }
}

/// A path or an id for programs, or for a person on a terminal.
private func show(_ text: String, _ endsInNull: Bool) throws {
  if endsInNull { return try Console.show(text + "\0") }
  try Console.record(Console.isTerminal(.output) ? text.shown : text)
}

enum FindFormat: String, CaseIterable, ArgumentValue { case table, jsonl, path, ids }

/// Results as a person likes to read them.
struct FindTable {
  private let columns: [(title: String, key: String, form: Form)]
  private var table: Table
  private enum Form { case name, text, number, time, size }

  init(_ kind: FindKind) {
    columns =
      switch kind {
      case .measurements:
        [
          ("measurement", "id", .name), ("vin", "vin", .name), ("region", "region", .text), ("start", "start", .time),
          ("end", "end", .time), ("streams", "datastreams", .number),
        ]
      case .streams:
        [
          ("datastream", "id", .name), ("zone", "zone", .text), ("kind", "kind", .text), ("state", "state", .text),
          ("start", "start", .time), ("rows", "rows", .number), ("size", "bytes", .size), ("vin", "vin", .name),
        ]
      case .files:
        [
          ("path", "path", .name), ("format", "format", .text), ("size", "bytes", .size),
          ("messages", "messages", .number), ("start", "start", .time),
        ]
      case .frames: [("path", "path", .name), ("time", "t", .time), ("stream", "stream", .name), ("vin", "vin", .name)]
      case .scenes:
        [
          ("scene", "id", .name), ("type", "scene", .text), ("start", "start_ts", .time),
          ("seconds", "duration_s", .number),
          ("vin", "vin", .name), ("latitude", "lat", .number), ("longitude", "lon", .number),
        ]
      case .labels:
        [
          ("class", "class", .name), ("group", "class_group", .text), ("objects", "count", .number),
          ("frames", "frames", .number), ("datastream", "datastream", .name),
        ]
      case .runs:
        [
          ("run", "id", .name), ("tool", "tool", .text), ("start", "start", .time), ("duration", "duration", .number),
          ("outcome", "outcome", .text), ("host", "host", .text),
        ]
      case .errors:
        [
          ("age", "age", .number), ("zone", "zone", .text), ("measurement", "measurement", .name), ("op", "op", .text),
          ("code", "code", .text), ("path", "path", .name),
        ]
      }
    table = Table(
      columns.map { column in
        switch column.form {
        case .name: .name(column.title)
        case .text, .time: .text(column.title)
        case .number, .size: .number(column.title)
        }
      })
  }

  mutating func add(_ record: Record) {
    table.add(
      columns.map { column in
        guard let value = record[column.key] else { return "" }
        switch column.form {
        case .time: return value.string.map { String($0.prefix(19)) + "Z" } ?? ""
        case .size: return value.integer.map { Measure.brief(size: $0) } ?? ""
        case .number, .name, .text: return value.array.map { "\($0.count)" } ?? value.string ?? value.text
        }
      })
  }

  var text: String {
    table.isEmpty ? "" : table.render(width: Console.width(of: .output), isUnicode: Console.isUnicode)
  }
}

struct WhereCommand: Verb {
  static let name = "where"
  static let abstract = "Print where the files of a measurement, datastream or scene lie."
  static let discussion = """
    Absolute paths, one a line; with --json datastream records that also say whether anything is there. Lakes that \
    lake.json5 names are looked into as well.
    """
  static let examples = [
    (line: "av-meta where 210b1ba7 --lake lake", comment: "The folders of a measurement's datastreams")
  ]

  @Operand("Ids, or the beginnings of ids; of a scene its whole id", value: "id") var ids: [String]
  @Flag("End paths with NUL, not newline", short: "0") var null
  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    guard !ids.isEmpty else { throw UsageError("missing <id>") }
    let home = try Lake.find(lake.lake), log = shown.log, scope = LogScope(salvages: salvage)
    var code = ExitCode.success
    for id in ids {
      let (records, exit) = try Places.records(home, id, scope, warning: { log.warn($0) })
      code = code.merged(with: exit)
      for record in records {
        let path = record["path"]?.string ?? ""
        try shown.json ? Console.record(record.line) : show(path, null)
      }
    }
    return code
  }
}

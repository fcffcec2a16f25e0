import Command
import Core
import Pipeline

/// A change of the log for a command: who does it, as its run says.
private func amendment(_ lake: LakeOptions, _ log: Log) throws -> Amendment {
  try Amendment(
    Lake.find(lake.lake), tool: Tool(Meta.name, version: Version.number), run: lake.runId?.description,
    args: Array(CommandLine.arguments.dropFirst()), warning: { log.warn($0) })
}

/// What an amendment is about: ids of operands and of a list, or else those of records on standard input.
private func subjects(_ ids: [String], _ input: InputOptions) throws -> [String] {
  var list = try input.inputs(ids, missing: .isStandardInput, value: "id")
  var subjects: [String] = []
  while let item = try list.next() {
    guard case .path(let id) = item else {
      subjects += try idsOfRecords()
      continue
    }
    subjects.append(id)
  }
  return subjects
}

/// The measurements and datastreams on standard input; nothing is written where a line is no such record.
private func idsOfRecords() throws -> [String] {
  var stream = RecordStream(), ids: [String] = []
  while let item = try stream.next() {
    switch item {
    case .warning: break
    case .problem(let problem): throw problem
    case .record(let record, let place), .foreign(let record, let place):
      guard record.kind == .measurement || record.kind == .datastream, let id = record["id"]?.string else {
        throw RecordError(place, "no measurement or datastream with an id")
      }
      ids.append(id)
    }
  }
  return ids
}

struct TagCommand: Verb {
  static let name = "tag"
  static let abstract = "Set a tag on a measurement or datastream, or remove it."
  static let discussion = """
    KEY=VALUE sets it, for all of it or for a stretch of time; KEY= removes every stretch. A value replaces what the same \
    source said of the same stretch; one that is there already is skipped. The tag hold keeps every rule of retention \
    away. Without ids, measurement and datastream records on standard input are tagged.
    """
  static let examples = [
    (line: "av-meta tag 210b1ba7 weather=rain --lake lake", comment: "It rained all the time"),
    (
      line: "av-meta find measurements --lake lake --vin 'KA*' | av-meta tag campaign=7 --lake lake",
      comment: "Many at once"
    ),
  ]

  @Operand("Ids or their beginnings, and the tag at the end unless --set has it", value: "id") var words: [String]
  @Option("The tag, KEY=VALUE", value: "tag") var set: String?
  @Option("From this time on", value: "time") var from: Timestamp?
  @Option("Until this time", value: "time") var to: Timestamp?
  @Option("Who says so", value: "name") var source = "user"
  @OptionGroup var input: InputOptions
  @OptionGroup var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    var ids = words
    guard let text = set ?? ids.popLast() else { throw UsageError("wanted ids and a tag KEY=VALUE") }
    ids = try subjects(ids, input)
    let wanted = try FindTag(text)
    guard let value = wanted.value else {
      throw UsageError("'\(text.shown)' is no tag: KEY=VALUE, or KEY= to remove it")
    }
    var tag = Amendment.Tag(key: wanted.key, value: value.isEmpty ? nil : value, source: source)
    (tag.start, tag.end) = (from, to)
    for record in try amendment(lake, shown.log).tag(ids, tag) where shown.printsRecords {
      try Console.record(record.line)
    }
    return .success
  }
}

struct NoteCommand: Verb {
  static let name = "note"
  static let abstract = "Write a note about a measurement or datastream."
  static let discussion = """
    Notes stand beside each other; none is ever removed. av-meta find --text finds their words. Without ids, the note is \
    about the measurement and datastream records on standard input.
    """
  static let examples = [
    (line: "av-meta note 210b1ba7 --text 'lens was dirty' --lake lake", comment: "What a person saw")
  ]

  @Operand("Ids, or the beginnings of ids", value: "id") var ids: [String]
  @Option("The note", value: "words") var text: String
  @Option("Who says so", value: "name") var source = "user"
  @OptionGroup var input: InputOptions
  @OptionGroup var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    for record in try amendment(lake, shown.log).note(subjects(ids, input), text: text, source: source)
    where shown.printsRecords {
      try Console.record(record.line)
    }
    return .success
  }
}

struct SupersedeCommand: Verb {
  static let name = "supersede"
  static let abstract = "Say that a datastream counts no more, and which one stands for it."
  static let discussion = "Its files stay until a rule of retention removes them; searches for COMPLETED leave it out."
  static let examples = [
    (line: "av-meta supersede aa31c0de --by bb42d1ef --lake lake", comment: "Scenes of newer rules")
  ]

  @Operand("The datastream, by id or its beginning", value: "id") var id: String
  @Option("The datastream that stands for it", value: "id") var by: String?
  @OptionGroup var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    for record in try amendment(lake, shown.log).supersede(id, by: by) where shown.printsRecords {
      try Console.record(record.line)
    }
    return .success
  }
}

struct AppendCommand: Verb {
  static let name = "append"
  static let abstract = "Append events that workers made elsewhere."
  static let discussion = """
    Records {"type":"event","id":UUID,"event":NAME,…} on standard input: tag, note, measurement.updated, file.facts, \
    scene.summary, share, label.returned and kpi. An id that is in the log already is skipped, so that the same records \
    may come again. States of datastreams move only by the tools that make them.
    """
  static let examples = [
    (line: "av-meta append --lake lake <events.jsonl", comment: "Once or twice, with the same result")
  ]

  @Operand("Files of records; standard input when there are none", value: "records") var inputs: [String]
  @OptionGroup var lake: LakeOptions
  @OptionGroup(without: "jobs", "dry-run", "force", "fail-if-empty") var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  /// Records that are appended together.
  private static let together = 4096

  func run() throws -> ExitCode {
    guard !inputs.isEmpty || !Console.isTerminal(.input) else {
      throw UsageError("missing <records>; they are read from standard input unless it is a terminal")
    }
    var stream = RecordStream(inputs, end: work.requireEnd ? .required : .optional)
    var output = RecordOutput(end: work.end ? .counted : .none) { try Console.record($0) }
    var tally = Tally(shown.log, atMost: work.errorLimit)
    var items: [Amendment.Item] = []
    var isOver = false
    while !isOver, !tally.isFull {
      switch try stream.next() {
      case .record(let record, let place)?: items.append((record, place))
      case .foreign(let record, _)?: try output.put(record)
      case .warning(let text)?: shown.log.warn(text)
      case .problem(let problem)?: try Console.record(tally.failed(problem, item: "-"))
      case nil: isOver = true
      }
      guard !items.isEmpty, isOver || items.count == Self.together else { continue }
      for (item, answer) in zip(items, try amendment(lake, shown.log).append(items)) {
        switch answer {
        case .success(let record):
          try output.put(record)
          tally.done()
        case .failure(let error): try Console.record(tally.failed(error, item: item.record["id"]?.string ?? item.place))
        }
      }
      items = []
    }
    try output.finish()
    return tally.code(failIfEmpty: false)
  }
}

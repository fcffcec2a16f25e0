import Command
import Core
import Pipeline

struct Verify: Verb {
  static let name = "verify"
  static let abstract = "Check that the log is whole and the data what the log says."
  static let discussion = """
    The chain of every log file is followed and the events are folded; then every file of every datastream is looked \
    at: by default that it is there and as long as recorded, with --level hash also its digest. Findings are records; \
    the last record is the verdict. Status 7 says that something is not as it was recorded, and a person is needed.

    Files are read from the medium, not from memory. --sample reads a share of them, always the same for a seed; sizes \
    are looked at in any case. What belongs to nothing that the log knows is a warning; what runs that are gone built, \
    and runs that have no end, are told as info: the next run of the tool sees to them.

    With --record, files whose digest is not the recorded one, and that the log does not tell of yet, become \
    integrity.alarm events, which metrics and the report count.

    A power cut can leave a last line of a log that is no event. When a person has looked at it, --name-torn makes the \
    log go on after it; nothing is removed.
    """
  static let examples = [
    (
      line: "av-meta verify --lake lake --sample 1% --seed $(date +%V)",
      comment: "Another hundredth of all files each week"
    ),
    (line: "av-meta verify --lake lake --level hash 210b1ba7", comment: "One measurement, all of it"),
  ]

  @Operand("Measurements or datastreams, by id or its beginning; else everything", value: "id") var ids: [String]
  @Option(
    "How much is read; else size, with --sample hash", value: "level",
    completion: .oneOf(Verification.Level.allCases.map(\.rawValue)))
  var level: String?
  @Option("Only this measurement", value: "uuid") var measurement: [String]
  @Option("Only datastreams that changed at this time or later", value: "time") var since: Timestamp?
  @Option("Read so much of the files, such as 1%", value: "share") var sample: String?
  @Option("Another text samples others", value: "text") var seed = "0"
  @Option("Name the damaged end of this writer's log, so that the log goes on", value: "writer") var nameTorn: String?
  @Flag("Write what is not as it was recorded into the log, as alarms") var record
  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup(without: "dry-run", "force", "require-end", "end", "fail-if-empty", "max-errors") var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    let home = try Lake.find(lake.lake)
    var scope = VerificationScope()
    (scope.subjects, scope.since, scope.seed) = (Set(ids + measurement), since, seed)
    if let sample {
      guard let share = VerificationScope.share(sample) else {
        throw UsageError("'\(sample)' is not a share: one such as 1% or 0.01")
      }
      scope.sample = share
    }
    let word = level ?? (sample == nil ? "size" : "hash")
    guard let level = Verification.Level(rawValue: word) else {
      throw UsageError(
        "'\(word)' is not a level: \(Verification.Level.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard sample == nil || level == .hash else {
      throw UsageError("--sample is of what is read: with --level hash only")
    }
    if let nameTorn, try !home.nameDamagedEnd(of: nameTorn, tool: Tool(Meta.name, version: Version.number)) {
      shown.log.note("the log of \(nameTorn) has no damage at its end")
    }
    var alarms: [LineageEvent] = []
    let code = try Verification.run(
      home, level: level, mode: salvage ? .salvage : .strict, jobs: work.jobCount, scope: scope,
      alarm: { alarms.append($0) }
    ) { record in
      if shown.printsRecords {
        try Console.record(record.line)
      } else {
        let words = [record["severity"], record["code"], record["verdict"], record["msg"] ?? record["path"]]
        try Console.show(words.compactMap { $0?.string?.shown }.joined(separator: "  ") + "\n")
      }
    }
    if record, !alarms.isEmpty {
      let lineage = try Lineage(home, tool: Tool(Meta.name, version: Version.number))
      try lineage.start(args: Array(CommandLine.arguments.dropFirst()))
      for alarm in alarms { try lineage.append(alarm) }
      try lineage.end(.done, exit: .success, items: ["done": .count(alarms.count)])
      shown.log.note("\(alarms.count) \(alarms.count == 1 ? "alarm" : "alarms") recorded")
    }
    return code
  }
}

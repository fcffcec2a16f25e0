import Command
import Core
import Pipeline
import Recordings

struct Inspect: Verb {
  static let name = "inspect"
  static let abstract = "Show what is in recordings."
  static let discussion = """
    Reads headers and index only, so the answer comes at once however large the file is; a recording that was not \
    closed is walked. With --deep everything is unpacked and checked, and counts are found, not promised.

    On a terminal a table is printed, elsewhere a recording record a file. Status 3 says that some messages cannot be \
    read, status 1 that none can, or that a file is no recording.
    """
  static let texts = ManualTexts(memory: "Some bytes a chunk of the recording; with --deep a few chunks a job.")

  @Operand("Recordings", value: "recording") var inputs: [String]
  @Flag("Unpack and check everything") var deep
  @OptionGroup var files: InputOptions
  @OptionGroup(without: "dry-run", "force", "require-end") var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    var list = try files.inputs(inputs, missing: .isRefused, value: "recording")
    var output = RecordOutput(end: work.end ? .counted : .none) { try Console.record($0) }
    var tally = Tally(shown.log, atMost: work.errorLimit)
    while !tally.isFull, let input = try list.next() {
      guard case .path(let path) = input else { throw UsageError("a recording on standard input cannot be inspected") }
      do {
        let inspection = try Inspection(path: path, depth: deep ? .everything : .index, jobs: work.jobCount)
        if shown.printsRecords {
          try output.put(Record(inspection.record))
        } else {
          try Console.show(InspectionTable(inspection).text)
        }
        for line in inspection.complaints { shown.log.warn(line) }
        tally.done(inspection.exitCode)
      } catch {
        let record = try tally.failed(error, item: path)
        if shown.printsRecords { try Console.record(record) }
      }
    }
    try output.finish()
    return tally.code(failIfEmpty: work.failIfEmpty)
  }
}

/// A recording as a person likes to read it.
struct InspectionTable {
  let text: String

  init(_ inspection: Inspection) {
    let recording = inspection.recording
    var lines = ["path      \(inspection.path.shown)", "format    \(Self.format(recording))"]
    lines.append("size      \(Measure.brief(size: Int64(recording.bytes))) (\(recording.bytes) bytes)")
    if let range = recording.range {
      let duration = range.end.nanoseconds - range.start.nanoseconds
      lines.append("start     \(range.start)")
      lines.append("end       \(range.end)")
      lines.append("duration  \(Measure.brief(duration: duration))")
    }
    lines.append("messages  \(recording.messages)")
    let state = recording.isComplete ? "complete" : "not complete"
    lines.append("state     \(state)\(recording.outcome == .whole ? "" : ", \(recording.outcome.rawValue)")")
    for finding in recording.findings {
      lines.append("\(finding.severity.rawValue.padded(to: 8))  \(finding.code): \(finding.message.shown)")
    }
    var table = Table([
      .name("channel"), .name("type"), .text("kind"), .number("messages"), .number("rate"), .number("period"),
      .number("p95"), .number("longest gap"),
    ])
    for channel in recording.channels {
      let rhythm = channel.rhythm
      table.add([
        channel.name, channel.type, channel.kind.rawValue, "\(channel.messages)",
        channel.rate.map { "\(Measure.brief(number: $0)) Hz" } ?? "",
        Self.interval(rhythm?.percentile(0.5)), Self.interval(rhythm?.percentile(0.95)),
        Self.interval(rhythm?.longest.map { Double($0.nanoseconds) }),
      ])
    }
    let body = table.isEmpty ? "" : "\n" + table.render(width: Console.width(of: .output))
    text = lines.joined(separator: "\n") + "\n" + body
  }

  private static func format(_ recording: Recording) -> String {
    let facts = recording.facts.members.map { "\($0.key) \($0.value.string ?? $0.value.text)" }
    return ([recording.format] + facts).joined(separator: ", ")
  }

  private static func interval(_ nanoseconds: Double?) -> String {
    nanoseconds.map { Measure.brief(duration: Int64($0)) } ?? ""
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

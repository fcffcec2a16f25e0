import Core

/// Something that is not as the log says, or that a person should know.
package struct VerificationFinding: Sendable, Hashable {
  package enum Severity: String, Sendable { case info, warning, error }

  package var severity: Severity
  /// A stable word: `log`, `log-torn`, `log-missing`, `blob`, `conflict`, `alarm`, `folder-missing`, `folder`,
  /// `file-missing`, `file-extra`, `file`, `not-a-file`, `size`, `digest`.
  package var code: String
  /// What it is about: an id, or a file of the log.
  package var subject: String
  package var path: String?
  package var expected: String?
  package var found: String?
  package var line: Int?
  package var offset: Int?
  package var message: String

  package init(
    _ severity: Severity, _ code: String, _ subject: String, path: String? = nil, expected: String? = nil,
    found: String? = nil, message: String? = nil
  ) {
    self.severity = severity
    self.code = code
    self.subject = subject
    self.path = path
    self.expected = expected
    self.found = found
    let problem =
      switch code {
      case "file-missing": "is not there"
      case "file-extra": "is not recorded"
      case "not-a-file": "is a link or a device, and was not looked at"
      default: "is \(found ?? "?"), should be \(expected ?? "?")"
      }
    self.message = message ?? "\(path ?? subject): \(problem)"
  }

  /// Damage of the log: an error, unless it is read around on purpose.
  init(_ damage: LogDamage, _ mode: LineageReader.Mode) {
    self.init(mode == .salvage ? .warning : .error, "log", "lineage/\(damage.file)", message: damage.description)
    line = damage.line
    offset = damage.offset
  }

  init(_ tail: TornTail) {
    self.init(
      .warning, "log-torn", "lineage/\(tail.file)",
      message: "lineage/\(tail.file): the last \(tail.length) bytes are no line yet; the next writer names them")
    offset = tail.offset
  }

  /// An alarm that was recorded earlier.
  init(_ alarm: LineageEntry) {
    self.init(
      .warning, "alarm", alarm.string("datastream") ?? alarm.string("measurement") ?? alarm.place,
      path: alarm.string("path"), expected: alarm.string("expected"), found: alarm.string("found"))
    message = "recorded on \(alarm.time): \(message)"
  }

  package var record: Record {
    var members: JSONObject = [
      "severity": .string(severity.rawValue), "code": .string(code), "subject": .string(subject),
    ]
    members["path"] = path.map(JSON.string)
    members["line"] = line.map(JSON.count)
    members["offset"] = offset.map(JSON.count)
    members["expected"] = expected.map(JSON.string)
    members["found"] = found.map(JSON.string)
    members["msg"] = .string(message)
    return Record(.finding, members)
  }
}

/// Whether every writer's log still has the last line that runs of other writers saw.
struct HeadCheck {
  private(set) var findings: [VerificationFinding] = []
  /// The beginning of each line's digest, by writer and number.
  private var digests: [String: [Int: UInt64]] = [:]
  private var told: Set<String> = []

  mutating func take(_ entry: LineageEntry) {
    digests[entry.writer, default: [:]][entry.sequence] = Self.beginning(entry.digest)
    guard entry.event.name == "run.start" else { return }
    for head in entry["heads"]?.array ?? [] {
      guard let writer = head["writer"]?.string, let number = head["seq"]?.integer, let digest = head["sha256"]?.string
      else { continue }
      check(writer, Int(clamping: number), digest, entry)
    }
  }

  private mutating func check(_ writer: String, _ number: Int, _ digest: String, _ entry: LineageEntry) {
    let lines = digests[writer] ?? [:]
    guard lines[number] != Self.beginning(digest), told.insert(writer).inserted else { return }
    let problem =
      lines.isEmpty
      ? "the whole log of writer \(writer) is missing"
      : "line with seq \(number) of writer \(writer) is \(lines[number] == nil ? "missing" : "another")"
    findings.append(
      VerificationFinding(
        .error, "log-missing", "lineage/\(writer).jsonl",
        message: "lineage/\(writer).jsonl: \(problem): a run saw it (lineage/\(entry.place))"))
  }

  private static func beginning(_ digest: String) -> UInt64 { UInt64(digest.prefix(16), radix: 16) ?? 0 }
}

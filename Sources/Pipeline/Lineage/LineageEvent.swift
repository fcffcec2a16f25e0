package import Core

/// Something that happened, before it is a line of the log: its name and its own keys (`lineage.md` §2).
///
/// The vocabulary is the functions below; an event that they do not know can still be made, and is kept by readers.
package struct LineageEvent: Sendable, Hashable {
  /// The `event` key, such as `datastream.state`.
  package var name: String
  /// Its own keys in order, without those of the envelope.
  package var fields: JSONObject

  package init(_ name: String, _ fields: JSONObject) {
    self.name = name
    self.fields = fields
  }

  /// An event whose absent values are left out.
  private init(_ name: String, _ fields: [(String, JSON?)], more: JSONObject = [:]) {
    var object: JSONObject = [:]
    for (key, value) in fields { object[key] = value }
    for member in more.members { object[member.key] = member.value }
    self.init(name, object)
  }

  /// Keys of the envelope, which no event has for its own.
  static let envelope: Set = ["v", "id", "seq", "time", "run", "event", "prev"]
}

extension LineageEvent {
  // MARK: The log itself

  /// The first line of every file; `from` is the last line of the writer's file before.
  static func writerOpen(_ writer: String, boot: String, tool: Tool, from: (file: String, seq: Int)? = nil)
    -> LineageEvent
  {
    LineageEvent(
      "writer.open",
      [
        ("writer", .string(writer)), ("boot", .string(boot)), ("tool", .string(tool.name)),
        ("version", .string(tool.version)), ("format", 1),
        ("from", from.map { ["file": .string($0.file), "seq": .count($0.seq)] }),
      ])
  }

  /// The last line of a full file.
  static func writerRotate(to file: String, bytes: Int) -> LineageEvent {
    LineageEvent("writer.rotate", [("to", .string(file)), ("bytes", .count(bytes))])
  }

  /// Names the bytes of a line that a crash cut short.
  static func logTorn(offset: Int, length: Int) -> LineageEvent {
    LineageEvent("log.torn", [("offset", .count(offset)), ("length", .count(length))])
  }

  // MARK: Runs

  /// Before the first effect of a run.
  package static func runStart(_ tool: Tool, config: String? = nil, args: [String] = [], more: JSONObject = [:])
    -> LineageEvent
  {
    LineageEvent(
      "run.start",
      [
        ("tool", .string(tool.name)), ("version", .string(tool.version)), ("config", config.map(JSON.string)),
        ("args", .array(args.map { .string($0.redacted) })), ("host", .string(Host.name)),
        ("pid", .count(Host.processID)),
        ("start_ticks", Host.startTicks(ofProcess: Host.processID).map(JSON.count)), ("user", .string(Host.user)),
        ("folder", (try? Folder.realPath(".")).map(JSON.string)), ("trace", TraceContext.current.map(JSON.string)),
      ], more: more)
  }

  /// The last event of a run; a start without end is a crashed run.
  package static func runEnd(
    _ outcome: RunOutcome, exit: Int, items: JSONObject = [:], bytes: Int? = nil, seconds: Double? = nil,
    more: JSONObject = [:]
  ) -> LineageEvent {
    LineageEvent(
      "run.end",
      [
        ("outcome", .string(outcome.rawValue)), ("exit", .count(exit)),
        ("items", items.members.isEmpty ? nil : .object(items)), ("bytes", bytes.map(JSON.count)),
        ("seconds", seconds.map(JSON.number)),
      ], more: more)
  }

  /// While a run goes on: it takes longer than expected.
  package static func runOverdue(expected: Int64, elapsed: Int64) -> LineageEvent {
    LineageEvent(
      "run.overdue",
      [
        ("expected", .number(Double(expected / 1_000_000) / 1000)),
        ("seconds", .number(Double(elapsed / 1_000_000) / 1000)),
      ])
  }

  // MARK: Measurements

  /// Ingest accepted a manifest; `digest` is that of the manifest, in hexadecimal.
  package static func measurementCreated(
    _ id: String, vin: String, start: Timestamp, end: Timestamp, manifest digest: String, files: Int,
    region: String? = nil, more: JSONObject = [:]
  ) -> LineageEvent {
    LineageEvent(
      "measurement.created",
      [
        ("measurement", .string(id)), ("vin", .string(vin)), ("start", .time(start)),
        ("end", .time(end)), ("region", region.map(JSON.string)), ("manifest", .string("sha256:" + digest)),
        ("files", .count(files)),
      ], more: more)
  }

  /// Facts learned later; the last value of a key wins.
  package static func measurementUpdated(_ id: String, set: JSONObject) -> LineageEvent {
    LineageEvent("measurement.updated", [("measurement", .string(id)), ("set", .object(set))])
  }

  /// What is known of one file, from validation or from extraction; `path` is as in the manifest.
  package static func fileFacts(
    measurement: String, path: String, bytes: Int, sha256: String? = nil, format: String? = nil,
    range: TimeRange? = nil, messages: Int? = nil, channels: JSON? = nil, verdict: String? = nil
  ) -> LineageEvent {
    LineageEvent(
      "file.facts",
      [
        ("measurement", .string(measurement)), ("path", .string(path)), ("bytes", .count(bytes)),
        ("sha256", sha256.map(JSON.string)), ("format", format.map(JSON.string)),
        ("start", range.map { .time($0.start) }), ("end", range.map { .time($0.end) }),
        ("messages", messages.map(JSON.count)), ("channels", channels), ("verdict", verdict.map(JSON.string)),
      ])
  }

  /// A copy was read back from the medium and compared; `path` is as in records (relative to the lake if inside).
  package static func fileCopied(
    measurement: String, datastream: String, zone: String, path: String, bytes: Int, sha256: String
  ) -> LineageEvent {
    LineageEvent(
      "file.copied",
      [
        ("measurement", .string(measurement)), ("datastream", .string(datastream)), ("zone", .string(zone)),
        ("path", .string(path)), ("bytes", .count(bytes)), ("sha256", .string(sha256)), ("verified", "readback"),
      ])
  }

  /// Source files were removed; `left` are the names that stay in landing.
  package static func landingCleared(measurement: String, files: Int, bytes: Int, left: [String] = []) -> LineageEvent {
    LineageEvent(
      "landing.cleared",
      [
        ("measurement", .string(measurement)), ("files", .count(files)), ("bytes", .count(bytes)),
        ("left", .array(left.map(JSON.string))),
      ])
  }

  /// A measurement was moved to the error zone.
  package static func errorParked(
    measurement: String, path: String, operation: String, code: String, attempts: Int
  ) -> LineageEvent {
    LineageEvent(
      "error.parked",
      [
        ("measurement", .string(measurement)), ("path", .string(path)), ("op", .string(operation)),
        ("code", .string(code)), ("attempts", .count(attempts)),
      ])
  }

  /// What was parked is dealt with: hydrated, retried, or dismissed by a person.
  package static func errorResolved(measurement: String, how: String, by user: String) -> LineageEvent {
    LineageEvent(
      "error.resolved", [("measurement", .string(measurement)), ("how", .string(how)), ("by", .string(user))])
  }

  /// A folder was seen incomplete and left in landing, or moved after the grace period.
  package static func incompleteHeld(path: String, missing: [String], since: Timestamp, movedTo: String? = nil)
    -> LineageEvent
  {
    LineageEvent(
      "incomplete.held",
      [
        ("path", .string(path)), ("missing", .array(missing.map(JSON.string))), ("since", .time(since)),
        ("moved_to", movedTo.map(JSON.string) ?? .null),
      ])
  }
}

extension LineageEvent {
  // MARK: Datastreams

  /// Before work on a datastream starts.
  package static func datastreamCreated(
    _ id: String, measurement: String, zone: String, kind: String, path: String, parents: [String], stage: String,
    config: String, outputVersion: Int, more: JSONObject = [:]
  ) -> LineageEvent {
    LineageEvent(
      "datastream.created",
      [
        ("datastream", .string(id)), ("measurement", .string(measurement)), ("zone", .string(zone)),
        ("kind", .string(kind)), ("path", .string(path)), ("parents", .array(parents.map(JSON.string))),
        ("stage", .string(stage)), ("config", .string(config)), ("output_version", .count(outputVersion)),
      ], more: more)
  }

  /// A transition; `facts` are the time range, rows, files, bytes and digest of what is complete, or the `error`.
  package static func datastreamState(_ id: String, _ transition: Transition, facts: JSONObject = [:]) -> LineageEvent {
    LineageEvent(
      "datastream.state",
      [
        ("datastream", .string(id)), ("from", .string(transition.from.rawValue)),
        ("to", .string(transition.to.rawValue)),
      ], more: facts)
  }

  // MARK: Labels

  /// A package was handed over.
  package static func share(
    _ export: String, datastream: String, measurement: String, partner: String?, mode: String, items: Int,
    digest: String?, purpose: String?, expires: Timestamp? = nil, watermark: String? = nil
  ) -> LineageEvent {
    LineageEvent(
      "share",
      [
        ("export", .string(export)), ("datastream", .string(datastream)), ("measurement", .string(measurement)),
        ("partner", partner.map(JSON.string) ?? .null), ("mode", .string(mode)), ("items", .count(items)),
        ("digest", digest.map(JSON.string)), ("purpose", purpose.map(JSON.string)), ("expires", expires.map(JSON.time)),
        ("watermark", watermark.map(JSON.string)),
      ])
  }

  /// Labels came back; `parents` are the export and what it was made from.
  package static func labelReturned(
    _ export: String, datastream: String, measurement: String, parents: [String], vendor: String?, annotator: String?,
    items: Int, labels: Int, isComplete: Bool, digest: String, supersedes: [String]
  ) -> LineageEvent {
    LineageEvent(
      "label.returned",
      [
        ("export", .string(export)), ("datastream", .string(datastream)), ("measurement", .string(measurement)),
        ("parents", .array(parents.map(JSON.string))), ("vendor", vendor.map(JSON.string) ?? .null),
        ("annotator", annotator.map(JSON.string) ?? .null), ("items", .count(items)), ("labels", .count(labels)),
        ("complete", .bool(isComplete)), ("digest", .string(digest)),
        ("supersedes", supersedes.isEmpty ? .null : .array(supersedes.map(JSON.string))),
      ])
  }

  // MARK: Other

  /// A tag set on a `measurement` or `datastream`, for a stretch of time or all of it; a nil value removes it.
  package static func tag(
    _ target: JSONObject, key: String, value: String?, source: String, start: Timestamp? = nil, end: Timestamp? = nil
  ) -> LineageEvent {
    LineageEvent(
      "tag",
      [
        ("target", .object(target)), ("key", .string(key)), ("value", value.map(JSON.string) ?? .null),
        ("source", .string(source)), ("start", start.map(JSON.time)), ("end", end.map(JSON.time)),
      ])
  }

  /// What a person says about a `measurement` or `datastream`; it stands beside what others said.
  package static func note(_ target: JSONObject, text: String, source: String) -> LineageEvent {
    LineageEvent("note", [("target", .object(target)), ("text", .string(text)), ("source", .string(source))])
  }

  /// Once for a datastream of scenes: how many of each type, by which rules, and which could not be evaluated.
  package static func sceneSummary(
    _ id: String, types: JSON, rules digest: String, skipped: [String], unknown: Double
  ) -> LineageEvent {
    LineageEvent(
      "scene.summary",
      [
        ("datastream", .string(id)), ("types", types), ("rules", .string("sha256:" + digest)),
        ("skipped", .array(skipped.map(JSON.string))), ("rows_unknown", .number(unknown)),
      ])
  }

  /// Verification found a contradiction; `subject` is `measurement` or `datastream` with its id.
  package static func integrityAlarm(
    _ subject: JSONObject, path: String? = nil, expected: String, found: String
  ) -> LineageEvent {
    var fields = subject
    fields["path"] = path.map(JSON.string)
    fields["expected"] = .string(expected)
    fields["found"] = .string(found)
    return LineageEvent("integrity.alarm", fields)
  }
}

/// How a run ended.
package enum RunOutcome: String, Sendable, CaseIterable { case done, partial, failed, interrupted }

/// The command that writes, as the log names it.
package struct Tool: Sendable, Hashable {
  package var name: String
  package var version: String

  package init(_ name: String, version: String) {
    self.name = name
    self.version = version
  }
}

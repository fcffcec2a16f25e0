package import Core

/// A line of the log: an event and its envelope (`lineage.md` §1.1).
package struct LineageEntry: Sendable, Hashable {
  /// Log format that this version writes and understands.
  package static let version: Int64 = 1

  /// A UUIDv7, unique in the lake.
  package var id: String
  /// 0, 1, 2, … per writer.
  package var sequence: Int
  package var time: Timestamp
  /// The run that wrote it; absent for events of the log itself.
  package var run: String?
  package var event: LineageEvent
  /// SHA-256 of the physical line before, in hexadecimal; empty in a writer's first line.
  package var previous: String
  /// SHA-256 of this line, without its newline.
  package var digest: String
  /// Who wrote it: one host's name, or `AV_WRITER`.
  package var writer: String
  /// The file's name in the lineage folder.
  package var file: String
  /// The line's number from 1, and its first byte.
  package var line: Int
  package var offset: Int
  /// Its bytes, without the newline.
  package var length = 0

  /// Where the line stands: `batch-07.jsonl:12`.
  package var place: String { "\(file):\(line)" }

  package subscript(_ key: String) -> JSON? { event.fields[key] }

  func string(_ key: String) -> String? { event.fields[key]?.string }

  /// The order of causes: by time, then writer, then number.
  static func isOrdered(_ one: LineageEntry, _ other: LineageEntry) -> Bool {
    (one.time, one.writer, one.sequence) < (other.time, other.writer, other.sequence)
  }

  /// The line as JSON, with the keys of the envelope in their places.
  package var object: JSONObject {
    var object: JSONObject = [
      "v": .integer(Self.version), "id": .string(id), "seq": .count(sequence), "time": .time(time),
    ]
    object["run"] = run.map(JSON.string)
    object["event"] = .string(event.name)
    for member in event.fields.members { object[member.key] = member.value }
    object["prev"] = .string(previous)
    return object
  }
}

extension LineageEntry {
  init(_ envelope: LineageEnvelope, digest: String, writer: String, file: String, line: LogLine) {
    self.init(
      id: envelope.id, sequence: envelope.sequence, time: envelope.time, run: envelope.run, event: envelope.event,
      previous: envelope.previous, digest: digest, writer: writer, file: file, line: line.number, offset: line.offset,
      length: line.bytes.count)
  }
}

/// The envelope and the event that a line's JSON holds; what is wrong with it, if it holds none.
struct LineageEnvelope {
  var id: String
  var sequence: Int
  var time: Timestamp
  var run: String?
  var event: LineageEvent
  var previous: String

  struct Failure: Error { var problem: String }

  init(_ json: JSON) throws(Failure) {
    guard let object = json.object else { throw Failure(problem: "is not an object") }
    guard let version = object["v"]?.integer else { throw Failure(problem: "has no version `v`") }
    guard version == LineageEntry.version else {
      throw Failure(problem: "is of log version \(version), and this avtools reads \(LineageEntry.version)")
    }
    guard let id = object["id"]?.string, !id.isEmpty else { throw Failure(problem: "has no `id`") }
    guard let number = object["seq"]?.integer, let sequence = Int(exactly: number), sequence >= 0 else {
      throw Failure(problem: "has no `seq`")
    }
    guard let text = object["time"]?.string, let time = Timestamp(text) else {
      throw Failure(problem: "has no `time`")
    }
    guard let name = object["event"]?.string else { throw Failure(problem: "has no `event`") }
    guard let previous = object["prev"]?.string else { throw Failure(problem: "has no `prev`") }
    self.id = id
    self.sequence = sequence
    self.time = time
    run = object["run"]?.string
    self.previous = previous
    event = LineageEvent(name, JSONObject(object.members.filter { !LineageEvent.envelope.contains($0.key) }))
  }
}

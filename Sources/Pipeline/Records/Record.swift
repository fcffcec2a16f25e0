package import Core

/// A JSON line that the tools exchange: everything it has is kept, in order, also what nobody here knows.
package struct Record: Sendable, Hashable {
  package var object: JSONObject

  package init(_ object: JSONObject) { self.object = object }

  /// A record of a kind, with its schema and type before its own members.
  package init(_ kind: RecordKind, _ members: JSONObject) {
    var object: JSONObject = ["schema": .string(kind.schema), "type": .string(kind.rawValue)]
    for member in members.members { object[member.key] = member.value }
    self.object = object
  }

  /// What it is; nil when this version does not know the type.
  package var kind: RecordKind? { type.flatMap(RecordKind.init(rawValue:)) }
  package var type: String? { object["type"]?.string }

  package subscript(key: String) -> JSON? {
    get { object[key] }
    set { object[key] = newValue }
  }

  /// The line, without its newline.
  package var line: String { JSON.object(object).text }
}

/// A line of input, or a value for a record, that is not what it must be.
package struct RecordError: Problem, Equatable {
  package var description: String
  package var facts: JSONObject
  package var code: ProblemCode { .record }
  package var exitCode: ExitCode { .items }

  /// `place` is where it stands: `-:12` is line 12 of standard input.
  package init(_ place: String, _ problem: String, facts: JSONObject = [:]) {
    description = "\(place): \(problem)"
    self.facts = facts
  }
}

/// What a record says of a datastream (`DESIGN.md` §4): all that the next stage needs.
package struct DatastreamRecord: Sendable, Hashable {
  /// The whole record; what is not below passes through.
  package var record: Record
  package var id: String
  package var measurement: String
  package var zone: String
  package var state: DatastreamState
  /// Relative to the lake where it is inside, absolute elsewhere.
  package var path: String

  /// Reads a record; `place` is where it stands, for errors.
  ///
  /// `dataStreamId`, `rawDataStreamPath` and other names of the reference architecture are taken for ours.
  package init(_ record: Record, at place: String) throws(RecordError) {
    func text(_ names: String...) throws(RecordError) -> String {
      for name in names {
        if let text = record[name]?.string, !text.isEmpty { return text }
      }
      throw RecordError(place, "a datastream record has no \(names[0])")
    }
    self.record = record
    id = try text("id", "extractedDataStreamId", "rawDataStreamId", "dataStreamId")
    measurement = try text("measurement", "measurementId")
    zone = try text("zone")
    path = try text("path", "extractedDatastreamPath", "extractedDataStreamPath", "rawDataStreamPath")
    let spelling = try text("state")
    guard let state = DatastreamState(spelling: spelling) else {
      throw RecordError(place, "\(spelling.shown) is not a state of a datastream")
    }
    self.state = state
  }

  package var vin: String? { record["vin"]?.string }
  package var start: Timestamp? { record["start"]?.timestamp }
  package var end: Timestamp? { record["end"]?.timestamp }
  package var parents: [String] { record["parents"]?.array?.compactMap(\.string) ?? [] }
}

extension Record {
  /// The record of an item that failed, in the item's place (CL-16, CL-23).
  package static func failure(
    _ problem: any Problem, run: String? = nil, item: String? = nil, operation: String? = nil, more: JSONObject = [:]
  ) -> Record {
    var members: JSONObject = [:]
    members["run"] = run.map(JSON.string)
    members["item"] = item.map(JSON.string)
    let facts = problem.facts
    members["op"] = operation.map(JSON.string) ?? facts["op"]
    members["path"] = facts["path"]
    members["errno"] = facts["errno"]
    members["code"] = .string(problem.code.rawValue)
    members["retryable"] = .bool(problem.isRetryable)
    members["msg"] = .string(problem.description)
    members["hint"] = problem.hint.map(JSON.string)
    for member in facts.members + more.members where members[member.key] == nil { members[member.key] = member.value }
    return Record(.error, members)
  }

  /// The last record of a stream that says how many came before it (CL-8).
  package static func end(count: Int) -> Record { Record(.end, ["count": .count(count)]) }
}

package import Core

/// What a person or a worker adds to the log: tags, notes, what replaces what, and events that were made elsewhere.
///
/// The log is not folded as a whole: the index says what ids stand for, and one story says what may follow.
package struct Amendment {
  private let lake: Lake
  private let index: LakeIndex
  private let tool: Tool
  private let run: String
  private let args: [String]

  package init(
    _ lake: Lake, tool: Tool, run: String? = nil, args: [String] = [], warning: @escaping (String) -> Void = { _ in }
  ) throws {
    (self.lake, self.tool, self.args) = (lake, tool, args)
    self.run = run ?? Identifier.unique().description
    index = try LakeIndex(lake, warning: warning)
  }

  /// What a tag says of something, or of a stretch of it; a nil value removes it.
  package struct Tag: Sendable {
    package var key: String
    package var value: String?
    package var source: String
    package var start: Timestamp?
    package var end: Timestamp?

    package init(key: String, value: String?, source: String) {
      (self.key, self.value, self.source) = (key, value, source)
    }
  }

  /// Tags measurements or datastreams, named by id or its beginning; a record each, `skipped` where the log says so already.
  package func tag(_ ids: [String], _ tag: Tag) throws -> [Record] {
    if let start = tag.start, let end = tag.end, end <= start { throw UsageError("--to is not after --from") }
    return try write(
      index.read { snapshot in
        try targets(ids, snapshot).map { target, number in
          let event = LineageEvent.tag(
            target, key: tag.key, value: tag.value, source: tag.source, start: tag.start, end: tag.end)
          return Step(event: event, isNew: try !snapshot.has(tag, on: number))
        }
      })
  }

  package func note(_ ids: [String], text: String, source: String) throws -> [Record] {
    guard !text.isEmpty, text.utf8.count <= 64 << 10 else { throw UsageError("a note has 1 to 65536 bytes") }
    return try write(
      index.read { try targets(ids, $0).map { Step(event: .note($0.target, text: text, source: source)) } })
  }

  /// What ids stand for, each once.
  private func targets(
    _ ids: [String], _ snapshot: IndexSnapshot
  ) throws -> [(target: JSONObject, number: Int64)] {
    var seen: Set<Int64> = []
    return try ids.compactMap { id in
      let (subject, number) = try snapshot.subject(id)
      guard seen.insert(number).inserted else { return nil }
      switch subject.kind {
      case .measurement: return (["measurement": .string(subject.id)], number)
      case .datastream: return (["datastream": .string(subject.id)], number)
      case .run: throw UsageError("\(subject.id) is a run: a measurement or a datastream is wanted")
      }
    }
  }

  // MARK: Superseding

  /// Says that a datastream counts no more, and which one stands for it; `skipped` where the log says so already.
  package func supersede(_ id: String, by replacement: String?) throws -> [Record] {
    let step = try index.read { snapshot in
      let (old, stream) = try datastream(id, snapshot)
      var facts: JSONObject = [:]
      if let replacement {
        let (new, other) = try datastream(replacement, snapshot)
        guard new != old else { throw UsageError("a datastream cannot stand for itself") }
        guard other.state.isWhole else { throw UsageError("\(new) is \(other.state.rawValue), and not whole") }
        guard other.measurement == stream.measurement else {
          throw UsageError("\(new) is of measurement \(other.measurement), \(old) of \(stream.measurement)")
        }
        guard (other.zone, other.kind) == (stream.zone, stream.kind) else {
          throw UsageError("\(new) is \(other.zone)/\(other.kind), and \(old) is \(stream.zone)/\(stream.kind)")
        }
        facts["by"] = .string(new)
      }
      guard replacement != nil || stream.zone != "raw" else {
        throw UsageError("\(old) is in raw, and nothing can be made of it afterwards: --by names the one that can")
      }
      try stream.checkConflict()
      guard stream.state != .superseded else {
        facts["datastream"] = .string(old)
        facts["to"] = .string(DatastreamState.superseded.rawValue)
        return Step(event: LineageEvent("datastream.state", facts), isNew: false)
      }
      guard let (transition, step) = stream.history.transition(to: .superseded), step == .moves else {
        throw IntegrityError(
          old, "\(stream.state.rawValue) → SUPERSEDED is not allowed", code: .transition, hint: "av-meta show \(old)")
      }
      return Step(event: .datastreamState(old, transition, facts: facts))
    }
    return try write([step])
  }

  private func datastream(_ id: String, _ snapshot: IndexSnapshot) throws -> (String, LineageView.Datastream) {
    let (subject, number) = try snapshot.subject(id)
    guard subject.kind == .datastream, let stream = try snapshot.view(of: [number]).datastreams[subject.id] else {
      throw UsageError("\(subject.id) is no datastream")
    }
    return (subject.id, stream)
  }

  // MARK: Events of workers

  /// Events that may come from elsewhere: they add what is known, and move no state.
  package static let events: Set = [
    "tag", "note", "measurement.updated", "file.facts", "scene.summary", "share", "label.returned", "kpi",
  ]

  /// A record of a worker, and where it stands.
  package typealias Item = (record: Record, place: String)

  /// Appends events that workers made elsewhere, `{"type":"event","id":…,"event":…, …}`, all together; what became of each.
  ///
  /// The id is kept as `given`; one that is in the log already is `skipped`, so that the same records may come again. A
  /// record that is no such event, or names what the log does not know, is refused alone.
  package func append(_ items: [Item]) throws -> [Result<Record, RecordError>] {
    // Between hosts: whoever looks whether an id is there writes it before anybody else looks.
    let lease = try Lease("append", of: lake, run: run)
    defer { try? lease.release() }
    var events: [LineageEvent] = [], answers: [Result<Record, RecordError>] = []
    try index.read { snapshot in
      (events, answers) = ([], [])
      var given: [String: LineageEvent] = [:]
      for item in items {
        do {
          let (id, event) = try self.event(item, snapshot)
          let known = try given[id] ?? snapshot.event(given: id)
          given[id] = event
          let isNew = known == nil
          if let known, known.name != event.name || known.content != event.content {
            throw IntegrityError(
              item.place, "event \(id) is in the log already with other content: nothing is appended", code: .twoDigests
            )
          }
          var record = item.record
          record["status"] = isNew ? "done" : "skipped"
          if isNew { events.append(event) }
          answers.append(.success(record))
        } catch let error as RecordError { answers.append(.failure(error)) }
      }
    }
    try lease.check()
    _ = try write(events.map { Step(event: $0) }, after: lease.event)
    return answers
  }

  private func event(_ item: Item, _ snapshot: IndexSnapshot) throws -> (id: String, event: LineageEvent) {
    let (record, place) = item
    guard record.kind == .event, let id = record["id"]?.string, Identifier(id) != nil else {
      throw RecordError(place, "no event with an id that is a UUID: without one it could not be told from another")
    }
    guard let name = record["event"]?.string, Self.events.contains(name) else {
      let known = Self.events.sorted().joined(separator: ", ")
      throw RecordError(place, "'\((record["event"]?.string ?? "").shown)' is no event that may be appended: \(known)")
    }
    var fields = JSONObject(
      record.object.members.filter { !LineageEvent.envelope.union(["schema", "type", "writer"]).contains($0.key) })
    fields["given"] = .string(id)
    if let problem = EventShape.problem(name, fields) { throw RecordError(place, "\(name): \(problem)") }
    for (key, kind) in [("measurement", SubjectKind.measurement), ("datastream", .datastream)] {
      guard let subject = (fields[key] ?? fields["target"]?[key])?.string else { continue }
      guard try snapshot.number(of: IndexSubject(kind: kind, id: subject)) != nil else {
        throw RecordError(place, "names \(kind) \(subject.shown), which this lake does not know")
      }
    }
    return (id, LineageEvent(name, fields))
  }

  // MARK: Writing

  /// An event that is wanted, and whether the log does not say so yet.
  private struct Step {
    var event: LineageEvent
    var isNew = true
  }

  /// A run of its own around the events, all durable together, and nothing where none is new; a record each with its status.
  private func write(_ steps: [Step], after first: LineageEvent? = nil) throws -> [Record] {
    let events = steps.filter(\.isNew).map(\.event)
    var written = try events.isEmpty ? [] : entries(events, after: first)[...]
    return steps.map { step in
      var record = step.isNew ? written.removeFirst().record : Record(.event, ["event": .string(step.event.name)])
      if !step.isNew { for member in step.event.fields.members { record[member.key] = member.value } }
      record["status"] = step.isNew ? "done" : "skipped"
      return record
    }
  }

  private func entries(_ events: [LineageEvent], after first: LineageEvent?) throws -> [LineageEntry] {
    let log = try LineageLog(
      lake.lineageFolder(), tool: tool, limits: LineageLog.Limits(rotate: lake.settings.rotateBytes))
    log.follow(try index.read { try $0.newest() })
    let end = LineageEvent.runEnd(.done, exit: 0, items: ["done": .count(events.count)])
    let entries = try log.append(
      [.runStart(tool, args: args)] + [first].compactMap(\.self) + events + [end], run: run)
    return Array(entries.suffix(events.count + 1).dropLast())
  }
}

extension IndexSnapshot {
  /// Whether a subject has just this tag; of one without value, whether it has none of its key and source.
  fileprivate func has(_ tag: Amendment.Tag, on number: Int64) throws -> Bool {
    let find = try database.query(
      "SELECT value, start, end FROM tag WHERE subject = ?1 AND key = ?2 AND source IS ?3",
      [.integer(number), .text(tag.key), .text(tag.source)])
    while try find.next() {
      guard let value = tag.value else { return false }
      if find.text(0) == value, find.integer(1) == tag.start?.nanoseconds, find.integer(2) == tag.end?.nanoseconds {
        return true
      }
    }
    return tag.value == nil
  }
}

extension LineageEvent {
  /// The same for the same facts, in whatever order they stand.
  fileprivate var content: String { JSON.object(fields).canonical }
}

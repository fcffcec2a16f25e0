import Core

extension LineageView {
  /// Takes one entry; entries come in the log's order.
  package mutating func apply(_ entry: LineageEntry) {
    newest = max(newest ?? entry.time, entry.time)
    switch entry.event.name {
    case "run.start", "run.overdue", "run.end": applyRun(entry)
    case "measurement.created": applyMeasurement(entry)
    case "measurement.updated":
      change(entry) { measurement in
        for member in entry["set"]?.object?.members ?? [] { measurement.facts[member.key] = member.value }
      }
    case "file.facts":
      change(entry) { measurement in
        guard let path = entry.string("path") else { return }
        var facts = entry.event.fields
        facts["measurement"] = nil
        measurement.files[path] = facts
      }
    case "file.copied": applyCopy(entry)
    case "landing.cleared": applyCleared(entry)
    case "error.parked":
      change(entry) { measurement in
        measurement.parked = entry.event.fields
        measurement.attempts = Int(clamping: entry["attempts"]?.integer ?? 1)
      }
    case "error.resolved": change(entry) { $0.parked = nil }
    case "incomplete.held": if let path = entry.string("path") { incomplete[path] = entry.event.fields }
    case "datastream.created": applyDatastream(entry)
    case "datastream.state": applyState(entry)
    case "tag": applyTag(entry)
    case "note": applyNote(entry)
    case "lifecycle": applyLifecycle(entry)
    case "integrity.alarm": alarms.append(entry)
    default: break
    }
  }

  private mutating func applyRun(_ entry: LineageEntry) {
    guard let id = entry.run else { return }
    var run = runs[id] ?? Run(id: id, facts: [:])
    switch entry.event.name {
    case "run.start": (run.facts, run.start) = (entry.event.fields, entry.time)
    case "run.overdue": run.overdue = entry.event.fields
    default: (run.outcome, run.end) = (entry.event.fields, entry.time)
    }
    runs[id] = run
  }

  /// The same measurement may be created again by another run; with another manifest it is an alarm.
  private mutating func applyMeasurement(_ entry: LineageEntry) {
    guard let id = entry.string("measurement") else { return reject(entry, "names no measurement") }
    guard var known = measurements[id], !known.facts.members.isEmpty else {
      measurements[id, default: Measurement(id: id, facts: [:])].facts = entry.event.fields
      return
    }
    guard let recorded = known.manifest, let found = entry.string("manifest"), recorded != found else { return }
    known.conflict =
      known.conflict ?? conflict(id, entry, "created with manifest \(found), recorded with \(recorded)")
    measurements[id] = known
  }

  /// Changes the entry's measurement, which may be known from this entry only.
  private mutating func change(_ entry: LineageEntry, _ body: (inout Measurement) -> Void) {
    guard let id = entry.string("measurement") else { return }
    body(&measurements[id, default: Measurement(id: id, facts: [:])])
  }

  private mutating func applyCleared(_ entry: LineageEntry) {
    change(entry) { $0.cleared = entry.event.fields }
    guard let id = entry.string("measurement"), let measurement = measurements[id] else { return }
    uncleared.subtract(measurement.datastreams)
  }

  private mutating func applyCopy(_ entry: LineageEntry) {
    guard let id = entry.string("datastream"), let path = entry.string("path"), let digest = entry.string("sha256")
    else { return reject(entry, "names no datastream, path or digest") }
    let bytes = entry["bytes"]?.integer.flatMap { Int(exactly: $0) }
    datastreams[id]?.copies[path] = Copy(zone: entry.string("zone") ?? "", bytes: bytes, sha256: digest)
  }

  /// The same datastream may be created again by another run; as something else it is a conflict.
  private mutating func applyDatastream(_ entry: LineageEntry) {
    guard let id = entry.string("datastream"), let zone = entry.string("zone") else {
      return reject(entry, "names no datastream or zone")
    }
    guard var known = datastreams[id] else {
      let stream = Datastream(
        id: id, facts: entry.event.fields, history: StateHistory(way: DatastreamWay(zone: zone)), run: entry.run,
        changed: entry.time)
      datastreams[id] = stream
      for parent in stream.parents { children[parent, default: []].append(id) }
      if let measurement = entry.string("measurement") {
        measurements[measurement, default: Measurement(id: measurement, facts: [:])].datastreams.append(id)
      }
      return
    }
    if let key = known.difference(from: entry.event) {
      known.conflict = known.conflict ?? conflict(id, entry, "created again with another \(key)")
    }
    // A new attempt may lie elsewhere, on a root with more room.
    if known.mayMove { known.facts["path"] = entry["path"] ?? known.facts["path"] }
    datastreams[id] = known
  }

  private mutating func applyState(_ entry: LineageEntry) {
    guard let id = entry.string("datastream"), var stream = datastreams[id] else {
      return reject(entry, "changes a datastream that was not created")
    }
    guard let from = entry.string("from").flatMap(DatastreamState.init(spelling:)),
      let to = entry.string("to").flatMap(DatastreamState.init(spelling:))
    else { return reject(entry, "names no states") }
    let transition = Transition(from: from, to: to)
    switch stream.history.take(transition, digest: entry.string("digest")) {
    case .moves:
      if to == .startCopy { stream.copies = [:] }
      stream.run = entry.run
      stream.changed = entry.time
      if to.endsAttempt { stream.outcome = entry.facts(without: ["datastream", "from", "to"]) }
      if to == .copyComplete { settle(stream) }
    case .repeats:
      // Another run takes up the work of one that crashed.
      guard to == stream.state, to.isWorking else { return }
      if to == .startCopy { stream.copies = [:] }
      stream.run = entry.run
      stream.changed = entry.time
    case .conflicts(let problem):
      stream.conflict = stream.conflict ?? conflict(id, entry, problem)
    }
    datastreams[id] = stream
    if stream.zone == "raw" { index(stream) }
  }

  /// Where it came from, and whether that is cleared: what ingest asks of every candidate.
  private mutating func index(_ stream: Datastream) {
    if let source = stream.outcome["source"]?.string { sources[source, default: []].insert(stream.id) }
    let isUncleared = stream.state == .copyComplete && measurements[stream.measurement]?.cleared == nil
    if isUncleared { uncleared.insert(stream.id) } else { uncleared.remove(stream.id) }
  }

  /// What is whole is parked nowhere, and no upload of its folder is incomplete.
  private mutating func settle(_ stream: Datastream) {
    measurements[stream.measurement]?.parked = nil
    measurements[stream.measurement]?.attempts = 0
    if let source = stream.outcome["source"]?.string { incomplete[source] = nil }
  }

  private mutating func applyTag(_ entry: LineageEntry) {
    guard let key = entry.string("key"), let target = entry["target"]?.object else { return }
    let source = entry.string("source")
    let tag = entry.string("value").map {
      Tag(key: key, value: $0, source: source, start: entry["start"]?.timestamp, end: entry["end"]?.timestamp)
    }
    func update(_ tags: inout [Tag]) {
      // A removal takes away every stretch; a value replaces only what had the same stretch.
      tags.removeAll { old in
        old.key == key && old.source == source && (tag.map { $0.start == old.start && $0.end == old.end } ?? true)
      }
      if let tag { tags.append(tag) }
    }
    if let id = target["datastream"]?.string {
      if var stream = datastreams[id] {
        update(&stream.tags)
        datastreams[id] = stream
      }
    } else if let id = target["measurement"]?.string {
      update(&measurements[id, default: Measurement(id: id, facts: [:])].tags)
    }
  }

  private mutating func applyNote(_ entry: LineageEntry) {
    guard let text = entry.string("text"), let target = entry["target"]?.object else { return }
    let note = Note(text: text, source: entry.string("source"), time: entry.time)
    if let id = target["datastream"]?.string {
      datastreams[id]?.notes.append(note)
    } else if let id = target["measurement"]?.string {
      measurements[id, default: Measurement(id: id, facts: [:])].notes.append(note)
    }
  }

  private mutating func reject(_ entry: LineageEntry, _ problem: String) {
    conflicts.append(conflict(entry.event.name, entry, problem))
  }

  private func conflict(_ subject: String, _ entry: LineageEntry, _ problem: String) -> Conflict {
    Conflict(subject: subject, place: entry.place, problem: problem)
  }
}

extension LineageEntry {
  /// The event's own keys but these.
  func facts(without keys: Set<String>) -> JSONObject {
    JSONObject(event.fields.members.filter { !keys.contains($0.key) })
  }
}

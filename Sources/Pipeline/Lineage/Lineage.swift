package import Core

/// A lake's log, open for one run: what exists, and the one way to change it.
///
/// Every event is judged against what is there before it is written, and then folded; several threads may share it.
package final class Lineage: Sendable {
  /// The run's id, a UUIDv7 unless `--run-id` gave another.
  package let run: String
  package let tool: Tool
  private let log: LineageLog
  private let state: Guarded<State>

  fileprivate struct State {
    var view: LineageView
    /// The last line of every writer when the log was read.
    var heads: [String: LogHead]
    /// Where the rest of the log is looked up, subject by subject; nil where all of it was read.
    var lookup: LineageLookup?
    var looked: Set<IndexSubject> = []
    /// When the run began, by the clock of intervals, and the bytes of the datastreams that it completed.
    var began: Int64?
    var bytes = 0
  }

  /// The measurements, as validation compares others with them; kept up to date.
  let known: KnownMeasurements

  /// How much of the log is read at the beginning.
  package enum Reading: Sendable {
    /// All of it: for who asks for everything that exists.
    case whole
    /// What is new to the index, and then the lines of what is asked for; a log of less than so many bytes as a whole.
    case lookedUp(above: Int = 4 << 20)
  }

  /// Reads the log strictly: damage is an `IntegrityError`, and nothing is written.
  package init(
    _ lake: Lake, tool: Tool, run: String? = nil, writer: String? = nil, reading: Reading = .whole
  ) throws {
    let folder = try lake.lineageFolder()
    let opened = try State(lake, folder, reading)
    log = try LineageLog(
      folder, writer: writer, tool: tool, limits: LineageLog.Limits(rotate: lake.settings.rotateBytes))
    log.follow(opened.view.newest)
    let state = Guarded(opened)
    self.state = state
    known = KnownMeasurements(of: Array(opened.view.measurements.keys)) { id in
      state.withLock { $0.view.measurements[id] }
    }
    self.tool = tool
    self.run = run ?? Identifier.unique().description
  }

  /// What the log says, with everything that this run wrote; of a log that is looked up, what was looked up.
  package var view: LineageView { state.withLock { $0.view } }

  /// Looks at what the log says without taking a copy, which the next event would have to leave behind.
  package func reading<Result>(_ body: (LineageView) throws -> Result) rethrows -> Result {
    try state.withLock { try body($0.view) }
  }

  package func datastream(_ id: String) throws -> LineageView.Datastream? {
    try state.withLock { state in
      try state.look(.datastream, id)
      return state.view.datastreams[id]
    }
  }

  /// The list of its datastreams is that of the whole log only where that was read.
  package func measurement(_ id: String) throws -> LineageView.Measurement? {
    try state.withLock { state in
      try state.look(.measurement, id)
      return state.view.measurements[id]
    }
  }

  // MARK: Runs

  /// Records that the run begins, with the last line of every other writer: so the loss of a whole file shows.
  package func start(config: String? = nil, args: [String] = [], more: JSONObject = [:]) throws {
    let heads = state.withLock { state in
      state.began = Monotonic.now
      return state.heads
    }
    let known = heads.filter { $0.key != log.writer }.sorted { $0.key < $1.key }.map { writer, head in
      JSON.object([
        "writer": .string(writer), "seq": .count(head.sequence), "sha256": .string(head.digest),
      ])
    }
    var more = more
    if !known.isEmpty { more["heads"] = .array(known) }
    try append(.runStart(tool, config: config, args: args, more: more))
  }

  /// Records how the run ended; how long it took, and the bytes that it completed, are known unless others are given.
  package func end(
    _ outcome: RunOutcome, exit: ExitCode, items: JSONObject = [:], bytes: Int? = nil, seconds: Double? = nil,
    more: JSONObject = [:]
  ) throws {
    let (began, completed) = state.withLock { ($0.began, $0.bytes) }
    let bytes = bytes ?? (completed > 0 ? completed : nil)
    let seconds = seconds ?? began.map { Double((Monotonic.now - $0) / 1_000_000) / 1000 }
    try append(.runEnd(outcome, exit: Int(exit.rawValue), items: items, bytes: bytes, seconds: seconds, more: more))
  }

  // MARK: Events

  /// Records an event, durably unless told otherwise; false when the log says the same already.
  ///
  /// An `IntegrityError`, and nothing written, when it contradicts the log.
  @discardableResult
  package func append(_ event: LineageEvent, _ durability: LineageLog.Durability = .durable) throws -> Bool {
    try state.withLock { state in
      try state.look(event)
      guard try state.view.accepts(event) else { return false }
      state.view.apply(try log.append(event, run: run, durability))
      if let id = event.fields["measurement"]?.string { known.change(id) }
      return true
    }
  }

  /// Records events that say what is new, together; they are durable with the next event that is.
  package func append(_ events: [LineageEvent]) throws {
    try state.withLock { state in
      for event in events { try state.look(event) }
      let events = try events.filter { try state.view.accepts($0) }
      guard !events.isEmpty else { return }
      for entry in try log.append(events, run: run, .soon) { state.view.apply(entry) }
      for id in Set(events.compactMap { $0.fields["measurement"]?.string }) { known.change(id) }
    }
  }

  /// Brings a datastream to a state, durably; the step that it was.
  ///
  /// `facts` are start, end, rows, files, bytes and digest of what is whole, or the `error` of what failed. A working
  /// state that an earlier run left behind is taken over by a step that repeats.
  @discardableResult
  package func move(_ id: String, to next: DatastreamState, facts: JSONObject = [:]) throws -> StateHistory.Step {
    try state.withLock { state in
      try state.look(.datastream, id)
      guard let stream = state.view.datastreams[id] else {
        throw IntegrityError(id, "is not a datastream of the log", code: .transition)
      }
      try stream.checkConflict()
      let digest = facts["digest"]?.string
      guard let (transition, step) = stream.history.transition(to: next, digest: digest) else {
        var problem = "\(stream.state.rawValue) → \(next.rawValue) is not allowed"
        if case .conflicts(let reason) = stream.history.judge(Transition(from: stream.state, to: next), digest: digest)
        {
          problem = reason
        }
        throw IntegrityError(id, problem, code: .transition, hint: "av-meta show \(id)")
      }
      state.view.apply(try log.append(.datastreamState(id, transition, facts: facts), run: run))
      if next == .completed, step == .moves, let bytes = facts["bytes"]?.integer, bytes > 0 {
        state.bytes = state.bytes.addingSaturated(Int(clamping: bytes))
      }
      return step
    }
  }
}

extension Lineage.State {
  fileprivate init(_ lake: Lake, _ folder: Folder, _ reading: Lineage.Reading) throws {
    if case .lookedUp(let most) = reading, let lookup = try LineageLookup(lake, folder, above: most) {
      var view = LineageView()
      view.newest = lookup.newest
      self.init(view: view, heads: lookup.heads, lookup: lookup)
    } else {
      var reader = LineageReader(folder)
      let view = try reader.view()
      self.init(view: view, heads: reader.heads)
    }
  }

  /// Folds what the log says of a subject, the first time that it is asked for.
  fileprivate mutating func look(_ kind: SubjectKind, _ id: String) throws {
    let subject = IndexSubject(kind: kind, id: id)
    guard let lookup, !looked.contains(subject) else { return }
    let story = try lookup.story(of: subject, folded: looked)
    for entry in story.entries {
      view.apply(entry)
      // The lines of raw datastreams are among those of their measurement, and are folded with these.
      guard entry.event.name == "datastream.created", let stream = entry.string("datastream") else { continue }
      looked.insert(IndexSubject(kind: .datastream, id: stream))
    }
    looked.formUnion([subject, story.subject])
  }

  /// The same of all that an event is of, before it is folded itself.
  fileprivate mutating func look(_ event: LineageEvent) throws {
    let target = event.fields["target"]
    if let id = (event.fields["measurement"] ?? target?["measurement"])?.string { try look(.measurement, id) }
    if let id = (event.fields["datastream"] ?? target?["datastream"])?.string { try look(.datastream, id) }
  }
}

extension LineageView {
  /// Whether an event brings anything new; an `IntegrityError` when it contradicts what is there.
  func accepts(_ event: LineageEvent) throws -> Bool {
    switch event.name {
    case "measurement.created":
      guard let id = event.fields["measurement"]?.string, let known = measurements[id] else { return true }
      if let conflict = known.conflict { throw IntegrityError(conflict) }
      guard let recorded = known.manifest else { return true }
      guard let found = event.fields["manifest"]?.string, found == recorded else {
        throw IntegrityError(
          id, "is recorded with manifest \(recorded), not \(event.fields["manifest"]?.string ?? "none")",
          code: .twoDigests)
      }
      return false
    case "datastream.created":
      guard let id = event.fields["datastream"]?.string, let known = datastreams[id] else { return true }
      try known.checkConflict()
      if let key = known.difference(from: event) {
        throw IntegrityError(id, "is recorded with another \(key)", code: .twoDigests)
      }
      return known.facts["path"] != event.fields["path"] && known.mayMove
    case "datastream.state":
      // `Lineage.move` has judged it.
      return true
    default:
      return true
    }
  }
}

extension LineageView.Datastream {
  package func checkConflict() throws(IntegrityError) {
    if let conflict { throw IntegrityError(conflict) }
  }

  /// The first key that tells this datastream from another of the same id.
  func difference(from event: LineageEvent) -> String? {
    let keys = ["measurement", "zone", "kind", "parents", "stage", "config", "output_version"]
    return keys.first { facts[$0] != event.fields[$0] }
  }

  /// Whether a new attempt may lie elsewhere: nothing whole is where it was.
  var mayMove: Bool { !state.isWhole && state != .archived }
}

extension IntegrityError {
  /// A contradiction that the log holds.
  init(_ conflict: LineageView.Conflict) {
    self.init(
      conflict.subject, "\(conflict.problem) (lineage/\(conflict.place))", code: .transition,
      hint: "av-meta show \(conflict.subject) tells its history")
  }
}

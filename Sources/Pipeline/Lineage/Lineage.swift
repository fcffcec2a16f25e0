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

  private struct State {
    var view: LineageView
    /// The last line of every writer when the log was read.
    var heads: [String: LogHead]
  }

  /// The measurements, as validation compares others with them; kept up to date.
  let known: KnownMeasurements

  /// Reads the whole log strictly: damage is an `IntegrityError`, and nothing is written.
  package init(_ lake: Lake, tool: Tool, run: String? = nil, writer: String? = nil) throws {
    let folder = try lake.lineageFolder()
    var reader = LineageReader(folder)
    let view = try reader.view()
    log = try LineageLog(
      folder, writer: writer, tool: tool, limits: LineageLog.Limits(rotate: lake.settings.rotateBytes))
    log.follow(view.newest)
    let state = Guarded(State(view: view, heads: reader.heads))
    self.state = state
    known = KnownMeasurements(of: Array(view.measurements.keys)) { id in
      state.withLock { $0.view.measurements[id] }
    }
    self.tool = tool
    self.run = run ?? Identifier.unique().description
  }

  /// What the log says, with everything that this run wrote.
  package var view: LineageView { state.withLock { $0.view } }

  /// Looks at what the log says without taking a copy, which the next event would have to leave behind.
  package func reading<Result>(_ body: (LineageView) throws -> Result) rethrows -> Result {
    try state.withLock { try body($0.view) }
  }

  package func datastream(_ id: String) -> LineageView.Datastream? { state.withLock { $0.view.datastreams[id] } }
  package func measurement(_ id: String) -> LineageView.Measurement? { state.withLock { $0.view.measurements[id] } }

  // MARK: Runs

  /// Records that the run begins, with the last line of every other writer: so the loss of a whole file shows.
  package func start(config: String? = nil, args: [String] = [], more: JSONObject = [:]) throws {
    let heads = state.withLock { $0.heads }
    let known = heads.filter { $0.key != log.writer }.sorted { $0.key < $1.key }.map { writer, head in
      JSON.object([
        "writer": .string(writer), "seq": .count(head.sequence), "sha256": .string(head.digest),
      ])
    }
    var more = more
    if !known.isEmpty { more["heads"] = .array(known) }
    try append(.runStart(tool, config: config, args: args, more: more))
  }

  package func end(
    _ outcome: RunOutcome, exit: ExitCode, items: JSONObject = [:], bytes: Int? = nil, seconds: Double? = nil,
    more: JSONObject = [:]
  ) throws {
    try append(.runEnd(outcome, exit: Int(exit.rawValue), items: items, bytes: bytes, seconds: seconds, more: more))
  }

  // MARK: Events

  /// Records an event, durably unless told otherwise; false when the log says the same already.
  ///
  /// An `IntegrityError`, and nothing written, when it contradicts the log.
  @discardableResult
  package func append(_ event: LineageEvent, _ durability: LineageLog.Durability = .durable) throws -> Bool {
    try state.withLock { state in
      guard try state.view.accepts(event) else { return false }
      state.view.apply(try log.append(event, run: run, durability))
      if let id = event.fields["measurement"]?.string { known.change(id) }
      return true
    }
  }

  /// Records events that say what is new, together; they are durable with the next event that is.
  package func append(_ events: [LineageEvent]) throws {
    try state.withLock { state in
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
      return step
    }
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

package import Core

/// A datastream that a stage makes of others of one measurement in a lake.
///
/// Its id is derived from stage, parents, settings and version, so the same work is done once; a run that was killed is
/// redone from the beginning, since nothing has its final name before all of it is durable.
struct DerivedDatastream {
  struct Stage: Sendable {
    /// As ids and the log name it: `extract`.
    let name: String
    let zone: String
    let kind: String
    /// Raised when the same parents and settings would give other bytes.
    let version: Int
    /// Its place follows the start that its record has, and only then that of the measurement.
    var isPlacedByRecord = false
  }

  let id: String
  private let stage: Stage
  private let parents: [DatastreamRecord]
  private let digest: String
  /// When the parents begin.
  private let start: Timestamp?

  /// `digest` is that of all that decides the output; there is a parent.
  ///
  /// - Throws: `RecordError` where a parent's id is no UUID.
  init(_ stage: Stage, of parents: [DatastreamRecord], digest: String, start: Timestamp?) throws(RecordError) {
    var ids: [Identifier] = []
    for parent in parents {
      guard let own = Identifier(parent.id) else {
        throw RecordError("datastream \(parent.id)", "its id is not a UUID")
      }
      ids.append(own)
    }
    id = "\(Identifier.datastream(stage: stage.name, parents: ids, config: digest, version: stage.version))"
    (self.stage, self.parents, self.digest, self.start) = (stage, parents, digest, start)
  }

  private var measurement: String { parents[0].measurement }
  private var parentIDs: [String] { parents.map(\.id).sorted() }

  /// Where it lies: its place follows from what is known of the parents and their measurement.
  private func place(_ known: LineageView.Measurement?, in lake: Lake) throws -> Lake.Location {
    let start = stage.isPlacedByRecord ? start ?? known?.start : known?.start ?? start
    return try lake.location(
      of: LakeLayout.Values(
        zone: stage.zone, datastream: id, measurement: measurement, vin: parents[0].vin ?? known?.vin ?? "",
        region: known?.region ?? lake.settings.region ?? "", start: start ?? Timestamp(nanoseconds: 0)))
  }

  /// Its record: the first parent's, with what is different.
  private func record(_ facts: JSONObject) -> Record {
    var record = parents[0].record
    record["id"] = .string(id)
    record["zone"] = .string(stage.zone)
    record["kind"] = .string(stage.kind)
    record["state"] = .string(DatastreamState.completed.rawValue)
    record["parents"] = .array(parentIDs.map { .string($0) })
    for key in ["rows", "files", "bytes", "digest", "outputs", "lossy"] { record[key] = facts[key] }
    for key in ["start", "end"] where facts[key] != nil { record[key] = facts[key] }
    return record
  }

  private func skipped(_ known: LineageView.Datastream) -> Record {
    var record = record(known.outcome)
    record["path"] = .string(known.path)
    record["status"] = "skipped"
    return record
  }

  /// The record that making it would give, with `planned`, and without what only the work tells.
  func planned(in lake: Lake, _ view: LineageView, isForced: Bool) throws -> Record {
    var record: Record
    if !isForced, let known = view.datastreams[id], known.state == .completed {
      record = skipped(known)
    } else {
      let place = try place(view.measurements[measurement], in: lake)
      record = self.record([:])
      record["state"] = .string(DatastreamState.created.rawValue)
      record["path"] = .string(place.recorded)
      record["status"] = "done"
    }
    record["planned"] = true
    return record
  }
}

extension DerivedDatastream {
  /// What became of it.
  struct Outcome<Report> {
    var record: Record
    /// Nil when it was done before.
    var report: Report?
  }

  /// What a build gives: what the completing transition says, and what the caller wants.
  typealias Built<Report> = (facts: JSONObject, isLossy: Bool, report: Report)

  /// One attempt, with its states in the log, unless it is completed already and `isForced` does not ask for it anew.
  ///
  /// - Throws: what went wrong, after it was recorded as `FAILED`; `Interruption`, which leaves it `PROCESSING`.
  func make<Report>(
    in lake: Lake, _ lineage: Lineage, isForced: Bool, _ build: (Attempt) throws -> Built<Report>
  ) throws -> Outcome<Report> {
    if !isForced, let known = try lineage.datastream(id), known.state == .completed {
      return Outcome(record: skipped(known))
    }
    let lease = try Lease("m-\(measurement)", of: lake, run: lineage.run)
    // A lease that cannot be given back is taken over when this process is gone.
    defer { try? lease.release() }
    if let event = lease.event { try lineage.append(event) }
    let place = try place(lineage.measurement(measurement), in: lake)
    // What is there was left by a run that died before it could say so, unless another completed it since we read.
    if !isForced, try StagedPlace.isTaken(place) {
      var reader = LineageReader(try lake.lineageFolder())
      if let known = try reader.view().datastreams[id], known.state == .completed {
        return Outcome(record: skipped(known))
      }
    }
    try lineage.append(
      .datastreamCreated(
        id, measurement: measurement, zone: stage.zone, kind: stage.kind, path: place.recorded, parents: parentIDs,
        stage: stage.name, config: digest, outputVersion: stage.version))
    _ = try lineage.move(id, to: .processing)
    do {
      let built = try build(Attempt(id: id, measurement: measurement, place: place, lease: lease, run: lineage.run))
      _ = try lineage.move(id, to: .completed, facts: built.facts)
      var record = record(built.facts)
      record["path"] = .string(place.recorded)
      record["status"] = "done"
      if built.isLossy { record["lossy"] = true }
      record["outputs"] = [.string(place.recorded)]
      return Outcome(record: record, report: built.report)
    } catch let error as Interruption {
      throw error
    } catch {
      let problem = (error as? any Problem).map { ($0.code.rawValue, $0.isRetryable) } ?? ("AV-FMT-001", false)
      let facts: JSONObject = ["code": .string(problem.0), "msg": .string("\(error)"), "retryable": .bool(problem.1)]
      _ = try lineage.move(id, to: .failed, facts: ["error": .object(facts)])
      throw error
    }
  }

  /// One attempt at a datastream, while its measurement's lease is held.
  struct Attempt {
    let id: String
    fileprivate let measurement: String
    let place: Lake.Location
    fileprivate let lease: Lease
    fileprivate let run: String

    fileprivate init(id: String, measurement: String, place: Lake.Location, lease: Lease, run: String) {
      (self.id, self.measurement, self.place, self.lease, self.run) = (id, measurement, place, lease, run)
    }

    /// Builds the datastream's folder beside its place and names it when all of it is durable; `step` may interrupt.
    func publish<Result>(_ step: () throws -> Void, _ build: (Folder) throws -> Result) throws -> Result {
      let at = try StagedPlace(place)
      try at.sweep(measurement: measurement, datastream: id)
      let staged = try StagedFolder(at.name, in: at.folder, run: run)
      let result = try build(staged.folder)
      try step()
      try lease.check()
      // The name is the id's and the lease is ours: what has it is not completed, or is to be done again.
      try staged.commit(.replace)
      return result
    }
  }
}

extension DatastreamContents {
  /// What the completing transition says: the contents, when they begin and end, and how many rows there are.
  func facts(_ range: TimeRange?, rows: Int) -> JSONObject {
    var facts = facts
    facts["start"] = range.map { .string("\($0.start)") }
    facts["end"] = range.map { .string("\($0.end)") }
    facts["rows"] = .count(rows)
    return facts
  }
}

extension DatastreamRecord {
  /// A `RecordError` unless it is whole, by itself and by the log.
  func checkWhole(_ known: LineageView.Datastream?) throws(RecordError) {
    guard state.isWhole, known?.state.isWhole ?? true else {
      throw RecordError("datastream \(id)", "is not whole: it is \(state.rawValue)")
    }
  }
}

extension Lineage {
  /// Ends a run over items, of which so many were done and so many failed; `failure` is what ended it before its input did.
  package func end(done: Int, failed: Int, after failure: (any Error)?, _ code: ExitCode) throws {
    let isStopped = Signals.requested != nil, failed = failed + (failure == nil ? 0 : 1)
    let outcome: RunOutcome = isStopped ? .interrupted : failed == 0 ? .done : done > 0 ? .partial : .failed
    do {
      try end(
        outcome, exit: (failure as? any Problem)?.exitCode ?? code,
        items: ["done": .count(done), "failed": .count(failed)])
    } catch {
      // What went wrong first is what is told.
      if failure == nil { throw error }
    }
  }
}

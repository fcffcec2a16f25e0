import Artifacts
import Core

/// Makes enriched datastreams of synchronised ones in a lake: one attempt a record, with its states in the log.
///
/// The id is derived from the parent, the settings and the digests of all sources, so that another weather file gives
/// another datastream; nothing has its final name before all of it is durable.
package struct EnrichStage: Sendable {
  /// Raised when the same samples, settings and sources would give other bytes.
  package static let outputVersion = 1

  package let lake: Lake
  package let lineage: Lineage
  package let enrichment: Enrichment
  /// Redo what is completed.
  package let isForced: Bool
  /// Of the enrichment.
  package let digest: String

  /// What became of one record.
  package struct Outcome {
    package var record: Record
    /// Nil when it was done before.
    package var report: EnrichReport?
  }

  package init(lake: Lake, lineage: Lineage, enrichment: Enrichment, isForced: Bool) {
    (self.lake, self.lineage, self.enrichment, self.isForced) = (lake, lineage, enrichment, isForced)
    digest = enrichment.digest
  }

  static func id(for parent: DatastreamRecord, digest: String) throws(RecordError) -> String {
    guard let own = Identifier(parent.id) else { throw RecordError("datastream \(parent.id)", "its id is not a UUID") }
    return "\(Identifier.datastream(stage: "enrich", parents: [own], config: digest, version: outputVersion))"
  }

  static func place(
    of id: String, from parent: DatastreamRecord, _ known: LineageView.Measurement?, in lake: Lake
  ) throws -> Lake.Location {
    try lake.location(
      of: LakeLayout.Values(
        zone: "enriched", datastream: id, measurement: parent.measurement, vin: parent.vin ?? known?.vin ?? "",
        region: known?.region ?? lake.settings.region ?? "",
        start: known?.start ?? parent.start ?? Timestamp(nanoseconds: 0)))
  }

  /// A `RecordError` unless there are whole samples to enrich, by the record and by the log.
  static func check(_ parent: DatastreamRecord, _ known: LineageView.Datastream?) throws(RecordError) {
    guard parent.zone == "synchronized" else {
      throw RecordError("datastream \(parent.id)", "is in zone '\(parent.zone)', and not in synchronized")
    }
    guard parent.state.isWhole, known?.state.isWhole ?? true else {
      throw RecordError("datastream \(parent.id)", "is not whole: it is \(parent.state.rawValue)")
    }
  }

  /// The record of what was completed before.
  static func skipped(_ known: LineageView.Datastream, _ parent: DatastreamRecord) -> Outcome {
    var record = result(of: parent, id: known.id, facts: known.outcome)
    record["path"] = .string(known.path)
    record["status"] = "skipped"
    return Outcome(record: record)
  }

  /// The record of the new datastream: the parent's, with what is different.
  static func result(of parent: DatastreamRecord, id: String, facts: JSONObject) -> Record {
    var record = parent.record
    record["id"] = .string(id)
    record["zone"] = "enriched"
    record["kind"] = "enrichment"
    record["state"] = .string(DatastreamState.completed.rawValue)
    record["parents"] = [.string(parent.id)]
    for key in ["rows", "files", "bytes", "digest", "outputs", "lossy"] { record[key] = facts[key] }
    for key in ["start", "end"] where facts[key] != nil { record[key] = facts[key] }
    return record
  }

  /// - Throws: what went wrong, after it was recorded as `FAILED`; `Interruption`, which leaves it `PROCESSING`.
  package func run(_ parent: DatastreamRecord) throws -> Outcome {
    try Self.check(parent, lineage.datastream(parent.id))
    let id = try Self.id(for: parent, digest: digest)
    if !isForced, let known = lineage.datastream(id), known.state == .completed { return Self.skipped(known, parent) }
    let lease = try Lease("m-\(parent.measurement)", of: lake, run: lineage.run)
    // A lease that cannot be given back is taken over when this process is gone.
    defer { try? lease.release() }
    if let event = lease.event { try lineage.append(event) }
    let place = try Self.place(of: id, from: parent, lineage.measurement(parent.measurement), in: lake)
    // What is there was left by a run that died before it could say so, unless another completed it since we read.
    if !isForced, try StagedPlace.isTaken(place) {
      var reader = LineageReader(try lake.lineageFolder())
      if let known = try reader.view().datastreams[id], known.state == .completed { return Self.skipped(known, parent) }
    }
    return try attempt(parent, id, place, lease)
  }

  private func attempt(
    _ parent: DatastreamRecord, _ id: String, _ place: Lake.Location, _ lease: Lease
  ) throws -> Outcome {
    try lineage.append(
      .datastreamCreated(
        id, measurement: parent.measurement, zone: "enriched", kind: "enrichment", path: place.recorded,
        parents: [parent.id], stage: "enrich", config: digest, outputVersion: Self.outputVersion))
    _ = try lineage.move(id, to: .processing)
    do {
      let (facts, report) = try enrich(parent, id, to: place, lease)
      _ = try lineage.move(id, to: .completed, facts: facts)
      var record = Self.result(of: parent, id: id, facts: facts)
      record["path"] = .string(place.recorded)
      record["status"] = "done"
      record["outputs"] = [.string(place.recorded)]
      return Outcome(record: record, report: report)
    } catch let error as Interruption {
      throw error
    } catch {
      let problem = (error as? any Problem).map { ($0.code.rawValue, $0.isRetryable) } ?? ("AV-FMT-001", false)
      let facts: JSONObject = ["code": .string(problem.0), "msg": .string("\(error)"), "retryable": .bool(problem.1)]
      _ = try lineage.move(id, to: .failed, facts: ["error": .object(facts)])
      throw error
    }
  }

  /// Builds the datastream's folder beside its place and names it when all of it is durable.
  private func enrich(
    _ parent: DatastreamRecord, _ id: String, to place: Lake.Location, _ lease: Lease
  ) throws -> (facts: JSONObject, report: EnrichReport) {
    let input = EnrichInput(
      try folder(parent.path), drives: try drives(of: parent),
      vin: parent.vin ?? lineage.measurement(parent.measurement)?.vin)
    let at = try StagedPlace(place)
    try at.sweep(measurement: parent.measurement, datastream: id)
    let staged = try StagedFolder(at.name, in: at.folder, run: lineage.run)
    let report = try enrichment.run(input, into: staged.folder)
    let contents = try ArtifactSums.write(
      report.json, as: Enrichment.reportFile, beside: report.sums, in: staged.folder)
    try enrichment.step()
    try lease.check()
    // The name is the id's and the lease is ours: what has it is not completed, or is to be done again.
    try staged.commit(.replace)
    return (report.facts(contents), report)
  }

  private func folder(_ path: String) throws -> Folder {
    let location = try lake.location(recorded: path)
    return try Folder(location.path, in: Folder(location.root))
  }

  /// The extracted streams that the samples were made from, where they are still there.
  private func drives(of parent: DatastreamRecord) throws -> [Folder] {
    let parents = lineage.datastream(parent.id)?.parents ?? parent.parents
    return try parents.compactMap { id in
      guard let known = lineage.datastream(id), known.state.isWhole, known.zone == "extracted" else { return nil }
      return try folder(known.path)
    }
  }
}

extension EnrichReport {
  /// What the transition that completes the datastream says.
  func facts(_ contents: DatastreamContents) -> JSONObject {
    var facts = contents.facts
    facts["start"] = range.map { .string("\($0.start)") }
    facts["end"] = range.map { .string("\($0.end)") }
    facts["rows"] = .count(samples)
    return facts
  }
}

/// What enrichment in a lake would do: reads the log, and writes nothing.
package struct EnrichPreview: Sendable {
  private let lake: Lake
  private let view: LineageView
  private let digest: String
  private let isForced: Bool

  package init(_ lake: Lake, _ enrichment: Enrichment, isForced: Bool) throws {
    (self.lake, self.isForced, digest) = (lake, isForced, enrichment.digest)
    view = try lake.recordedView()
  }

  /// The record that an enrichment would print, with `planned`, and without what only the work tells.
  package func plan(_ parent: DatastreamRecord) throws -> Record {
    try EnrichStage.check(parent, view.datastreams[parent.id])
    let id = try EnrichStage.id(for: parent, digest: digest)
    var record: Record
    if !isForced, let known = view.datastreams[id], known.state == .completed {
      record = EnrichStage.skipped(known, parent).record
    } else {
      let place = try EnrichStage.place(of: id, from: parent, view.measurements[parent.measurement], in: lake)
      record = EnrichStage.result(of: parent, id: id, facts: [:])
      record["state"] = .string(DatastreamState.created.rawValue)
      record["path"] = .string(place.recorded)
      record["status"] = "done"
    }
    record["planned"] = true
    return record
  }
}

import Artifacts
import Core

/// Makes the synchronised datastream of a measurement from its extracted ones: one attempt, with its states in the log.
///
/// The id is derived from parents and settings, so the same work is done once; nothing has its final name before all of
/// it is durable.
package struct SyncStage: Sendable {
  /// Raised when the same streams and settings would give other bytes.
  package static let outputVersion = 1

  package let lake: Lake
  package let lineage: Lineage
  package let synchronization: Synchronization
  /// Redo what is completed.
  package let isForced: Bool
  /// SHA-256 of the settings as canonical JSON.
  package let digest: String

  /// What became of one measurement.
  package struct Outcome {
    package var record: Record
    /// Nil when it was done before.
    package var report: SyncReport?
  }

  package init(lake: Lake, lineage: Lineage, synchronization: Synchronization, isForced: Bool) {
    (self.lake, self.lineage, self.synchronization) = (lake, lineage, synchronization)
    self.isForced = isForced
    digest = Self.digest(of: synchronization.settings)
  }

  /// Of everything that decides the output.
  package static func digest(of settings: SyncSettings) -> String {
    Digest.sha256(Array((["sync": settings.json] as JSON).canonical.utf8)).hex
  }

  static func id(for group: SyncGroup, digest: String) throws(RecordError) -> String {
    var parents: [Identifier] = []
    for parent in group.parents {
      guard let own = Identifier(parent.id) else {
        throw RecordError("datastream \(parent.id)", "its id is not a UUID")
      }
      parents.append(own)
    }
    return "\(Identifier.datastream(stage: "sync", parents: parents, config: digest, version: outputVersion))"
  }

  static func place(of id: String, _ group: SyncGroup, _ known: LineageView.Measurement?, in lake: Lake) throws
    -> Lake.Location
  {
    let first = group.parents[0]
    return try lake.location(
      of: LakeLayout.Values(
        zone: "synchronized", datastream: id, measurement: group.measurement, vin: first.vin ?? known?.vin ?? "",
        region: known?.region ?? lake.settings.region ?? "",
        start: known?.start ?? group.start ?? Timestamp(nanoseconds: 0)))
  }

  /// The record of what was completed before.
  static func skipped(_ known: LineageView.Datastream, _ group: SyncGroup) -> Outcome {
    var record = group.result(id: known.id, facts: known.outcome)
    record["path"] = .string(known.path)
    record["status"] = "skipped"
    return Outcome(record: record)
  }

  /// - Throws: what went wrong, after it was recorded as `FAILED`; `Interruption`, which leaves it `PROCESSING`.
  package func run(_ group: SyncGroup) throws -> Outcome {
    try group.check { lineage.datastream($0) }
    let id = try Self.id(for: group, digest: digest)
    if !isForced, let known = lineage.datastream(id), known.state == .completed { return Self.skipped(known, group) }
    let lease = try Lease("m-\(group.measurement)", of: lake, run: lineage.run)
    // A lease that cannot be given back is taken over when this process is gone.
    defer { try? lease.release() }
    if let event = lease.event { try lineage.append(event) }
    let place = try Self.place(of: id, group, lineage.measurement(group.measurement), in: lake)
    // What is there was left by a run that died before it could say so, unless another completed it since we read.
    if !isForced, try StagedPlace.isTaken(place) {
      var reader = LineageReader(try lake.lineageFolder())
      if let known = try reader.view().datastreams[id], known.state == .completed { return Self.skipped(known, group) }
    }
    return try attempt(group, id, place, lease)
  }

  private func attempt(_ group: SyncGroup, _ id: String, _ place: Lake.Location, _ lease: Lease) throws -> Outcome {
    try lineage.append(
      .datastreamCreated(
        id, measurement: group.measurement, zone: "synchronized", kind: "sync", path: place.recorded,
        parents: group.parents.map(\.id).sorted(), stage: "sync", config: digest, outputVersion: Self.outputVersion))
    _ = try lineage.move(id, to: .processing)
    do {
      let (facts, report) = try synchronize(group, id, to: place, lease)
      _ = try lineage.move(id, to: .completed, facts: facts)
      var record = group.result(id: id, facts: facts)
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
  private func synchronize(
    _ group: SyncGroup, _ id: String, to place: Lake.Location, _ lease: Lease
  ) throws -> (facts: JSONObject, report: SyncReport) {
    let sources = try group.sources(in: lake)
    let at = try StagedPlace(place)
    try at.sweep(measurement: group.measurement, datastream: id)
    let staged = try StagedFolder(at.name, in: at.folder, run: lineage.run)
    var synchronization = synchronization
    synchronization.knownOffsets = try group.timestampOffsets(in: lake) { lineage.datastream($0)?.path }
    let report = try synchronization.run(
      sources, measurement: group.identifier(), datastream: id, into: staged.folder, place: place.recorded)
    let contents = try ArtifactSums.write(
      report.json, as: Synchronization.reportFile, beside: report.sums, in: staged.folder)
    try synchronization.step()
    try lease.check()
    // The name is the id's and the lease is ours: what has it is not completed, or is to be done again.
    try staged.commit(.replace)
    return (report.facts(contents), report)
  }
}

extension SyncReport {
  /// What the transition that completes the datastream says.
  func facts(_ contents: DatastreamContents) -> JSONObject {
    var facts = contents.facts
    facts["start"] = range.map { .string("\($0.start)") }
    facts["end"] = range.map { .string("\($0.end)") }
    facts["rows"] = .count(samples.kept)
    return facts
  }
}

import Artifacts
package import Core
import Recordings

/// Makes extracted datastreams of raw ones in a lake: one attempt a record, with its states in the log.
///
/// The id is derived from parent and settings, so the same work is done once; a run that was killed is redone from the
/// beginning, since nothing has its final name before all of it is durable.
package struct ExtractStage: Sendable {
  /// Raised when the same recording and settings would give other bytes.
  package static let outputVersion = 1

  package let lake: Lake
  package let lineage: Lineage
  package let extraction: Extraction
  /// Redo what is completed.
  package let isForced: Bool
  /// SHA-256 of the settings as canonical JSON.
  package let digest: String

  /// What became of one record.
  package struct Outcome {
    package var record: Record
    package var isLossy = false
    /// What a person should be told of it.
    package var notes: [String] = []

    package init(record: Record, isLossy: Bool = false, notes: [String] = []) {
      (self.record, self.isLossy, self.notes) = (record, isLossy, notes)
    }
  }

  package init(lake: Lake, lineage: Lineage, extraction: Extraction, isForced: Bool) {
    self.lake = lake
    self.lineage = lineage
    self.extraction = extraction
    self.isForced = isForced
    digest = Self.digest(of: extraction)
  }

  /// Of everything that decides the output.
  package static func digest(of extraction: Extraction) -> String {
    let config: JSON = ["compression": .string(extraction.compression.rawValue), "extract": extraction.settings.json]
    return Digest.sha256(Array(config.canonical.utf8)).hex
  }

  /// The datastream that a record leads to.
  static func id(for parent: DatastreamRecord, digest: String) throws(RecordError) -> String {
    guard let own = Identifier(parent.id) else { throw RecordError("datastream \(parent.id)", "its id is not a UUID") }
    return "\(Identifier.datastream(stage: "extract", parents: [own], config: digest, version: outputVersion))"
  }

  /// Where it lies: its place follows from what is known of the parent and its measurement.
  static func place(
    of id: String, from parent: DatastreamRecord, _ measurement: LineageView.Measurement?, in lake: Lake
  ) throws -> Lake.Location {
    try lake.location(
      of: LakeLayout.Values(
        zone: "extracted", datastream: id, measurement: parent.measurement,
        vin: parent.vin ?? measurement?.vin ?? "",
        region: measurement?.region ?? lake.settings.region ?? "",
        start: parent.start ?? measurement?.start ?? Timestamp(nanoseconds: 0)))
  }

  /// A `RecordError` unless there is something whole to extract from, by the record and by the log.
  static func check(_ parent: DatastreamRecord, _ known: LineageView.Datastream?) throws(RecordError) {
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
        id, measurement: parent.measurement, zone: "extracted", kind: "sensors", path: place.recorded,
        parents: [parent.id], stage: "extract", config: digest, outputVersion: Self.outputVersion))
    _ = try lineage.move(id, to: .processing)
    do {
      let (facts, report) = try extract(parent, id, to: place, lease)
      _ = try lineage.move(id, to: .completed, facts: facts)
      var record = Self.result(of: parent, id: id, facts: facts)
      record["path"] = .string(place.recorded)
      record["status"] = "done"
      if report.isLossy { record["lossy"] = true }
      record["outputs"] = [.string(place.recorded)]
      return Outcome(record: record, isLossy: report.isLossy, notes: report.notes)
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
  private func extract(
    _ parent: DatastreamRecord, _ id: String, to place: Lake.Location, _ lease: Lease
  ) throws -> (facts: JSONObject, report: ExtractReport) {
    let source = try lake.location(recorded: parent.path)
    let folder = try Folder(source.path, in: Folder(source.root))
    var extraction = extraction
    let inputs = try Self.recordings(in: folder)
    guard !inputs.isEmpty else { throw ExtractError.noRecording(parent.path) }
    extraction.settings.take(channelNames: try Self.channelNames(in: folder))

    let at = try StagedPlace(place)
    try at.sweep(measurement: parent.measurement, datastream: id)
    let staged = try StagedFolder(at.name, in: at.folder, run: lineage.run)
    let report = try extraction.run(inputs, to: .folder(staged.folder))
    let contents = try ArtifactSums.write(report, in: staged.folder)
    try extraction.step()
    try lease.check()
    // The name is the id's and the lease is ours: what has it is not completed, or is to be done again.
    try staged.commit(.replace)
    var facts = contents.facts
    facts["start"] = report.range.map { .string("\($0.start)") }
    facts["end"] = report.range.map { .string("\($0.end)") }
    facts["rows"] = .count(report.rows)
    return (facts, report)
  }

  /// The recordings in a folder and below, by path; other files are none of ours.
  static func recordings(in folder: Folder) throws -> [ExtractInput] {
    var paths: [String] = []
    try folder.walk { path, entry in
      if entry.kind == .file, entry.isText { paths.append(path) }
      return true
    }
    let all = Set(paths)
    return try paths.sorted().compactMap { path in
      if let owner = Format.owner(ofCompanion: path), all.contains(owner) { return nil }
      let file = try FileReader(path, in: folder)
      guard let format = try Format.of(file) else { return nil }
      return ExtractInput(name: path, reader: try format.open(file))
    }
  }

  /// Fleet-wide names of channels, by topic, where the measurement's manifest has them.
  static func channelNames(in folder: Folder) throws -> [String: String] {
    var names: [String: String] = [:]
    for topic in try expectedTopics(in: folder) {
      if let name = topic["topic"]?.string, let channel = topic["channel"]?.string { names[name] = channel }
    }
    return names
  }

  /// What the measurement's manifest says of each topic.
  static func expectedTopics(in folder: Folder) throws -> [JSON] {
    // A bag has the upload's manifest among its payload.
    let places = ["manifest.json", "data/manifest.json"]
    guard let place = try places.first(where: { try folder.entry($0)?.kind == .file }) else { return [] }
    let file = try FileReader(place, in: folder)
    return try JSON.parse(file.bytes(at: 0, count: file.count))["expect"]?["topics"]?.array ?? []
  }

  /// The record of the new datastream: the parent's, with what is different.
  static func result(of parent: DatastreamRecord, id: String, facts: JSONObject) -> Record {
    var record = parent.record
    record["id"] = .string(id)
    record["zone"] = "extracted"
    record["kind"] = "sensors"
    record["state"] = .string(DatastreamState.completed.rawValue)
    record["parents"] = [.string(parent.id)]
    for key in ["rows", "files", "bytes", "digest", "outputs", "lossy"] { record[key] = facts[key] }
    for key in ["start", "end"] where facts[key] != nil { record[key] = facts[key] }
    return record
  }
}

extension ExtractSettings {
  /// Names from the manifest, where the configuration has none.
  mutating func take(channelNames: [String: String]) { names.merge(channelNames) { own, _ in own } }
}

extension Lineage {
  /// Records that the run ended, with what became of its items.
  package func end(items: (done: Int, failed: Int), isStopped: Bool, _ code: ExitCode) throws {
    let outcome: RunOutcome =
      isStopped ? .interrupted : items.failed == 0 ? .done : items.done > 0 ? .partial : .failed
    try end(outcome, exit: code, items: ["done": .count(items.done), "failed": .count(items.failed)])
  }
}

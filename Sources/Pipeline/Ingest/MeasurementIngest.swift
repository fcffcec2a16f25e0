import Core

/// One candidate on its way: looked at, then held, skipped, finished or copied.
struct MeasurementIngest {
  let ingestion: Ingestion
  let candidate: Candidate
  let jobs: Int

  init(_ ingestion: Ingestion, _ candidate: Candidate, jobs: Int) {
    (self.ingestion, self.candidate, self.jobs) = (ingestion, candidate, jobs)
  }

  private var lineage: Lineage { ingestion.lineage }
  private var plan: IngestPlan { ingestion.plan }

  func run() throws -> IngestResult {
    try ingestion.step(0)
    guard let arrival = try ingestion.landing.arrival(of: candidate) else { return try absent() }
    if let stream = unfinished(arrival), try isRest(arrival, of: stream) {
      return try CompleteIngest(ingestion, stream, arrival).run()
    }
    let manifest = try Manifest.read(arrival.folder, plan.dialect, quietPeriod: plan.quietPeriod)
    if let stream = try complete(manifest), try !isRestored(stream) {
      return try CompleteIngest(ingestion, stream, arrival).run()
    }
    let validation = try validate(arrival, manifest)
    guard validation.verdict == .good else { throw try hold(validation, arrival) }
    guard let checked = validation.manifest else { preconditionFailure("a folder's validation has its manifest") }
    // Without a manifest the digest is known only now.
    let known = try complete(checked)
    if let known, try !isRestored(known) { return try CompleteIngest(ingestion, known, arrival).run() }
    if let id = checked.measurement {
      try lineage.measurement("\(id)")?.checkAttempts(plan, path: arrival.path)
    }
    return try NewIngest(ingestion, arrival, validation, checked, jobs: jobs, restoring: known).run()
  }

  /// A folder that is gone was ingested, or never was there.
  private func absent() throws -> IngestResult {
    let source = ingestion.lake.recorded(candidate.path)
    guard let stream = lineage.reading({ $0.datastream(from: source, manifest: candidate.validated) }) else {
      throw NotInLanding(path: candidate.path, problem: "is not there")
    }
    return ingestion.result(.skipped, stream)
  }

  // MARK: Done before

  /// A measurement that was copied from this folder, and whose folder was not cleared to its end.
  private func unfinished(_ arrival: Arrival) -> LineageView.Datastream? {
    lineage.reading { view in
      (view.sources[arrival.path] ?? []).intersection(view.uncleared).compactMap { view.datastreams[$0] }
        .first { $0.outcome["source"]?.string == arrival.path }
    }
  }

  /// Whether nothing but the last part of what was copied is left: the files of the manifest, or an empty folder.
  ///
  /// Anything else is told by the manifest, which goes last.
  private func isRest(_ arrival: Arrival, of stream: LineageView.Datastream) throws -> Bool {
    let last = stream.manifestFiles
    var isRest = true
    try arrival.folder.walk { path, entry in
      if entry.kind != .folder, !last.contains(path) { isRest = false }
      return isRest
    }
    return isRest
  }

  /// The raw datastream of this very manifest, if it is whole.
  private func complete(_ manifest: Manifest) throws -> LineageView.Datastream? {
    guard manifest.isUsable, !manifest.digest.isEmpty, let stream = try lineage.datastream(manifest.rawDatastream)
    else {
      return nil
    }
    try stream.checkConflict()
    return stream.state.isWhole || stream.state == .archived ? stream : nil
  }

  /// Whether what is in landing goes to raw again: it was taken out of raw, or lost there and brought back on request.
  private func isRestored(_ stream: LineageView.Datastream) throws -> Bool {
    if stream.state == .archived { return true }
    return try candidate.isHydrated && ingestion.lake.folder(recorded: stream.path) == nil
  }

  // MARK: Validation

  /// Digests are compared unless a record says that they were, of this manifest; sizes always.
  private func validate(_ arrival: Arrival, _ manifest: Manifest) throws -> Validation {
    var validation = ValidationPlan()
    let isVouchedFor =
      candidate.validated == "sha256:" + manifest.digest && manifest.files.allSatisfy { $0.sha256 != nil }
    validation.level = isVouchedFor && manifest.dialect != .files ? .size : candidate.level
    validation.readsRanges = true
    ingestion.expect(manifest, hashed: validation.level >= .hash)
    (validation.dialect, validation.quietPeriod) = (plan.dialect, plan.quietPeriod)
    validation.jobs = jobs
    validation.known = lineage.known
    validation.step = { [ingestion] in try ingestion.step($0) }
    return try FolderValidation.validate(arrival.folder, path: arrival.path, validation)
  }

  /// Records that a measurement stays in landing, once for each state that it is in.
  private func hold(_ validation: Validation, _ arrival: Arrival) throws -> HeldMeasurement {
    var held = HeldMeasurement(validation)
    try ingestion.start()
    let missing = validation.findings.filter { $0.code == .missing }.compactMap(\.path)
    var known = lineage.reading { $0.incomplete[validation.path] }
    // What was there before under this name went away: this is another upload.
    if known?["moved_to"]?.string != nil { known = nil }
    let since = known?["since"]?.timestamp ?? .now
    var event = LineageEvent.incompleteHeld(path: validation.path, missing: missing, since: since)
    event.fields["verdict"] = .string(validation.verdict.rawValue)
    event.fields["measurement"] = validation.manifest?.measurement.map { .string("\($0)") }
    event.fields["codes"] = .array(
      validation.findings.filter { $0.severity == .error }.map { .string($0.code.rawValue) })
    if known != event.fields { try lineage.append(event) }
    if let alarm = validation.findings.first(where: { $0.code == .twoDigests }) {
      try ingestion.alarm(
        ["measurement": .string(validation.manifest?.measurement.map { "\($0)" } ?? "")], path: validation.path,
        expected: alarm.expected?.string ?? "", found: alarm.found?.string ?? "")
    }
    guard validation.verdict == .incomplete,
      let place = try IncompleteArea(ingestion).take(arrival, since: since, jobs: jobs)
    else { return held }
    held.movedTo = place
    event.fields["moved_to"] = .string(place)
    try lineage.append(event)
    return held
  }
}

extension Manifest {
  /// The raw datastream that an ingest of this manifest makes.
  var rawDatastream: String {
    "\(Identifier.datastream(stage: "ingest", parents: [], config: digest, version: 1))"
  }
}

extension LineageView.Datastream {
  /// The files of the manifest among those that were copied.
  var manifestFiles: [String] { outcome["manifest_files"]?.array?.compactMap(\.string) ?? [] }

  /// The files that were copied into a zone, by their paths below `folder`.
  func items(_ zone: String, below folder: String) -> [ZoneCopy.Item] {
    let isBagged = zone == "raw" && outcome["bag"]?.bool == true
    return copies.compactMap { path, copy in
      guard copy.zone == zone, let inner = LakePath.below(folder, path), !inner.isEmpty else { return nil }
      let source = isBagged ? Bag.uploaded(inner) : inner
      return ZoneCopy.Item(path: inner, source: source, bytes: copy.bytes ?? 0, sha256: copy.sha256)
    }
    .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }
}

extension LineageView {
  /// The newest raw datastream that was copied from a landing folder; of a manifest, where its digest is given.
  func datastream(from source: String, manifest: String?) -> Datastream? {
    let streams = (sources[source] ?? []).compactMap { datastreams[$0] }.filter { stream in
      stream.state.isWhole && stream.outcome["source"]?.string == source
        && (manifest == nil || measurements[stream.measurement]?.manifest == manifest)
    }
    return streams.max { $0.changed < $1.changed }
  }
}

extension LineageView.Datastream {
  /// The `datastream` record of what is in raw (`DESIGN.md` §4).
  func record(_ status: IngestResult.Status, _ measurement: LineageView.Measurement?) -> Record {
    var members: JSONObject = [
      "id": .string(id), "measurement": .string(self.measurement), "zone": .string(zone), "kind": .string(kind),
      "state": .string(state.rawValue), "path": .string(path), "vin": .string(measurement?.vin ?? ""),
    ]
    members["region"] = measurement?.region.map(JSON.string)
    members["start"] = outcome["start"] ?? measurement?.start.map(JSON.time)
    members["end"] = outcome["end"] ?? measurement?.end.map(JSON.time)
    members["parents"] = .array(parents.map(JSON.string))
    for key in ["files", "bytes", "digest"] { members[key] = outcome[key] }
    members["manifest"] = measurement?.manifest.map(JSON.string)
    members["status"] = .string(status.rawValue)
    members["outputs"] = .array([.string(path)] + (outcome["archive"].map { [$0] } ?? []))
    return Record(.datastream, members)
  }
}

extension Ingestion {
  /// Records a contradiction, once.
  func alarm(_ subject: JSONObject, path: String, expected: String, found: String) throws {
    let event = LineageEvent.integrityAlarm(subject, path: path, expected: expected, found: found)
    guard !lineage.reading({ $0.alarms.contains { $0.event == event } }) else { return }
    try start()
    try lineage.append(event)
  }

  /// What became of a candidate whose measurement is in raw.
  func result(
    _ status: IngestResult.Status, _ stream: LineageView.Datastream, _ cleared: LandingClear.Outcome? = nil
  ) -> IngestResult {
    var record = stream.record(status, lineage.reading { $0.measurements[stream.measurement] })
    if let cleared, !cleared.left.isEmpty { record["left"] = .array(cleared.left.map(JSON.string)) }
    var result = IngestResult(status: status, record: record)
    result.bytes = status == .done ? Int(stream.outcome["bytes"]?.integer ?? 0) : 0
    if let changed = cleared?.changed, let first = changed.first {
      let source = stream.outcome["source"]?.string ?? "landing"
      result.warning =
        "\(source): \(changed.count) files are not what was copied and stay in landing, the first \(first)"
    }
    return result
  }
}

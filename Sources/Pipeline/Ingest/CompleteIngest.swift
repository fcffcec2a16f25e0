import Core

/// A folder whose measurement is in raw already: uploaded again, or left by a run that ended while it cleared.
///
/// Nothing is copied. Files of the folder that are byte for byte those in raw are removed, after what is in raw and in
/// the archive was read once more.
struct CompleteIngest {
  private let ingestion: Ingestion
  private let stream: LineageView.Datastream
  private let arrival: Arrival

  init(_ ingestion: Ingestion, _ stream: LineageView.Datastream, _ arrival: Arrival) {
    (self.ingestion, self.stream, self.arrival) = (ingestion, stream, arrival)
  }

  func run() throws -> IngestResult {
    let items = stream.items("raw", below: stream.path)
    let present = try items.filter { try $0.source.map { try arrival.folder.entry($0)?.kind } == .file }
    // Only the manifest is left, with files that nobody listed: they stay together.
    let isOnlyManifest = present.allSatisfy { stream.manifestFiles.contains($0.source ?? $0.path) }
    guard stream.state == .copyComplete, try !isOnlyManifest || isClearable() else {
      return ingestion.result(.skipped, stream, LandingClear.Outcome(left: try left()))
    }
    if !present.isEmpty { try verify(items) }
    let (proven, changed) = try LandingClear.prove(present, in: arrival) { try ingestion.step($0) }
    try ingestion.start()
    let clear = LandingClear(arrival: arrival) { [ingestion] in try ingestion.lease.check() }
    var outcome = try clear.run(proven, last: stream.manifestFiles)
    outcome.changed += changed
    let isKnown = try ingestion.lineage.measurement(stream.measurement)?.cleared != nil
    if outcome.files > 0 || !isKnown {
      try ingestion.lineage.append(
        .landingCleared(
          measurement: stream.measurement, files: outcome.files, bytes: outcome.bytes, left: outcome.left))
    }
    return ingestion.result(.skipped, stream, outcome)
  }

  /// Whether there is nothing in the folder but what may go.
  private func isClearable() throws -> Bool {
    let known = stream.manifestFiles
    return try left().allSatisfy(known.contains)
  }

  private func left() throws -> [String] {
    var left: [String] = []
    try arrival.folder.walk { path, entry in
      if entry.kind != .folder { left.append(path) }
      return true
    }
    return left
  }

  /// Throws, and records the alarm, unless raw and archive hold what the log says.
  private func verify(_ items: [ZoneCopy.Item]) throws {
    var places = [(zone: "raw", path: stream.path)]
    if let path = stream.outcome["archive"]?.string { places.append(("archive", path)) }
    for (zone, path) in places {
      let copy = ZoneCopy(
        zone: zone, location: try ingestion.lake.location(recorded: path), datastream: stream.id, run: ingestion.run,
        jobs: 1, step: { [ingestion] in try ingestion.step($0) }, mayPublish: {})
      guard let problem = try copy.problem(stream.items(zone, below: path)) else { continue }
      try ingestion.alarm(
        ["datastream": .string(stream.id)], path: path, expected: stream.outcome["digest"]?.string ?? "",
        found: problem.description)
      throw problem
    }
  }
}

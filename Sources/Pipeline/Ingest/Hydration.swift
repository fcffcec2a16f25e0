import Core

/// Brings what the archive keeps back to landing, for another run of ingest (`dataops.md` §5).
///
/// The archive keeps its copy of a measurement; a folder of `archive/incomplete` is moved.
struct Hydration {
  private let ingestion: Ingestion

  init(_ ingestion: Ingestion) { self.ingestion = ingestion }

  private var lake: Lake { ingestion.lake }

  /// `text` is a measurement's id, or its beginning, or the path of a folder of `archive/incomplete`.
  func bringBack(_ text: String) throws -> ReturnedMeasurement {
    if text.contains("/") { return try incomplete(text) }
    let view = ingestion.lineage.view
    guard case .measurement(let id) = try view.subject(text), let measurement = view.measurements[id] else {
      throw NotReturned(item: text, problem: "is not the id of a measurement")
    }
    if measurement.parked != nil {
      throw NotReturned(item: id, problem: "is in the error zone", hint: "av-ingest --retry \(id)")
    }
    let streams = measurement.datastreams.compactMap { view.datastreams[$0] }
    guard let stream = streams.last(where: { $0.zone == "raw" && ($0.state == .archived || $0.state == .copyComplete) })
    else { throw NotReturned(item: id, problem: "was never copied to raw") }
    try stream.checkConflict()
    if stream.state == .copyComplete, try lake.folder(recorded: stream.path) != nil {
      return .result(ingestion.result(.skipped, stream))
    }
    return try copy(stream, of: id)
  }

  // MARK: A measurement

  /// Copies the archive's files to landing, read back and compared with what the log says of them.
  private func copy(_ stream: LineageView.Datastream, of id: String) throws -> ReturnedMeasurement {
    guard let archive = stream.outcome["archive"]?.string, let source = try lake.folder(recorded: archive) else {
      throw NotReturned(item: id, problem: "has no copy in the archive")
    }
    let items = stream.items("archive", below: archive)
    guard !items.isEmpty else { throw NotReturned(item: id, problem: "the log lists no file in \(archive)") }
    let landing = try ingestion.landingRoot()
    try checkSpace(items, in: landing)
    let back = Lake.Location(root: landing.path, path: id, recorded: lake.recorded("\(landing.path)/\(id)"))
    try ingestion.start()
    do { try FolderTransfer(ingestion, jobs: ingestion.plan.jobs).copy(items, from: source, to: back) } catch let
      problem
      as SourceProblem where problem.code == .fileDigest
    {
      try ingestion.alarm(
        ["datastream": .string(stream.id)], path: archive, expected: stream.outcome["digest"]?.string ?? "",
        found: problem.description)
      throw IntegrityError(archive, "is not what was archived: \(problem.description)")
    }
    try ingestion.lineage.append(
      LineageEvent(
        "lifecycle",
        [
          "datastream": .string(stream.id), "action": "hydrated", "path": .string(back.recorded),
          "files": .count(items.count), "approved_by": .string(Host.user),
        ]))
    var candidate = Candidate(path: back.recorded)
    candidate.isHydrated = true
    return .candidate(candidate)
  }

  private func checkSpace(_ items: [ZoneCopy.Item], in landing: Folder) throws {
    let bytes = items.reduce(ingestion.plan.leastFree) { $0.addingSaturated($1.bytes) }
    let space = try landing.space()
    guard space.bytes >= bytes, space.files >= items.count + 16 else {
      throw NoRoom(root: landing.path, wanted: bytes, free: space.bytes)
    }
  }

  // MARK: An incomplete upload

  private func incomplete(_ text: String) throws -> ReturnedMeasurement {
    let place = try lake.location(recorded: text)
    let parts = place.path.split(separator: "/")
    let archives = try lake.roots(of: "archive")
    guard archives.contains(place.root), parts.count == 3, parts[0] == IncompleteArea.name,
      let root = try lake.existing(place.root), try root.entry(place.path)?.kind == .folder
    else { throw NotReturned(item: text, problem: "is no folder of archive/\(IncompleteArea.name)") }
    let landing = try ingestion.landingRoot()
    guard let name = try ingestion.freeName([String(parts[2])], in: landing) else {
      throw NotReturned(item: text, problem: "landing has a folder \(parts[2]) already")
    }
    let recorded = lake.recorded("\(landing.path)/\(name)")
    let parent = try Folder(LakePath.parent(place.path), in: root)
    let source = FolderTransfer.Source(parent: parent, name: name, path: place.recorded)
    let left = try FolderTransfer(ingestion, jobs: ingestion.plan.jobs).move(
      source, to: Lake.Location(root: landing.path, path: name, recorded: recorded))
    guard left.isEmpty else {
      throw NotReturned(item: text, problem: "\(left.count) files stay there, the first \(left[0])")
    }
    // The folder of the day is of no use without it.
    let day = try Folder(IncompleteArea.name, in: root)
    if try parent.names().isEmpty { try day.removeEmptyFolder(String(parts[1])) }
    // Its grace period begins anew.
    try ingestion.start()
    try ingestion.lineage.append(.incompleteHeld(path: recorded, missing: [], since: .now))
    return .candidate(Candidate(path: recorded))
  }
}

import Core

extension ErrorZone {
  /// Failures after which a measurement is left to a person.
  static let mostAttempts = 5

  /// The measurements that are meant: all that are parked, or those of ids and their beginnings.
  static func asked(for ids: [String], in view: LineageView) throws -> [String] {
    let parked = view.measurements.values.filter { $0.parked != nil }.map(\.id).sorted()
    guard !ids.isEmpty else { return parked }
    return try ids.map { text in
      let found = parked.filter { $0.hasPrefix(text.lowercased()) }
      guard found.count < 2 || found.contains(text) else {
        throw UsageError(
          "'\(text.shown)' is the beginning of \(found.count) ids: \(found.prefix(5).joined(separator: ", "))")
      }
      return found.contains(text) ? text : found.first ?? text
    }
  }

  /// Moves a measurement back to landing, and records that its failure is dealt with.
  func bringBack(_ id: String) throws -> ReturnedMeasurement {
    guard let measurement = try ingestion.lineage.measurement(id), let parked = measurement.parked,
      let path = parked["path"]?.string
    else { throw NotReturned(item: id, problem: "is not in the error zone") }
    try measurement.checkAttempts(ingestion.plan, path: path)
    let name = try move(from: lake.location(recorded: path), measurement)
    try ingestion.start()
    try ingestion.lineage.append(.errorResolved(measurement: id, how: "retried", by: Host.user))
    let landing = try lake.roots(of: "landing")[0]
    return .candidate(Candidate(path: lake.recorded("\(landing)/\(name)")))
  }

  /// The name that the folder has in landing; one that never left it, or is back already, is found there.
  private func move(from place: Lake.Location, _ measurement: LineageView.Measurement) throws -> String {
    let landing = try ingestion.landingRoot()
    let source = measurement.facts["source"]?.string.map(LakePath.last) ?? measurement.id
    guard let parked = try lake.folder(recorded: place.recorded),
      let folder = try parked.entries().first(where: { $0.kind == .folder && $0.isText })
    else {
      for name in [source, measurement.id] where try landing.entry(name)?.kind == .folder { return name }
      throw NotReturned(
        item: measurement.id, problem: "neither \(place.recorded) nor landing has its folder",
        hint: "av-meta show \(measurement.id) tells where it was")
    }
    guard let name = try ingestion.freeName([folder.name, measurement.id], in: landing) else {
      throw NotReturned(item: measurement.id, problem: "landing has a folder \(folder.name) already")
    }
    let back = Lake.Location(root: landing.path, path: name, recorded: lake.recorded("\(landing.path)/\(name)"))
    let whence = FolderTransfer.Source(
      parent: parked, name: folder.name, path: "\(place.recorded)/\(folder.name)")
    let left = try FolderTransfer(ingestion, jobs: ingestion.plan.jobs).move(whence, to: back)
    guard left.isEmpty else {
      throw NotReturned(
        item: measurement.id, problem: "\(left.count) files stay in \(place.recorded), the first \(left[0])")
    }
    return name
  }
}

extension LineageView.Measurement {
  /// What failed again and again is not tried for ever.
  func checkAttempts(_ plan: IngestPlan, path: String) throws {
    guard !plan.force, attempts >= ErrorZone.mostAttempts else { return }
    throw TooManyAttempts(path: path, attempts: attempts, last: parked?["code"]?.string)
  }
}

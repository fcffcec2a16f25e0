import Core

/// Puts in order what runs that are gone left behind; safe because this run has the lake's lease.
struct IngestSweep {
  private let ingestion: Ingestion

  init(_ ingestion: Ingestion) { self.ingestion = ingestion }

  func run() throws {
    let view = ingestion.lineage.view
    for root in try buildingRoots() { try sweepIncoming(root, view) }
    try sweepError(view)
    try settleCleared()
  }

  /// Roots below which folders are built.
  private func buildingRoots() throws -> [String] {
    let lake = ingestion.lake
    var roots = [lake.path]
    for zone in ["raw", "archive", "landing", "error"] { roots += try lake.roots(of: zone) }
    return roots.enumerated().filter { !roots[..<$0.offset].contains($0.element) }.map(\.element)
  }

  private func sweepIncoming(_ path: String, _ view: LineageView) throws {
    guard let root = try ingestion.lake.existing(path), try root.entry(ZoneCopy.incoming)?.kind == .folder else {
      return
    }
    let incoming = try Folder(ZoneCopy.incoming, in: root)
    for run in try incoming.entries() where ingestion.isDead(run.name) {
      guard run.kind == .folder else { try incoming.remove(run.name); continue }
      let built = try Folder(run.name, in: incoming)
      for entry in try built.entries() where try !isWanted(entry, view) { try built.removeStaged(entry.name) }
      if try built.names().isEmpty { try incoming.removeEmptyFolder(run.name) }
    }
    if try incoming.names().isEmpty { try root.removeEmptyFolder(ZoneCopy.incoming) }
  }

  /// Whether a folder that was being built is that of a measurement which still waits in landing: its ingest goes on.
  private func isWanted(_ entry: FolderEntry, _ view: LineageView) throws -> Bool {
    guard entry.kind == .folder, let stream = view.datastreams[entry.name], stream.zone == "raw",
      [.created, .startCopy, .failed].contains(stream.state), let measurement = view.measurements[stream.measurement],
      measurement.parked == nil, let source = measurement.facts["source"]?.string
    else { return false }
    return try isInLanding(source)
  }

  private func isInLanding(_ source: String) throws -> Bool {
    do {
      let place = try ingestion.landing.place(of: source)
      return try ingestion.lake.existing(place.root)?.entry(place.name) != nil
    } catch is NotInLanding { return false }
  }

  /// Markers of moves to the error zone that did not happen.
  private func sweepError(_ view: LineageView) throws {
    for path in try ingestion.lake.roots(of: "error") {
      guard let root = try ingestion.lake.existing(path) else { continue }
      for measurement in try root.entries() where measurement.kind == .folder {
        let runs = try Folder(measurement.name, in: root)
        for name in try runs.names() where ingestion.isDead(name) {
          let place = ingestion.lake.recorded("\(path)/\(measurement.name)/\(name)")
          let isParked = view.measurements[measurement.name]?.parked?["path"]?.string == place
          let folder = try Folder(name, in: runs)
          let entries = try folder.entries()
          for entry in entries where TemporaryName.run(of: entry.name) != nil { try folder.remove(entry.name) }
          guard !isParked, !entries.contains(where: { $0.kind == .folder }) else { continue }
          try runs.removeStaged(name)
        }
        if try runs.names().isEmpty { try root.removeEmptyFolder(measurement.name) }
      }
    }
  }

  /// Measurements whose landing folder is gone, but whose run ended before it could say so.
  func settleCleared() throws {
    let streams = ingestion.lineage.reading { view in view.uncleared.sorted().compactMap { view.datastreams[$0] } }
    for stream in streams {
      guard let source = stream.outcome["source"]?.string else { continue }
      let place: Landing.Place
      do { place = try ingestion.landing.place(of: source) } catch is NotInLanding { continue }
      guard try ingestion.lake.existing(place.root)?.entry(place.name) == nil else { continue }
      try ingestion.start()
      try ingestion.lineage.append(
        .landingCleared(
          measurement: stream.measurement, files: Int(stream.outcome["files"]?.integer ?? 0),
          bytes: Int(stream.outcome["bytes"]?.integer ?? 0)))
    }
  }

  /// Removes the folders in which this run built; what is not empty stays for the next run.
  func removeOwn() {
    for path in (try? buildingRoots()) ?? [] {
      guard let root = try? ingestion.lake.existing(path), let incoming = try? Folder(ZoneCopy.incoming, in: root)
      else { continue }
      try? incoming.removeEmptyFolder(ingestion.run)
      try? root.removeEmptyFolder(ZoneCopy.incoming)
    }
  }
}

extension Ingestion {
  /// Runs that this lake knows and that are not this one; folders of others may belong to another lake.
  func isDead(_ run: String) -> Bool { run != self.run && lineage.reading { $0.runs[run] != nil } }
}

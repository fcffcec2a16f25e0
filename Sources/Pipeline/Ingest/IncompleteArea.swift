import Core

/// `archive/incomplete/<date>/<folder>`: where uploads go that stay incomplete, once the grace period is over.
///
/// Nothing in it is ever removed by a machine; `av-ingest --hydrate` brings a folder back to landing.
struct IncompleteArea {
  static let name = "incomplete"
  private let ingestion: Ingestion

  init(_ ingestion: Ingestion) { self.ingestion = ingestion }

  /// Moves a folder there if it was incomplete, and untouched, for the whole grace period; where it went.
  func take(_ arrival: Arrival, since: Timestamp, jobs: Int) throws -> String? {
    guard try isOverdue(arrival, since) else { return nil }
    let place = try self.place(of: arrival.name, since)
    if ingestion.lake.settings.roots["archive"] == nil { _ = try Folder(ingestion.lake.path).making("archive") }
    let source = FolderTransfer.Source(parent: arrival.root, name: arrival.name, path: arrival.path)
    _ = try FolderTransfer(ingestion, jobs: jobs).move(source, to: place)
    return place.recorded
  }

  /// Records moves whose run ended before it could: the folder is gone from landing, and is here.
  func settle() throws {
    let inLanding = ingestion.lineage.reading { $0.incomplete.filter { $0.value["moved_to"]?.string == nil } }
    for (path, held) in inLanding.sorted(by: { $0.key < $1.key }) {
      guard let since = held["since"]?.timestamp, let landing = try? ingestion.landing.place(of: path),
        try ingestion.landing.open(landing) == nil
      else { continue }
      let place = try self.place(of: landing.name, since)
      guard try ingestion.lake.folder(recorded: place.recorded) != nil else { continue }
      try ingestion.start()
      var event = LineageEvent("incomplete.held", held)
      event.fields["moved_to"] = .string(place.recorded)
      try ingestion.lineage.append(event)
    }
  }

  /// The day is that on which the folder was first seen incomplete, so that a later run finds the place again.
  private func place(of name: String, _ since: Timestamp) throws -> Lake.Location {
    let root = try ingestion.lake.roots(of: "archive")[0]
    let path = "\(Self.name)/\("\(since)".prefix(10))/\(name)"
    return Lake.Location(root: root, path: path, recorded: ingestion.lake.recorded("\(root)/\(path)"))
  }

  /// An upload that still goes on is not over its time, however slow it is.
  private func isOverdue(_ arrival: Arrival, _ since: Timestamp) throws -> Bool {
    var latest = since.nanoseconds
    func look(_ entry: FolderEntry?) {
      guard let identity = entry?.identity else { return }
      latest = max(latest, identity.modified, identity.changed)
    }
    look(try arrival.root.entry(arrival.name))
    try arrival.folder.walk { _, entry in
      look(entry)
      return true
    }
    let (age, isAbsurd) = Timestamp.now.nanoseconds.subtractingReportingOverflow(latest)
    return !isAbsurd && age >= ingestion.lake.settings.incompleteGrace
  }
}

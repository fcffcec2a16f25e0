import Core

/// The extracted datastreams of one measurement, which are synchronised together.
package struct SyncGroup: Sendable {
  package let measurement: String
  package private(set) var parents: [DatastreamRecord]

  package init(_ first: DatastreamRecord) { (measurement, parents) = (first.measurement, [first]) }

  /// Adds one that is not there yet.
  package mutating func add(_ parent: DatastreamRecord) {
    if !parents.contains(where: { $0.id == parent.id }) { parents.append(parent) }
  }

  /// Groups by measurement, in the order in which each comes first.
  package static func groups(_ records: [DatastreamRecord]) -> [SyncGroup] {
    var groups: [SyncGroup] = []
    var places: [String: Int] = [:]
    for record in records {
      if let place = places[record.measurement] {
        groups[place].add(record)
      } else {
        places[record.measurement] = groups.count
        groups.append(SyncGroup(record))
      }
    }
    return groups
  }

  /// Extracted datastreams of a measurement, or one of them, that are complete, by id; `UsageError` for anything else.
  package static func groups(named texts: [String], in view: LineageView) throws -> [SyncGroup] {
    var records: [DatastreamRecord] = []
    for text in texts {
      var ids: [String]
      switch try view.subject(text) {
      case .measurement(let id): ids = view.measurements[id]?.datastreams ?? []
      case .datastream(let id): ids = [id]
      case .run: throw UsageError("'\(text.shown)' is a run, and neither a measurement nor a datastream")
      }
      if ids.count > 1 {
        ids = ids.filter { view.datastreams[$0]?.zone == "extracted" && view.datastreams[$0]?.state == .completed }
      }
      guard !ids.isEmpty else { throw UsageError("nothing of '\(text.shown)' is extracted") }
      for id in ids {
        guard let record = view.record(ofDatastream: id) else { continue }
        records.append(try DatastreamRecord(record, at: id))
      }
    }
    return groups(records)
  }

  var start: Timestamp? { parents.compactMap(\.start).min() }

  func identifier() throws(RecordError) -> Identifier {
    guard let id = Identifier(measurement) else {
      throw RecordError("measurement \(measurement)", "its id is not a UUID")
    }
    return id
  }

  /// A problem unless all that is there is whole, by the records and by the log.
  func check(_ known: (String) throws -> LineageView.Datastream?) throws {
    _ = try identifier()
    for parent in parents {
      guard parent.zone == "extracted" else { throw SyncError.notExtracted(parent.id, parent.zone) }
      try parent.checkWhole(known(parent.id))
    }
  }

  func sources(in lake: Lake) throws -> [SyncSource] {
    try parents.sorted { $0.id < $1.id }.map { parent in
      let place = try lake.location(recorded: parent.path)
      return SyncSource(try lake.openFolder(recorded: parent.path), place: place.recorded)
    }
  }

  /// How late header stamps are by design, by topic, in nanoseconds: as the manifest of the raw datastream has it.
  ///
  /// `path` is that of a datastream by its id.
  func timestampOffsets(in lake: Lake, path: (String) throws -> String?) throws -> [String: Int64] {
    var offsets: [String: Int64] = [:]
    for raw in Set(parents.flatMap(\.parents)).sorted() {
      guard let recorded = try path(raw) else { continue }
      let place = try lake.location(recorded: recorded)
      // Raw data that was moved away said it to those who asked in time.
      guard try StagedPlace.isTaken(place) else { continue }
      let folder = try lake.openFolder(recorded: recorded)
      for topic in try ExtractStage.expectedTopics(in: folder) {
        guard let name = topic["topic"]?.string, let late = topic["timestamp_offset_ms"]?.number, abs(late) < 1e9 else {
          continue
        }
        offsets[name] = Int64((late * 1e6).rounded())
      }
    }
    return offsets
  }
}

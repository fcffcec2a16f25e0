package import Core

/// `av-meta where`: where the files of something lie.
package enum Places {
  /// The datastreams of a measurement, a datastream, or the table of a scene, named by id or its beginning.
  ///
  /// Records with an absolute `path`, and whether anything is there; of the lake, or of one that it names.
  package static func records(
    _ lake: Lake, _ id: String, _ scope: LogScope = LogScope(), warning: @escaping (String) -> Void = { _ in }
  ) throws -> (records: [Record], exit: ExitCode) {
    let (records, exit) = try LakeFederation(lake, warning: warning).read(scope) { lakes in
      do {
        let (place, subject, number) = try lakes.subject(id)
        guard subject.kind == .measurement else { return try streams(of: subject, number, lakes[place]) }
        return try lakes.flatMap { lake in
          try lake.number(of: subject).map { try streams(of: subject, $0, lake) } ?? []
        }
      } catch let error as UsageError {
        // Scenes are looked for last: their ids have no index of their own.
        guard let scene = Identifier(id.lowercased()) else { throw error }
        for lake in lakes {
          let found = try lake.database.query(
            columns + "WHERE d.no = (SELECT datastream FROM scene WHERE id = ?1)", [.blob(scene.bytes)])
          let records = try streams(found, lake, file: "/scenes.parquet")
          if !records.isEmpty { return records }
        }
        throw error
      }
    }
    return (records, exit)
  }

  private static let columns = "SELECT d.id, d.zone, d.state, d.path FROM datastream d "

  private static func streams(of subject: IndexSubject, _ number: Int64, _ lake: IndexSnapshot) throws -> [Record] {
    switch subject.kind {
    case .measurement:
      let found = try lake.database.query(
        columns + "WHERE d.measurement = ?1 ORDER BY d.path, d.id", [.integer(number)])
      return try streams(found, lake)
    case .datastream: return try streams(lake.database.query(columns + "WHERE d.no = ?1", [.integer(number)]), lake)
    case .run: throw UsageError("\(subject.id) is a run, which has no files")
    }
  }

  private static func streams(_ found: Statement, _ snapshot: IndexSnapshot, file: String = "") throws -> [Record] {
    let lake = snapshot.lake
    var records: [Record] = []
    while try found.next() {
      let recorded = found.text(3) ?? ""
      let place = try lake.location(recorded: recorded)
      var members: JSONObject = [
        "id": .string(found.text(0) ?? ""), "zone": .string(found.text(1) ?? ""),
        "state": .string(found.text(2) ?? ""), "path": .string(place.absolute + file),
        "present": .bool(try lake.folder(recorded: recorded) != nil),
      ]
      members["lake"] = snapshot.name.map(JSON.string)
      records.append(Record(.datastream, members))
    }
    return records
  }
}

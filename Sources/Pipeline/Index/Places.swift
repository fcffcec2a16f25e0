import Core

/// `av-meta where`: where the files of something lie.
package enum Places {
  /// The datastreams of a measurement, a datastream, or the table of a scene, named by id or its beginning.
  ///
  /// Records with an absolute `path`, and whether anything is there.
  package static func records(
    _ lake: Lake, _ id: String, warning: @escaping (String) -> Void = { _ in }
  ) throws -> [Record] {
    try LakeIndex(lake, warning: warning).read { snapshot in
      let database = snapshot.database
      let columns = "SELECT d.id, d.zone, d.state, d.path FROM datastream d "
      if let scene = Identifier(id.lowercased()) {
        // Whole ids of scenes are looked for last: they have no index of their own.
        if try isSubject(id, snapshot) == false {
          let found = try database.query(
            columns + "WHERE d.no = (SELECT datastream FROM scene WHERE id = ?1)", [.blob(scene.bytes)])
          let records = try self.records(found, lake, file: "/scenes.parquet")
          if !records.isEmpty { return records }
        }
      }
      let (subject, number) = try snapshot.subject(id)
      switch subject.kind {
      case .measurement:
        return try records(
          database.query(columns + "WHERE d.measurement = ?1 ORDER BY d.path, d.id", [.integer(number)]), lake)
      case .datastream: return try records(database.query(columns + "WHERE d.no = ?1", [.integer(number)]), lake)
      case .run: throw UsageError("\(subject.id) is a run, which has no files")
      }
    }
  }

  private static func isSubject(_ id: String, _ snapshot: IndexSnapshot) throws -> Bool {
    for kind in SubjectKind.allCases
    where try snapshot.number(of: IndexSubject(kind: kind, id: id.lowercased())) != nil {
      return true
    }
    return false
  }

  private static func records(_ found: Statement, _ lake: Lake, file: String = "") throws -> [Record] {
    var records: [Record] = []
    while try found.next() {
      let recorded = found.text(3) ?? ""
      let place = try lake.location(recorded: recorded)
      records.append(
        Record(
          .datastream,
          [
            "id": .string(found.text(0) ?? ""), "zone": .string(found.text(1) ?? ""),
            "state": .string(found.text(2) ?? ""), "path": .string(place.absolute + file),
            "present": .bool(try lake.folder(recorded: recorded) != nil),
          ]))
    }
    return records
  }
}

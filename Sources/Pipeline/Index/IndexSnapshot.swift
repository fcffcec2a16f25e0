package import Core

/// The index as it is during one question.
package struct IndexSnapshot {
  let database: Database
  let lake: Lake
  private let lineage: Folder
  private let stories: IndexStories

  init(_ database: Database, lake: Lake, _ lineage: Folder) {
    (self.database, self.lake, self.lineage) = (database, lake, lineage)
    stories = IndexStories(database, IndexWords(database), lineage)
  }

  /// The newest time in the log: what is written next is later.
  package func newest() throws -> Timestamp? { try IndexCursors.newest(in: database) }

  /// What the log says of some subjects, folded from their lines alone.
  func view(of subjects: [Int64]) throws -> LineageView {
    var view = LineageView()
    for entry in try entries(of: subjects) { view.apply(entry) }
    return view
  }

  /// The lines of some subjects.
  func entries(of subjects: [Int64]) throws -> [LineageEntry] {
    var stories = stories
    return try stories.entries(of: subjects)
  }

  /// The lines that a run wrote.
  func entries(ofRun run: Int64) throws -> [LineageEntry] {
    var stories = stories
    return try stories.entries(ofRun: run)
  }

  /// The event of a worker that came with an id; nil where none did.
  func event(given id: String) throws -> LineageEvent? {
    let find = try database.query("SELECT event FROM given WHERE id = ?1", [.text(id)])
    guard try find.next(), let number = find.integer(0) else { return nil }
    var stories = stories
    return try stories.entry(number)?.event
  }

  /// A subject and what its record speaks of: a measurement's datastreams; a datastream's parents, children and their
  /// measurements.
  func related(to number: Int64, _ kind: SubjectKind) throws -> [Int64] {
    let parts =
      switch kind {
      case .run: "SELECT ?1"
      case .measurement: "SELECT ?1 UNION SELECT no FROM datastream WHERE measurement = ?1"
      case .datastream:
        """
        WITH own(no) AS (SELECT ?1 UNION SELECT parent FROM edge WHERE child = ?1 UNION SELECT child FROM edge \
        WHERE parent = ?1) SELECT no FROM own UNION SELECT d.measurement FROM own CROSS JOIN datastream d ON d.no = own.no
        """
      }
    return try numbers(parts, [.integer(number)])
  }

  /// The numbers that a statement gives.
  func numbers(_ statement: String, _ values: [DatabaseValue] = []) throws -> [Int64] {
    let find = try database.query(statement, values)
    var numbers: [Int64] = []
    while try find.next() { if let number = find.integer(0) { numbers.append(number) } }
    return numbers
  }

  /// The number of a subject; nil where the log does not know it.
  func number(of subject: IndexSubject) throws -> Int64? {
    let find = try database.query(
      "SELECT no FROM subject WHERE kind = ?1 AND id = ?2", [.integer(subject.kind.rawValue), .text(subject.id)])
    return try find.next() ? find.integer(0) : nil
  }

  func id(of number: Int64) throws -> String {
    let find = try database.statement("SELECT id FROM subject WHERE no = ?1")
    try find.bind([.integer(number)])
    defer { find.reset() }
    return try find.next() ? find.text(0) ?? "" : ""
  }

  /// The record of a datastream, as `LineageView` makes it of the whole log.
  func record(ofDatastream number: Int64, measurement: Int64) throws -> Record? {
    try view(of: [measurement, number]).record(ofDatastream: id(of: number))
  }

  func record(ofMeasurement number: Int64) throws -> Record? {
    let id = try id(of: number)
    guard var record = try view(of: [number]).record(ofMeasurement: id) else {
      return Record(.measurement, ["id": .string(id), "datastreams": .array(try streams(of: number).map(JSON.string))])
    }
    record["datastreams"] = .array(try streams(of: number).map(JSON.string))
    return record
  }

  /// Ids of the datastreams of a measurement, in the order of their creation.
  func streams(of measurement: Int64) throws -> [String] {
    let find = try database.statement(
      """
      SELECT d.id FROM datastream d JOIN story s ON s.subject = d.no JOIN event e ON e.no = s.event \
      JOIN word w ON w.no = e.writer WHERE d.measurement = ?1 \
      AND e.name = (SELECT no FROM word WHERE text = 'datastream.created') GROUP BY d.no \
      ORDER BY min(e.time), w.text, e.seq
      """)
    try find.bind([.integer(measurement)])
    defer { find.reset() }
    var ids: [String] = []
    while try find.next() { ids.append(find.text(0) ?? "") }
    return ids
  }

  /// What an id, or the beginning of one, stands for; a `UsageError` when that is nothing or several things.
  func subject(_ text: String) throws -> (subject: IndexSubject, number: Int64) {
    let wanted = text.lowercased()
    var found: [(subject: IndexSubject, number: Int64)] = []
    for kind in SubjectKind.allCases where !wanted.isEmpty {
      let find = try database.query(
        "SELECT no, id FROM subject WHERE kind = ?1 AND id >= ?2 AND id < ?3 ORDER BY id LIMIT 6",
        [.integer(kind.rawValue), .text(wanted), .text(wanted + "\u{7f}")])
      while try find.next() {
        let subject = IndexSubject(kind: kind, id: find.text(1) ?? "")
        if subject.id == wanted { return (subject, find.integer(0) ?? 0) }
        found.append((subject, find.integer(0) ?? 0))
      }
    }
    guard let first = found.first else {
      throw UsageError("there is nothing with an id like '\(text.shown)' in this lake")
    }
    guard found.count == 1 else {
      let some = found.map(\.subject.id).prefix(5).joined(separator: ", ")
      throw UsageError("'\(text.shown)' is the beginning of several ids: \(some)\(found.count > 5 ? ", …" : "")")
    }
    return first
  }

  /// The folder of the log.
  var log: Folder { lineage }
}

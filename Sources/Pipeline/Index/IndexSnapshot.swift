package import Core

/// The index as it is during one question.
package struct IndexSnapshot {
  let database: Database
  let lake: Lake
  private let lineage: Folder
  /// False where damage of the log was read around.
  package let isWhole: Bool
  /// What the lake is called where another one names it.
  package internal(set) var name: String?
  private let stories: IndexStories

  init(_ database: Database, lake: Lake, _ lineage: Folder, isWhole: Bool = true) {
    (self.database, self.lake, self.lineage, self.isWhole) = (database, lake, lineage, isWhole)
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

  /// The alarms of verification, in the log's order.
  func alarms() throws -> [LineageEntry] {
    var stories = stories
    return try numbers("SELECT event FROM alarm").compactMap { try stories.entry($0) }.sorted(
      by: LineageEntry.isOrdered)
  }

  /// Contradictions in the log, each with where it is.
  func conflicts() throws -> [String] {
    let find = try database.query("SELECT text FROM conflict ORDER BY text")
    var texts: [String] = []
    while try find.next() { texts.append(find.text(0) ?? "") }
    return texts
  }

  /// Every event of a subject as a person asks for it: those of a measurement's datastreams with it.
  func history(of subject: IndexSubject, _ number: Int64) throws -> [LineageEntry] {
    var filter = EventFilter()
    switch subject.kind {
    case .measurement: filter.measurement = subject.id
    case .datastream: filter.datastream = subject.id
    case .run: return try entries(ofRun: number)
    }
    var sieve = EventSieve(filter)
    return try entries(of: related(to: number, subject.kind)).filter { sieve.lets($0) }
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
    let found = try [self].subject(text)
    return (found.subject, found.number)
  }

  /// What has an id with a beginning; six of each kind tell that there are too many.
  func subjects(beginning text: String) throws -> [(subject: IndexSubject, number: Int64)] {
    var found: [(subject: IndexSubject, number: Int64)] = []
    for kind in SubjectKind.allCases {
      let find = try database.query(
        "SELECT no, id FROM subject WHERE kind = ?1 AND id >= ?2 AND id < ?3 ORDER BY id LIMIT 6",
        [.integer(kind.rawValue), .text(text), .text(text + "\u{7f}")])
      while try find.next() {
        found.append((IndexSubject(kind: kind, id: find.text(1) ?? ""), find.integer(0) ?? 0))
      }
    }
    return found
  }

  /// Whether the log has a line of a subject, and not only its name.
  func hasStory(_ number: Int64) throws -> Bool {
    try database.query("SELECT 1 FROM story WHERE subject = ?1 LIMIT 1", [.integer(number)]).next()
  }

  /// The folder of the log.
  var log: Folder { lineage }
}

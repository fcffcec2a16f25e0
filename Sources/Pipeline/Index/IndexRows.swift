import Core

/// Folds the story of a subject and stores what searches ask for.
struct IndexRows {
  private let database: Database
  private let subjects: IndexSubjects
  private let longest: IndexLongest
  private let blobs: LineageBlobs
  private var tables: IndexTables?
  /// Names of channels by the list's digest: files of one fleet have few different ones.
  private var lists: [String: [Int64]] = [:]
  /// Topics that were met, by name and by number.
  private var topicNumbers: [String: Int64] = [:]
  private var topicNames: [Int64: String] = [:]
  /// What could not be read; the index is whole without it.
  private(set) var problems: [String] = []

  /// `readsTables` says whether what the tables of datastreams hold is wanted.
  init(
    _ database: Database, _ subjects: IndexSubjects, _ words: IndexWords, _ longest: IndexLongest, lake: Lake,
    _ folder: Folder, readsTables: Bool
  ) {
    (self.database, self.subjects, self.longest) = (database, subjects, longest)
    blobs = LineageBlobs(folder)
    tables = readsTables ? IndexTables(database, words, longest, lake: lake) : nil
  }

  /// `news` are the names of the events that were told since its rows were stored; nil where there are none yet.
  mutating func store(
    _ subject: IndexSubject, _ number: Int64, _ entries: [LineageEntry], news: Set<String>?
  ) throws {
    let isNew = news == nil
    var view = LineageView()
    for entry in entries { view.apply(entry) }
    switch subject.kind {
    case .measurement:
      guard let measurement = view.measurements[subject.id] else { return }
      let parked = entries.last { $0.event.name == "error.parked" }?.time
      try store(measurement, number, parked: measurement.parked == nil ? nil : parked, news)
      // What contradicts its raw datastream is told of that.
      try store(conflicts: [measurement.conflict].compactMap(\.self), of: number, isNew: isNew)
    case .datastream:
      let stream = view.datastreams[subject.id]
      if let stream { try store(stream, number, parents: Self.parents(of: stream, entries), news) }
      let stray = view.conflicts + [stream?.conflict].compactMap(\.self)
      try store(conflicts: stray, of: number, isNew: isNew)
    case .run: if let run = view.runs[subject.id] { try store(run, number) }
    }
  }

  /// Reads the tables of the datastreams that were stored since.
  mutating func readTables() throws { try tables?.read() }

  /// Whether one of some events is among the news, or all that there is is new.
  private static func isTold(_ names: Set<String>, _ news: Set<String>?) -> Bool {
    news.map { !$0.isDisjoint(with: names) } ?? true
  }

  // MARK: Measurements

  private mutating func store(
    _ measurement: LineageView.Measurement, _ number: Int64, parked: Timestamp?, _ news: Set<String>?
  ) throws {
    let isNew = news == nil, areFilesNew = Self.isTold(["file.facts"], news)
    // What is only told about it changes none of its facts.
    if news.map({ !$0.isSubset(of: ["tag", "note"]) }) ?? true {
      try store(measurement, number, parked: parked, isNew: isNew)
    }
    if !isNew, areFilesNew {
      try database.run(
        "DELETE FROM file_topic WHERE file IN (SELECT no FROM file WHERE measurement = ?1)", [.integer(number)])
      try database.run("DELETE FROM file WHERE measurement = ?1", [.integer(number)])
    }
    var topics: Set<Int64> = []
    for (path, facts) in measurement.files.sorted(by: { $0.key < $1.key }) {
      let own = try self.topics(facts["channels"])
      topics.formUnion(own)
      guard areFilesNew else { continue }
      try database.run(
        "INSERT INTO file(measurement, path, format, bytes, start, end) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
        [
          .integer(number), .text(path), .text(facts["format"]?.string), .integer(facts["bytes"]?.integer),
          .integer(facts["start"]?.timestamp?.nanoseconds), .integer(facts["end"]?.timestamp?.nanoseconds),
        ])
      let file = database.lastRow
      for topic in own {
        try database.run("INSERT OR IGNORE INTO file_topic VALUES(?1, ?2)", [.integer(file), .integer(topic)])
      }
    }
    if Self.isTold(["tag"], news) { try store(measurement.tags, of: number, isNew: isNew) }
    guard Self.isTold(Self.wording, news) else { return }
    let facts = measurement.facts.members.filter { !Self.keys.contains($0.key) }.compactMap(\.value.string)
    try store(
      words: facts + Self.words(measurement.tags, measurement.notes) + topics.sorted().map { try name(ofTopic: $0) },
      of: number, isNew: isNew)
  }

  private func store(
    _ measurement: LineageView.Measurement, _ number: Int64, parked: Timestamp?, isNew: Bool
  ) throws {
    let (start, end) = (measurement.start?.nanoseconds, measurement.end?.nanoseconds)
    try database.run(
      "INSERT OR REPLACE INTO measurement VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      [
        .integer(number), .text(measurement.id), .text(measurement.facts["vin"]?.string), .text(measurement.region),
        .integer(start), .integer(end), .integer(parked?.nanoseconds),
      ])
    longest.take("measurement", start, end)
    longest.take("datastream", start, end)
    if !isNew {
      try database.run(
        """
        UPDATE datastream SET start = ?2, end = ?3 WHERE measurement = ?1 AND timed = 0 \
        AND (start IS NOT ?2 OR end IS NOT ?3)
        """,
        [.integer(number), .integer(start), .integer(end)])
    }
  }

  /// Topics that are remembered.
  private static let mostTopics = 1 << 14
  /// Events that bring words.
  private static let wording: Set = ["tag", "note", "file.facts", "measurement.created", "measurement.updated"]
  /// Facts of a measurement that are no words.
  private static let keys: Set = ["measurement", "vin", "region", "start", "end", "manifest", "files"]

  /// The numbers of the names in a list of channels, which may lie in a file of its own.
  private mutating func topics(_ channels: JSON?) throws -> [Int64] {
    guard let channels else { return [] }
    let digest = channels["blob"]?.string
    if let digest, let known = lists[digest] { return known }
    var list: [JSON] = []
    do { list = try blobs.resolved(channels).array ?? [] } catch let error as any Problem {
      problems.append("\(error)")
    }
    let numbers = try Set(list.compactMap { ($0["name"] ?? $0).string }).sorted().map { try number(ofTopic: $0) }
    if let digest {
      if lists.count > 1024 { lists = [:] }
      lists[digest] = numbers
    }
    return numbers
  }

  private mutating func number(ofTopic name: String) throws -> Int64 {
    if let known = topicNumbers[name] { return known }
    try database.run("INSERT OR IGNORE INTO topic(name) VALUES(?1)", [.text(name)])
    let find = try database.statement("SELECT no FROM topic WHERE name = ?1")
    try find.bind([.text(name)])
    defer { find.reset() }
    let number = try find.next() ? find.integer(0) ?? 0 : 0
    if topicNumbers.count >= Self.mostTopics { (topicNumbers, topicNames) = ([:], [:]) }
    (topicNumbers[name], topicNames[number]) = (number, name)
    return number
  }

  private func name(ofTopic number: Int64) throws -> String {
    if let known = topicNames[number] { return known }
    let find = try database.statement("SELECT name FROM topic WHERE no = ?1")
    try find.bind([.integer(number)])
    defer { find.reset() }
    return try find.next() ? find.text(0) ?? "" : ""
  }

  // MARK: Datastreams

  /// What it was made of, as it was created and as labels that came back say.
  private static func parents(of stream: LineageView.Datastream, _ entries: [LineageEntry]) -> [String] {
    let returned = entries.last { $0.event.name == "label.returned" }
    return stream.parents + (returned?["parents"]?.array?.compactMap(\.string) ?? [])
  }

  private mutating func store(
    _ stream: LineageView.Datastream, _ number: Int64, parents: [String], _ news: Set<String>?
  ) throws {
    let owner = try subjects.number(of: IndexSubject(kind: .measurement, id: stream.measurement)).number
    try database.run(
      "INSERT OR IGNORE INTO measurement(no, id) VALUES(?1, ?2)", [.integer(owner), .text(stream.measurement)])
    let range = try range(of: stream, owner)
    longest.take("datastream", range.start, range.end)
    try database.run(
      """
      INSERT INTO datastream(no, id, measurement, zone, kind, state, path, start, end, timed, rows, bytes, changed, source, \
      files) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT(no) DO UPDATE SET \
      measurement = ?3, zone = ?4, kind = ?5, state = ?6, path = ?7, start = ?8, end = ?9, timed = ?10, rows = ?11, \
      bytes = ?12, changed = ?13, source = ?14, files = ?15
      """,
      [
        .integer(number), .text(stream.id), .integer(owner), .text(stream.zone), .text(stream.kind),
        .text(stream.state.rawValue), .text(stream.path), .integer(range.start), .integer(range.end),
        .integer(range.isOwn ? 1 : 0), .integer(stream.outcome["rows"]?.integer),
        .integer(stream.outcome["bytes"]?.integer), .integer(stream.changed.nanoseconds),
        .text(stream.state.isWhole ? stream.outcome["source"]?.string : nil),
        .integer(stream.outcome["files"]?.integer),
      ])
    if Self.isTold(["datastream.created", "label.returned"], news) {
      if news != nil { try database.run("DELETE FROM edge WHERE child = ?1", [.integer(number)]) }
      for parent in parents {
        let parent = try subjects.number(of: IndexSubject(kind: .datastream, id: parent)).number
        try database.run("INSERT OR IGNORE INTO edge VALUES(?1, ?2)", [.integer(number), .integer(parent)])
      }
    }
    // What was told of it before it was created is known from then on.
    if Self.isTold(["tag", "note", "datastream.created"], news) {
      try store(stream.tags, of: number, isNew: news == nil)
      try store(words: Self.words(stream.tags, stream.notes), of: number, isNew: news == nil)
    }
    try tables?.note(stream, number, measurement: owner)
  }

  /// When its data begin and end, else when those of its measurement do.
  private func range(of stream: LineageView.Datastream, _ owner: Int64) throws -> (
    start: Int64?, end: Int64?, isOwn: Bool
  ) {
    if let start = stream.outcome["start"]?.timestamp, let end = stream.outcome["end"]?.timestamp {
      return (start.nanoseconds, end.nanoseconds, true)
    }
    let find = try database.statement("SELECT start, end FROM measurement WHERE no = ?1")
    try find.bind([.integer(owner)])
    defer { find.reset() }
    return try find.next() ? (find.integer(0), find.integer(1), false) : (nil, nil, false)
  }

  // MARK: Runs

  private func store(_ run: LineageView.Run, _ number: Int64) throws {
    try database.run(
      "INSERT OR REPLACE INTO run VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
      [
        .integer(number), .text(run.id), .text(run.facts["tool"]?.string), .integer(run.start?.nanoseconds),
        .integer(run.end?.nanoseconds), .text(run.outcome.map { $0["outcome"]?.string ?? "failed" }),
      ])
  }

  // MARK: Contradictions

  private func store(conflicts: [LineageView.Conflict], of number: Int64, isNew: Bool) throws {
    if !isNew { try database.run("DELETE FROM conflict WHERE subject = ?1", [.integer(number)]) }
    for conflict in conflicts { try store(conflict, of: number) }
  }

  /// One that is of no subject has none.
  func store(_ conflict: LineageView.Conflict, of number: Int64? = nil) throws {
    try database.run(
      "INSERT INTO conflict(subject, text) VALUES(?1, ?2)", [.integer(number), .text(conflict.description)])
  }

  // MARK: Tags and words

  private func store(_ tags: [LineageView.Tag], of number: Int64, isNew: Bool) throws {
    if !isNew { try database.run("DELETE FROM tag WHERE subject = ?1", [.integer(number)]) }
    for tag in tags {
      try database.run(
        "INSERT INTO tag(subject, key, value, source, start, end) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
        [
          .integer(number), .text(tag.key), .text(tag.value), .text(tag.source), .integer(tag.start?.nanoseconds),
          .integer(tag.end?.nanoseconds),
        ])
    }
  }

  private static func words(_ tags: [LineageView.Tag], _ notes: [LineageView.Note]) -> [String] {
    tags.map { "\($0.key) \($0.value)" } + notes.map(\.text)
  }

  private func store(words: [String], of number: Int64, isNew: Bool) throws {
    if !isNew { try database.run("DELETE FROM words WHERE rowid = ?1", [.integer(number)]) }
    guard !words.isEmpty else { return }
    try database.run(
      "INSERT INTO words(rowid, body) VALUES(?1, ?2)", [.integer(number), .text(words.joined(separator: "\n"))])
  }
}

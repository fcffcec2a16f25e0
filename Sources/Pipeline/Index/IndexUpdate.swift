import Core

/// Brings an index up to what the log says: events to stories, stories to rows.
///
/// What a subject is follows from its whole story, folded as `LineageView` does it; so lines that come late, from
/// another host, have their place. Memory is two batches of entries: one is stored while the next is read.
struct IndexUpdate {
  private let database: Database
  private let folder: Folder
  private let scope: LogScope
  private var stories: IndexStories
  private var rows: IndexRows
  private var batch: [LineageEntry] = []
  private let words: IndexWords
  private let longest: IndexLongest
  private let subjects: IndexSubjects
  /// The measurement of a raw datastream, whose story its states are part of; 0 of another datastream.
  private var owners: [Int64: Int64] = [:]
  private var files: [String: Int64] = [:]
  /// Tables that could not be read.
  private(set) var problems: [String] = []
  /// What was read around, where the scope allows that.
  private(set) var damage: [LogDamage] = []

  /// What comes from the thread that reads.
  private enum Chunk: Sendable {
    case entries([LineageEntry])
    case damage([LogDamage])
  }

  /// Entries that are stored together, and that come together from the thread that reads.
  private static let batchSize = 16_384, chunkSize = 1024
  private static let cached = 1 << 18

  init(
    _ database: Database, lake: Lake, _ folder: Folder, _ scope: LogScope = LogScope(), readsTables: Bool = true
  ) {
    (self.database, self.folder, self.scope) = (database, folder, scope)
    words = IndexWords(database)
    stories = IndexStories(database, words, folder)
    subjects = IndexSubjects(database)
    longest = IndexLongest()
    rows = IndexRows(database, subjects, words, longest, lake: lake, folder, readsTables: readsTables)
  }

  /// Reads what is behind the cursors; within a transaction, or into an index that nobody has seen.
  mutating func run() throws {
    let listing = try IndexListing(folder)
    try listing.store(in: database)
    let find = try database.query("SELECT no, name FROM log_file")
    while try find.next() { files[find.text(1) ?? ""] = find.integer(0) }
    let places = try IndexCursors.places(in: database)
    var ends: [String: LogPlace] = [:], lengths: [String: Int] = [:]
    // One thread reads, parses and checks the log while this one stores.
    try pipelined(ahead: Self.batchSize / Self.chunkSize) { [folder, scope] (give: (Chunk) throws -> Void) in
      var reader = LineageReader(folder, mode: scope.mode)
      reader.remembersIDs = false
      reader.places = places
      var chunk: [LineageEntry] = []
      try reader.read { entry in
        chunk.append(entry)
        guard chunk.count == Self.chunkSize else { return }
        try give(.entries(chunk))
        chunk = []
      }
      try give(.entries(chunk))
      try give(.damage(reader.damage))
    } _: { chunk in
      switch chunk {
      case .damage(let found): damage += found
      case .entries(let entries):
        for entry in entries {
          (ends[entry.writer], lengths[entry.writer]) = (LogPlace(after: entry), entry.length)
          if scope.holds(entry) { batch.append(entry) }
        }
        if batch.count >= Self.batchSize { try settle() }
      }
    }
    try settle()
    for (writer, place) in ends { try IndexCursors.store(place, lengths[writer] ?? 0, of: writer, in: database) }
    try longest.store(in: database)
    problems = rows.problems
  }

  /// Stores a batch and folds what it touched.
  private mutating func settle() throws {
    // Entries by their places in the batch.
    var touched: [Int64: (subject: IndexSubject, entries: [Int], isNew: Bool)] = [:]
    var order: [Int64] = []
    for (place, entry) in batch.enumerated() {
      guard let event = try insert(entry) else { continue }
      let owners = try whose(entry)
      if owners.isEmpty { try noteStray(entry) }
      for (subject, more) in owners {
        let (number, isNew) = try subjects.number(of: subject)
        if touched[number] == nil {
          touched[number] = (subject, [], isNew)
          order.append(number)
        }
        try tell(event, of: number)
        touched[number]?.entries.append(place)
        // What was told of a raw datastream before anybody knew that it is one.
        if let more {
          try database.run(
            "INSERT OR IGNORE INTO story SELECT ?1, event FROM story WHERE subject = ?2",
            [.integer(number), .integer(more)])
          if database.changes > 0 { touched[number]?.isNew = false }
        }
      }
      try noteOthers(entry, event)
    }
    // Measurements first: datastreams take their times from them.
    let kinds: [SubjectKind] = [.measurement, .datastream, .run]
    for kind in kinds {
      for number in order {
        guard let found = touched[number], found.subject.kind == kind else { continue }
        let entries = found.isNew ? found.entries.map { batch[$0] } : try stories.entries(of: [number])
        let news = found.isNew ? nil : Set(found.entries.map { batch[$0].event.name })
        try rows.store(found.subject, number, entries, news: news)
      }
    }
    batch.removeAll(keepingCapacity: true)
    try rows.readTables()
    subjects.endBatch()
    if owners.count > Self.cached { owners = [:] }
  }

  /// The event's number; nil for a line that was read before from another file.
  private mutating func insert(_ entry: LineageEntry) throws -> Int64? {
    let id = Identifier(entry.id)?.bytes ?? Array(entry.id.utf8)
    let digest = Int64(bitPattern: UInt64(entry.digest.prefix(16), radix: 16) ?? 0)
    let run = try entry.run.map { try subjects.number(of: IndexSubject(kind: .run, id: $0)).number }
    try database.run(
      """
      INSERT INTO event(id, digest, time, writer, seq, name, run, file, offset, length, line) \
      VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT(id) DO NOTHING
      """,
      [
        .blob(id), .integer(digest), .integer(entry.time.nanoseconds), .integer(words.number(of: entry.writer)),
        .count(entry.sequence), .integer(words.number(of: entry.event.name)), .integer(run),
        .integer(try number(ofFile: entry.file)), .count(entry.offset), .count(entry.length), .count(entry.line),
      ])
    if database.changes > 0 { return database.lastRow }
    let find = try database.statement("SELECT digest FROM event WHERE id = ?1")
    try find.bind([.blob(id)])
    let known = try find.next() ? find.integer(0) : nil
    find.reset()
    // An id that is no UUID is not one of ours; its chain vouches for it.
    guard known == digest || Identifier(entry.id) == nil else {
      let found = LogDamage(
        file: entry.file, line: entry.line, offset: entry.offset, problem: "id \(entry.id) is that of another line")
      guard scope.mode == .salvage else { throw IntegrityError(found) }
      damage.append(found)
      return nil
    }
    return nil
  }

  /// The number of a file of the log; one that appeared since the listing is not known to be read to its end.
  private mutating func number(ofFile name: String) throws -> Int64 {
    if let known = files[name] { return known }
    try database.run("INSERT INTO log_file(name, size) VALUES(?1, 0)", [.text(name)])
    files[name] = database.lastRow
    return database.lastRow
  }

  /// A line that should be of something, and does not say of what.
  private func noteStray(_ entry: LineageEntry) throws {
    var view = LineageView()
    view.apply(entry)
    for conflict in view.conflicts { try rows.store(conflict) }
  }

  private func tell(_ event: Int64, of subject: Int64) throws {
    try database.run(
      "INSERT OR IGNORE INTO story(subject, event) VALUES(?1, ?2)", [.integer(subject), .integer(event)])
  }

  /// Events that are of a measurement whatever else they name.
  private static let ofMeasurements: Set = ["file.facts", "measurement.updated"]

  /// What an entry is part of the story of; `more` is a subject whose story so far belongs to it as well.
  private mutating func whose(_ entry: LineageEntry) throws -> [(subject: IndexSubject, more: Int64?)] {
    if entry.event.name.hasPrefix("run.") {
      return entry.run.map { [(IndexSubject(kind: .run, id: $0), nil)] } ?? []
    }
    let target = entry["target"]?.object
    let stream = entry.string("datastream") ?? target?["datastream"]?.string
    let measurement = entry.string("measurement") ?? target?["measurement"]?.string
    guard let stream, !Self.ofMeasurements.contains(entry.event.name) else {
      return measurement.map { [(IndexSubject(kind: .measurement, id: $0), nil)] } ?? []
    }
    let subject = IndexSubject(kind: .datastream, id: stream)
    let number = try subjects.number(of: subject).number
    if entry.event.name == "datastream.created", let measurement {
      let isRaw = entry.string("zone") == "raw"
      let owner = IndexSubject(kind: .measurement, id: measurement)
      owners[number] = isRaw ? try subjects.number(of: owner).number : 0
      return isRaw ? [(subject, nil), (owner, number)] : [(subject, nil)]
    }
    guard let owner = try owner(of: number) else { return [(subject, nil)] }
    return [(subject, nil), (IndexSubject(kind: .measurement, id: owner), nil)]
  }

  /// The measurement of a raw datastream.
  private mutating func owner(of stream: Int64) throws -> String? {
    if owners[stream] == nil {
      let find = try database.statement("SELECT measurement FROM datastream WHERE no = ?1 AND zone = 'raw'")
      try find.bind([.integer(stream)])
      owners[stream] = try find.next() ? find.integer(0) ?? 0 : 0
      find.reset()
    }
    guard let owner = owners[stream], owner != 0 else { return nil }
    let find = try database.statement("SELECT id FROM subject WHERE no = ?1")
    try find.bind([.integer(owner)])
    defer { find.reset() }
    return try find.next() ? find.text(0) : nil
  }

  /// What is of no subject: uploads that are incomplete, and ids that others gave.
  private mutating func noteOthers(_ entry: LineageEntry, _ event: Int64) throws {
    if let given = entry.string("given") {
      try database.run("INSERT OR IGNORE INTO given(id, event) VALUES(?1, ?2)", [.text(given), .integer(event)])
    }
    if entry.event.name == "integrity.alarm" {
      try database.run("INSERT OR IGNORE INTO alarm VALUES(?1)", [.integer(event)])
    }
    guard entry.event.name == "incomplete.held", let path = entry.string("path") else { return }
    try database.run(
      """
      INSERT INTO incomplete VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(path) DO UPDATE SET time = ?2, writer = ?3, \
      seq = ?4, json = ?5 WHERE (?2, ?3, ?4) > (time, writer, seq)
      """,
      [
        .text(path), .integer(entry.time.nanoseconds), .text(entry.writer), .count(entry.sequence),
        .text(JSON.object(entry.event.fields).text),
      ])
  }
}

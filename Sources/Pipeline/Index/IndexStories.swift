import Core

/// Which lines of the log are of what: the entries of a subject, read where they stand.
struct IndexStories {
  private let database: Database
  private let folder: Folder
  private var files: [String: FileReader] = [:]
  private let words: IndexWords

  /// `folder` is the lake's `lineage`.
  init(_ database: Database, _ words: IndexWords, _ folder: Folder) {
    (self.database, self.words, self.folder) = (database, words, folder)
  }

  /// The entries of some subjects together, in the log's order, none twice.
  mutating func entries(of subjects: [Int64]) throws -> [LineageEntry] {
    try entries("story s JOIN event e ON e.no = s.event", "s.subject", subjects)
  }

  /// The entries that a run wrote, in the log's order.
  mutating func entries(ofRun run: Int64) throws -> [LineageEntry] { try entries("event e", "e.run", [run]) }

  mutating func entry(_ event: Int64) throws -> LineageEntry? { try entries("event e", "e.no", [event]).first }

  private mutating func entries(_ source: String, _ column: String, _ values: [Int64]) throws -> [LineageEntry] {
    var places: [(event: Int64, file: String, offset: Int, length: Int, line: Int, writer: Int64)] = []
    let find = try database.statement(
      """
      SELECT e.no, f.name, e.offset, e.length, e.line, e.writer FROM \(source) \
      JOIN log_file f ON f.no = e.file WHERE \(column) = ?1
      """)
    var seen: Set<Int64> = []
    for value in values {
      try find.bind([.integer(value)])
      while try find.next() {
        let event = find.integer(0) ?? 0
        guard values.count == 1 || seen.insert(event).inserted else { continue }
        places.append(
          (
            event, find.text(1) ?? "", Int(find.integer(2) ?? 0), Int(find.integer(3) ?? 0), Int(find.integer(4) ?? 0),
            find.integer(5) ?? 0
          ))
      }
      find.reset()
    }
    var entries: [LineageEntry] = []
    for place in places {
      let writer = try words.word(place.writer)
      entries.append(try entry(place.file, place.offset, place.length, place.line, writer))
    }
    return entries.sorted(by: LineageEntry.isOrdered)
  }

  private mutating func entry(_ name: String, _ offset: Int, _ length: Int, _ number: Int, _ writer: String) throws
    -> LineageEntry
  {
    let bytes = try file(name, reaching: offset + length).bytes(at: offset, count: length)
    do {
      let envelope = try LineageEnvelope(JSON.parse(bytes, limits: JSON.Limits(bytes: LogLines.longest)))
      let line = LogLine(bytes: bytes[...], number: number, offset: offset, isEnded: true)
      return LineageEntry(envelope, digest: "", writer: writer, file: name, line: line)
    } catch {
      throw IntegrityError(LogDamage(file: name, line: number, offset: offset, problem: "is not what it was"))
    }
  }

  /// Few files are held open; one that has grown since is opened again.
  private mutating func file(_ name: String, reaching end: Int) throws -> FileReader {
    if let open = files[name], open.count >= end { return open }
    if files.count >= 16 { files = [:] }
    let file = try FileReader(name, in: folder)
    files[name] = file
    return file
  }
}

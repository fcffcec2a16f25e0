package import Core

/// The index of a lake's log, `lineage/index.sqlite`: what `av-meta find` asks, brought up to date before each question.
///
/// It follows the log by the offset in every file, with the chain checked, and can be deleted at any time. One process
/// at a time updates it, under a lock of its own; the others read what it was before or is afterwards, never between. An
/// index that is damaged, of another version, or of a log that was cut is made anew beside the old one and renamed. Where
/// the lake is read-only it lies in `$XDG_CACHE_HOME/avtools`.
package struct LakeIndex {
  static let name = "index.sqlite"
  private static let lock = "index.lock"

  let lake: Lake
  let lineage: Folder
  private let warning: (String) -> Void

  /// `warning` takes what a person should know.
  package init(_ lake: Lake, warning: @escaping (String) -> Void = { _ in }) throws {
    self.lake = lake
    lineage = try lake.readableLineageFolder()
    self.warning = warning
  }

  /// Asks the index, which is up to date and does not change meanwhile; `body` may run twice, and only the last counts.
  ///
  /// Of another time, or around damage of the log, the index is made for the question alone; without what the tables of
  /// datastreams hold, where the question needs nothing of these.
  /// - Throws: an `IntegrityError` for a damaged log, a `BusyError` where another process updates for very long.
  package func read<Result>(
    _ scope: LogScope = LogScope(), readsTables: Bool = true, _ body: (IndexSnapshot) throws -> Result
  ) throws -> Result {
    guard scope.time == nil else { return try readScratch(scope, readsTables, body) }
    do { return try readOnce(body) } catch let error as DatabaseError where error.isDamage {
      try rebuild(because: error.message)
      return try readOnce(body)
    } catch is IntegrityError where scope.mode == .salvage {
      return try readScratch(scope, readsTables, body)
    } catch let error as SystemError where error.code == .notPermitted {
      // Read-only, with no place for a cache either: it is made for the question alone.
      return try readScratch(scope, readsTables, body)
    }
  }

  /// Asks it as it is, which may not be up to date; nil where there is none.
  func peek<Result>(_ body: (IndexSnapshot) throws -> Result) throws -> Result? {
    do {
      guard let place = try place(), let database = try opened(in: place) else { return nil }
      return try database.transaction(immediately: false) { try body(IndexSnapshot(database, lake: lake, lineage)) }
    } catch let error as DatabaseError where error.isDamage || error.isAbsence { return nil }
  }

  private func readOnce<Result>(_ body: (IndexSnapshot) throws -> Result) throws -> Result {
    // What is written from now on is not part of the question: else it would never be answered while others write.
    var wasUpdated = false
    for _ in 0..<16 {
      if let place = try place(), let database = try opened(in: place) {
        let answer: Result? = try database.transaction(immediately: false) {
          guard try wasUpdated || isCurrent(database) else { return nil }
          return try body(IndexSnapshot(database, lake: lake, lineage))
        }
        if let answer { return answer }
      }
      try update()
      wasUpdated = true
    }
    throw BusyError("lineage/\(Self.name)", "others remove or replace it all the time")
  }

  private func readScratch<Result>(
    _ scope: LogScope, _ readsTables: Bool, _ body: (IndexSnapshot) throws -> Result
  ) throws -> Result {
    let database = try Database("index of \(scope.time?.description ?? "what can be read")", .scratch)
    let damage = try fill(database, scope, readsTables: readsTables)
    for found in damage { warning(found.description) }
    return try body(IndexSnapshot(database, lake: lake, lineage, isWhole: damage.isEmpty))
  }

  // MARK: Where it lies

  /// The folder with the index; nil where there is none.
  private func place() throws -> Folder? {
    if try lineage.entry(Self.name) != nil { return lineage }
    guard let cache = Self.cachePath(of: lake) else { return nil }
    do throws(SystemError) {
      let folder = try Folder(cache)
      return try folder.entry(Self.name) == nil ? nil : folder
    } catch {
      guard error.code == .missing else { throw error }
      return nil
    }
  }

  /// `$XDG_CACHE_HOME/avtools/<digest of the lake's path>`; nil where neither that nor `HOME` is set.
  private static func cachePath(of lake: Lake) -> String? {
    let own = Environment.value("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    guard let base = own ?? Environment.value("HOME").flatMap({ $0.hasPrefix("/") ? "\($0)/.cache" : nil }) else {
      return nil
    }
    return "\(base)/avtools/\(Digest.sha256(lake.path).hex.prefix(16))"
  }

  /// Holds the updater's lock in the lake's folder, or where that is read-only in the cache.
  private func locked(_ body: (Folder) throws -> Void) throws {
    let (folder, lock) = try writable()
    var isHeld = false
    do {
      try lock.locked(seconds: 2) {
        isHeld = true
        try body(folder)
      }
    } catch is BusyError where !isHeld {
      warning("\(lock.path): another process brings the index up to date; this one waits")
      try lock.locked(seconds: 3600) { try body(folder) }
    }
  }

  private func writable() throws -> (Folder, AppendLog) {
    do throws(SystemError) { return (lineage, try AppendLog(Self.lock, in: lineage)) } catch {
      guard error.code == .notPermitted, let cache = Self.cachePath(of: lake) else { throw error }
      let folder = try Folder("/").making(String(cache.dropFirst()), durably: false)
      return (folder, try AppendLog(Self.lock, in: folder))
    }
  }

  // MARK: Opening

  /// The index where it is one of this version and lake; nil where it must be made.
  ///
  /// For writing where that is allowed, also to read: what a process that was killed left half done is undone then.
  private func opened(in folder: Folder) throws -> Database? {
    do throws(DatabaseError) {
      let database = try Database("\(folder.path)/\(Self.name)", .existing)
      let find = try database.query("SELECT value FROM fact WHERE key = 'version'")
      guard try find.next(), find.integer(0) == IndexSchema.version else { return nil }
      return database
    } catch {
      guard error.isDamage || error.isAbsence else { throw error }
      return nil
    }
  }

  private func isCurrent(_ database: Database) throws -> Bool {
    try IndexListing(lineage) == IndexListing(in: database)
  }

  // MARK: Updating

  /// Brings the index up to date, or makes it.
  package func update() throws {
    try locked { folder in
      guard let database = try opened(in: folder), try isSound(database) else {
        return try make(in: folder)
      }
      guard try !isCurrent(database) else { return }
      var problems: [String] = []
      do {
        // The pages of a thousand stories; the library's own measure is two megabytes.
        try database.run("PRAGMA cache_size = -32768")
        try database.transaction {
          var update = IndexUpdate(database, lake: lake, lineage)
          try update.run()
          problems = update.problems
        }
      } catch let error as DatabaseError where error.isDamage {
        warning("\(error.path): is damaged and is made anew: \(error.message)")
        return try make(in: folder)
      }
      for problem in problems { warning(problem) }
    }
  }

  /// Whether the log goes on where the index ends.
  private func isSound(_ database: Database) throws -> Bool {
    do {
      let known = try IndexListing(in: database)
      if try IndexListing(lineage).continues(known), try IndexCursors.areSound(in: database, lineage) { return true }
    } catch let error as DatabaseError where error.isDamage { return false }
    warning(
      "lineage: the log is not what it was when it was last read: av-meta verify looks at it; the index is made anew")
    return false
  }

  /// Makes the index anew.
  package func rebuild(because reason: String) throws {
    warning("lineage/\(Self.name): is made anew: \(reason)")
    try locked { try make(in: $0) }
  }

  /// Under the lock: fills a new file and puts it in the place of the old one.
  private func make(in folder: Folder) throws {
    let temporary = ".\(Self.name).new"
    for name in [temporary, "\(temporary)-journal"] where try folder.entry(name) != nil { try folder.remove(name) }
    do {
      let database = try Database("\(folder.path)/\(temporary)", .making)
      _ = try fill(database)
    }
    try FileReader(temporary, in: folder).sync()
    // A journal of the old index must never meet the new one: it would be played back into it.
    for name in [Self.name, "\(Self.name)-journal", "\(Self.name)-wal", "\(Self.name)-shm"]
    where try folder.entry(name) != nil {
      try folder.remove(name)
    }
    try folder.move(temporary, to: Self.name, in: folder, .replace)
  }

  /// What was read around.
  private func fill(
    _ database: Database, _ scope: LogScope = LogScope(), readsTables: Bool = true
  ) throws -> [LogDamage] {
    try database.run(IndexSchema.tables)
    try database.run("PRAGMA cache_size = -131072; PRAGMA temp_store = FILE; BEGIN")
    var update = IndexUpdate(database, lake: lake, lineage, scope, readsTables: readsTables)
    try update.run()
    try database.run(IndexSchema.indexes)
    try database.run("INSERT INTO fact VALUES('version', ?1)", [.integer(IndexSchema.version)])
    try database.run("INSERT INTO fact VALUES('lake', ?1)", [.text(lake.path)])
    try database.run("COMMIT")
    for problem in update.problems { warning(problem) }
    return update.damage
  }
}

/// Which of the log counts in a question.
package struct LogScope: Sendable, Hashable {
  /// Until when; nil for all of it.
  package var time: Timestamp?
  /// Whether what is around damage counts, or damage is an error.
  package var mode: LineageReader.Mode

  package init(asOf time: Timestamp? = nil, mode: LineageReader.Mode = .strict) {
    (self.time, self.mode) = (time, mode)
  }

  /// As the options of commands say it.
  package init(asOf time: Timestamp? = nil, salvages: Bool) {
    self.init(asOf: time, mode: salvages ? .salvage : .strict)
  }

  func holds(_ entry: LineageEntry) -> Bool { time.map { entry.time <= $0 } ?? true }
}

extension Lake {
  /// The folder of the log, without making it where it is there.
  func readableLineageFolder() throws(SystemError) -> Folder {
    do throws(SystemError) { return try Folder("\(path)/lineage") } catch {
      guard error.code == .missing else { throw error }
      return try lineageFolder()
    }
  }
}

import Core

/// How far the logs were read: behind which line of each writer reading goes on.
enum IndexCursors {
  static func places(in database: Database) throws -> [String: LogPlace] {
    var places: [String: LogPlace] = [:]
    let find = try database.query("SELECT writer, file, offset, line, seq, digest, time FROM cursor")
    while try find.next() {
      let head = LogHead(
        sequence: Int(find.integer(4) ?? 0), digest: find.text(5) ?? "",
        time: Timestamp(nanoseconds: find.integer(6) ?? 0))
      places[find.text(0) ?? ""] = LogPlace(
        file: find.text(1) ?? "", offset: Int(find.integer(2) ?? 0), line: Int(find.integer(3) ?? 0), head: head)
    }
    return places
  }

  /// `length` is that of the line before the place.
  static func store(_ place: LogPlace, _ length: Int, of writer: String, in database: Database) throws {
    try database.run(
      "INSERT OR REPLACE INTO cursor VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      [
        .text(writer), .text(place.file), .count(place.offset), .count(place.line), .count(place.head.sequence),
        .text(place.head.digest), .integer(place.head.time.nanoseconds), .count(length),
      ])
  }

  /// Whether the last line that was read of each writer is what it was; the chain vouches for those before.
  static func areSound(in database: Database, _ folder: Folder) throws -> Bool {
    let find = try database.query("SELECT file, offset, length, digest FROM cursor")
    while try find.next() {
      let (end, length) = (Int(find.integer(1) ?? 0), Int(find.integer(2) ?? 0))
      guard let name = find.text(0), length >= 0, end > length else { return false }
      do throws(SystemError) {
        let bytes = try FileReader(name, in: folder).bytes(at: end - length - 1, count: length)
        guard Digest.sha256(bytes).hex == find.text(3) else { return false }
      } catch { return false }
    }
    return true
  }

  /// The newest time in the log: what is written next is later.
  static func newest(in database: Database) throws -> Timestamp? {
    let find = try database.query("SELECT max(time) FROM cursor")
    return try find.next() ? find.integer(0).map(Timestamp.init(nanoseconds:)) : nil
  }
}

/// The files of a log as they are in the folder: nothing is new while they are the same.
struct IndexListing: Equatable {
  private var files: [String: File] = [:]

  private struct File: Equatable {
    var node: String
    var size: Int64
    var changed: Int64
  }

  /// What the folder has now.
  init(_ folder: Folder) throws(SystemError) {
    for entry in try folder.entries()
    where entry.kind == .file && entry.isText && entry.name.hasSuffix(".jsonl") && !entry.name.hasPrefix(".") {
      let identity = entry.identity
      files[entry.name] = File(
        node: "\(identity.device):\(identity.node)", size: Int64(entry.size), changed: identity.modified)
    }
  }

  /// What the index was made of.
  init(in database: Database) throws {
    let find = try database.query("SELECT name, node, size, changed FROM log_file")
    while try find.next() {
      files[find.text(0) ?? ""] = File(
        node: find.text(1) ?? "", size: find.integer(2) ?? 0, changed: find.integer(3) ?? 0)
    }
  }

  /// Whether every file of another listing is here, and no shorter: of a lake that was copied or restored, too.
  func continues(_ other: IndexListing) -> Bool {
    other.files.allSatisfy { name, file in files[name].map { $0.size >= file.size } ?? false }
  }

  func store(in database: Database) throws {
    for (name, file) in files.sorted(by: { $0.key < $1.key }) {
      try database.run(
        """
        INSERT INTO log_file(name, node, size, changed) VALUES(?1, ?2, ?3, ?4) \
        ON CONFLICT(name) DO UPDATE SET node = ?2, size = ?3, changed = ?4
        """, [.text(name), .text(file.node), .integer(file.size), .integer(file.changed)])
    }
  }
}

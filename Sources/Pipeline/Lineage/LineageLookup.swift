import Core

/// A log that is too long to be read for every run: what it says of one thing, by the index.
///
/// It is as it was when the run began, or later; what the run writes itself is folded by the run.
struct LineageLookup: Sendable {
  private let lake: Lake
  /// Time of the newest line.
  let newest: Timestamp?
  /// The last line of every writer.
  let heads: [String: LogHead]

  /// Brings the index up to date; nil for a log that is short, or where there can be no index.
  init?(_ lake: Lake, _ folder: Folder, above most: Int) throws {
    var bytes = 0
    for entry in try folder.entries() where entry.isText && entry.name.hasSuffix(".jsonl") {
      bytes = bytes.addingSaturated(entry.size)
    }
    guard bytes > most else { return nil }
    self.lake = lake
    do {
      (newest, heads) = try LakeIndex(lake).read { snapshot in
        (try snapshot.newest(), try IndexCursors.places(in: snapshot.database).mapValues(\.head))
      }
    } catch let error as any Problem where error is DatabaseError || error is SystemError { return nil }
  }

  /// The lines of a subject, of a raw datastream those of its measurement unless these were folded; the index is not made
  /// to follow the log for them.
  func story(
    of subject: IndexSubject, folded: Set<IndexSubject>
  ) throws -> (subject: IndexSubject, entries: [LineageEntry]) {
    func story(_ snapshot: IndexSnapshot) throws -> (subject: IndexSubject, entries: [LineageEntry]) {
      guard let number = try snapshot.number(of: subject) else { return (subject, []) }
      let owner = try snapshot.numbers(
        "SELECT measurement FROM datastream WHERE no = ?1 AND zone = 'raw'", [.integer(number)]
      ).first
      guard let owner, case let told = IndexSubject(kind: .measurement, id: try snapshot.id(of: owner)),
        !folded.contains(told)
      else { return (subject, try snapshot.entries(of: [number])) }
      return (told, try snapshot.entries(of: [owner]))
    }
    let index = try LakeIndex(lake)
    return try index.peek(story) ?? index.read { try story($0) }
  }
}

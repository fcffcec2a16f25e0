import Core

/// The numbers that the index has for ids.
final class IndexSubjects {
  private let database: Database
  private var numbers: [IndexSubject: Int64] = [:]
  /// Subjects that this batch is the first to name.
  private var newest: Set<Int64> = []

  private static let cached = 1 << 18

  init(_ database: Database) { self.database = database }

  /// The number of a subject, made where there is none, and whether nothing was known of it before this batch.
  func number(of subject: IndexSubject) throws -> (number: Int64, isNew: Bool) {
    if let known = numbers[subject] { return (known, newest.contains(known)) }
    let values: [DatabaseValue] = [.integer(subject.kind.rawValue), .text(subject.id)]
    try database.run("INSERT OR IGNORE INTO subject(kind, id) VALUES(?1, ?2)", values)
    if database.changes > 0 {
      let number = database.lastRow
      numbers[subject] = number
      newest.insert(number)
      return (number, true)
    }
    let find = try database.statement("SELECT no FROM subject WHERE kind = ?1 AND id = ?2")
    try find.bind(values)
    defer { find.reset() }
    let number = try find.next() ? find.integer(0) ?? 0 : 0
    numbers[subject] = number
    return (number, false)
  }

  /// What was new is known from now on.
  func endBatch() {
    newest.removeAll(keepingCapacity: true)
    if numbers.count > Self.cached { numbers = [:] }
  }
}

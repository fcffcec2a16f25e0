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
    let find = try database.statement("SELECT no FROM subject WHERE kind = ?1 AND id = ?2")
    let values: [DatabaseValue] = [.integer(subject.kind.rawValue), .text(subject.id)]
    try find.bind(values)
    let known = try find.next() ? find.integer(0) : nil
    find.reset()
    if let known {
      numbers[subject] = known
      return (known, false)
    }
    try database.run("INSERT INTO subject(kind, id) VALUES(?1, ?2)", values)
    let number = database.lastRow
    numbers[subject] = number
    newest.insert(number)
    return (number, true)
  }

  /// What was new is known from now on.
  func endBatch() {
    newest.removeAll(keepingCapacity: true)
    if numbers.count > Self.cached { numbers = [:] }
  }
}

import Core

/// Words that occur often, such as names of events and types of scenes, and their numbers in the index.
final class IndexWords {
  private let database: Database
  private var numbers: [String: Int64] = [:]
  private var texts: [Int64: String] = [:]

  init(_ database: Database) { self.database = database }

  /// The number of a word, made where there is none.
  func number(of text: String) throws -> Int64 {
    if let known = numbers[text] { return known }
    try database.run("INSERT OR IGNORE INTO word(text) VALUES(?1)", [.text(text)])
    let find = try database.statement("SELECT no FROM word WHERE text = ?1")
    try find.bind([.text(text)])
    let number = try find.next() ? find.integer(0) ?? 0 : 0
    find.reset()
    numbers[text] = number
    return number
  }

  func word(_ number: Int64) throws -> String {
    if let known = texts[number] { return known }
    let find = try database.statement("SELECT text FROM word WHERE no = ?1")
    try find.bind([.integer(number)])
    let text = try find.next() ? find.text(0) ?? "" : ""
    find.reset()
    texts[number] = text
    return text
  }
}

import Core

/// Records that wait until a question to the index is answered: who prints slowly must not keep others from writing.
///
/// In memory up to 8 MiB, the rest in a file without a name.
struct Spool {
  private var lines: [String] = []
  private var bytes = 0
  private var overflow: Database?
  private(set) var count = 0

  private static let most = 8 << 20

  mutating func append(_ record: Record) throws {
    let line = record.line
    count += 1
    if overflow == nil, bytes < Self.most {
      lines.append(line)
      bytes += line.utf8.count
      return
    }
    let file = try overflow ?? Database("spool", .scratch)
    if overflow == nil { try file.run("CREATE TABLE line(text TEXT)") }
    overflow = file
    try file.run("INSERT INTO line VALUES(?1)", [.text(line)])
  }

  func forEach(_ body: (Record) throws -> Void) throws {
    func give(_ line: String) throws { if let object = try JSON.parse(line).object { try body(Record(object)) } }
    for line in lines { try give(line) }
    guard let find = try overflow?.query("SELECT text FROM line ORDER BY rowid") else { return }
    while try find.next() { try give(find.text(0) ?? "") }
  }
}

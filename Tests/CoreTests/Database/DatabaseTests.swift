import Core
import Foundation
import Testing

/// A folder of its own for one test.
private func scratch() throws -> String {
  let path = FileManager.default.temporaryDirectory.appending(path: "av-db-\(UUID())").path
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  return path
}

@Suite struct DatabaseTests {
  @Test func valuesComeBackAsTheyWereBound() throws {
    let database = try Database("", .scratch)
    try database.run("CREATE TABLE t(a, b, c, d, e)")
    let blob: [UInt8] = [0, 255, 7]
    try database.run(
      "INSERT INTO t VALUES(?1, ?2, ?3, ?4, ?5)",
      [.integer(.min), .real(0.1), .text("a\u{0}b'; DROP TABLE t"), .blob(blob), .null])
    let row = try database.query("SELECT * FROM t")
    #expect(try row.next())
    #expect(row.integer(0) == .min)
    #expect(row.real(1) == 0.1)
    #expect(row.text(2) == "a\u{0}b'; DROP TABLE t")
    #expect(row.blob(3) == blob)
    #expect(row.isNull(4) && row.text(4) == nil && row.integer(4) == nil && row.blob(4) == nil)
    #expect(try !row.next())
  }

  @Test func aTransactionThatThrowsLeavesNothing() throws {
    let database = try Database("", .scratch)
    try database.run("PRAGMA journal_mode = MEMORY; CREATE TABLE t(a)")
    #expect(throws: UsageError.self) {
      try database.transaction {
        try database.run("INSERT INTO t VALUES(?1)", [.integer(1)])
        throw UsageError("no")
      }
    }
    let count = try database.query("SELECT count(*) FROM t")
    #expect(try count.next() && count.integer(0) == 0)
  }

  @Test func whatIsNoDatabaseIsDamage() throws {
    let path = try scratch() + "/x.sqlite"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("SQLite, but not really".utf8).write(to: URL(filePath: path))
    #expect {
      _ = try Database(path, .existing).query("SELECT * FROM sqlite_schema").next()
    } throws: { ($0 as? DatabaseError)?.isDamage == true }
  }

  @Test func aFileThatIsNotThereIsAbsent() throws {
    let path = try scratch() + "/none.sqlite"
    #expect { _ = try Database(path, .existing) } throws: { ($0 as? DatabaseError)?.isAbsence == true }
  }

  @Test func whoWaitsTooLongIsBusy() throws {
    let path = try scratch() + "/x.sqlite"
    do {
      let made = try Database(path, .making)
      try made.run("CREATE TABLE t(a)")
    }
    let one = try Database(path, .existing), other = try Database(path, .existing, patience: 10)
    try one.run("BEGIN IMMEDIATE")
    #expect { try other.run("BEGIN IMMEDIATE") } throws: { ($0 as? DatabaseError)?.exitCode == .busy }
  }
}

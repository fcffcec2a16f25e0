import CSQLite

/// A database of SQLite in one file: statements are prepared once, values are bound and never pasted into a statement.
///
/// For what can be made again, since nothing else is kept in one. One thread uses it at a time.
/// https://www.sqlite.org/c3ref/intro.html
package final class Database {
  package enum Access: Sendable {
    /// Of a file that is there; written where that is allowed.
    case existing
    /// Of a new file, without a journal: it counts for nothing until it is closed.
    case making
    /// Of a file without a name, gone with this value.
    case scratch
  }

  package let path: String
  private let connection: Connection
  private var prepared: [String: Statement] = [:]

  /// Opens or makes it; calls wait `patience` milliseconds for the locks of others.
  package init(_ path: String, _ access: Access, patience: Int32 = 30_000) throws(DatabaseError) {
    self.path = path
    connection = try Connection(access == .scratch ? "" : path, access, patience: patience)
    guard access == .making || access == .scratch else { return }
    try run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE")
  }

  /// Runs statements that have no parameters and whose rows nobody wants.
  package func run(_ statements: String) throws(DatabaseError) {
    let code = unsafe sqlite3_exec(connection.handle, statements, nil, nil, nil)
    guard code == SQLITE_OK else { throw connection.error(code) }
  }

  /// The statement of a text, which is prepared the first time; its parameters are `?1`, `?2`, ….
  package func statement(_ text: String) throws(DatabaseError) -> Statement {
    if let known = prepared[text] { return known }
    let statement = try Statement(text, connection)
    prepared[text] = statement
    return statement
  }

  /// A statement for once.
  package func query(_ text: String, _ values: [DatabaseValue] = []) throws(DatabaseError) -> Statement {
    let statement = try Statement(text, connection)
    try statement.bind(values)
    return statement
  }

  /// Runs a statement with values to its end.
  package func run(_ text: String, _ values: [DatabaseValue]) throws(DatabaseError) {
    let statement = try statement(text)
    try statement.bind(values)
    while try statement.next() {}
    statement.reset()
  }

  /// Number of the row that was inserted last.
  package var lastRow: Int64 { unsafe sqlite3_last_insert_rowid(connection.handle) }
  /// How many rows the last statement changed.
  package var changes: Int { Int(unsafe sqlite3_changes(connection.handle)) }

  /// Does something wholly or not at all; `immediately` says that it writes.
  package func transaction<Result>(immediately: Bool = true, _ body: () throws -> Result) throws -> Result {
    try run(immediately ? "BEGIN IMMEDIATE" : "BEGIN")
    do {
      let result = try body()
      for statement in prepared.values { statement.reset() }
      try run("COMMIT")
      return result
    } catch {
      for statement in prepared.values { statement.reset() }
      // The first error is what counts; without this the next transaction says what is wrong.
      try? run("ROLLBACK")
      throw error
    }
  }
}

/// The open file, which lives as long as any of its statements.
@safe final class Connection {
  let path: String
  /// Valid until `deinit`: nothing else closes it.
  let handle: OpaquePointer?

  init(_ path: String, _ access: Database.Access, patience: Int32) throws(DatabaseError) {
    self.path = path
    let flags =
      switch access {
      case .existing: SQLITE_OPEN_READWRITE
      case .making, .scratch: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    var opened: OpaquePointer?
    let code = unsafe sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    unsafe handle = opened
    guard code == SQLITE_OK else { throw error(code) }
    unsafe sqlite3_busy_timeout(handle, patience)
  }

  deinit { unsafe sqlite3_close_v2(handle) }

  func error(_ code: Int32) -> DatabaseError {
    let text = unsafe sqlite3_errmsg(handle)
    let message = unsafe text.map { unsafe String(cString: $0) } ?? "out of memory"
    return DatabaseError(path: path, number: code, message: message)
  }
}

import CSQLite

/// What SQLite said when a call failed (https://www.sqlite.org/rescode.html).
package struct DatabaseError: Problem, Equatable {
  package var path: String
  /// With the extension in the upper bytes.
  package var number: Int32
  package var message: String

  private var primary: Int32 { number & 0xff }

  /// Whether the file is not a database, or not a sound one, or not of the schema that was asked for.
  package var isDamage: Bool { [SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_SCHEMA, SQLITE_ERROR].contains(primary) }
  /// Whether there is no file, or none that may be opened.
  package var isAbsence: Bool { primary == SQLITE_CANTOPEN }
  /// Whether it must not be written.
  package var isReadOnly: Bool { [SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN].contains(primary) }

  package var code: ProblemCode {
    switch primary {
    case SQLITE_BUSY, SQLITE_LOCKED: .busy
    case SQLITE_FULL: .noSpace
    case SQLITE_IOERR: .device
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .notPermitted
    case SQLITE_NOMEM: .resources
    default: .system
    }
  }

  package var exitCode: ExitCode { code == .busy ? .busy : .system }
  package var isRetryable: Bool { code != .system && code != .notPermitted }
  package var description: String { "\(path): sqlite: \(message) (\(number))" }
  package var facts: JSONObject { ["op": "query", "path": .string(path)] }
}

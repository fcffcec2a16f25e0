import CSQLite

/// What stands in a field of a database.
package enum DatabaseValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  package static func count(_ value: Int) -> DatabaseValue { .integer(Int64(value)) }
  package static func integer(_ value: Int64?) -> DatabaseValue { value.map(DatabaseValue.integer) ?? .null }
  package static func real(_ value: Double?) -> DatabaseValue { value.map(DatabaseValue.real) ?? .null }
  package static func text(_ value: String?) -> DatabaseValue { value.map(DatabaseValue.text) ?? .null }
}

/// A prepared statement: values in, rows out one at a time.
@safe package final class Statement {
  private let connection: Connection
  /// Valid until `deinit`, since it holds the connection.
  private let handle: OpaquePointer?

  init(_ text: String, _ connection: Connection) throws(DatabaseError) {
    self.connection = connection
    var made: OpaquePointer?
    let code = unsafe sqlite3_prepare_v3(connection.handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
    unsafe handle = made
    guard code == SQLITE_OK, unsafe made != nil else { throw connection.error(code == SQLITE_OK ? SQLITE_ERROR : code) }
  }

  deinit { unsafe sqlite3_finalize(handle) }

  /// Begins anew with these values for `?1`, `?2`, …; what is not given is null.
  package func bind(_ values: [DatabaseValue]) throws(DatabaseError) {
    reset()
    for (index, value) in values.enumerated() {
      let place = Int32(index + 1)
      // SQLITE_TRANSIENT: the library takes a copy before the call returns.
      let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
      let code =
        switch value {
        case .null: unsafe sqlite3_bind_null(handle, place)
        case .integer(let number): unsafe sqlite3_bind_int64(handle, place, number)
        case .real(let number): unsafe sqlite3_bind_double(handle, place, number)
        case .text(let text):
          unsafe sqlite3_bind_text(handle, place, text, Int32(clamping: text.utf8.count), copied)
        case .blob(let bytes):
          unsafe bytes.withUnsafeBytes {
            unsafe sqlite3_bind_blob(handle, place, $0.baseAddress, Int32(clamping: bytes.count), copied)
          }
        }
      guard code == SQLITE_OK else { throw connection.error(code) }
    }
  }

  /// Goes to the next row; false after the last.
  package func next() throws(DatabaseError) -> Bool {
    switch unsafe sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      let error = connection.error(code)
      reset()
      throw error
    }
  }

  /// Gives back what reading it holds; the values stay.
  package func reset() { unsafe sqlite3_reset(handle) }

  // MARK: The present row

  package func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }

  package func integer(_ column: Int32) -> Int64? {
    isNull(column) ? nil : unsafe sqlite3_column_int64(handle, column)
  }

  package func real(_ column: Int32) -> Double? { isNull(column) ? nil : unsafe sqlite3_column_double(handle, column) }

  package func text(_ column: Int32) -> String? {
    guard let start = unsafe sqlite3_column_text(handle, column) else { return nil }
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  package func blob(_ column: Int32) -> [UInt8]? {
    guard !isNull(column) else { return nil }
    let start = unsafe sqlite3_column_blob(handle, column)
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }
}

/// Delta Lake tables, https://github.com/delta-io/delta/blob/master/PROTOCOL.md: Parquet files and a log that says which.
///
/// ```
///   table/
///     type=hard_brake/part-<uuid>.zstd.parquet            rows of one value, the column itself left out
///     type=stop/part-<uuid>.zstd.parquet
///     _delta_log/
///       00000000000000000000.json                         protocol, metaData: one action a line
///       00000000000000000001.json                         commitInfo, txn, add, add, …
///       00000000000000000100.checkpoint.parquet           all that still holds after version 100: one action a row
///       _last_checkpoint                                  {"version":100,…}: written for others; the folder says it too
/// ```
/// A version's file appears whole, and once: who finds it taken reads it and tries the next. So any number of writers, of
/// any engine, append without a lock. What a writer left that was killed is in no version, and harmless.
///
/// Read are tables of reader version 1, and of 2 and 3 where they use no feature that changes what rows there are:
/// deletion vectors, column mapping, V2 checkpoints and what is not known are refused by name. Appended to are tables
/// without constraints, invariants and generated columns. Files are added, never removed, and never vacuumed.
enum Delta {
  /// Where the log is, in the folder of the table.
  static let logFolder = "_delta_log"

  /// `00000000000000000007`.
  static func digits(_ number: Int, count: Int = 20) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
  }

  /// The number that some digits are, none of them missing; no table has lived for 2^53 versions.
  static func number(_ digits: Substring, count: Int = 20) -> Int? {
    guard digits.utf8.count == count, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return Int(digits).flatMap { $0 < 1 << 53 ? $0 : nil }
  }
}

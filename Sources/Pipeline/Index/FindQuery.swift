import Core

/// Conditions of a statement and the values that they compare with.
struct FindQuery {
  private(set) var conditions: [String] = []
  private(set) var values: [DatabaseValue] = []

  /// The parameter that stands for a value.
  mutating func parameter(_ value: DatabaseValue) -> String {
    values.append(value)
    return "?\(values.count)"
  }

  mutating func add(_ condition: String) { conditions.append(condition) }

  /// One of some values; `*` in a value stands for anything where `isPattern`.
  mutating func add(_ column: String, isOneOf wanted: [String], isPattern: Bool = false) {
    guard !wanted.isEmpty else { return }
    let exact = wanted.filter { !isPattern || !$0.contains("*") },
      patterns = wanted.filter { isPattern && $0.contains("*") }
    var parts: [String] = []
    if !exact.isEmpty {
      parts.append("\(column) IN (\(exact.map { parameter(.text($0)) }.joined(separator: ", ")))")
    }
    for pattern in patterns { parts.append("\(column) GLOB \(parameter(.text(Self.glob(pattern))))") }
    add(parts.count == 1 ? parts[0] : "(\(parts.joined(separator: " OR ")))")
  }

  /// What begins, of times, before `until` and has not ended at `since`; `longest` bounds what began earlier.
  mutating func add(start: String, end: String, since: Timestamp?, until: Timestamp?, longest: Int64) {
    if let until { add("\(start) < \(parameter(.integer(until.nanoseconds)))") }
    guard let since else { return }
    // An instant lasts a nanosecond.
    add("max(coalesce(\(end), \(start)), \(start) + 1) > \(parameter(.integer(since.nanoseconds)))")
    let (earliest, isBefore) = since.nanoseconds.subtractingReportingOverflow(longest)
    add("\(start) >= \(parameter(.integer(isBefore ? .min : earliest)))")
  }

  var clause: String { conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ") }

  /// A pattern of SQLite in which only `*` is special.
  private static func glob(_ text: String) -> String {
    var pattern = ""
    for character in text { pattern += character == "[" ? "[[]" : character == "?" ? "[?]" : String(character) }
    return pattern
  }
}

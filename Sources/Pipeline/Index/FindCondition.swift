package import Core

/// A condition on a column of enriched samples: `light=night`, `speed_mps>=10`, `road_name='A 9'`.
///
/// ```
///   condition := name op (number | 'text' | word)      op := = | != | < | <= | > | >=
/// ```
/// A missing value meets no condition.
package struct FindCondition: Sendable, Hashable {
  package enum Comparison: String, Sendable, CaseIterable {
    case atMost = "<=", atLeast = ">=", unequal = "!=", equal = "=", less = "<", greater = ">"
  }

  package let column: String
  package let comparison: Comparison
  package let number: Double?
  package let text: String

  package init(_ source: String) throws(UsageError) {
    func problem(_ what: String) -> UsageError {
      UsageError("'\(source.shown)' is not a condition: \(what)")
    }
    guard source.utf8.count <= 4096 else { throw problem("it is longer than 4096 bytes") }
    let name = source.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
    guard let first = name.first, !first.isNumber else { throw problem("wanted the name of a column") }
    var rest = source[name.endIndex...].drop { $0 == " " }
    guard let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else {
      throw problem("wanted one of = != < <= > >= behind '\(String(name).shown)'")
    }
    rest = rest.dropFirst(comparison.rawValue.count).drop { $0 == " " }
    while rest.last == " " { rest.removeLast() }
    guard !rest.isEmpty else { throw problem("wanted a value behind \(comparison.rawValue)") }
    (column, self.comparison) = (String(name), comparison)
    if rest.first == "'" {
      guard rest.count >= 2, rest.last == "'", !rest.dropFirst().dropLast().contains("'") else {
        throw problem("a text ends where its quote does")
      }
      (text, number) = (String(rest.dropFirst().dropLast()), nil)
    } else {
      guard !rest.contains(where: { "'\"()".contains($0) || $0.isWhitespace }) else {
        throw problem("texts with blanks or signs stand in single quotes")
      }
      (text, number) = (String(rest), Double(rest).flatMap { $0.isNaN ? nil : $0 })
    }
  }

  /// Whether a value meets it; as numbers where both are, else as texts.
  package func holds(_ value: String?) -> Bool {
    guard let value else { return false }
    if let number, let other = Double(value) { return holds(other, number) }
    guard number == nil else { return comparison == .unequal }
    let (one, other) = (Array(value.utf8), Array(text.utf8))
    return switch comparison {
    case .equal: one == other
    case .unequal: one != other
    case .less: one.lexicographicallyPrecedes(other)
    case .greater: other.lexicographicallyPrecedes(one)
    case .atMost: !other.lexicographicallyPrecedes(one)
    case .atLeast: !one.lexicographicallyPrecedes(other)
    }
  }

  private func holds(_ one: Double, _ other: Double) -> Bool {
    switch comparison {
    case .equal: one == other
    case .unequal: one != other
    case .less: one < other
    case .greater: one > other
    case .atMost: one <= other
    case .atLeast: one >= other
    }
  }
}

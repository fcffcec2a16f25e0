/// A pattern for the names of topics, channels and paths (CL-20).
///
/// `*` and `?` stand for any characters and for one, within a level; `**` for any across levels, and `/**/` also for
/// one slash; `[a-z]` and `[!a-z]` for one character; `{a,b}` for one of several patterns; a backslash takes away the
/// meaning of what follows. All of the name must match. After `re:` stands a regular expression, which is searched for
/// anywhere in the name (`RegularExpression.swift`). Matching takes time in proportion to the name, for any pattern.
package struct Glob: Sendable, Hashable, CustomStringConvertible {
  /// A pattern that cannot be understood.
  package struct Failure: Problem, Equatable {
    package var pattern: String
    package var problem: String
    package var description: String { "'\(pattern)' is not a pattern: \(problem)" }
    package var code: ProblemCode { .usage }
    package var exitCode: ExitCode { .usage }
  }

  package let description: String
  private let pattern: Pattern
  private static let longest = 4096

  package init(_ text: String) throws(Failure) {
    description = text
    guard text.utf8.count <= Self.longest else {
      throw Failure(pattern: String(text.prefix(40)) + "…", problem: "longer than \(Self.longest) bytes")
    }
    let isExpression = text.hasPrefix("re:")
    var syntax = PatternSyntax(isExpression ? text.dropFirst(3) : text[...])
    let pattern: Pattern?
    do throws(PatternSyntax.Failure) {
      pattern = try Pattern(
        isExpression ? syntax.expression() : syntax.glob(), isExpression ? .part : .whole)
    } catch {
      throw Failure(pattern: text, problem: error.problem)
    }
    guard let pattern else { throw Failure(pattern: text, problem: "repetitions make it too long") }
    self.pattern = pattern
  }

  package func matches(_ name: String) -> Bool { pattern.matches(name) }
}

/// Which names to take: those that some pattern matches, or all if there is none, without those that a pattern behind
/// `!` matches; the order of the patterns means nothing.
package struct GlobSet: Sendable, Hashable {
  package private(set) var included: [Glob] = []
  package private(set) var excluded: [Glob] = []

  /// `\!` begins a pattern for names that begin with `!`.
  package init(_ patterns: [String]) throws(Glob.Failure) {
    for pattern in patterns {
      if pattern.hasPrefix("!") {
        excluded.append(try Glob(String(pattern.dropFirst())))
      } else {
        included.append(try Glob(pattern))
      }
    }
  }

  /// Takes every name.
  package static let all = GlobSet()

  private init() {}

  /// Whether it takes every name.
  package var isEmpty: Bool { included.isEmpty && excluded.isEmpty }

  package func contains(_ name: String) -> Bool {
    (included.isEmpty || included.contains { $0.matches(name) }) && !excluded.contains { $0.matches(name) }
  }

  /// The patterns that none of the names match: most likely misspelt.
  package func unused(among names: [String]) -> [String] {
    included.filter { glob in !names.contains { glob.matches($0) } }.map(\.description)
      + excluded.filter { glob in !names.contains { glob.matches($0) } }.map { "!\($0)" }
  }
}

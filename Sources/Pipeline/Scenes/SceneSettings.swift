import Core

/// What to look for and how it is written: all of it decides the output.
package struct SceneSettings: Sendable {
  package var rules: RuleSet
  /// Terms of the OpenLABEL ontology by type, from a file of the user's.
  package var terms: [String: String] = [:]
  /// A cut around each scene: its length, and where it begins relative to the scene's start; nanoseconds.
  package var cut: (length: Int64, offset: Int64)?

  /// Rules of files, one after another, `builtin` being ours; `only` keeps some.
  ///
  /// - Throws: `ConfigurationError` with file, line and column.
  package init(files: [String] = [BuiltinRules.name], only: [String] = []) throws {
    var all: [[SceneRule]] = []
    for file in files {
      if file == BuiltinRules.name {
        let text = try Configuration(Array(BuiltinRules.text.utf8), file: BuiltinRules.name)
        all.append(try RuleFile(text, file: file, isBuiltIn: true).rules)
      } else {
        all.append(try RuleFile(Configuration(path: file), file: file).rules)
      }
    }
    rules = try RuleSet(all, only: only)
  }

  package mutating func set(terms path: String) throws {
    let table = try Configuration(path: path)
    for key in table.keys { terms[key] = try table.string(key) }
  }

  /// `15s,-3s`: 15 s from 3 s before the scene on; false for what is no cut.
  package mutating func set(cut text: String) -> Bool {
    let parts = text.split(separator: ",").map(String.init)
    let day: Int64 = 86_400_000_000_000
    guard parts.count == 2, let length = Measure.duration(parts[0]), 1...day ~= length else { return false }
    let isBefore = parts[1].hasPrefix("-")
    guard let offset = Measure.duration(isBefore ? String(parts[1].dropFirst()) : parts[1]), offset <= day else {
      return false
    }
    cut = (length, isBefore ? -offset : offset)
    return true
  }

  /// SHA-256 of everything that decides the output but the table.
  package var digest: String {
    let config: JSON = [
      "rules": .string(rules.digest),
      "terms": .object(
        JSONObject(terms.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) })),
      "cut": cut.map { [.count($0.length), .count($0.offset)] } ?? .null,
    ]
    return Digest.sha256(Array(config.canonical.utf8)).hex
  }

  /// How many rules there are, steps not counted.
  package var ruleCount: Int { rules.rules.count { !$0.isStep } }
}

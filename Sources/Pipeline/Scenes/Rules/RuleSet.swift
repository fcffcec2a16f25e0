import Core

/// The rules of a run, in the order in which they can be evaluated.
package struct RuleSet: Sendable {
  /// A rule is behind those that it needs; steps of sequences are rules too.
  let rules: [SceneRule]

  /// Rules of later files stand for those of the same id; `only` keeps some and what they need.
  ///
  /// - Throws: `ConfigurationError` for ids that nobody has and rules that need each other.
  init(_ files: [[SceneRule]], only: [String] = []) throws(ConfigurationError) {
    var known: [String: SceneRule] = [:], order: [String] = []
    for rules in files {
      for rule in rules {
        // The steps of what is replaced are nobody's.
        if known[rule.id] == nil { order.append(rule.id) } else { Self.forgetSteps(of: rule.id, &known) }
        known[rule.id] = rule
      }
    }
    order = order.filter { known[$0] != nil }
    for id in only where known[id].map(\.isStep) ?? true {
      let names = order.filter { known[$0]?.isStep == false }
      let meant = names.nearest(to: id).map { "; did you mean '\($0)'?" } ?? ""
      throw ConfigurationError("rules", "there is no rule '\(id)'\(meant)")
    }
    var sorted: [SceneRule] = [], state: [String: Bool] = [:]
    func add(_ id: String, neededBy parent: SceneRule?) throws(ConfigurationError) {
      guard let rule = known[id] else {
        let meant = order.nearest(to: id).map { "; did you mean '\($0)'?" } ?? ""
        throw ConfigurationError(
          parent?.file ?? "rules", "rule '\(parent?.id ?? "")' names the rule '\(id)', which is not there\(meant)")
      }
      if let isDone = state[id] {
        guard isDone else { throw ConfigurationError(rule.file, "the rule '\(id)' needs its own scenes") }
        return
      }
      state[id] = false
      for need in rule.needs { try add(need, neededBy: rule) }
      state[id] = true
      sorted.append(rule)
    }
    for id in order where only.isEmpty ? known[id]?.isStep == false : only.contains(id) {
      guard known[id]?.isEnabled ?? false else { continue }
      try add(id, neededBy: nil)
    }
    for index in sorted.indices where !only.isEmpty && !only.contains(sorted[index].id) { sorted[index].isStep = true }
    rules = sorted
  }

  private static func forgetSteps(of id: String, _ known: inout [String: SceneRule]) {
    for key in known.keys where key.hasPrefix("\(id)#") { known[key] = nil }
  }

  /// SHA-256 over the digests of all.
  var digest: String {
    let digests = rules.map { "\($0.id) \($0.digest)" }.sorted().joined(separator: "\n")
    return Digest.sha256(Array(digests.utf8)).hex
  }
}

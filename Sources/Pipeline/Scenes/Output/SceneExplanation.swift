package import Core

/// Says in words why there are scenes and why not: what rules lack, what becomes of what they find, and how a condition comes
/// about at an instant.
package struct SceneExplanation {
  private let table: SceneTable
  private let binding: RuleBinding
  private let settings: SceneSettings

  package init(_ input: SceneFinder.Input, _ settings: SceneSettings) throws {
    table = try SceneTable(input.path, samples: input.samples)
    binding = try RuleBinding(settings.rules, table)
    self.settings = settings
  }

  // MARK: All rules

  /// A paragraph a rule; of each scene, why it began and ended.
  package func text(jobs: Int) throws -> String {
    var search = SceneSearch(table: table, rules: binding.rules)
    search.jobs = jobs
    let result = try search.run()
    var text = "\(table.path.shown): \(table.times.count) rows every \(Measure.brief(duration: table.period))\n"
    for rule in binding.rules where !rule.isStep {
      text += paragraph(rule, result)
      for scene in result.scenes where scene.rule == rule.id { text += "  \(Self.line(scene))\n" }
    }
    for skip in binding.skipped where !skip.rule.isStep {
      text += "\(skip.rule.id): not evaluated, without \(skip.missing.map(\.shown).joined(separator: ", "))"
      let meant = skip.missing.compactMap { name in skip.nearest[name].map { "\(name.shown)? there is \($0.shown)" } }
      text += meant.isEmpty ? "\n" : " (\(meant.joined(separator: "; ")))\n"
    }
    return text
  }

  private func paragraph(_ rule: SceneRule, _ result: SceneSearch.Result) -> String {
    let counts = result.counts[rule.id] ?? .init()
    let total = rule.per == .track ? result.trackRows : table.times.count
    let unknown = total > 0 ? Int((100 * Double(result.unknown[rule.id] ?? 0) / Double(total)).rounded()) : 0
    var parts = ["\(counts.found) found", "\(counts.bridged) after bridging"]
    for (count, what) in [
      (counts.tooShort, "too short"), (counts.truncated, "cut and too short"),
      (counts.outside, "by other rules' scenes"),
      (counts.refused, "by where"),
    ] where count > 0 { parts.append("\(count) dropped: \(what)") }
    let columns = rule.columns(hasObjects: true).map(\.name).joined(separator: ", ")
    var text = "\(rule.id): \(counts.kept) scenes (\(parts.joined(separator: ", "))); \(unknown) % of rows unknown\n"
    if !columns.isEmpty { text += "  of \(columns.shown)\n" }
    return text
  }

  private static func line(_ scene: Scene) -> String {
    let interval = scene.interval
    let begin = interval.isCutAtStart ? "cut at its start" : "began"
    let end = interval.isCutAtEnd ? "cut at its end" : "ended"
    var text = "\(Timestamp(nanoseconds: interval.start)) \(begin), \(Timestamp(nanoseconds: interval.end)) \(end)"
    if let track = interval.track { text += ", track \(track.shown)" }
    if let margin = scene.margin { text += ", margin \(Measure.brief(number: margin))" }
    if !scene.values.isEmpty {
      text += ", " + scene.values.map { "\($0.name.shown) \($0.value.text)" }.joined(separator: ", ")
    }
    return text
  }

  // MARK: One instant

  /// The tree of a rule's conditions with the value and margin of every part, at the row that holds then.
  ///
  /// - Throws: `UsageError` for a rule or an instant that is not there.
  package func text(rule id: String, at instant: Timestamp) throws -> String {
    guard let rule = binding.rules.first(where: { $0.id == id }) else {
      let missing = binding.skipped.first { $0.rule.id == id }?.missing
      throw UsageError(
        missing.map { "rule '\(id)' is not evaluated, without \($0.joined(separator: ", "))" }
          ?? "there is no rule '\(id)'")
    }
    guard case .condition(let enter, let exit) = rule.base else {
      throw UsageError(
        "rule '\(id)' is a sequence; ask for the rules of its steps: \(rule.needs.joined(separator: ", "))")
    }
    let row = table.times.indices.bisect { table.times[$0] > instant.nanoseconds } - 1
    guard row >= 0, instant.nanoseconds < table.end else {
      throw UsageError("the table has no row at \(instant)")
    }
    let conditions = [("enter", enter)] + [exit.map { ("exit", $0) }].compactMap { $0 }
    let needs = SceneSearch.Needs(conditions.map(\.1), table, tracks: rule.per == .track)
    var reader = try SceneReader(table, columns: needs.columns, objectColumns: needs.objects, reach: needs.reach)
    var text = "\(id) at \(Timestamp(nanoseconds: table.times[row])), row \(row)\n"
    while let rows = try reader.block() {
      guard rows.main.contains(row - rows.first) else { continue }
      var lanes: [(name: String, rows: SceneRows, row: Int)] = [("", rows, row - rows.first)]
      if rule.per == .track {
        lanes = rows.tracks().compactMap { track, own in
          own.times.firstIndex(of: table.times[row]).map { ("track \(track.shown): ", own, $0) }
        }
      }
      for lane in lanes {
        let evaluator = Evaluator(lane.rows, withMargins: true)
        for (name, condition) in conditions {
          text += "\(lane.name)\(name)\n"
          text += Self.tree(condition, evaluator, lane.row, depth: 1)
        }
      }
    }
    return text
  }

  private static func tree(_ expression: Expression, _ evaluator: Evaluator, _ row: Int, depth: Int) -> String {
    let value = evaluator.value(expression)
    var words = "\(value.json(row).text)"
    if case .null = value.json(row) { words = "unknown" }
    if case .truths(let truths) = value, let margin = truths.margins?[row], margin.isFinite {
      words += ", margin \(Measure.brief(number: margin))"
    }
    var text = String(repeating: "  ", count: depth) + "\("\(expression)".shown): \(words)\n"
    // What is asked of objects has no value in a row.
    if case .objects = expression.node { return text }
    for operand in expression.operands {
      switch operand.node {
      case .number, .text, .truth, .null: continue
      default: text += tree(operand, evaluator, row, depth: depth + 1)
      }
    }
    return text
  }
}

import Core

/// Reads one rule; `names` stand for expressions.
struct RuleReader {
  let table: Configuration
  let names: [String: Expression]
  let file: String
  let isBuiltIn: Bool

  /// The rule, and those that its steps are made of.
  func rule() throws(ConfigurationError) -> (SceneRule, steps: [SceneRule]) {
    let id = try table.required("id", table.string)
    guard Self.isWord(id) else { throw table.error("id", "must be letters, digits, '_', '-' and '.', at most 64") }
    let type = try table.required("type", table.string)
    guard Self.isWord(type) else { throw table.error("type", "must be letters, digits, '_', '-' and '.', at most 64") }
    var steps: [SceneRule] = []
    let base = try base(id, type, &steps)
    var rule = SceneRule(
      id: id, version: try table.required("version", table.string), type: type,
      layer: try table.choice("layer") ?? .ego, base: base, file: file)
    try describe(&rule)
    try measure(&rule)
    for index in steps.indices { (steps[index].per, steps[index].isOptional) = (rule.per, rule.isOptional) }
    return (rule, steps)
  }

  /// What may be a type or an id, and so a part of a path.
  private static func isWord(_ text: String) -> Bool {
    1...64 ~= text.utf8.count && text.utf8.first != UInt8(ascii: ".")
      && text.utf8.allSatisfy { byte in
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
          || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(byte)
      }
  }

  private func describe(_ rule: inout SceneRule) throws(ConfigurationError) {
    rule.isBuiltIn = isBuiltIn
    rule.per = try table.choice("per") ?? .sample
    rule.tags = try table.strings("tags") ?? []
    rule.requires = try table.strings("requires") ?? []
    rule.isOptional = try table.bool("optional") ?? false
    rule.isEnabled = try table.bool("enabled") ?? true
    rule.text = try table.string("text")
    rule.during = try table.strings("during") ?? []
    rule.notDuring = try table.strings("not_during") ?? []
    rule.overlaps = try table.strings("overlaps") ?? []
    rule.margin = try seconds(table, "margin_s") ?? 0
    if let text = try table.string("actors") {
      // `objects where` is for people.
      let condition = text.hasPrefix("objects where ") ? String(text.dropFirst("objects where ".count)) : text
      do throws(ExpressionFailure) {
        rule.actors = try ExpressionParser.parse(condition).replacing { names[$0] }
      } catch { throw table.refused("actors", condition, error) }
    }
    if let aggregates = try table.table("agg") {
      for key in aggregates.keys {
        guard let value = try expression(aggregates, key, ofScene: true) else { continue }
        rule.aggregates.append((key, value))
      }
    }
    rule.filter = try expression(table, "where", ofScene: true)
    rule.extension_ = (try expression(table, "extend_back"), try expression(table, "extend_forward"))
  }

  private func measure(_ rule: inout SceneRule) throws(ConfigurationError) {
    rule.shortest = try seconds(table, "min_s") ?? 0
    rule.longest = try seconds(table, "max_s") ?? .max
    // Scenes are cut into pieces of this.
    guard rule.longest >= 10_000_000 else { throw table.error("max_s", "must be at least 0.01") }
    guard rule.shortest <= rule.longest else {
      throw table.error("max_s", "must not be less than min_s")
    }
    rule.gap = try seconds(table, "gap_s") ?? 0
    rule.keepsTruncated = try table.bool("keep_truncated") ?? false
    guard let pad = table.value("pad_s") else { return }
    let ends = pad.array?.compactMap(\.number) ?? []
    guard ends.count == 2, ends.allSatisfy({ 0...Function.farthest ~= $0 }) else {
      throw table.error("pad_s", "must be two numbers of seconds, before and after")
    }
    rule.padding = (SceneRows.nanoseconds(ends[0]), SceneRows.nanoseconds(ends[1]))
  }

  private func seconds(_ table: Configuration, _ key: String) throws(ConfigurationError) -> Int64? {
    try table.number(key, in: 0...1e6).map(SceneRows.nanoseconds)
  }

  private func expression(
    _ table: Configuration, _ key: String, ofScene: Bool = false
  ) throws(ConfigurationError) -> Expression? {
    try table.expression(key, ofScene: ofScene)?.replacing { names[$0] }
  }

  // MARK: What a scene is

  private func base(
    _ id: String, _ type: String, _ steps: inout [SceneRule]
  ) throws(ConfigurationError) -> SceneRule.Base {
    guard let sequence = try table.tables("sequence") else {
      let enter = try table.required("enter") { key throws(ConfigurationError) in try expression(table, key) }
      return .condition(enter: enter, exit: try expression(table, "exit"))
    }
    guard try table.string("enter") == nil, try table.string("exit") == nil else {
      throw table.error("enter", "is for rules without a sequence")
    }
    guard 1...16 ~= sequence.count else { throw table.error("sequence", "must have 1 to 16 steps") }
    var all: [SceneRule.Step] = []
    for (number, step) in sequence.enumerated() {
      all.append(try self.step(step, "\(id)#\(number + 1)", type, &steps))
    }
    return .sequence(all, try span(all))
  }

  private func step(
    _ table: Configuration, _ id: String, _ type: String, _ rules: inout [SceneRule]
  ) throws(ConfigurationError) -> SceneRule.Step {
    var ids = try source(table, id, type, &rules).map { [$0] } ?? []
    for (number, choice) in (try table.tables("any") ?? []).enumerated() {
      guard let own = try source(choice, "\(id).\(number + 1)", type, &rules) else {
        throw choice.error("rule", "or 'enter' is missing")
      }
      ids.append(own)
    }
    guard !ids.isEmpty else { throw table.error("rule", "or 'enter' or 'any' is missing") }
    return SceneRule.Step(
      rules: ids, within: try seconds(table, "within_s") ?? .max, shortest: try seconds(table, "min_s") ?? 0,
      longest: try seconds(table, "max_s") ?? .max, filter: try expression(table, "where"))
  }

  /// The rule whose scenes are meant: one by its id, or one of its own for a condition.
  private func source(
    _ table: Configuration, _ id: String, _ type: String, _ rules: inout [SceneRule]
  ) throws(ConfigurationError) -> String? {
    let rule = try table.string("rule")
    guard let enter = try expression(table, "enter") else { return rule }
    guard rule == nil else { throw table.error("enter", "cannot stand beside 'rule'") }
    var own = SceneRule(
      id: id, version: "", type: type, layer: .ego,
      base: .condition(enter: enter, exit: try expression(table, "exit")), file: file)
    own.gap = try seconds(table, "gap_s") ?? 0
    (own.isStep, own.isBuiltIn, own.keepsTruncated) = (true, isBuiltIn, true)
    rules.append(own)
    return id
  }

  /// `first.start..last.end`, or with the id of a rule in place of first and last.
  private func span(_ steps: [SceneRule.Step]) throws(ConfigurationError) -> SceneRule.Span {
    let last = steps.count - 1
    guard let text = try table.string("span") else {
      return SceneRule.Span(from: .init(step: 0, isStart: true), to: .init(step: last, isStart: false))
    }
    let ends = text.split(separator: "..", omittingEmptySubsequences: false).compactMap { part -> SceneRule.Span.End? in
      guard let point = part.lastIndex(of: ".") else { return nil }
      let name = String(part[..<point]), side = part[part.index(after: point)...]
      let step = name == "first" ? 0 : name == "last" ? last : steps.firstIndex { $0.rules.contains(name) }
      guard let step, side == "start" || side == "end" else { return nil }
      return SceneRule.Span.End(step: step, isStart: side == "start")
    }
    guard ends.count == 2 else {
      throw table.error("span", "must be as 'first.start..last.end', with first, last or the id of a step's rule")
    }
    return SceneRule.Span(from: ends[0], to: ends[1])
  }
}

import Core

/// Which rules a table can be searched by.
struct RuleBinding {
  /// In their order.
  private(set) var rules: [SceneRule] = []
  private(set) var skipped: [Skipped] = []

  /// A rule that lacks something.
  struct Skipped: Sendable {
    var rule: SceneRule
    /// Columns, and rules that it needs and that lack something themselves.
    var missing: [String]
    /// What it could have meant, of the columns that are there.
    var nearest: [String: String]
  }

  /// - Throws: `ConfigurationError` where an expression does not fit the columns that are there.
  init(_ set: RuleSet, _ table: SceneTable) throws(ConfigurationError) {
    try self.init(set, types: table.types, objectTypes: table.objectTypes, hasObjects: table.objects != nil)
  }

  init(
    _ set: RuleSet, types: [String: ValueType], objectTypes: [String: ValueType], hasObjects: Bool
  ) throws(ConfigurationError) {
    for rule in set.rules {
      var missing = rule.columns(hasObjects: hasObjects).filter { column in
        switch column {
        case .row(let name): types[name] == nil
        case .object(let name): objectTypes[name] == nil && types[name] == nil
        case .objects: true
        }
      }.map(\.name)
      let known = Set(rules.map(\.id))
      missing += rule.indispensable(known)
      guard missing.isEmpty else {
        let all = types.keys.sorted() + objectTypes.keys.sorted()
        let nearest = missing.compactMap { name in all.nearest(to: name).map { (name, $0) } }
        skipped.append(
          Skipped(rule: rule, missing: missing, nearest: Dictionary(nearest, uniquingKeysWith: { one, _ in one })))
        continue
      }
      try check(rule, types, objectTypes)
      rules.append(rule)
    }
  }

  private func check(
    _ rule: SceneRule, _ types: [String: ValueType], _ objectTypes: [String: ValueType]
  ) throws(ConfigurationError) {
    let ofRows: (String) -> ValueType? =
      rule.per == .track ? { objectTypes[$0] ?? types[$0] } : { types[$0] }
    let check = ExpressionCheck(columns: ofRows, objectColumns: { objectTypes[$0] ?? types[$0] })
    do throws(ExpressionFailure) {
      for condition in rule.conditions { try check.condition(condition) }
      for input in SceneAggregation(rule).inputs { _ = try check.type(input) }
    } catch {
      throw ConfigurationError(rule.file, "rule '\(rule.id)' does not fit the table: \(error.problem)")
    }
  }
}

extension SceneRule {
  /// What a rule needs of a table.
  enum Need: Hashable {
    case row(String), object(String)
    /// A table of objects.
    case objects

    var name: String {
      switch self {
      case .row(let name), .object(let name): name
      case .objects: "objects.parquet"
      }
    }
  }

  /// In the order of their names.
  func columns(hasObjects: Bool) -> [Need] {
    let expressions = conditions + SceneAggregation(self).inputs
    var rows = Set(requires), objects: Set<String> = []
    for expression in expressions {
      if per == .track { objects.formUnion(expression.rowNames) } else { rows.formUnion(expression.rowNames) }
      objects.formUnion(expression.objectNames)
    }
    let asksObjects = per == .track || expressions.contains(where: \.asksObjects)
    if asksObjects, !hasObjects { return [.objects] }
    return rows.sorted().map { .row($0) } + objects.sorted().map { .object($0) }
  }

  /// Rules that it cannot do without and that are not known.
  func indispensable(_ known: Set<String>) -> [String] {
    func lacking(_ ids: [String]) -> [String] { ids.contains(where: known.contains) ? [] : ids }
    var missing = lacking(during) + lacking(overlaps)
    if case .sequence(let steps, _) = base { missing += steps.flatMap { lacking($0.rules) } }
    return missing.map { "rule \($0)" }
  }
}

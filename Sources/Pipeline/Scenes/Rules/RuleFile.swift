import Core

/// Reads the rules of one file (scenes.md 3).
///
/// Errors name file, line and column: unknown keys, wrong kinds, expressions that are none.
struct RuleFile {
  static let schema = "av.rules/1"
  private let configuration: Configuration
  private let file: String
  private var named: [String: Expression] = [:]
  private(set) var rules: [SceneRule] = []

  init(_ configuration: Configuration, file: String, isBuiltIn: Bool = false) throws(ConfigurationError) {
    (self.configuration, self.file) = (configuration, file)
    let schema = try configuration.string("schema")
    guard schema == nil || schema == Self.schema else {
      throw configuration.error("schema", "must be '\(Self.schema)'")
    }
    named = try Self.names(configuration.table("let"), known: [:])
    for table in try configuration.required("rules", configuration.tables) {
      try read(table, isBuiltIn)
    }
    try configuration.finish()
  }

  /// Named expressions, each with those that it names in their place; one may not name itself.
  private static func names(
    _ table: Configuration?, known: [String: Expression]
  ) throws(ConfigurationError) -> [String: Expression] {
    guard let table else { return known }
    var raw: [String: Expression] = [:]
    for key in table.keys {
      if let expression = try table.expression(key) { raw[key] = expression }
    }
    var done = known
    func expand(_ key: String, _ open: Set<String>) throws(ConfigurationError) {
      guard done[key] == nil, let expression = raw[key] else { return }
      guard !open.contains(key) else { throw table.error(key, "names itself") }
      for name in expression.names where raw[name] != nil { try expand(name, open.union([key])) }
      let known = done
      done[key] = expression.replacing { known[$0] }
    }
    for key in table.keys { try expand(key, []) }
    return done
  }

  private mutating func read(_ table: Configuration, _ isBuiltIn: Bool) throws(ConfigurationError) {
    var names = named
    if let params = try table.table("params") {
      var constants: [String: Expression] = [:]
      for key in params.keys { constants[key] = try params.literal(key) }
      // Named expressions may have constants that each rule sets otherwise.
      names = names.mapValues { $0.replacing { constants[$0] } }.merging(constants) { $1 }
    }
    let reader = RuleReader(table: table, names: names, file: file, isBuiltIn: isBuiltIn)
    let (rule, steps) = try reader.rule()
    guard !rules.contains(where: { $0.id == rule.id }) else { throw table.error("id", "is that of another rule") }
    rules += steps + [rule]
  }
}

extension Configuration {
  /// An expression; its names stay as they are.
  func expression(_ key: String, ofScene: Bool = false) throws(ConfigurationError) -> Expression? {
    guard let text = try string(key) else { return nil }
    do throws(ExpressionFailure) {
      return try ExpressionParser.parse(text, ofScene: ofScene)
    } catch {
      throw refused(key, text, error)
    }
  }

  /// An error about a place in an expression, counted in characters from 1 on.
  func refused(_ key: String, _ text: String, _ failure: ExpressionFailure) -> ConfigurationError {
    let before = String(decoding: text.utf8.prefix(failure.place), as: UTF8.self)
    return error(key, "is refused at character \(before.unicodeScalars.count + 1): \(failure.problem)")
  }

  /// A constant.
  fileprivate func literal(_ key: String) throws(ConfigurationError) -> Expression {
    switch value(key) {
    case .string(let text): return Expression(.text(text))
    case .bool(let value): return Expression(.truth(value))
    case let value?:
      if let number = value.number, number.isFinite { return Expression(.number(number)) }
      throw error(key, "must be a number, a text, true or false, not \(value.text.shown)")
    case nil: return Expression(.null)
    }
  }
}

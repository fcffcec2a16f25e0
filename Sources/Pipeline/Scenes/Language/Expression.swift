/// An expression of a rule: what it computes for a row of a table, or for a scene (scenes.md 3.1).
///
/// Two expressions are equal when they compute the same by the same steps, wherever they stand.
struct Expression: Hashable, Sendable {
  let node: Node
  /// Where it begins in its text, in bytes.
  let place: Int

  init(_ node: Node, at place: Int = 0) { (self.node, self.place) = (node, place) }

  static func == (one: Expression, other: Expression) -> Bool { one.node == other.node }
  func hash(into hasher: inout Hasher) { node.hash(into: &hasher) }

  indirect enum Node: Hashable, Sendable {
    case number(Double)
    case text(String)
    case truth(Bool)
    case null
    /// A column, a named expression or a constant of the rule.
    case name(String)
    case negative(Expression)
    case not(Expression)
    case arithmetic(Arithmetic, Expression, Expression)
    case comparison(Comparison, Expression, Expression)
    case both(Expression, Expression)
    case either(Expression, Expression)
    case isNull(Expression)
    case oneOf(Expression, [Expression])
    case call(Function, [Expression])
    /// Over the rows from `from` to `to` seconds ahead, or back.
    case temporal(Temporal, from: Double, to: Double, Expression)
    case until(from: Double, to: Double, Expression, Expression)
    /// Over the objects of a sample.
    case objects(Quantifier, Expression)
  }

  enum Arithmetic: String, Sendable { case plus = "+", minus = "-", times = "*", by = "/", rest = "%" }

  enum Comparison: String, Sendable {
    case less = "<", atMost = "<=", more = ">", atLeast = ">=", equal = "=", unequal = "!="
  }

  enum Temporal: String, Sendable {
    case always, eventually, historically, once

    var isPast: Bool { self == .historically || self == .once }
    /// Whether it asks for all rows, and not for one.
    var isUniversal: Bool { self == .always || self == .historically }
  }

  enum Quantifier: String, Sendable, CaseIterable { case any, all, count, nearest }
}

extension Expression {
  var operands: [Expression] {
    switch node {
    case .number, .text, .truth, .null, .name: []
    case .negative(let one), .not(let one), .isNull(let one), .temporal(_, _, _, let one), .objects(_, let one): [one]
    case .arithmetic(_, let one, let other), .comparison(_, let one, let other), .both(let one, let other),
      .either(let one, let other), .until(_, _, let one, let other):
      [one, other]
    case .oneOf(let one, let others): [one] + others
    case .call(_, let arguments): arguments
    }
  }

  /// The same with what stands for a part of it in the part's place, from the outside in.
  func mapping(_ change: (Expression) -> Expression?) -> Expression {
    if let changed = change(self) { return changed }
    func by(_ expression: Expression) -> Expression { expression.mapping(change) }
    let node: Node =
      switch self.node {
      case .number, .text, .truth, .null, .name: self.node
      case .negative(let one): .negative(by(one))
      case .not(let one): .not(by(one))
      case .isNull(let one): .isNull(by(one))
      case .arithmetic(let kind, let one, let other): .arithmetic(kind, by(one), by(other))
      case .comparison(let kind, let one, let other): .comparison(kind, by(one), by(other))
      case .both(let one, let other): .both(by(one), by(other))
      case .either(let one, let other): .either(by(one), by(other))
      case .oneOf(let one, let others): .oneOf(by(one), others.map(by))
      case .call(let function, let arguments): .call(function, arguments.map(by))
      case .temporal(let kind, let from, let to, let one): .temporal(kind, from: from, to: to, by(one))
      case .until(let from, let to, let one, let other): .until(from: from, to: to, by(one), by(other))
      case .objects(let kind, let one): .objects(kind, by(one))
      }
    return Expression(node, at: place)
  }

  /// The same with every name that `replacement` knows in its place.
  func replacing(_ replacement: (String) -> Expression?) -> Expression {
    mapping { if case .name(let name) = $0.node { replacement(name) } else { nil } }
  }

  /// The names that it has, of columns and of what stands for more.
  var names: Set<String> {
    if case .name(let name) = node { return [name] }
    return operands.reduce(into: []) { $0.formUnion($1.names) }
  }

  /// The names outside of what is asked of objects.
  var rowNames: Set<String> {
    switch node {
    case .name(let name): [name]
    case .objects: []
    default: operands.reduce(into: []) { $0.formUnion($1.rowNames) }
    }
  }

  /// The names within what is asked of objects.
  var objectNames: Set<String> {
    if case .objects(_, let one) = node { return one.names }
    return operands.reduce(into: []) { $0.formUnion($1.objectNames) }
  }

  var asksObjects: Bool {
    if case .objects = node { return true }
    return operands.contains(where: \.asksObjects)
  }
}

/// In the language's own words, with brackets around everything that has an operator.
extension Expression: CustomStringConvertible {
  var description: String {
    func inner(_ expression: Expression) -> String {
      switch expression.node {
      case .arithmetic, .comparison, .both, .either, .not, .isNull, .oneOf: "(\(expression))"
      default: "\(expression)"
      }
    }
    switch node {
    case .number(let value): return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    case .text(let text): return "'\(text.replacing("'", with: "''"))'"
    case .truth(let value): return "\(value)"
    case .null: return "null"
    case .name(let name): return name
    case .negative(let one): return "-\(inner(one))"
    case .not(let one): return "not \(inner(one))"
    case .arithmetic(let kind, let one, let other): return "\(inner(one)) \(kind.rawValue) \(inner(other))"
    case .comparison(let kind, let one, let other): return "\(inner(one)) \(kind.rawValue) \(inner(other))"
    case .both(let one, let other): return "\(inner(one)) and \(inner(other))"
    case .either(let one, let other): return "\(inner(one)) or \(inner(other))"
    case .isNull(let one): return "\(inner(one)) is null"
    case .oneOf(let one, let others): return "\(inner(one)) in (\(others.map(\.description).joined(separator: ", ")))"
    case .call(let function, let arguments):
      return "\(function.rawValue)(\(arguments.map(\.description).joined(separator: ", ")))"
    case .temporal(let kind, let from, let to, let one): return "\(kind.rawValue)[\(from),\(to)](\(one))"
    case .until(let from, let to, let one, let other): return "until[\(from),\(to)](\(one), \(other))"
    case .objects(let kind, let one): return "\(kind.rawValue)(objects, \(one))"
    }
  }
}

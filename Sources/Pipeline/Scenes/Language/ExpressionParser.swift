import Core

/// Reads the text of an expression (scenes.md 3.1).
///
/// ```
/// expr  := or;  or := and {"or" and};  and := not {"and" not};  not := ["not"] cmp
/// cmp   := sum [("<"|"<="|">"|">="|"="|"!=") sum | "in" "(" lit {"," lit} ")" | "between" sum "and" sum | "is" ["not"] "null"]
/// sum   := term {("+"|"-") term};  term := unary {("*"|"/"|"%") unary};  unary := ["-"] atom
/// ```
struct ExpressionParser {
  private static let deepest = 64
  private static let longest = 1 << 14
  private static let words: Set = [
    "and", "or", "not", "in", "between", "is", "null", "true", "false", "objects", "until", "always", "eventually",
    "historically", "once",
  ]

  private var lexer: ExpressionLexer
  private var token = ExpressionLexer.Token.end
  private var place = 0
  private var depth = 0
  /// Whether functions over the rows of a scene are known.
  private let isOfScene: Bool
  private var isInObjects = false

  /// - Throws: what is wrong, with its place in the text; nesting is bounded.
  static func parse(_ text: String, ofScene: Bool = false) throws(ExpressionFailure) -> Expression {
    guard text.utf8.count <= longest else {
      throw ExpressionFailure(place: 0, problem: "an expression has at most \(longest) bytes")
    }
    var parser = ExpressionParser(lexer: ExpressionLexer(text), isOfScene: ofScene)
    try parser.advance()
    let expression = try parser.either()
    guard parser.token == .end else { throw parser.failure("an operator or the end") }
    return expression
  }

  private init(lexer: ExpressionLexer, isOfScene: Bool) { (self.lexer, self.isOfScene) = (lexer, isOfScene) }

  private mutating func advance() throws(ExpressionFailure) { (token, place) = try lexer.next() }

  private func failure(_ wanted: String) -> ExpressionFailure {
    ExpressionFailure(place: place, problem: "wanted \(wanted), found \(lexer.found(place))")
  }

  private mutating func take(_ sign: String) throws(ExpressionFailure) -> Bool {
    guard token == .sign(sign) else { return false }
    try advance()
    return true
  }

  private mutating func take(word: String) throws(ExpressionFailure) -> Bool {
    guard token == .name(word) else { return false }
    try advance()
    return true
  }

  private mutating func expect(_ sign: String) throws(ExpressionFailure) {
    guard try take(sign) else { throw failure("'\(sign)'") }
  }

  // MARK: Operators

  private mutating func either() throws(ExpressionFailure) -> Expression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else {
      throw ExpressionFailure(place: place, problem: "nested more than \(Self.deepest) times")
    }
    var left = try both()
    var count = 0
    while try take(word: "or") {
      left = Expression(.either(left, try both()), at: left.place)
      count += 1
      try bound(count)
    }
    return left
  }

  /// Chains lean to the left, and a tree is walked by recursion.
  private func bound(_ count: Int) throws(ExpressionFailure) {
    guard count < 256 else { throw ExpressionFailure(place: place, problem: "more than 256 operators in a row") }
  }

  private mutating func both() throws(ExpressionFailure) -> Expression {
    var left = try negated()
    var count = 0
    while try take(word: "and") {
      left = Expression(.both(left, try negated()), at: left.place)
      count += 1
      try bound(count)
    }
    return left
  }

  private mutating func negated() throws(ExpressionFailure) -> Expression {
    let start = place
    guard try take(word: "not") else { return try comparison() }
    return Expression(.not(try comparison()), at: start)
  }

  private mutating func comparison() throws(ExpressionFailure) -> Expression {
    let left = try sum()
    if case .sign(let sign) = token, let kind = Expression.Comparison(rawValue: sign) {
      try advance()
      return Expression(.comparison(kind, left, try sum()), at: left.place)
    }
    if try take(word: "in") {
      try expect("(")
      var values: [Expression] = []
      repeat { values.append(try literal()) } while try take(",")
      try expect(")")
      return Expression(.oneOf(left, values), at: left.place)
    }
    if try take(word: "between") {
      let low = try sum()
      guard try take(word: "and") else { throw failure("'and'") }
      let above = Expression(.comparison(.atLeast, left, low), at: left.place)
      let below = Expression(.comparison(.atMost, left, try sum()), at: left.place)
      return Expression(.both(above, below), at: left.place)
    }
    if try take(word: "is") {
      let isNegated = try take(word: "not")
      guard try take(word: "null") else { throw failure("'null'") }
      let test = Expression(.isNull(left), at: left.place)
      return isNegated ? Expression(.not(test), at: left.place) : test
    }
    return left
  }

  private mutating func sum() throws(ExpressionFailure) -> Expression {
    try chain(["+", "-"]) { parser throws(ExpressionFailure) in
      try parser.chain(["*", "/", "%"]) { parser throws(ExpressionFailure) in try parser.unary() }
    }
  }

  private mutating func chain(
    _ signs: [String], _ operand: (inout ExpressionParser) throws(ExpressionFailure) -> Expression
  ) throws(ExpressionFailure) -> Expression {
    var left = try operand(&self)
    var count = 0
    while case .sign(let sign) = token, signs.contains(sign), let kind = Expression.Arithmetic(rawValue: sign) {
      try advance()
      left = Expression(.arithmetic(kind, left, try operand(&self)), at: left.place)
      count += 1
      try bound(count)
    }
    return left
  }

  private mutating func unary() throws(ExpressionFailure) -> Expression {
    let start = place
    guard try take("-") else { return try atom() }
    let value = try atom()
    if case .number(let number) = value.node { return Expression(.number(-number), at: start) }
    return Expression(.negative(value), at: start)
  }

  private mutating func literal() throws(ExpressionFailure) -> Expression {
    let value = try unary()
    switch value.node {
    case .number, .text, .truth: return value
    default: throw ExpressionFailure(place: value.place, problem: "wanted a number, a text, true or false")
    }
  }

  // MARK: Atoms

  private mutating func atom() throws(ExpressionFailure) -> Expression {
    let start = place
    switch token {
    case .number(let value):
      try advance()
      return Expression(.number(value), at: start)
    case .text(let text):
      try advance()
      return Expression(.text(text), at: start)
    case .quoted(let name):
      try advance()
      return Expression(.name(name), at: start)
    case .sign("("):
      try advance()
      let inner = try either()
      try expect(")")
      return inner
    case .name(let name):
      try advance()
      return try named(name, at: start)
    case .sign, .end: throw failure("a value")
    }
  }

  private mutating func named(_ name: String, at start: Int) throws(ExpressionFailure) -> Expression {
    switch name {
    case "true": return Expression(.truth(true), at: start)
    case "false": return Expression(.truth(false), at: start)
    case "null": return Expression(.null, at: start)
    case "until":
      let (from, to) = try bounds()
      try expect("(")
      let left = try either()
      try expect(",")
      let right = try either()
      try expect(")")
      return Expression(.until(from: from, to: to, left, right), at: start)
    default: break
    }
    if let kind = Expression.Temporal(rawValue: name) {
      let (from, to) = try bounds()
      try expect("(")
      let inner = try either()
      try expect(")")
      return Expression(.temporal(kind, from: from, to: to, inner), at: start)
    }
    guard token == .sign("(") else {
      guard !Self.words.contains(name) else {
        throw ExpressionFailure(
          place: start, problem: "wanted a value, found the word '\(name)'; quote a column as `\(name)`")
      }
      return Expression(.name(name), at: start)
    }
    try advance()
    if token == .name("objects"), let kind = Expression.Quantifier(rawValue: name) {
      return try objects(kind, at: start)
    }
    return try call(name, at: start)
  }

  private mutating func objects(_ kind: Expression.Quantifier, at start: Int) throws(ExpressionFailure) -> Expression {
    guard !isInObjects else { throw ExpressionFailure(place: start, problem: "objects have no objects") }
    isInObjects = true
    defer { isInObjects = false }
    try advance()
    try expect(",")
    let condition = try either()
    try expect(")")
    return Expression(.objects(kind, condition), at: start)
  }

  private mutating func call(_ name: String, at start: Int) throws(ExpressionFailure) -> Expression {
    guard let function = Function(rawValue: name) else {
      let names = Function.allCases.map(\.rawValue) + Expression.Quantifier.allCases.map(\.rawValue)
      let meant = names.nearest(to: name).map { "; did you mean '\($0)'?" } ?? ""
      throw ExpressionFailure(place: start, problem: "there is no function '\(name)'\(meant)")
    }
    var arguments: [Expression] = []
    if token != .sign(")") {
      repeat { arguments.append(try either()) } while try take(",")
    }
    try expect(")")
    try check(function, arguments, at: start)
    return Expression(.call(function, arguments), at: start)
  }

  private func check(_ function: Function, _ arguments: [Expression], at start: Int) throws(ExpressionFailure) {
    let scope = function.scope(arguments.count, inScene: isOfScene)
    guard isOfScene || scope != .scene else {
      throw ExpressionFailure(place: start, problem: "'\(function.rawValue)' is of a scene, not of a row")
    }
    guard scope != .window || !isInObjects else {
      throw ExpressionFailure(place: start, problem: "'\(function.rawValue)' cannot be asked of objects")
    }
    let arity = function.arity(inScene: isOfScene)
    guard arity.contains(arguments.count) else {
      let wanted = arity.count == 1 ? "\(arity.lowerBound)" : "\(arity.lowerBound) to \(arity.upperBound)"
      throw ExpressionFailure(
        place: start, problem: "'\(function.rawValue)' wants \(wanted) arguments, found \(arguments.count)")
    }
    if scope == .window, function.takesSeconds {
      guard case .number(let seconds) = arguments[1].node, seconds > 0, seconds <= Function.farthest else {
        throw ExpressionFailure(
          place: arguments[1].place, problem: "wanted seconds, more than 0 and at most \(Int(Function.farthest))")
      }
    }
  }

  /// `[from,to]`, in seconds.
  private mutating func bounds() throws(ExpressionFailure) -> (Double, Double) {
    guard !isInObjects else { throw failure("no operator over time within objects") }
    try expect("[")
    let start = place
    let from = try unary()
    try expect(",")
    let to = try unary()
    guard case .number(let from) = from.node, case .number(let to) = to.node, 0 <= from, from <= to,
      to <= Function.farthest
    else {
      throw ExpressionFailure(
        place: start, problem: "wanted two numbers of seconds, 0 to \(Int(Function.farthest)), the smaller first")
    }
    try expect("]")
    return (from, to)
  }
}

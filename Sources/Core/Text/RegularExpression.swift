/// Regular expressions: the extended ones of POSIX (XBD 9.4), with `\d \w \s \D \W \S`, `(?:…)` and lazy repetition.
///
/// What cannot be matched in time in proportion to the text is refused: references back and looking around.
extension PatternSyntax {
  mutating func expression() throws(Failure) -> Pattern.Node {
    let node = try choice()
    guard next == nil else { throw Failure(problem: "nothing opens ')'") }
    return node
  }

  private mutating func choice() throws(Failure) -> Pattern.Node {
    var nodes: [Pattern.Node] = []
    repeat { nodes.append(try sequence()) } while skip("|")
    return .choice(nodes)
  }

  private mutating func sequence() throws(Failure) -> Pattern.Node {
    var nodes: [Pattern.Node] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      _ = take()
      nodes.append(try repeated(atom(scalar)))
    }
    return .sequence(nodes)
  }

  private mutating func atom(_ scalar: Unicode.Scalar) throws(Failure) -> Pattern.Node {
    switch scalar {
    case "(":
      if next == "?", !skip("?:") { throw Failure(problem: "'(?' is only known as '(?:'") }
      let node = try nested { syntax throws(Failure) in try syntax.choice() }
      guard skip(")") else { throw Failure(problem: "no ')' closes '('") }
      return node
    case "[": return .set(try set(negations: ["^"]))
    case ".": return .anything
    case "^": return .start
    case "$": return .end
    case "*", "+", "?": throw Failure(problem: "nothing stands before '\(scalar)'")
    case "\\": return try escape()
    default: return .character(scalar)
    }
  }

  private mutating func escape() throws(Failure) -> Pattern.Node {
    guard let scalar = take() else { throw Failure(problem: "nothing follows the last backslash") }
    if let ranges = Self.shorthand(scalar) { return .set(Pattern.CharacterSet(ranges: ranges)) }
    switch scalar {
    case "D", "W", "S":
      let ranges = Self.shorthand(scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar) ?? []
      return .set(Pattern.CharacterSet(ranges: ranges, isNegated: true))
    case "n": return .character("\n")
    case "t": return .character("\t")
    case "0"..."9", "a"..."z", "A"..."Z": throw Failure(problem: "'\\\(scalar)' is not known")
    default: return .character(scalar)
    }
  }

  /// The node with the repetition that follows it.
  private mutating func repeated(_ node: Pattern.Node) throws(Failure) -> Pattern.Node {
    guard let (least, most) = try bounds() else { return node }
    // Lazy and eager repetition find different parts, but in the same texts.
    _ = skip("?")
    guard try bounds() == nil else { throw Failure(problem: "a repetition is repeated without brackets") }
    return .repeated(node, atLeast: least, atMost: most)
  }

  private mutating func bounds() throws(Failure) -> (least: Int, most: Int?)? {
    if skip("*") { return (0, nil) }
    if skip("+") { return (1, nil) }
    if skip("?") { return (0, 1) }
    guard skip("{") else { return nil }
    guard let least = number() else { throw Failure(problem: "no number follows '{'") }
    let isOpen = skip(",")
    let most = isOpen ? number() : least
    guard skip("}") else { throw Failure(problem: "no '}' closes '{'") }
    guard least <= Self.most, most ?? 0 <= Self.most, most ?? least >= least else {
      throw Failure(
        problem: "'{\(least),\(most.map(String.init) ?? "")}' is no number of repetitions up to \(Self.most)")
    }
    return (least, most)
  }

  private static let most = 1000

  private mutating func number() -> Int? {
    var value: Int?
    while let scalar = next, case let digit = Int(scalar.value) - 0x30, 0...9 ~= digit {
      _ = take()
      value = min((value ?? 0) * 10 + digit, Self.most + 1)
    }
    return value
  }
}

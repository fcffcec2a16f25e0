/// Reads the two syntaxes of patterns; this file has globs and what both share, `RegularExpression.swift` the other.
struct PatternSyntax {
  /// What is wrong with a pattern.
  struct Failure: Error {
    var problem: String
  }

  private let text: [Unicode.Scalar]
  private var position = 0
  private var depth = 0
  private static let deepest = 64

  init(_ text: Substring) { self.text = Array(text.unicodeScalars) }

  var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

  mutating func take() -> Unicode.Scalar? {
    guard let next else { return nil }
    position += 1
    return next
  }

  /// Whether these characters stood here; if so they are behind.
  mutating func skip(_ word: String) -> Bool {
    guard text[position...].starts(with: word.unicodeScalars) else { return false }
    position += word.unicodeScalars.count
    return true
  }

  /// What one more level of brackets holds.
  mutating func nested(
    _ body: (inout PatternSyntax) throws(Failure) -> Pattern.Node
  ) throws(Failure) -> Pattern.Node {
    guard depth < Self.deepest else { throw Failure(problem: "brackets in more than \(Self.deepest) levels") }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  mutating func glob() throws(Failure) -> Pattern.Node {
    let node = try globSequence(endingAt: [])
    guard next == nil else { throw Failure(problem: "nothing opens '}'") }
    return node
  }

  /// Up to, and without, one of the ends, a closing brace or the end.
  private mutating func globSequence(endingAt ends: [Unicode.Scalar]) throws(Failure) -> Pattern.Node {
    var nodes: [Pattern.Node] = []
    while let scalar = next, scalar != "}", !ends.contains(scalar) {
      let isAtLevel = position == 0 || text[position - 1] == "/"
      position += 1
      switch scalar {
      case "*": nodes.append(star(isAtLevel: isAtLevel))
      case "?": nodes.append(.set(Self.inLevel))
      case "[":
        var set = try set(negations: ["!", "^"])
        set.staysInLevel = true
        nodes.append(.set(set))
      case "{": nodes.append(try nested { syntax throws(Failure) in try syntax.alternatives() })
      case "\\":
        guard let scalar = take() else { throw Failure(problem: "nothing follows the last backslash") }
        nodes.append(.character(scalar))
      default: nodes.append(.character(scalar))
      }
    }
    return .sequence(nodes)
  }

  private static let inLevel = Pattern.CharacterSet(isNegated: true, staysInLevel: true)

  private mutating func star(isAtLevel: Bool) -> Pattern.Node {
    guard skip("*") else { return .repeated(.set(Self.inLevel), atLeast: 0, atMost: nil) }
    let across = Pattern.Node.repeated(.anything, atLeast: 0, atMost: nil)
    guard isAtLevel, skip("/") else { return across }
    return .choice([.sequence([]), .sequence([across, .character("/")])])
  }

  private mutating func alternatives() throws(Failure) -> Pattern.Node {
    var nodes: [Pattern.Node] = []
    repeat { nodes.append(try globSequence(endingAt: [","])) } while skip(",")
    guard skip("}") else { throw Failure(problem: "no '}' closes '{'") }
    return .choice(nodes)
  }

  /// The rest of `[…]`; a bracket that comes first belongs to the set.
  mutating func set(negations: [Unicode.Scalar]) throws(Failure) -> Pattern.CharacterSet {
    var set = Pattern.CharacterSet()
    if let next, negations.contains(next) {
      set.isNegated = true
      position += 1
    }
    let first = position
    while let scalar = take() {
      if scalar == "]", position > first + 1 { return set }
      if scalar == "[", next == ":" {
        set.ranges += try classOfPOSIX()
      } else if scalar == "\\", let shorthand = next.flatMap(Self.shorthand) {
        position += 1
        set.ranges += shorthand
      } else {
        set.ranges.append(try range(from: scalar))
      }
    }
    throw Failure(problem: "no ']' closes '['")
  }

  private mutating func range(from scalar: Unicode.Scalar) throws(Failure) -> ClosedRange<UInt32> {
    let first = try escaped(scalar)
    guard next == "-", position + 1 < text.count, text[position + 1] != "]" else { return first.value...first.value }
    position += 1
    guard let scalar = take() else { throw Failure(problem: "no ']' closes '['") }
    let last = try escaped(scalar)
    guard first <= last else { throw Failure(problem: "the range '\(first)-\(last)' is empty") }
    return first.value...last.value
  }

  private mutating func escaped(_ scalar: Unicode.Scalar) throws(Failure) -> Unicode.Scalar {
    guard scalar == "\\" else { return scalar }
    guard let scalar = take() else { throw Failure(problem: "no ']' closes '['") }
    return scalar
  }

  private mutating func classOfPOSIX() throws(Failure) -> [ClosedRange<UInt32>] {
    for (name, ranges) in Self.classes where skip(":\(name):]") { return ranges }
    throw Failure(problem: "no class of characters has the name that follows '[:'")
  }

  private static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
  private static let letters: [ClosedRange<UInt32>] = [0x41...0x5A, 0x61...0x7A]
  private static let spaces: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20]
  private static let classes = [
    ("digit", digits), ("alpha", letters), ("alnum", digits + letters), ("space", spaces), ("upper", [0x41...0x5A]),
    ("lower", [0x61...0x7A]), ("xdigit", digits + [0x41...0x46, 0x61...0x66]),
    ("punct", [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]), ("blank", [0x09...0x09, 0x20...0x20]),
  ]

  /// What `\d`, `\w` and `\s` stand for; ASCII only, as in POSIX.
  static func shorthand(_ scalar: Unicode.Scalar) -> [ClosedRange<UInt32>]? {
    switch scalar {
    case "d": digits
    case "w": digits + letters + [0x5F...0x5F]
    case "s": spaces
    default: nil
    }
  }
}

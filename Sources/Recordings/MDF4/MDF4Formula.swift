import Core

/// An algebraic formula of one value, computed in double precision.
///
/// ```
///   sum      product { ("+" | "-") product }
///   product  signed { ("*" | "/") signed }
///   signed   ("+" | "-") signed | power
///   power    value [ ("^" | "**") signed ]                     -X^2 is -(X^2), 2^3^2 is 2^(3^2)
///   value    number | X | X1 | function "(" sum { "," sum } ")" | "(" sum ")"
/// ```
package struct MDF4Formula: Sendable {
  /// Text that is no formula.
  package struct Failure: Error {
    package var offset: Int
    package var wanted: String
  }

  private enum Step: Sendable {
    case number(Double)
    case x, negate, add, subtract, multiply, divide, power
    case call(@Sendable (Double) -> Double)
  }

  /// In the order of computation: operands first.
  private var steps: [Step] = []
  private var depth = 0

  private static let longest = 1 << 16
  private static let deepest = 64
  private static let functions: [String: @Sendable (Double) -> Double] = [
    "sin": { Mathematics.sin($0) }, "cos": { Mathematics.cos($0) }, "tan": { Mathematics.tan($0) },
    "asin": { Mathematics.asin($0) }, "acos": { Mathematics.acos($0) }, "atan": { Mathematics.atan($0) },
    "arcsin": { Mathematics.asin($0) }, "arccos": { Mathematics.acos($0) }, "arctan": { Mathematics.atan($0) },
    "sinh": { Mathematics.sinh($0) }, "cosh": { Mathematics.cosh($0) }, "tanh": { Mathematics.tanh($0) },
    "exp": { Mathematics.exp($0) }, "log": { Mathematics.log($0) }, "ln": { Mathematics.log($0) },
    "log10": { Mathematics.log10($0) }, "sqrt": { $0.squareRoot() }, "abs": { $0.magnitude },
  ]

  /// - Throws: `Failure` for what is no formula, an unknown name among it.
  package init(_ text: String) throws(Failure) {
    let bytes = Array(text.utf8)
    guard bytes.count <= Self.longest else { throw Failure(offset: 0, wanted: "a formula of at most 64 KiB") }
    var position = 0
    try sum(bytes, &position)
    guard position == bytes.count else { throw Self.failure("an operator or the end", bytes, position) }
  }

  /// The values of the formula; `values` are what X is.
  package func apply(_ values: [Double]) -> [Double] {
    var stack: [Double] = []
    stack.reserveCapacity(steps.count)
    return values.map { x in
      stack.removeAll(keepingCapacity: true)
      for step in steps {
        switch step {
        case .number(let number): stack.append(number)
        case .x: stack.append(x)
        case .negate: stack.append(-stack.removeLast())
        case .call(let function): stack.append(function(stack.removeLast()))
        case .add, .subtract, .multiply, .divide, .power:
          let right = stack.removeLast(), left = stack.removeLast()
          stack.append(Self.result(step, left, right))
        }
      }
      return stack.last ?? .nan
    }
  }

  private static func result(_ step: Step, _ left: Double, _ right: Double) -> Double {
    switch step {
    case .add: left + right
    case .subtract: left - right
    case .multiply: left * right
    case .divide: left / right
    default: Mathematics.pow(left, right)
    }
  }

  private mutating func sum(_ text: [UInt8], _ position: inout Int) throws(Failure) {
    depth += 1
    guard depth <= Self.deepest else { throw Self.failure("at most \(Self.deepest) levels", text, position) }
    try product(text, &position)
    while true {
      if Self.take("+", text, &position) {
        try product(text, &position)
        steps.append(.add)
      } else if Self.take("-", text, &position) {
        try product(text, &position)
        steps.append(.subtract)
      } else {
        depth -= 1
        return
      }
    }
  }

  private mutating func product(_ text: [UInt8], _ position: inout Int) throws(Failure) {
    try signed(text, &position)
    while true {
      if Self.take("*", text, &position) {
        try signed(text, &position)
        steps.append(.multiply)
      } else if Self.take("/", text, &position) {
        try signed(text, &position)
        steps.append(.divide)
      } else {
        return
      }
    }
  }

  private mutating func signed(_ text: [UInt8], _ position: inout Int) throws(Failure) {
    var isNegative = false
    while true {
      if Self.take("-", text, &position) {
        isNegative.toggle()
      } else if !Self.take("+", text, &position) {
        break
      }
    }
    try value(text, &position)
    if Self.take("^", text, &position) || Self.take("**", text, &position) {
      depth += 1
      guard depth <= Self.deepest else { throw Self.failure("at most \(Self.deepest) levels", text, position) }
      try signed(text, &position)
      depth -= 1
      steps.append(.power)
    }
    if isNegative { steps.append(.negate) }
  }

  private mutating func value(_ text: [UInt8], _ position: inout Int) throws(Failure) {
    if Self.take("(", text, &position) {
      try sum(text, &position)
      guard Self.take(")", text, &position) else { throw Self.failure("a )", text, position) }
      return
    }
    let start = position
    let word = Self.word(text, &position)
    if let number = Double(word), let first = word.utf8.first, (48...57).contains(first) || first == 46 {
      return steps.append(.number(number))
    }
    switch word.lowercased() {
    case "x", "x1": steps.append(.x)
    case "pi": steps.append(.number(.pi))
    case "pow", "power":
      try arguments(2, text, &position)
      steps.append(.power)
    case let name:
      guard let function = Self.functions[name] else {
        throw Self.failure("a number, X or a function", text, start)
      }
      try arguments(1, text, &position)
      steps.append(.call(function))
    }
  }

  private mutating func arguments(_ count: Int, _ text: [UInt8], _ position: inout Int) throws(Failure) {
    for index in 0..<count {
      guard Self.take(index == 0 ? "(" : ",", text, &position) else {
        throw Self.failure(index == 0 ? "a (" : "a comma", text, position)
      }
      try sum(text, &position)
    }
    guard Self.take(")", text, &position) else { throw Self.failure("a )", text, position) }
  }

  /// Letters and digits, the exponent of a number with its sign.
  private static func word(_ text: [UInt8], _ position: inout Int) -> String {
    skipBlanks(text, &position)
    let start = position
    let isNumber = position < text.count && ((48...57).contains(text[position]) || text[position] == 46)
    while position < text.count {
      let byte = text[position]
      let isWord =
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 46 || byte == 95
      let isSign = isNumber && (byte == 43 || byte == 45) && position > start && text[position - 1] | 32 == 101
      guard isWord || isSign else { break }
      position += 1
    }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  private static func take(_ symbol: String, _ text: [UInt8], _ position: inout Int) -> Bool {
    skipBlanks(text, &position)
    guard text[position...].starts(with: symbol.utf8) else { return false }
    // `**` is a power, never two products.
    if symbol == "*", text[position...].starts(with: "**".utf8) { return false }
    position += symbol.utf8.count
    return true
  }

  private static func skipBlanks(_ text: [UInt8], _ position: inout Int) {
    while position < text.count, text[position] == 32 || (9...13).contains(text[position]) { position += 1 }
  }

  private static func failure(_ wanted: String, _ text: [UInt8], _ position: Int) -> Failure {
    let rest = String(decoding: text[min(position, text.count)...].prefix(16), as: UTF8.self)
    return Failure(offset: position, wanted: "\(wanted), not \(rest.jsonQuoted)")
  }
}

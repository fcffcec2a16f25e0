import Core

/// What is wrong with an expression, and at which byte of its text.
struct ExpressionFailure: Error, Equatable {
  var place: Int
  var problem: String
}

/// Splits the text of an expression into words, numbers and signs.
struct ExpressionLexer {
  enum Token: Equatable {
    case number(Double)
    case text(String)
    case name(String)
    /// A name in backquotes, which is never a keyword or a function.
    case quoted(String)
    case sign(String)
    case end
  }

  /// SI units for one of it.
  private static let units: [(name: String, factor: Double)] = [
    ("km/h", 1 / 3.6), ("mph", 0.44704), ("deg", .pi / 180), ("min", 60), ("km", 1000), ("ms", 0.001), ("g", 9.80665),
    ("m", 1), ("s", 1),
  ]
  private static let signs = ["<=", ">=", "!=", "<", ">", "=", "+", "-", "*", "/", "%", "(", ")", "[", "]", ","]

  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  /// The next token and where it begins.
  mutating func next() throws(ExpressionFailure) -> (token: Token, place: Int) {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    let start = position
    guard position < bytes.count else { return (.end, start) }
    let byte = bytes[position]
    if byte.isDigit || byte == UInt8(ascii: "."), let number = try number() { return (.number(number), start) }
    if byte.isNameStart { return (.name(name()), start) }
    switch byte {
    case UInt8(ascii: "'"): return (.text(try delimited("'")), start)
    case UInt8(ascii: "`"): return (.quoted(try delimited("`")), start)
    default: break
    }
    for sign in Self.signs where bytes[position...].starts(with: sign.utf8) {
      position += sign.utf8.count
      return (.sign(sign), start)
    }
    throw ExpressionFailure(place: start, problem: "wanted a value or an operator, found \(found(start))")
  }

  /// Nil for a point without digits.
  private mutating func number() throws(ExpressionFailure) -> Double? {
    let start = position
    var end = start
    func skip() { while end < bytes.count, bytes[end].isDigit { end += 1 } }
    skip()
    if end < bytes.count, bytes[end] == UInt8(ascii: ".") {
      end += 1
      skip()
    }
    guard end > start + (bytes[start] == UInt8(ascii: ".") ? 1 : 0) else { return nil }
    if end + 1 < bytes.count, bytes[end] | 0x20 == UInt8(ascii: "e") {
      let mark = end
      end += 1
      if bytes[end] == UInt8(ascii: "-") || bytes[end] == UInt8(ascii: "+") { end += 1 }
      let digits = end
      skip()
      // No exponent after all: a unit that begins with e, of which there is none.
      if end == digits { end = mark }
    }
    position = end
    guard let value = Double(String(decoding: bytes[start..<end], as: UTF8.self)), value.isFinite else {
      throw ExpressionFailure(place: start, problem: "wanted a finite number")
    }
    return value * (try unit())
  }

  /// What the letters right behind a number mean.
  private mutating func unit() throws(ExpressionFailure) -> Double {
    guard position < bytes.count, bytes[position].isNameStart else { return 1 }
    for (name, factor) in Self.units where bytes[position...].starts(with: name.utf8) {
      let end = position + name.utf8.count
      guard end == bytes.count || !bytes[end].isNamePart else { continue }
      position = end
      return factor
    }
    let start = position
    let names = Self.units.map(\.name).joined(separator: ", ")
    throw ExpressionFailure(place: start, problem: "'\(name())' is not a unit; there are \(names)")
  }

  private mutating func name() -> String {
    let start = position
    while position < bytes.count, bytes[position].isNamePart { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// Up to the same mark; twice the mark stands for it.
  private mutating func delimited(_ mark: Unicode.Scalar) throws(ExpressionFailure) -> String {
    let start = position, mark = UInt8(ascii: mark)
    var text: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte != mark {
        text.append(byte)
      } else if position < bytes.count, bytes[position] == mark {
        text.append(mark)
        position += 1
      } else {
        return String(decoding: text, as: UTF8.self)
      }
    }
    throw ExpressionFailure(place: start, problem: "the text has no end")
  }

  func found(_ place: Int) -> String {
    guard place < bytes.count else { return "the end" }
    return String(decoding: bytes[place...].prefix(12), as: UTF8.self).shown
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
  fileprivate var isNameStart: Bool {
    (self | 0x20) &- UInt8(ascii: "a") < 26 || self == UInt8(ascii: "_") || self >= 0x80
  }
  fileprivate var isNamePart: Bool { isNameStart || isDigit || self == UInt8(ascii: ".") }
}

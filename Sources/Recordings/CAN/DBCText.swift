import Core

/// Words, numbers and texts of a DBC file, one after another.
struct DBCText {
  /// What was wanted at a place, and is not there.
  struct Fault: Error {
    var offset: Int
    var problem: String
  }

  /// UTF-8.
  let bytes: [UInt8]
  var position = 0
  /// Where each line begins.
  private let lines: [Int]

  init(_ raw: [UInt8]) {
    var bytes = raw
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
    if String(validating: bytes, as: UTF8.self) == nil { bytes = Windows1252.utf8(bytes) }
    self.bytes = bytes
    var lines = [0]
    for (index, byte) in bytes.enumerated() {
      let isCarriageReturn = byte == 0x0d && (index + 1 == bytes.count || bytes[index + 1] != 0x0a)
      if byte == 0x0a || isCarriageReturn { lines.append(index + 1) }
    }
    self.lines = lines
  }

  /// Line and column of a place, both from 1.
  func place(_ offset: Int) -> (line: Int, column: Int) {
    let low = max(0, lines.indices.bisect { lines[$0] > offset } - 1)
    return (low + 1, offset - lines[low] + 1)
  }

  var isAtEnd: Bool { position >= bytes.count }

  /// The next byte that is no space, which stays.
  mutating func peek() -> UInt8? {
    while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    return position < bytes.count ? bytes[position] : nil
  }

  /// The next byte on this line that is no space, which stays.
  mutating func peekOnLine() -> UInt8? {
    while position < bytes.count, Self.isSpace(bytes[position]), !Self.isLineEnd(bytes[position]) { position += 1 }
    return position < bytes.count && !Self.isLineEnd(bytes[position]) ? bytes[position] : nil
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(Fault) {
    guard take(character) else { throw fault("'\(character)'") }
  }

  /// Bytes up to a space or a mark; not empty.
  mutating func word(_ wanted: String = "a name") throws(Fault) -> String {
    guard let first = peek(), !Self.isMark(first) else { throw fault(wanted) }
    let start = position
    while position < bytes.count, !Self.isSpace(bytes[position]), !Self.isMark(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// Text in quotes; it may span lines, and `\"` is a quote in it.
  mutating func string() throws(Fault) -> String {
    guard peek() == UInt8(ascii: "\"") else { throw fault("a text in quotes") }
    let start = position
    position += 1
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return String(decoding: text, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") {
        position += 1
      }
      text.append(bytes[position])
      position += 1
      if Self.isLineEnd(byte), isStatement(at: position) { break }
    }
    position = start + 1
    throw Fault(offset: start, problem: "a text has no closing quote")
  }

  /// Whether a line begins with what a text never holds, so that a missing quote costs one statement.
  private func isStatement(at start: Int) -> Bool {
    var end = start
    while end < bytes.count, end - start < 16, bytes[end] != UInt8(ascii: " ") { end += 1 }
    guard end + 1 < bytes.count, bytes[end] == UInt8(ascii: " ") else { return false }
    guard DBCParser.plainKeywords.contains(String(decoding: bytes[start..<end], as: UTF8.self)) else { return false }
    let next = bytes[end + 1]
    return Self.isDigit(next) || "\"BSE".utf8.contains(next)
  }

  /// `-0.25`, `+5`, `.5`, `1E-06`, `0x10`.
  mutating func number() throws(Fault) -> DBC.Number {
    guard peek() != nil else { throw fault("a number") }
    let start = position
    if let special = special() { return special }
    var end = position
    func digits() -> Int {
      let first = end
      while end < bytes.count, Self.isDigit(bytes[end]) { end += 1 }
      return end - first
    }
    func isNext(_ characters: String) -> Bool { end < bytes.count && characters.utf8.contains(bytes[end]) }
    if isNext("+-") { end += 1 }
    if isNext("0"), end + 1 < bytes.count, "xX".utf8.contains(bytes[end + 1]) { return try hexadecimal() }
    var count = digits()
    var isInteger = true
    if isNext(".") {
      end += 1
      isInteger = false
      count += digits()
    }
    guard count > 0 else { throw fault("a number") }
    if isNext("eE") {
      let mark = end
      end += 1
      if isNext("+-") { end += 1 }
      if digits() > 0 { isInteger = false } else { end = mark }
    }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    guard let double = Double(text) else { throw fault("a number") }
    position = end
    if isInteger, let integer = Int64(text) { return DBC.Number(integer) }
    return DBC.Number(double)
  }

  /// Infinity and NaN, as some generators write them.
  private mutating func special() -> DBC.Number? {
    for (text, value) in [("nan", Double.nan), ("inf", .infinity), ("-inf", -.infinity)] {
      let end = position + text.utf8.count
      guard end <= bytes.count, bytes[position..<end].map({ $0 | 0x20 }).elementsEqual(text.utf8.map { $0 | 0x20 })
      else { continue }
      position = end
      while position < bytes.count, !Self.isSpace(bytes[position]), !Self.isMark(bytes[position]) { position += 1 }
      return DBC.Number(value)
    }
    return nil
  }

  private mutating func hexadecimal() throws(Fault) -> DBC.Number {
    let isNegative = bytes[position] == UInt8(ascii: "-")
    let start = position + (Self.isDigit(bytes[position]) ? 2 : 3)
    var end = start
    while end < bytes.count, Self.isDigit(bytes[end]) || "abcdefABCDEF".utf8.contains(bytes[end]) { end += 1 }
    guard let value = UInt64(String(decoding: bytes[start..<end], as: UTF8.self), radix: 16) else {
      throw fault("a hexadecimal number")
    }
    position = end
    guard let integer = Int64(exactly: value) else { return DBC.Number(isNegative ? -Double(value) : Double(value)) }
    return DBC.Number(isNegative ? -integer : integer)
  }

  /// A whole number that is not negative.
  mutating func unsigned(_ wanted: String) throws(Fault) -> UInt64 {
    let start = position
    let number = try number()
    guard let value = number.integer.flatMap(UInt64.init(exactly:)) ?? UInt64(exactly: number.double) else {
      position = start
      throw fault(wanted)
    }
    return value
  }

  /// Whether what begins here ends with its line, whatever is wrong with it: a message or a signal.
  func isLine(_ start: Int) -> Bool {
    let word = bytes[start...].prefix(4)
    return word.elementsEqual("SG_ ".utf8) || word.elementsEqual("BO_ ".utf8)
  }

  /// Where the line ends that a place is in.
  func lineEnd(_ start: Int) -> Int {
    var end = start
    while end < bytes.count, !Self.isLineEnd(bytes[end]) { end += 1 }
    return end
  }

  mutating func skipLine() {
    while position < bytes.count, !Self.isLineEnd(bytes[position]) { position += 1 }
  }

  func fault(_ wanted: String) -> Fault {
    guard position < bytes.count else { return Fault(offset: position, problem: "wanted \(wanted), found the end") }
    var end = position
    while end < bytes.count, end - position < 24, !Self.isLineEnd(bytes[end]) { end += 1 }
    let found = String(decoding: bytes[position..<end], as: UTF8.self)
    return Fault(offset: position, problem: "wanted \(wanted), found '\(found)'")
  }

  static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0x0d }
  /// Also NUL, which some writers leave behind.
  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0d).contains(byte) || byte == 0 || byte == 0x1a
  }
  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  static func isMark(_ byte: UInt8) -> Bool { ":;,|@()[]\"".utf8.contains(byte) }
}

/// The code page of Western Windows, in which most databases with letters beyond ASCII are written.
enum Windows1252 {
  /// 0x80 to 0x9f; what the code page leaves open keeps its code.
  private static let high: [UInt32] = [
    0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d,
    0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,
    0x017e, 0x0178,
  ]

  static func utf8(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
      guard byte >= 0x80 else {
        result.append(byte)
        continue
      }
      let code = byte < 0xa0 ? high[Int(byte) - 0x80] : UInt32(byte)
      if let scalar = Unicode.Scalar(code) { result.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? []) }
    }
    return result
  }
}

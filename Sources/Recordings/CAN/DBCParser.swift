import Core

/// Reads the statements of a DBC file in any order; `DBCLinks` then connects what they say of one another.
///
/// A statement that cannot be understood costs itself: reading goes on with the next line that begins with a keyword.
struct DBCParser {
  var text: DBCText
  var database = DBC()
  var links = DBCLinks()
  private var findings = Findings()
  /// The message that `SG_` adds to; nil when there is none, or it was refused.
  private var message: Int?
  /// Names of its signals.
  private var names: Set<String> = []

  private static let skipped: Set = [
    "BO_TX_BU_", "SIG_GROUP_", "EV_", "EV_DATA_", "ENVVAR_DATA_", "SGTYPE_", "SGTYPE_VAL_", "BU_SG_REL_", "BU_EV_REL_",
    "BU_BO_REL_", "BA_DEF_REL_", "BA_REL_", "BA_DEF_DEF_REL_", "BA_DEF_SGTYPE_", "BA_SGTYPE_", "SIG_TYPE_REF_",
    "SIGTYPE_VALTYPE_", "CAT_DEF_", "CAT_", "FILTER", "NS_DESC_",
  ]
  /// Those that follow a missing quote.
  static let plainKeywords: Set = [
    "BO_", "CM_", "BA_", "BA_DEF_", "BA_DEF_DEF_", "VAL_", "VAL_TABLE_", "SIG_VALTYPE_", "SIG_GROUP_", "SG_MUL_VAL_",
  ]
  private static let keywords = skipped.union(plainKeywords).union(["VERSION", "NS_", "BS_", "BU_", "SG_"])

  init(_ bytes: [UInt8]) { text = DBCText(bytes) }

  mutating func read() -> DBC {
    while text.peek() != nil {
      let start = text.position
      do throws(DBCText.Fault) {
        try statement()
      } catch {
        note(
          .warning, "dbc-syntax", at: text.isLine(start) ? min(error.offset, text.lineEnd(start)) : error.offset,
          error.problem)
        recover(from: start)
      }
    }
    var database = database
    links.connect(&database) { severity, code, offset, problem in note(severity, code, at: offset, problem) }
    if database.messages.isEmpty { note(.warning, "dbc-empty", at: text.bytes.count, "no message could be read") }
    database.findings = findings.all
    return database
  }

  private mutating func note(_ severity: Finding.Severity, _ code: String, at offset: Int, _ problem: String) {
    let (line, column) = text.place(offset)
    findings.append(Finding(severity, code, at: offset, "line \(line), column \(column): \(problem)"))
  }

  /// Goes to the next line that begins with a keyword, and at least one byte on.
  private mutating func recover(from start: Int) {
    text.position = text.isLine(start) ? start : max(text.position, start + 1)
    text.skipLine()
    while text.peek() != nil {
      let line = text.position
      let word = (try? text.word()) ?? ""
      text.position = line
      if Self.keywords.contains(word) { return }
      text.skipLine()
    }
  }

  private mutating func statement() throws(DBCText.Fault) {
    let start = text.position
    if text.take(";") { return }
    let keyword = try text.word("a statement")
    switch keyword {
    case "VERSION": if text.peek() == UInt8(ascii: "\"") { database.version = try text.string() }
    case "NS_": skipSymbols()
    case "BS_": text.skipLine()
    case "BU_": skipNodes()
    case "BO_": try messageStatement()
    case "SG_": try signalStatement()
    case "VAL_TABLE_": try links.valueTable(&text)
    case "VAL_": try links.values(&text)
    case "SIG_VALTYPE_": try links.coding(&text)
    case "SG_MUL_VAL_": try links.selection(&text)
    case "CM_": try comment()
    case "BA_DEF_": try links.definition(&text)
    case "BA_DEF_DEF_": try links.defaultValue(&text)
    case "BA_": try links.attribute(&text)
    case _ where Self.skipped.contains(keyword): try skipStatement()
    default:
      throw DBCText.Fault(offset: start, problem: "'\(keyword.prefix(40))' is no statement")
    }
  }

  /// `NS_ :` and the names of symbols, each on a line of its own.
  private mutating func skipSymbols() {
    _ = text.take(":")
    text.skipLine()
    while text.peek() != nil {
      let start = text.position
      guard (try? text.word()) != nil, text.peekOnLine() == nil else {
        text.position = start
        return
      }
    }
  }

  /// `BU_: A B C`, perhaps on several lines.
  private mutating func skipNodes() {
    _ = text.take(":")
    while let next = text.peek() {
      let start = text.position
      if next == UInt8(ascii: ",") || next == UInt8(ascii: ";") {
        text.position += 1
      } else if let word = try? text.word(), !Self.keywords.contains(word) {
        continue
      } else {
        text.position = start
        return
      }
    }
  }

  private mutating func skipStatement() throws(DBCText.Fault) {
    while let next = text.peek() {
      if next == UInt8(ascii: "\"") {
        _ = try text.string()
      } else if DBCText.isMark(next) {
        text.position += 1
        if next == UInt8(ascii: ";") { return }
      } else {
        let start = text.position
        // A statement without an end, as some writers leave it.
        if try Self.keywords.contains(text.word()), text.place(start).line > text.place(start - 1).line {
          let word = text.bytes[start..<text.position]
          let isObject =
            word.elementsEqual("BU_".utf8) || word.elementsEqual("BO_".utf8) || word.elementsEqual("SG_".utf8)
          if !isObject {
            text.position = start
            return
          }
        }
      }
    }
  }

  /// Reads `BO_ 2364540158 EEC1: 8 Vector__XXX`.
  private mutating func messageStatement() throws(DBCText.Fault) {
    message = nil
    let start = text.position
    let raw = try text.unsigned("a message's id")
    let name = try text.word("a message's name")
    try text.expect(":")
    let length = try text.unsigned("a length in bytes")
    let sender = text.peekOnLine().map { _ in (try? text.word()) ?? "" } ?? ""
    text.skipLine()
    // Signals that belong to no message.
    guard raw != 0xc000_0000 else { return }
    var id = raw & 0x7fff_ffff, isExtended = raw >> 31 == 1
    guard raw <= 0xffff_ffff, id < 1 << 29 else {
      return note(.warning, "dbc-id", at: start, "message \(name): id \(raw) has more than 29 bits, and is left out")
    }
    if !isExtended, id > 0x7ff {
      note(.info, "dbc-id", at: start, "message \(name): id \(raw) has more than 11 bits, and is taken as extended")
      isExtended = true
    }
    id &= 0x1fff_ffff
    guard length <= UInt64(DBC.longestMessage) else {
      return note(.warning, "dbc-length", at: start, "message \(name) is \(length) bytes long, and is left out")
    }
    guard links.messages[raw] == nil, links.messages[isExtended ? id | 1 << 31 : id] == nil else {
      return note(
        .warning, "dbc-duplicate", at: start, "message \(name): id \(raw) is there already; the first is used")
    }
    links.messages[raw] = database.messages.count
    links.messages[isExtended ? id | 1 << 31 : id] = database.messages.count
    message = database.messages.count
    names = []
    database.messages.append(
      DBC.Message(id: UInt32(id), isExtended: isExtended, name: name, length: Int(length), sender: sender))
  }

  /// Reads `SG_ Speed m3 : 24|16@1- (0.125,-40) [-40|8191] "rpm" ECM,TCM`.
  private mutating func signalStatement() throws(DBCText.Fault) {
    let place = text.position
    let name = try text.word("a signal's name")
    let mark = text.peek() == UInt8(ascii: ":") ? nil : try text.word("':'")
    try text.expect(":")
    let start = try text.unsigned("a start bit")
    try text.expect("|")
    let length = try text.unsigned("a length in bits")
    try text.expect("@")
    let order = try text.unsigned("0 or 1, the byte order")
    let isSigned = text.take("-")
    if !isSigned { try text.expect("+") }
    try text.expect("(")
    let factor = try text.number()
    try text.expect(",")
    let offset = try text.number()
    try text.expect(")")
    var minimum = 0.0, maximum = 0.0
    if text.take("[") {
      minimum = try text.number().double
      try text.expect("|")
      maximum = try text.number().double
      try text.expect("]")
    }
    let unit = text.peekOnLine() == UInt8(ascii: "\"") ? try text.string() : ""
    text.skipLine()

    guard let message else { return }
    let longest = UInt64(8 * DBC.longestMessage)
    guard order <= 1, (1...longest).contains(length), start < longest, start + length <= longest else {
      throw DBCText.Fault(offset: place, problem: "signal \(name) at bit \(start) of length \(length) cannot be")
    }
    guard names.insert(name).inserted else {
      return note(.warning, "dbc-duplicate", at: place, "signal \(name) is there already; the first is used")
    }
    var signal = DBC.Signal(
      name: name, start: Int(start), length: Int(length), order: order == 1 ? .intel : .motorola, isSigned: isSigned,
      factor: factor, offset: offset, minimum: minimum, maximum: maximum, unit: unit)
    if let mark { try apply(mark, to: &signal, at: place) }
    let declared = database.messages[message].length
    if signal.neededBytes > declared {
      note(.info, "dbc-outside", at: place, "signal \(name) ends behind the \(declared) bytes of its message")
    }
    if factor.double == 0 { note(.info, "dbc-factor", at: place, "signal \(name) has the factor 0") }
    database.messages[message].signals.append(signal)
  }

  /// `M`, `m3` or `m3M`.
  private func apply(_ mark: String, to signal: inout DBC.Signal, at place: Int) throws(DBCText.Fault) {
    var digits = mark[...]
    if digits.hasSuffix("M") {
      signal.isMultiplexor = true
      digits.removeLast()
    }
    guard !digits.isEmpty else { return }
    guard digits.removeFirst() == "m", let value = UInt64(digits, radix: 10) else {
      throw DBCText.Fault(offset: place, problem: "'\(mark.prefix(24))' of signal \(signal.name) is not M, m0 or m0M")
    }
    signal.selection = DBC.Selection(values: [value...value])
  }

  /// Reads `CM_ "file";`, `CM_ BO_ 1 "message";`, `CM_ SG_ 1 Speed "signal";`.
  private mutating func comment() throws(DBCText.Fault) {
    let object = text.peek() == UInt8(ascii: "\"") ? "" : try text.word("a text, BU_, BO_, SG_ or EV_")
    switch object {
    case "": database.comment = try text.string()
    case "BO_", "SG_":
      let id = try text.unsigned("a message's id")
      let name = text.peek() == UInt8(ascii: "\"") ? nil : try text.word("a signal's name")
      links.comments.append((id, name, try text.string()))
    default:
      // A node, an environment variable, or a bare number.
      while text.peek() != UInt8(ascii: "\""), text.peek() != nil { _ = try text.word("a text") }
      _ = try text.string()
    }
    try text.expect(";")
  }
}

import Core

/// What statements of a DBC file say of messages and signals that may stand before or behind them.
struct DBCLinks {
  typealias Note = (Finding.Severity, String, Int, String) -> Void

  /// By the id as it is written, and by the id with bit 31 as it should be.
  var messages: [UInt64: Int] = [:]
  var comments: [(id: UInt64, signal: String?, text: String)] = []
  private var tables: [String: [(raw: DBC.Number, text: String)]] = [:]
  private var values:
    [(at: Int, id: UInt64, signal: String, pairs: [(raw: DBC.Number, text: String)], table: String?)] = []
  private var codings: [(at: Int, id: UInt64, signal: String, coding: DBC.Signal.Coding)] = []
  private var selections: [(at: Int, id: UInt64, signal: String, multiplexor: String, values: [ClosedRange<UInt64>])] =
    []
  private var enumerations: [String: [String]] = [:]
  private var defaults: [String: DBC.Value] = [:]
  private var attributes: [(at: Int, name: String, id: UInt64?, signal: String?, value: DBC.Value)] = []

  /// Multiplexors that select one another; real databases nest two or three.
  private static let deepest = 64

  // MARK: - Statements, behind their keyword

  /// Reads `VAL_TABLE_ OnOff 1 "on" 0 "off" ;`.
  mutating func valueTable(_ text: inout DBCText) throws(DBCText.Fault) {
    let name = try text.word("a table's name")
    tables[name] = try Self.pairs(&text)
    _ = text.take(";")
  }

  /// Reads `VAL_ 100 Gear 1 "first" 0 "neutral" ;`, `VAL_ 100 Gear OnOff ;` or `VAL_ Variable 1 "on" ;`.
  mutating func values(_ text: inout DBCText) throws(DBCText.Fault) {
    guard let next = text.peek(), DBCText.isDigit(next) else {
      _ = try text.word("a message's id")
      _ = try Self.pairs(&text)
      _ = text.take(";")
      return
    }
    let place = text.position
    let id = try text.unsigned("a message's id")
    let signal = try text.word("a signal's name")
    var table: String?
    if let next = text.peek(), !DBCText.isDigit(next), !"+-.;\"".utf8.contains(next) {
      table = try text.word("a table's name")
    }
    values.append((place, id, signal, try Self.pairs(&text), table))
    _ = text.take(";")
  }

  private static func pairs(_ text: inout DBCText) throws(DBCText.Fault) -> [(raw: DBC.Number, text: String)] {
    var pairs: [(raw: DBC.Number, text: String)] = []
    while let next = text.peek(), DBCText.isDigit(next) || "+-.".utf8.contains(next) {
      let raw = try text.number()
      pairs.append((raw, try text.string()))
    }
    return pairs
  }

  /// Reads `SIG_VALTYPE_ 100 Speed : 1;`.
  mutating func coding(_ text: inout DBCText) throws(DBCText.Fault) {
    let place = text.position
    let id = try text.unsigned("a message's id")
    let signal = try text.word("a signal's name")
    _ = text.take(":")
    let code = try text.unsigned("0, 1 or 2")
    guard code <= 2 else { throw DBCText.Fault(offset: place, problem: "signal \(signal) is of value type \(code)") }
    codings.append((place, id, signal, [.integer, .float32, .float64][Int(code)]))
    _ = text.take(";")
  }

  /// Reads `SG_MUL_VAL_ 100 Speed Mode 1-3, 5-5;`.
  mutating func selection(_ text: inout DBCText) throws(DBCText.Fault) {
    let place = text.position
    let id = try text.unsigned("a message's id")
    let signal = try text.word("a signal's name")
    let multiplexor = try text.word("a multiplexor's name")
    var values: [ClosedRange<UInt64>] = []
    while let next = text.peek(), DBCText.isDigit(next) {
      let low = try text.unsigned("a value")
      // The minus of `1-3` is no sign.
      guard text.peek() == UInt8(ascii: "-") else { throw text.fault("'-'") }
      text.position += 1
      let high = try text.unsigned("a value")
      guard low <= high else { throw DBCText.Fault(offset: place, problem: "the range \(low)-\(high) is empty") }
      values.append(low...high)
      _ = text.take(",")
    }
    selections.append((place, id, signal, multiplexor, values))
    _ = text.take(";")
  }

  /// Reads `BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN";`.
  mutating func definition(_ text: inout DBCText) throws(DBCText.Fault) {
    if text.peek() != UInt8(ascii: "\"") { _ = try text.word("an attribute's name") }
    let name = try text.string()
    let type = try text.word("an attribute's type")
    var names: [String] = []
    while let next = text.peek(), next != UInt8(ascii: ";") {
      if next == UInt8(ascii: "\"") {
        names.append(try text.string())
      } else if next == UInt8(ascii: ",") {
        text.position += 1
      } else {
        names.append(try text.word("a value"))
      }
    }
    // Two kinds of objects may have an attribute of one name; only enumerations are of interest.
    if type == "ENUM" { enumerations[name] = names }
    try text.expect(";")
  }

  /// Reads `BA_DEF_DEF_ "VFrameFormat" "StandardCAN";`.
  mutating func defaultValue(_ text: inout DBCText) throws(DBCText.Fault) {
    let name = try text.string()
    defaults[name] = try Self.value(&text)
    try text.expect(";")
  }

  /// Reads `BA_ "GenMsgCycleTime" BO_ 100 50;`.
  mutating func attribute(_ text: inout DBCText) throws(DBCText.Fault) {
    let place = text.position
    let name = try text.string()
    var id: UInt64?, signal: String?, isOther = false
    let start = text.position
    switch try? text.word() {
    case "BO_": id = try text.unsigned("a message's id")
    case "SG_":
      id = try text.unsigned("a message's id")
      signal = try text.word("a signal's name")
    case "BU_", "EV_":
      _ = try text.word()
      isOther = true
    default: text.position = start
    }
    let value = try Self.value(&text)
    try text.expect(";")
    if !isOther { attributes.append((place, name, id, signal, value)) }
  }

  private static func value(_ text: inout DBCText) throws(DBCText.Fault) -> DBC.Value {
    if text.peek() == UInt8(ascii: "\"") { return .text(try text.string()) }
    let start = text.position
    if let number = try? text.number(), text.peek() == UInt8(ascii: ";") { return .number(number.double) }
    text.position = start
    return .text(try text.word("a value"))
  }

  // MARK: - Connecting

  /// Gives every message and signal what was said of it.
  func connect(_ database: inout DBC, _ note: Note) {
    let signals = database.messages.map { message in
      Dictionary(message.signals.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }
    func find(_ id: UInt64, _ signal: String, _ place: Int, _ statement: String) -> (message: Int, signal: Int)? {
      if let message = messages[id], let index = signals[message][signal] { return (message, index) }
      // Those of the message without frames have no place here.
      if id != 0xc000_0000 { note(.info, "dbc-unknown", place, "\(statement): message \(id) has no signal \(signal)") }
      return nil
    }
    for comment in comments {
      guard let message = messages[comment.id] else { continue }
      if let signal = comment.signal.flatMap({ signals[message][$0] }) {
        database.messages[message].signals[signal].comment = comment.text
      } else if comment.signal == nil {
        database.messages[message].comment = comment.text
      }
    }
    for entry in values {
      guard let (message, signal) = find(entry.id, entry.signal, entry.at, "VAL_") else { continue }
      if let table = entry.table, tables[table] == nil {
        note(.info, "dbc-unknown", entry.at, "VAL_: no table \(table)")
      }
      database.messages[message].signals[signal].texts = entry.table.flatMap { tables[$0] } ?? entry.pairs
    }
    for entry in codings {
      guard let (message, signal) = find(entry.id, entry.signal, entry.at, "SIG_VALTYPE_") else { continue }
      let length = database.messages[message].signals[signal].length
      let isPossible = entry.coding == .integer || length == (entry.coding == .float32 ? 32 : 64)
      guard isPossible else {
        note(.info, "dbc-valtype", entry.at, "signal \(entry.signal) of \(length) bits cannot be of this type")
        continue
      }
      database.messages[message].signals[signal].coding = entry.coding
    }
    for index in database.messages.indices {
      // Without SG_MUL_VAL_ there is one multiplexor that is not selected itself.
      let own = database.messages[index].signals
      let root = own.firstIndex { $0.isMultiplexor && $0.selection == nil } ?? own.firstIndex { $0.isMultiplexor }
      for signal in own.indices where own[signal].selection != nil && signal != root {
        database.messages[index].signals[signal].selection?.multiplexor = root
      }
    }
    for entry in selections {
      guard let (message, signal) = find(entry.id, entry.signal, entry.at, "SG_MUL_VAL_"),
        let (_, multiplexor) = find(entry.id, entry.multiplexor, entry.at, "SG_MUL_VAL_"), !entry.values.isEmpty
      else { continue }
      database.messages[message].signals[signal].selection = DBC.Selection(
        multiplexor: multiplexor, values: entry.values)
      // Some name one that has no `M`.
      database.messages[message].signals[multiplexor].isMultiplexor = true
    }
    for index in database.messages.indices { cutCircles(&database.messages[index], note) }
    connectAttributes(&database, signals, note)
  }

  /// Signals whose multiplexor is not there, or selects itself in the end, have none.
  private func cutCircles(_ message: inout DBC.Message, _ note: Note) {
    var lost = 0
    let signals = message.signals
    for index in signals.indices where signals[index].selection != nil {
      var at = index, steps = 0
      while let selection = signals[at].selection {
        guard let next = selection.multiplexor, steps < Self.deepest else {
          message.signals[index].selection?.multiplexor = nil
          lost += 1
          break
        }
        at = next
        steps += 1
      }
    }
    guard lost > 0 else { return }
    note(.warning, "dbc-multiplexor", 0, "message \(message.name): \(lost) signals have no multiplexor, and no values")
  }

  private func connectAttributes(_ database: inout DBC, _ signals: [[String: Int]], _ note: Note) {
    for entry in attributes {
      let value = resolved(entry.value, of: entry.name)
      guard let id = entry.id else {
        database.attributes[entry.name] = value
        continue
      }
      guard let message = messages[id] else { continue }
      if let name = entry.signal {
        if let signal = signals[message][name] {
          database.messages[message].signals[signal].attributes[entry.name] = value
        }
      } else {
        database.messages[message].attributes[entry.name] = value
      }
    }
    let protocolType = database.attributes["ProtocolType"] ?? defaults["ProtocolType"]
    let isJ1939 = protocolType?.text?.uppercased().hasPrefix("J1939") ?? false
    let format = defaults["VFrameFormat"].map { resolved($0, of: "VFrameFormat") }
    for index in database.messages.indices {
      let message = database.messages[index]
      let own = (message.attributes["VFrameFormat"] ?? format)?.text
      database.messages[index].isJ1939 = message.isExtended && (isJ1939 || own == "J1939PG")
      let cycle = (message.attributes["GenMsgCycleTime"] ?? defaults["GenMsgCycleTime"])?.number
      database.messages[index].cycleTime = cycle.flatMap { $0 > 0 ? $0 : nil }
      if let long = message.attributes["SystemMessageLongSymbol"]?.text, !long.isEmpty {
        database.messages[index].name = long
      }
      for signal in message.signals.indices {
        guard let long = message.signals[signal].attributes["SystemSignalLongSymbol"]?.text, !long.isEmpty else {
          continue
        }
        database.messages[index].signals[signal].name = long
      }
    }
  }

  /// The text of an enumeration's index: its order differs between databases.
  private func resolved(_ value: DBC.Value, of name: String) -> DBC.Value {
    guard let names = enumerations[name], let number = value.number, let index = Int(exactly: number),
      names.indices.contains(index)
    else { return value }
    return .text(names[index])
  }
}

/// Reads the lines of a definition text into messages whose types are names yet.
enum Ros1Text {
  typealias Failure = Ros1Definition.Failure
  typealias Message = Ros1Definition.Message

  static func parse(_ text: [UInt8], type: String) throws(Failure) -> [Message] {
    var messages = [Message(name: type)]
    var names: Set<String> = [type]
    var fields: Set<String> = []
    /// Of the message that lines belong to; nil for a type that was there before, and where `MSG:` is awaited.
    var current: Int? = 0
    var awaitsName = false
    var number = 0
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let line = trimmed(line)
      if line.count >= 2, line.allSatisfy({ $0 == UInt8(ascii: "=") }) {
        awaitsName = true
        continue
      }
      if awaitsName {
        if line.isEmpty { continue }
        guard let name = name(ofMessage: line) else {
          throw .line(number, "wanted MSG: and a type, not \(shown(line))")
        }
        awaitsName = false
        current = nil
        fields = []
        if names.insert(name).inserted {
          current = messages.count
          messages.append(Message(name: name))
        }
        continue
      }
      guard let current else { continue }
      try add(line, number, to: &messages[current])
      if let field = messages[current].fields.last, messages[current].fields.count > fields.count,
        !fields.insert(field.name).inserted
      {
        throw .line(number, "\(messages[current].name) has two fields \(field.name)")
      }
    }
    return messages
  }

  private static func name(ofMessage line: ArraySlice<UInt8>) -> String? {
    guard line.starts(with: Array("MSG:".utf8)) else { return nil }
    let name = String(decoding: trimmed(line.dropFirst(4)), as: UTF8.self)
    return isType(name) ? Ros1Definition.name(name) : nil
  }

  private static func add(_ line: ArraySlice<UInt8>, _ number: Int, to message: inout Message) throws(Failure) {
    let code = trimmed(line.prefix { $0 != UInt8(ascii: "#") })
    if code.isEmpty { return }
    let typeEnd = code.firstIndex(where: \.isBlank) ?? code.endIndex
    let type = String(decoding: code[..<typeEnd], as: UTF8.self)
    let rest = trimmed(code[typeEnd...])
    if let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
      let name = String(decoding: trimmed(rest[..<equals]), as: UTF8.self)
      guard Ros1Definition.Builtin(rawValue: type) != nil, isName(name) else {
        throw .line(number, "\(shown(line)) is not a constant")
      }
      // A string constant has no comment: it ends with its line.
      let value = type == "string" ? line[(equals + 1)...] : rest[(equals + 1)...]
      message.constants.append(.init(type: type, name: name, value: Array(trimmed(value))))
      return
    }
    let name = String(decoding: rest, as: UTF8.self)
    guard isName(name), let field = try field(type, name, number) else {
      throw .line(number, "\(shown(line)) is not a field")
    }
    message.fields.append(field)
  }

  private static func field(_ type: String, _ name: String, _ number: Int) throws(Failure) -> Ros1Definition.Field? {
    var base = type[...]
    var arity = Ros1Definition.Arity.one
    if let bracket = type.firstIndex(of: "[") {
      guard type.last == "]" else { return nil }
      base = type[..<bracket]
      let count = type[type.index(after: bracket)...].dropLast()
      if count.isEmpty {
        arity = .many
      } else {
        guard count.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        guard let count = UInt32(count) else { throw .line(number, "\(count) elements are too many") }
        arity = .fixed(Int(count))
      }
    }
    guard isType(String(base)) else { return nil }
    let element = Ros1Definition.Builtin(rawValue: String(base)).map(Ros1Definition.Element.builtin)
    return .init(
      name: name, type: type, element: element ?? .unresolved(Ros1Definition.name(String(base))), arity: arity)
  }

  /// Names become parts of the names of columns, each as often as its type is used.
  private static let longestName = 255

  /// Letters, digits and underscores, not beginning with a digit.
  private static func isName(_ name: some StringProtocol) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= longestName, !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= first)
    else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
      default: false
      }
    }
  }

  /// `Type`, `package/Type` or `package/msg/Type`.
  private static func isType(_ type: String) -> Bool {
    let parts = type.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count <= 3 && (parts.count < 3 || parts[1] == "msg") && parts.allSatisfy { isName($0) }
  }

  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var line = line.drop(while: \.isBlank)
    while let last = line.last, last.isBlank { line.removeLast() }
    return line
  }

  /// The beginning of a line, for a message.
  private static func shown(_ line: ArraySlice<UInt8>) -> String {
    "\"\(String(decoding: line.prefix(60), as: UTF8.self))\(line.count > 60 ? "…" : "")\""
  }
}

import Core

/// A ROS 1 message type: its name, the text that travels in a bag, and the sum of both.
package struct MessageDefinition: Sendable {
  package let name: String
  /// The fields, then each type they use after a line of 80 `=` and `MSG: package/Type`.
  package let text: String
  /// MD5 of the constants, then the fields, where the name of a message type is its own sum.
  package let md5sum: String

  /// A type of `MessageTexts`.
  package init(_ name: String) {
    self.name = name
    let separator = String(repeating: "=", count: 80)
    var text = Self.fields(of: name)
    for used in Self.uses(of: name) { text += "\(separator)\nMSG: \(used)\n\(Self.fields(of: used))" }
    self.text = text
    md5sum = Self.sum(of: name)
  }

  private static func fields(of name: String) -> String {
    guard let text = MessageTexts.all[name] else { preconditionFailure("the text of \(name) is written down") }
    return text + "\n"
  }

  /// The types a type needs, each once, depth first.
  private static func uses(of name: String) -> [String] {
    var found: [String] = []
    for line in MessageTexts.lines(of: name) {
      guard let used = line.message else { continue }
      for one in [used] + uses(of: used) where !found.contains(one) { found.append(one) }
    }
    return found
  }

  private static func sum(of name: String) -> String {
    let lines = MessageTexts.lines(of: name)
    let constants = lines.filter(\.isConstant).map(\.text)
    let fields = lines.filter { !$0.isConstant }.map { line in
      line.message.map { "\(sum(of: $0)) \(line.name)" } ?? line.text
    }
    return Digest.md5.of(Array((constants + fields).joined(separator: "\n").utf8).bytes).hex
  }
}

extension MessageTexts {
  /// One line of a definition.
  struct Line {
    var text: String
    var name: String
    var isConstant: Bool
    /// The type of a field that is a message, with its package.
    var message: String?
  }

  private static let primitives: Set<String> = [
    "bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "string",
    "time", "duration", "byte", "char",
  ]

  static func lines(of name: String) -> [Line] {
    let package = name.split(separator: "/")[0]
    return (all[name] ?? "").split(separator: "\n").map { line in
      let words = line.split(separator: " ", maxSplits: 1)
      let type = String(words[0].prefix { $0 != "[" })
      let isMessage = !primitives.contains(type)
      let full = type == "Header" ? "std_msgs/Header" : type.contains("/") ? type : "\(package)/\(type)"
      return Line(
        text: String(line), name: String(words[1]), isConstant: line.contains("="), message: isMessage ? full : nil)
    }
  }
}

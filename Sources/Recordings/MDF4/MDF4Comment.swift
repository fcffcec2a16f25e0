import Core

/// A comment: its text, and the properties beside it.
struct MDF4Comment: Sendable {
  var text = ""
  /// `common_properties`, names of trees joined by dots.
  var properties: [(name: String, value: String)] = []
  /// Names that tools show instead of the channel's.
  var names: [String] = []

  var isEmpty: Bool { text.isEmpty && properties.isEmpty && names.isEmpty }

  init(text: String = "") { self.text = text }

  /// From the XML of an MD block; what is no XML is the text as it is.
  init(xml: [UInt8]) {
    var parser = MDF4XML(xml)
    var path: [String] = []
    var keys: [String] = []
    while let event = parser.next() {
      switch event {
      case .start(let name, let attributes):
        path.append(name)
        if name == "tree" || name == "e" || name == "list" || name == "li" {
          keys.append(attributes.first { $0.name == "name" }?.value ?? "")
        }
        guard path.count <= MDF4XML.deepest else {
          self = MDF4Comment(text: String(decoding: xml, as: UTF8.self))
          return
        }
      case .end(let name):
        if ["tree", "e", "list", "li"].contains(name), !keys.isEmpty { keys.removeLast() }
        if path.last == name { path.removeLast() }
      case .text(let value):
        switch path.last {
        case "TX"?: text += value
        case "e"?, "li"?:
          let name = keys.filter { !$0.isEmpty }.joined(separator: ".")
          properties.append((name, value))
        // Of the file's history.
        case let tool? where ["tool_id", "tool_vendor", "tool_version", "user_name"].contains(tool):
          properties.append((tool, value))
        case "display"?, "DN"?: names.append(value)
        default: break
        }
      }
    }
    text = text.trimmed
    if !parser.isWhole, isEmpty { text = String(decoding: xml, as: UTF8.self) }
  }

  var json: JSON? {
    guard !isEmpty else { return nil }
    guard !properties.isEmpty || !names.isEmpty else { return .string(text) }
    var object: JSONObject = [:]
    if !text.isEmpty { object["text"] = .string(text) }
    for (name, value) in properties { object[name.isEmpty ? "value" : name] = .string(value) }
    if !names.isEmpty { object["names"] = .array(names.map { .string($0) }) }
    return .object(object)
  }
}

extension MDF4Blocks {
  private static let longestText = 16 << 20

  /// The text of a TX or MD block; empty where the link is none.
  ///
  /// - Throws: `MDF4Fault`, `SystemError`.
  mutating func text(at link: Int) throws -> String {
    guard link != 0 else { return "" }
    let block = try block(at: link, .text, .metadata)
    let bytes = try content(of: block)
    return block.kind == .metadata ? MDF4Comment(xml: bytes).text : repaired(bytes, at: link)
  }

  /// The comment at a link, with its properties.
  mutating func comment(at link: Int) throws -> MDF4Comment {
    guard link != 0 else { return MDF4Comment() }
    let block = try block(at: link, .text, .metadata)
    let bytes = try content(of: block)
    return block.kind == .metadata ? MDF4Comment(xml: bytes) : MDF4Comment(text: repaired(bytes, at: link))
  }

  /// Up to the first NUL; what follows is padding.
  private func content(of block: MDF4Block) throws -> [UInt8] {
    let bytes = Array(block.body.prefix { $0 != 0 })
    guard bytes.count <= Self.longestText else {
      throw MDF4Fault("block-length", at: block.address, "a text of \(bytes.count) bytes")
    }
    return bytes
  }

  private mutating func repaired(_ bytes: [UInt8], at link: Int) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    if !text.utf8.elementsEqual(bytes) { warn(Finding(.warning, "text-encoding", at: link, "a text is not UTF-8")) }
    return text
  }
}

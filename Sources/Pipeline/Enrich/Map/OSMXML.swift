package import Core

/// An OSM XML file, plain or gzip, https://wiki.openstreetmap.org/wiki/OSM_XML.
///
/// ```
///   <osm version="0.6">
///     <node id="1" lat="51.45" lon="-2.59"> <tag k="highway" v="traffic_signals"/> </node>
///     <way id="7"> <nd ref="1"/> <nd ref="2"/> <tag k="highway" v="primary"/> </way>
///     <relation id="9"> … </relation>
///   </osm>
/// ```
/// Read tag by tag; memory is a tag of at most 1 MiB and a way of at most 1 Mi nodes. A file that ends before `</osm>`
/// is an error, since nobody could tell what is missing.
package struct OSMXML: Sendable {
  static let longestTag = 1 << 20
  static let mostNodes = 1 << 20
  static let mostTags = 1 << 12
  private static let blockSize = 8192

  package let file: FileReader

  package init(_ file: FileReader) { self.file = file }

  /// Delivers what is selected, in the file's order.
  ///
  /// Throws `MapError`, `SystemError`, and what `body` throws.
  package func read(_ selection: OSMSelection, _ body: (OSMBlock) throws -> Void) throws {
    var tags = XMLTags(file: file, input: try UnpackedInput(file))
    var builder = ElementBuilder(selection: selection)
    var depth = 0
    while let tag = try tags.next() {
      if depth == 0, tag.name != "osm" { throw tags.error("wanted the element osm, found \(tag.name)") }
      do throws(ElementBuilder.Failure) { try builder.take(tag, isInside: depth > 1) } catch {
        throw tags.error(error.problem)
      }
      switch tag.form {
      case .start: depth += 1
      case .end: depth -= 1
      case .empty: break
      }
      guard depth <= 16 else { throw tags.error("elements are nested deeper than 16") }
      if depth == 0 { break }
      if builder.block.nodes.count + builder.block.ways.count >= Self.blockSize {
        try body(builder.takeBlock())
      }
    }
    guard tags.hasBegun, depth == 0 else { throw tags.error("wanted the end of osm, found the end of the file") }
    try body(builder.takeBlock())
  }
}

/// Makes elements of tags.
private struct ElementBuilder {
  struct Failure: Error { var problem: String }

  let selection: OSMSelection
  private(set) var block = OSMBlock()
  private var node: OSMNode?
  private var way: OSMWay?

  init(selection: OSMSelection) { self.selection = selection }

  mutating func takeBlock() -> OSMBlock {
    defer { block = OSMBlock() }
    return block
  }

  mutating func take(_ tag: XMLTags.Tag, isInside: Bool) throws(Failure) {
    switch (tag.name, tag.form) {
    case ("node", .end): finishNode()
    case ("way", .end): finishWay()
    case ("node", _) where !isInside:
      node = try makeNode(tag)
      if tag.form == .empty { finishNode() }
    case ("way", _) where !isInside:
      way = OSMWay(id: try integer(tag, "id"), nodes: [], tags: OSMTags())
      if tag.form == .empty { finishWay() }
    case ("relation", .start), ("relation", .empty): block.counts.relations += 1
    case ("nd", .start), ("nd", .empty): try addReference(tag)
    case ("tag", .start), ("tag", .empty): try addTag(tag)
    default: break
    }
  }

  private func makeNode(_ tag: XMLTags.Tag) throws(Failure) -> OSMNode? {
    let id = try integer(tag, "id")
    // A node that was deleted has no place.
    guard tag["visible"] != "false" else { return nil }
    guard let latitude = tag["lat"].flatMap(Double.init), let longitude = tag["lon"].flatMap(Double.init),
      let position = MapPosition(latitude: latitude, longitude: longitude)
    else {
      throw Failure(
        problem: "wanted lat and lon of node \(id), found \(tag["lat"] ?? "none"), \(tag["lon"] ?? "none")")
    }
    return OSMNode(id: id, position: position)
  }

  private mutating func finishNode() {
    guard let node else { return }
    block.counts.nodes += 1
    if selection.includes(node) { block.nodes.append(node) }
    self.node = nil
  }

  private mutating func finishWay() {
    guard let way else { return }
    block.counts.ways += 1
    block.counts.references += way.nodes.count
    if selection.includes(way) { block.ways.append(way) }
    self.way = nil
  }

  private mutating func addReference(_ tag: XMLTags.Tag) throws(Failure) {
    guard way != nil else { return }
    guard way?.nodes.count ?? 0 < OSMXML.mostNodes else { throw Failure(problem: "a way of too many nodes") }
    let node = try integer(tag, "ref")
    way?.nodes.append(node)
  }

  private mutating func addTag(_ tag: XMLTags.Tag) throws(Failure) {
    guard let key = tag["k"], let value = tag["v"] else { throw Failure(problem: "wanted k and v of a tag") }
    guard way?.tags.pairs.count ?? 0 < OSMXML.mostTags else { throw Failure(problem: "a way of too many tags") }
    way?.tags.pairs.append((key, value))
    if key == "highway" { node?.highway = value }
  }

  private func integer(_ tag: XMLTags.Tag, _ name: String) throws(Failure) -> Int64 {
    guard let value = tag[name].flatMap({ Int64($0) }) else {
      throw Failure(problem: "wanted a number \(name) of \(tag.name), found \(tag[name] ?? "none")")
    }
    return value
  }
}

/// The tags of an XML file one after the other; texts, comments and declarations are left out.
private struct XMLTags {
  enum Form { case start, end, empty }

  struct Tag {
    var name: String
    var form: Form
    var attributes: [(name: String, value: String)]

    subscript(name: String) -> String? { attributes.first { $0.name == name }?.value }
  }

  let file: FileReader
  let input: UnpackedInput
  /// Whether there was an element.
  private(set) var hasBegun = false
  private var buffer: [UInt8] = []
  private var position = 0
  /// How many unpacked bytes are before `buffer`.
  private var before = 0

  init(file: FileReader, input: UnpackedInput) {
    self.file = file
    self.input = input
  }

  func error(_ problem: String) -> MapError {
    MapError(file.path, input.isPacked ? "XML, unpacked," : "XML", at: before + position, problem)
  }

  mutating func next() throws -> Tag? {
    while true {
      while position < buffer.count, buffer[position] != UInt8(ascii: "<") { position += 1 }
      if position == buffer.count {
        guard try fill() else { return nil }
        continue
      }
      if try starts(with: "<!--") {
        try skip(past: "-->")
      } else if try starts(with: "<?") || starts(with: "<!") {
        try skip(past: ">")
      } else {
        return try tag()
      }
    }
  }

  private mutating func tag() throws -> Tag {
    var end = position + 1
    var quote: UInt8 = 0
    while true {
      if end == buffer.count {
        let start = position
        guard buffer.count - start <= OSMXML.longestTag else { throw error("a tag of more than 1 MiB") }
        guard try fill() else { throw error("wanted the end of a tag, found the end of the file") }
        end -= start - position
        continue
      }
      let byte = buffer[end]
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else if byte == UInt8(ascii: ">") {
        break
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      } else if byte == UInt8(ascii: "<") {
        throw error("wanted the end of a tag, found the start of another")
      }
      end += 1
    }
    var inner = buffer[(position + 1)..<end]
    var form = Form.start
    if inner.first == UInt8(ascii: "/") {
      inner = inner.dropFirst()
      form = .end
    } else if inner.last == UInt8(ascii: "/") {
      inner = inner.dropLast()
      form = .empty
    }
    let name = inner.prefix { !XMLText.isBlank($0) }
    guard !name.isEmpty else { throw error("wanted the name of an element") }
    let tag = Tag(
      name: String(decoding: name, as: UTF8.self), form: form,
      attributes: form == .end ? [] : XMLText.attributes(inner[name.endIndex...]))
    hasBegun = true
    position = end + 1
    return tag
  }

  /// Reads more behind what is not used yet; false at the end of the file.
  private mutating func fill() throws -> Bool {
    let more: [UInt8]
    do { more = try input.next() } catch let cause as CodecError {
      throw error("\(cause)")
    }
    before += position
    buffer.removeFirst(position)
    position = 0
    buffer += more
    return !more.isEmpty
  }

  private mutating func starts(with text: StaticString) throws -> Bool {
    let wanted = Array("\(text)".utf8)
    while buffer.count - position < wanted.count {
      guard try fill() else { break }
    }
    return buffer[position...].starts(with: wanted)
  }

  private mutating func skip(past end: StaticString) throws {
    let wanted = Array("\(end)".utf8)
    while true {
      if buffer[position...].starts(with: wanted) {
        position += wanted.count
        return
      }
      position += 1
      if buffer.count - position < wanted.count {
        guard try fill() else { throw error("wanted \(end), found the end of the file") }
      }
    }
  }
}

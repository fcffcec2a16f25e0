/// One table of a configuration file (JSON5), read key by key, so that what nobody asked for is found (CL-37).
///
/// ```swift
/// let settings = try Configuration(path: "extract.json5")
/// let camera = try settings.table("camera")
/// let topics = try camera?.globs("topics")
/// let rate = try camera?.rate("rate") ?? 10
/// try settings.finish()
/// ```
/// An accessor gives nil when the key is absent, and a `ConfigurationError` with file, line and column when the value
/// is of another kind. `finish` of the root refuses keys that no accessor named, in all tables that were asked for.
/// A class, since tables and their root share what was asked for; it belongs to one thread.
package final class Configuration {
  /// What all tables of a file share.
  struct Document {
    var file: String
    var bytes: [UInt8]
  }

  /// Where the table is in its file: `camera`, `cameras[2]`; empty for the root.
  package let path: String
  let document: Document
  let object: JSONObject
  let place: JSONPlace
  /// The keys that accessors named.
  private(set) var known: [String] = []
  private var tables: [Configuration] = []
  private static let largest = 16 << 20

  /// Reads a file; a `SystemError` when it cannot be read.
  package convenience init(path: String) throws {
    let file = try FileReader(path)
    guard file.count <= Self.largest else { throw ConfigurationError(path, "larger than \(Self.largest) bytes") }
    let bytes = try file.bytes(at: 0, count: file.count)
    try file.checkUnchanged()
    try self.init(bytes, file: path)
  }

  /// `file` is what errors call the text; an empty text is an empty table.
  package convenience init(_ bytes: [UInt8], file: String) throws(ConfigurationError) {
    let document = Document(file: file, bytes: bytes)
    guard !bytes.isEmpty else {
      self.init(document, JSONObject(), JSONPlace(), "")
      return
    }
    var parser = JSONParser(bytes.bytes, .json5, JSON.Limits(), keepsPlaces: true)
    let value: JSON
    do throws(JSON.Failure) {
      value = try parser.document()
    } catch {
      throw ConfigurationError("\(file):\(error.line):\(error.column)", error.problem)
    }
    guard case .object(let object) = value else {
      throw document.error(at: parser.place.value, "wanted a table in braces, found \(value.kind)")
    }
    self.init(document, object, parser.place, "")
  }

  private init(_ document: Document, _ object: JSONObject, _ place: JSONPlace, _ path: String) {
    self.document = document
    self.object = object
    self.place = place
    self.path = path
  }

  /// The whole table, for digests.
  package var json: JSON { .object(object) }
  package var keys: [String] { object.members.map(\.key) }

  /// Refuses the first key that no accessor named, here or in a table below.
  package func finish() throws(ConfigurationError) {
    for (index, member) in object.members.enumerated() where !known.contains(member.key) {
      let meant = known.nearest(to: member.key).map { "; did you mean '\($0)'?" } ?? ""
      let parent = path.isEmpty ? "" : " in '\(path)'"
      throw document.error(at: place.children[index].key, "unknown key '\(member.key)'\(parent)\(meant)")
    }
    for table in tables { try table.finish() }
  }

  /// An error at the place of a key's value, or of the table when the key is absent.
  package func error(_ key: String, _ problem: String) -> ConfigurationError {
    let index = object.members.firstIndex { $0.key == key }
    return document.error(at: index.map { place.children[$0].value } ?? place.value, "'\(path(of: key))' \(problem)")
  }

  /// The line of a key's value, from 1; nil when the key is absent.
  package func line(of key: String) -> Int? {
    guard let index = object.members.firstIndex(where: { $0.key == key }) else { return nil }
    return document.line(at: place.children[index].value)
  }

  /// What an accessor reads, or an error if the key is absent: `try settings.required("id", settings.string)`.
  package func required<Value>(
    _ key: String, _ read: (String) throws(ConfigurationError) -> Value?
  ) throws(ConfigurationError) -> Value {
    guard let value = try read(key) else { throw error(key, "is missing") }
    return value
  }

  /// Any value, unchecked.
  package func value(_ key: String) -> JSON? {
    known.append(key)
    return object[key]
  }

  /// A table of its own, whose keys `finish` checks as well.
  package func table(_ key: String) throws(ConfigurationError) -> Configuration? {
    guard let value = value(key), let index = object.members.firstIndex(where: { $0.key == key }) else { return nil }
    return try table(value, place.children[index], path(of: key))
  }

  /// The tables of a list.
  package func tables(_ key: String) throws(ConfigurationError) -> [Configuration]? {
    guard let value = value(key), let index = object.members.firstIndex(where: { $0.key == key }) else { return nil }
    guard let elements = value.array else { throw wrong(key, "a list of tables", value) }
    var tables: [Configuration] = []
    for (number, element) in elements.enumerated() {
      tables.append(try table(element, place.children[index].children[number], "\(path(of: key))[\(number)]"))
    }
    return tables
  }

  private func table(_ value: JSON, _ place: JSONPlace, _ path: String) throws(ConfigurationError) -> Configuration {
    guard let object = value.object else {
      throw document.error(at: place.value, "'\(path)' must be a table, not \(value.kind)")
    }
    let table = Configuration(document, object, place, path)
    tables.append(table)
    return table
  }

  func wrong(_ key: String, _ wanted: String, _ value: JSON) -> ConfigurationError {
    error(key, "must be \(wanted), not \(value.kind)")
  }

  private func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}

extension Configuration.Document {
  func line(at offset: Int) -> Int { bytes.bytes.lineAndColumn(of: offset).line }

  func error(at offset: Int, _ problem: String) -> ConfigurationError {
    let (line, column) = bytes.bytes.lineAndColumn(of: offset)
    return ConfigurationError("\(file):\(line):\(column)", problem)
  }
}

extension JSON {
  /// What it is, in an error about it.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer, .unsigned, .number: text
    case .string(let text): "'\(text.prefix(40))\(text.count > 40 ? "…" : "")'"
    case .array: "a list"
    case .object: "a table"
    }
  }
}

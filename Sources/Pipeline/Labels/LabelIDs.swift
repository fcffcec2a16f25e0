import Core

/// The numbers of images, annotations and categories by keys that stay: `ids.json` of a package.
///
/// Numbers go on from those of an export before, and are never used again for something else.
package struct LabelIDs: Sendable {
  package enum Section: String, Sendable, CaseIterable { case images, annotations, categories }

  static let file = "ids.json"
  /// Of the file; nil for a series that begins.
  package let digest: String?
  private var known: [Section: [String: Int]] = [:]
  private var next: [Section: Int] = [:]

  package init() { digest = nil }

  package init(path: String) throws {
    let bytes = try SourceFile.contents(path)
    digest = Digest.sha256(bytes).hex
    let json: JSON
    do throws(JSON.Failure) { json = try JSON.parse(bytes, limits: JSON.Limits(bytes: 1 << 30)) } catch {
      throw SourceError("\(path):\(error.line):\(error.column)", error.problem)
    }
    guard json["schema"] == "av.ids/1" else { throw SourceError(path, "is no ids.json of an export") }
    for section in Section.allCases {
      var numbers: [String: Int] = [:], last = 0
      for member in json[section.rawValue]?.object?.members ?? [] {
        guard let id = member.value.integer.flatMap({ Int(exactly: $0) }), id > 0, id < 1 << 53 else {
          throw SourceError(path, "\(section.rawValue) '\(member.key.shown)' has no number from 1")
        }
        numbers[member.key] = id
        last = max(last, id)
      }
      (known[section], next[section]) = (numbers, last + 1)
    }
  }

  /// The number of a key, and whether it is new; a key is asked for once an export.
  mutating func number(_ section: Section, _ key: String) -> (id: Int, isNew: Bool) {
    if let id = known[section]?[key] { return (id, false) }
    let id = next[section] ?? 1
    next[section] = id + 1
    return (id, true)
  }

  /// What a section had before, in the order of the numbers.
  func before(_ section: Section) -> [(key: String, id: Int)] {
    (known[section] ?? [:]).map { (key: $0.key, id: $0.value) }.sorted { $0.id < $1.id }
  }
}

/// Writes `ids.json`, section by section as numbers are given.
struct LabelIDWriter {
  private let output: OutputFile
  private var buffer = Array(#"{"schema":"av.ids/1""#.utf8)
  private var isFirst = true

  init(_ output: OutputFile) { self.output = output }

  mutating func begin(_ section: LabelIDs.Section, _ ids: LabelIDs) throws {
    if section != .images { buffer.append(UInt8(ascii: "}")) }
    buffer += Array(",\n\"\(section.rawValue)\":{".utf8)
    isFirst = true
    for (key, id) in ids.before(section) { try put(key, id) }
  }

  mutating func put(_ key: String, _ id: Int) throws {
    if !isFirst { buffer.append(UInt8(ascii: ",")) }
    isFirst = false
    buffer.append(UInt8(ascii: "\n"))
    buffer.appendJSON(key)
    buffer.append(UInt8(ascii: ":"))
    buffer.appendJSON(Int64(id))
    guard buffer.count > 1 << 16 else { return }
    try output.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  mutating func finish() throws -> OutputFile.Summary {
    buffer += Array("}}\n".utf8)
    try output.write(buffer)
    return try output.commit()
  }
}

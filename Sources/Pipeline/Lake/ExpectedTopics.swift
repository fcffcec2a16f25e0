import Core

/// The topics that a measurement should have (`expect` of a manifest, of a lake, or of a file).
package struct ExpectedTopics: Sendable, Hashable {
  /// How far a rate may be off, as a share.
  package var tolerance = 0.1
  /// How many periods two messages may be apart.
  package var longestGap = 2.5
  package var topics: [Topic] = []

  /// One expected topic.
  package struct Topic: Sendable, Hashable {
    package var name: String
    package var type: String?
    package var hertz: Double?
    package var isRequired = true
  }

  /// The file to which `expect` of `lake.json5` or an option points: JSON5, either the table itself or `{expect: …}`.
  package init(path: String) throws {
    let file = try FileReader(path)
    guard file.count <= 16 << 20 else { throw ConfigurationError(path, "larger than 16 MiB") }
    let bytes = try file.bytes(at: 0, count: file.count)
    let json: JSON
    do throws(JSON.Failure) { json = try JSON.parse(bytes, dialect: .json5) } catch {
      throw ConfigurationError("\(path):\(error.line):\(error.column)", error.problem)
    }
    do throws(Failure) { try self.init(json["expect"] ?? json) } catch {
      throw ConfigurationError(path, error.problem)
    }
  }

  /// A field that is not what it must be.
  struct Failure: Error { var problem: String }

  init(_ json: JSON) throws(Failure) {
    guard let object = json.object else { throw Failure(problem: "'expect' must be an object") }
    if let value = object["tolerance"] {
      guard let number = value.number, number >= 0, number <= 1 else {
        throw Failure(problem: "'expect.tolerance' must be a number from 0 to 1")
      }
      tolerance = number
    }
    if let value = object["max_gap"] {
      guard let number = value.number, number >= 1, number.isFinite else {
        throw Failure(problem: "'expect.max_gap' must be a number from 1")
      }
      longestGap = number
    }
    guard let list = object["topics"] else { return }
    guard let elements = list.array else { throw Failure(problem: "'expect.topics' must be a list") }
    for (index, element) in elements.enumerated() { topics.append(try Topic(element, at: index)) }
    let names = topics.map(\.name)
    if let twice = names.enumerated().first(where: { names[..<$0.offset].contains($0.element) }) {
      throw Failure(problem: "'expect.topics' has \(twice.element) twice")
    }
  }
}

extension ExpectedTopics.Topic {
  init(_ json: JSON, at index: Int) throws(ExpectedTopics.Failure) {
    let place = "'expect.topics[\(index)]"
    guard let name = json["topic"]?.string, !name.isEmpty else {
      throw ExpectedTopics.Failure(problem: "\(place).topic' must be a name")
    }
    self.name = name
    if let value = json["type"] {
      guard let text = value.string else { throw ExpectedTopics.Failure(problem: "\(place).type' must be a text") }
      type = text
    }
    if let value = json["hz"] {
      guard let number = value.number, number > 0, number.isFinite else {
        throw ExpectedTopics.Failure(problem: "\(place).hz' must be a number above zero")
      }
      hertz = number
    }
    if let value = json["required"] {
      guard let flag = value.bool else {
        throw ExpectedTopics.Failure(problem: "\(place).required' must be true or false")
      }
      isRequired = flag
    }
  }
}

import Core

/// What a line of a commit or a row of a checkpoint does.
enum DeltaAction: Sendable {
  case format(DeltaProtocol)
  case metadata(DeltaMetadata)
  case add(DeltaFile)
  case remove(DeltaRemoval)
  case transaction(DeltaTransaction)
  /// `commitInfo`, and what later versions of the protocol may have; not an error.
  case other(String)

  /// What is wrong with an action.
  struct Fault: Error { var problem: String }

  /// Of an object with one member, whose key is the action's name.
  init(_ json: JSON) throws(Fault) {
    guard let members = json.object?.members, members.count == 1, let member = members.first else {
      throw Fault(problem: "wanted an object with one member, the action")
    }
    self = try DeltaAction(member.key, member.value)
  }

  init(_ name: String, _ value: JSON) throws(Fault) {
    switch name {
    case "protocol": self = .format(try DeltaProtocol(value))
    case "metaData": self = .metadata(try DeltaMetadata(value))
    case "add": self = .add(try DeltaFile(value))
    case "remove": self = .remove(try DeltaRemoval(value))
    case "txn": self = .transaction(try DeltaTransaction(value))
    default: self = .other(name)
    }
  }
}

/// Which versions of the protocol a table wants of readers and writers, and which features.
package struct DeltaProtocol: Sendable, Equatable {
  package var reader = 1
  package var writer = 2
  /// Nil before reader version 3.
  package var readerFeatures: [String]?
  /// Nil before writer version 7.
  package var writerFeatures: [String]?

  init() {}

  init(_ json: JSON) throws(DeltaAction.Fault) {
    reader = Int(clamping: try json.integer("minReaderVersion", of: "protocol"))
    writer = Int(clamping: try json.integer("minWriterVersion", of: "protocol"))
    readerFeatures = json["readerFeatures"]?.array?.compactMap(\.string)
    writerFeatures = json["writerFeatures"]?.array?.compactMap(\.string)
  }

  var json: JSON {
    var object: JSONObject = ["minReaderVersion": .count(reader), "minWriterVersion": .count(writer)]
    object["readerFeatures"] = readerFeatures.map { .array($0.map { .string($0) }) }
    object["writerFeatures"] = writerFeatures.map { .array($0.map { .string($0) }) }
    return .object(object)
  }
}

/// What a table is: identity, columns, partitions, settings.
package struct DeltaMetadata: Sendable, Equatable {
  package var id: String
  package var name: String?
  package var comment: String?
  package var fields: [DeltaField]
  package var partitionColumns: [String]
  package var configuration: [String: String]
  /// Milliseconds since 1970.
  var created: Int64?
  /// As it was, with what `fields` does not know.
  var schemaText: String

  init(id: String, fields: [DeltaField], partitionColumns: [String], configuration: [String: String], created: Int64) {
    (self.id, self.fields, self.partitionColumns) = (id, fields, partitionColumns)
    (self.configuration, self.created) = (configuration, created)
    schemaText = DeltaType.text(fields)
  }

  init(_ json: JSON) throws(DeltaAction.Fault) {
    id = try json.text("id", of: "metaData")
    name = json["name"]?.string
    comment = json["description"]?.string
    schemaText = try json.text("schemaString", of: "metaData")
    guard let provider = json["format"]?["provider"]?.string, provider == "parquet" else {
      throw .init(problem: "metaData: wanted format parquet")
    }
    let schema: JSON
    do throws(JSON.Failure) { schema = try JSON.parse(schemaText) } catch {
      throw .init(problem: "metaData: schemaString: \(error)")
    }
    guard case .structure(let fields)? = DeltaType(schema) else {
      throw .init(problem: "metaData: schemaString is not a structure of fields")
    }
    self.fields = fields
    partitionColumns = json["partitionColumns"]?.array?.compactMap(\.string) ?? []
    for column in partitionColumns where !fields.contains(where: { $0.name == column }) {
      throw .init(problem: "metaData: partition column \(column) is not in the schema")
    }
    configuration = json["configuration"].texts.compactMapValues { $0 }
    created = json["createdTime"]?.integer
  }

  var json: JSON {
    var object: JSONObject = ["id": .string(id)]
    object["name"] = name.map { .string($0) }
    object["description"] = comment.map { .string($0) }
    object["format"] = ["provider": "parquet", "options": [:]]
    object["schemaString"] = .string(schemaText)
    object["partitionColumns"] = .array(partitionColumns.map { .string($0) })
    object["configuration"] = .object(configuration.mapValues { $0 })
    object["createdTime"] = created.map { .integer($0) }
    return .object(object)
  }
}

/// A Parquet file of a table.
package struct DeltaFile: Sendable, Equatable {
  /// Below the table's folder, decoded: never out of it.
  package private(set) var path: String
  /// As it stands in the log: engines compare it byte by byte.
  private var location: String
  /// As text by column; nil where the value is missing.
  package var partitionValues: [String: String?]
  package var size: Int64
  /// Milliseconds since 1970.
  package var modified: Int64
  /// `numRecords`, `minValues`, `maxValues`, `nullCount`; nil where they are not known.
  package var statistics: String?
  var tags: [String: String?]

  /// A file that is there and durable; `path` has no character that a URI would encode.
  package init(path: String, partitionValues: [String: String?], size: Int64, modified: Int64, statistics: String?) {
    (self.path, location, self.partitionValues, self.size) = (path, path, partitionValues, size)
    (self.modified, self.statistics) = (modified, statistics)
    tags = [:]
  }

  init(_ json: JSON) throws(DeltaAction.Fault) {
    path = try json.path(of: "add")
    location = try json.text("path", of: "add")
    if let vector = json["deletionVector"], vector != .null { throw .init(problem: "add: feature deletionVectors") }
    // An empty text is a missing value too, by the protocol.
    partitionValues = json["partitionValues"].texts.mapValues { $0 == "" ? nil : $0 }
    size = try json.integer("size", of: "add")
    guard size >= 0 else { throw .init(problem: "add: size is \(size)") }
    modified = json["modificationTime"]?.integer ?? 0
    statistics = json["stats"]?.string
    tags = json["tags"].texts
  }

  /// Rows, where the log says how many.
  package var rows: Int64? {
    guard let statistics, let json = try? JSON.parse(statistics) else { return nil }
    return json["numRecords"]?.integer
  }

  func json(changesData: Bool) -> JSON {
    var object: JSONObject = [
      "path": .string(location), "partitionValues": .object(partitionValues), "size": .integer(size),
      "modificationTime": .integer(modified), "dataChange": .bool(changesData),
    ]
    object["stats"] = statistics.map { .string($0) }
    if !tags.isEmpty { object["tags"] = .object(tags) }
    return .object(object)
  }
}

/// A file that is no longer of the table, and stays for those who read an older version.
struct DeltaRemoval: Sendable, Equatable {
  var path: String
  /// Milliseconds since 1970.
  var deleted: Int64?
  /// What the action had, for checkpoints.
  var json: JSONObject

  init(_ json: JSON) throws(DeltaAction.Fault) {
    path = try json.path(of: "remove")
    deleted = json["deletionTimestamp"]?.integer
    self.json = json.object ?? [:]
  }
}

/// Which work of an application is in a table: the same work is never appended twice.
package struct DeltaTransaction: Sendable, Equatable {
  package var application: String
  package var version: Int64
  /// Milliseconds since 1970.
  var updated: Int64?

  /// `version` grows with each piece of work of an application; a work done once has 1.
  package init(application: String, version: Int64 = 1) {
    (self.application, self.version) = (application, version)
  }

  init(_ json: JSON) throws(DeltaAction.Fault) {
    application = try json.text("appId", of: "txn")
    version = try json.integer("version", of: "txn")
    updated = json["lastUpdated"]?.integer
  }

  var json: JSON {
    var object: JSONObject = ["appId": .string(application), "version": .integer(version)]
    object["lastUpdated"] = updated.map { .integer($0) }
    return .object(object)
  }
}

extension JSON {
  fileprivate func text(_ key: String, of action: String) throws(DeltaAction.Fault) -> String {
    guard let text = self[key]?.string else { throw .init(problem: "\(action): wanted a text \(key)") }
    return text
  }

  fileprivate func integer(_ key: String, of action: String) throws(DeltaAction.Fault) -> Int64 {
    guard case .integer(let value)? = self[key] else { throw .init(problem: "\(action): wanted an integer \(key)") }
    return value
  }

  fileprivate func path(of action: String) throws(DeltaAction.Fault) -> String {
    let text = try text("path", of: action)
    guard let path = DeltaPath.file(text) else {
      throw .init(problem: "\(action): \(text.jsonQuoted) is not a file below the table")
    }
    return path
  }

  fileprivate static func object(_ texts: [String: String?]) -> JSON {
    .object(JSONObject(texts.sorted { $0.key < $1.key }.map { .init(key: $0, value: $1.map { .string($0) } ?? .null) }))
  }
}

extension JSON? {
  /// Members that are texts or null.
  fileprivate var texts: [String: String?] {
    var result: [String: String?] = [:]
    for member in self?.object?.members ?? [] { result[member.key] = .some(member.value.string) }
    return result
  }
}

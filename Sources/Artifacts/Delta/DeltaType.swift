package import Core

/// What a column of a Delta table is, by the protocol's schema serialization; what may be missing is not compared.
package indirect enum DeltaType: Sendable, Equatable {
  /// `string`, `long`, `integer`, `short`, `byte`, `float`, `double`, `boolean`, `binary`, `date`, `timestamp`, …
  case primitive(String)
  case array(DeltaType)
  case map(key: DeltaType, value: DeltaType)
  case structure([DeltaField])
}

package struct DeltaField: Sendable, Equatable {
  package var name: String
  package var type: DeltaType
  package var isNullable = true
  /// Rules about the column's values, by key.
  package var metadata: JSONObject = [:]

  package static func == (one: DeltaField, other: DeltaField) -> Bool {
    one.name == other.name && one.type == other.type
  }
}

// MARK: - From our columns

extension DeltaField {
  /// The columns that a table of a schema gets: dots in names, which Spark takes for members, become `__`.
  ///
  /// All may be missing: what is required is a rule that every later writer would have to keep.
  package static func fields(_ schema: Schema) throws(DeltaError) -> [DeltaField] { try fields(schema.fields) }

  private static func fields(_ fields: [Field]) throws(DeltaError) -> [DeltaField] {
    var names: Set<String> = []
    var result: [DeltaField] = []
    for field in fields {
      let name = name(field.name)
      guard !name.isEmpty, name.utf8.allSatisfy({ $0 >= 0x20 && !Array(" ,;{}()=".utf8).contains($0) }) else {
        throw .unfit(column: field.name, "names have none of ' ,;{}()=' and control characters")
      }
      guard names.insert(name.lowercased()).inserted else {
        throw .unfit(column: field.name, "it occurs twice, ignoring case")
      }
      result.append(DeltaField(name: name, type: try type(field.type)))
    }
    return result
  }

  static func name(_ name: String) -> String { name.split(separator: ".").joined(separator: "__") }

  private static func type(_ type: FieldType) throws(DeltaError) -> DeltaType {
    switch type {
    case .bool: .primitive("boolean")
    case .int8: .primitive("byte")
    case .int16, .uint8: .primitive("short")
    case .int32, .uint16: .primitive("integer")
    case .int64, .uint32, .uint64, .time, .duration: .primitive("long")
    case .float32: .primitive("float")
    case .float64: .primitive("double")
    case .string: .primitive("string")
    case .bytes: .primitive("binary")
    case .timestamp: .primitive("timestamp")
    case .list(let element): .array(try self.type(element))
    case .structure(let members): .structure(try fields(members))
    }
  }
}

// MARK: - As JSON

extension DeltaType {
  /// `schemaString` of some columns.
  static func text(_ fields: [DeltaField]) -> String { DeltaType.structure(fields).json.text }

  var json: JSON {
    switch self {
    case .primitive(let name): return .string(name)
    case .array(let element): return ["type": "array", "elementType": element.json, "containsNull": true]
    case .map(let key, let value):
      return ["type": "map", "keyType": key.json, "valueType": value.json, "valueContainsNull": true]
    case .structure(let fields):
      let fields = fields.map { field -> JSON in
        [
          "name": .string(field.name), "type": field.type.json, "nullable": .bool(field.isNullable),
          "metadata": .object(field.metadata),
        ]
      }
      return ["type": "struct", "fields": .array(fields)]
    }
  }

  /// Nil for what is no type; of a type that is not known the name is kept.
  init?(_ json: JSON) {
    if let name = json.string {
      self = .primitive(name)
      return
    }
    switch json["type"]?.string {
    case "array":
      guard let element = json["elementType"].flatMap(DeltaType.init) else { return nil }
      self = .array(element)
    case "map":
      guard let key = json["keyType"].flatMap(DeltaType.init), let value = json["valueType"].flatMap(DeltaType.init)
      else { return nil }
      self = .map(key: key, value: value)
    case "struct":
      guard let members = json["fields"]?.array else { return nil }
      var fields: [DeltaField] = []
      for member in members {
        guard let name = member["name"]?.string, let type = member["type"].flatMap(DeltaType.init) else { return nil }
        fields.append(
          DeltaField(
            name: name, type: type, isNullable: member["nullable"]?.bool ?? true,
            metadata: member["metadata"]?.object ?? [:]))
      }
      self = .structure(fields)
    default: return nil
    }
  }
}

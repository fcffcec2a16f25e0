import Core

/// The definitions of a bag's connections, each made ready for decoding once, and not more of them than memory allows.
///
/// A definition of a few hundred bytes can have thousands of columns, so that a small file could ask for any memory.
struct RosBagDefinitions {
  /// A connection's definition, made ready for decoding where it can be.
  struct Compiled {
    var decoder: Ros1Decoder?
    var md5: String?
    var problem: String?
    var schema: Schema { decoder?.schema ?? Schema([Field("data", .bytes)]) }
  }

  private struct Key: Hashable {
    var type: String
    var md5: String
    var definition: [UInt8]
  }

  /// About as many bytes as all columns of a bag may take; a hundred times those of a large fleet's bags.
  private static let most = 64 << 20

  private var known: [Key: Compiled] = [:]
  private var left = Self.most

  mutating func compiled(_ connection: RosBagConnection) -> Compiled {
    let key = Key(type: connection.type, md5: connection.md5, definition: connection.definition)
    if let known = known[key] { return known }
    guard left > 0 else { return Compiled(problem: "the definitions of the bag have too many columns together") }
    var compiled = Compiled()
    do throws(Ros1Definition.Failure) {
      let definition = try Ros1Definition(connection.definition, type: connection.type, md5sum: connection.md5)
      compiled.md5 = definition.md5sum
      compiled.decoder = try Ros1Decoder(definition)
    } catch {
      compiled.problem = "\(error)"
    }
    left -= Self.size(compiled.schema.fields)
    known[key] = compiled
    return compiled
  }

  /// A column takes its name, its place in the plan, and its arrays.
  private static func size(_ fields: [Field]) -> Int {
    fields.reduce(0) { $0 + 128 + $1.name.utf8.count + size($1.type) }
  }

  private static func size(_ type: FieldType) -> Int {
    switch type {
    case .list(let element): size(element)
    case .structure(let fields): size(fields)
    case .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float32, .float64, .string, .bytes,
      .time, .duration, .timestamp:
      0
    }
  }
}

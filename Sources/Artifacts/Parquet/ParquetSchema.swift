import Core

/// A table's columns as Parquet sees them: a tree of elements, depth first, and its leaves.
struct ParquetSchema: Sendable {
  /// The root first; groups before their children.
  private(set) var elements: [Element] = []
  private(set) var leaves: [ParquetLeaf] = []

  /// Readers that recurse have limits; the Parquet reader here has the same.
  static let maximumDepth = 64

  /// A SchemaElement.
  struct Element: Sendable {
    var name: String
    /// Nil for the root.
    var repetition: Repetition?
    /// Nil for leaves.
    var children: Int?
    var physical: PhysicalType?
    var annotation: Annotation?
  }

  enum Repetition: Int32 { case required = 0, optional, repeated }

  /// `maps` are paths of lists of structures `key`, `value`, which become maps.
  init(
    _ schema: Schema, uint64: TableOptions.Unsigned64 = .unsigned, maps: Set<[String]> = []
  ) throws(ParquetError) {
    elements.append(Element(name: "schema", children: 0))
    var path = Path(uint64: uint64, maps: maps)
    try addMembers(schema.fields, of: "the table", &path)
    elements[0].children = addable(schema.fields).count
    guard !leaves.isEmpty else { throw .noColumns }
  }

  /// The fields that hold values: an empty structure has nothing to be stored in.
  private func addable(_ fields: [Field]) -> [(position: Int, field: Field)] {
    fields.enumerated().filter { $1.type.holdsValues }.map { ($0, $1) }
  }

  private mutating func addMembers(_ fields: [Field], of parent: String, _ path: inout Path) throws(ParquetError) {
    var names: Set<String> = []
    for (position, field) in addable(fields) {
      guard !field.name.isEmpty else { throw .namelessColumn(in: parent) }
      guard names.insert(field.name.lowercased()).inserted else { throw .ambiguousColumn(field.name) }
      var inner = path
      inner.steps.append(.member(position))
      try add(field.name, field.type, isNullable: field.isNullable, &inner)
    }
  }

  private mutating func add(
    _ name: String, _ type: FieldType, isNullable: Bool, _ path: inout Path
  ) throws(ParquetError) {
    path.names.append(name)
    guard path.names.count < Self.maximumDepth else { throw .tooDeep(path.names.joined(separator: ".")) }
    let mayBeMissing = isNullable || type == .uint64 && path.uint64 == .int64OrNull
    path.steps.append(mayBeMissing ? .optional : .required)
    if mayBeMissing { path.definition += 1 }
    let repetition = mayBeMissing ? Repetition.optional : .required
    switch type {
    case .structure(let fields):
      elements.append(Element(name: name, repetition: repetition, children: addable(fields).count))
      try addMembers(fields, of: path.names.joined(separator: "."), &path)
    case .list(.structure(let entry)) where path.maps.contains(path.names):
      elements.append(Element(name: name, repetition: repetition, children: 1, annotation: .map))
      elements.append(Element(name: "key_value", repetition: .repeated, children: addable(entry).count))
      path.names.append("key_value")
      path.steps.append(.list)
      path.definition += 1
      path.repetition += 1
      try addMembers(entry, of: path.names.joined(separator: "."), &path)
    case .list(let element):
      elements.append(Element(name: name, repetition: repetition, children: 1, annotation: .list))
      elements.append(Element(name: "list", repetition: .repeated, children: 1))
      path.names.append("list")
      path.steps.append(.list)
      path.definition += 1
      path.repetition += 1
      try add("element", element, isNullable: true, &path)
    default:
      let storage = LeafStorage(type, uint64: path.uint64)
      elements.append(
        Element(name: name, repetition: repetition, physical: storage.physical, annotation: storage.annotation))
      leaves.append(ParquetLeaf(path, storage, type))
    }
  }

  /// What lies between the root and an element.
  struct Path {
    var names: [String] = []
    var steps: [ParquetLeaf.Step] = []
    var definition = 0
    var repetition = 0
    var uint64: TableOptions.Unsigned64
    var maps: Set<[String]>
  }
}

/// A column that holds values, and the way to them.
struct ParquetLeaf: Sendable {
  /// How to get from a batch to the leaf's values.
  enum Step: Sendable, Equatable {
    /// Into a member of a structure, or a column of the batch.
    case member(Int)
    /// Past a value that must be there.
    case required
    /// Past a value that may be missing: one definition level.
    case optional
    /// Into the elements of a list: one definition and one repetition level.
    case list
  }

  var path: [String]
  var steps: [Step]
  var maximumDefinition: Int
  var maximumRepetition: Int
  var storage: LeafStorage
  var type: FieldType

  init(_ path: ParquetSchema.Path, _ storage: LeafStorage, _ type: FieldType) {
    self.path = path.names
    steps = path.steps
    maximumDefinition = path.definition
    maximumRepetition = path.repetition
    self.storage = storage
    self.type = type
  }

  var name: String { path.joined(separator: ".") }
}

extension FieldType {
  /// False for a structure without members, and what is made of such only.
  fileprivate var holdsValues: Bool {
    switch self {
    case .structure(let fields): fields.contains { $0.type.holdsValues }
    case .list(let element): element.holdsValues
    default: true
    }
  }
}

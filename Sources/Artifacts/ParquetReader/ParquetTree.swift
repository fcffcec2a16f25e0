import Core

/// A file's schema as columns: what stands where, and which leaves hold the values.
struct ParquetTree: Sendable {
  /// A column of the table, a member of a structure, or the elements of a list.
  struct Node: Sendable {
    var name: String
    var kind: Kind
    /// The value may be missing.
    var isOptional: Bool
    /// The definition level from which on the value is there.
    var definition: Int
    /// Levels of the slots that it has: one for each value, also a missing one, of what it is in.
    var slot: Slot
    /// Leaves below it.
    var leaves: Range<Int>
  }

  indirect enum Kind: Sendable {
    case leaf(ParquetLeafType)
    case structure([Node])
    /// Elements begin at a definition level, above that of an empty list.
    case list(element: Node, definition: Int)
  }

  /// Where a repetition level of at most `repetition` stands with a definition level of at least `definition`.
  struct Slot: Sendable {
    var repetition: Int
    var definition: Int
  }

  struct Leaf: Sendable {
    var path: [String]
    var type: ParquetLeafType
    var maximumDefinition: Int
    var maximumRepetition: Int
    var name: String { path.joined(separator: ".") }
  }

  private(set) var columns: [Node] = []
  private(set) var leaves: [Leaf] = []

  private static let mostElements = 100_000

  init(_ elements: [ParquetFooter.Element]) throws(ParquetFault) {
    guard let root = elements.first, elements.count <= Self.mostElements, elements.allSatisfy({ $0.children >= 0 })
    else {
      throw ParquetFault("schema", at: 0, "wanted 1 to \(Self.mostElements) elements, found \(elements.count)")
    }
    var place = 1
    for _ in 0..<root.children {
      columns.append(try node(elements, &place, [], Slot(repetition: 0, definition: 0), definition: 0))
    }
    guard place == elements.count else {
      throw ParquetFault("schema", at: 0, "\(elements.count - place) elements belong to no column")
    }
  }

  var schema: Schema { Schema(columns.map(\.field)) }

  /// The element at a place and all below it; `definition` is the level of what it is in.
  private mutating func node(
    _ elements: [ParquetFooter.Element], _ place: inout Int, _ path: [String], _ slot: Slot, definition: Int
  ) throws(ParquetFault) -> Node {
    guard place < elements.count else { throw ParquetFault("schema", at: 0, "an element's children are missing") }
    let element = elements[place]
    let path = path + [element.name]
    guard path.count <= ParquetSchema.maximumDepth else {
      throw ParquetFault("schema", at: 0, "nested deeper than \(ParquetSchema.maximumDepth)")
    }
    guard element.repetition == .repeated else {
      let isOptional = element.repetition == .optional
      return try value(
        elements, &place, path, slot, isOptional: isOptional, definition: definition + (isOptional ? 1 : 0))
    }
    // Repeated without a list around it: a list that is never missing.
    let first = leaves.count
    let inner = Slot(repetition: slot.repetition + 1, definition: definition + 1)
    let item = try value(elements, &place, path, inner, isOptional: false, definition: definition + 1)
    return Node(
      name: element.name, kind: .list(element: item, definition: definition + 1), isOptional: false,
      definition: definition, slot: slot, leaves: first..<leaves.count)
  }

  /// An element as a value, whatever its repetition is.
  private mutating func value(
    _ elements: [ParquetFooter.Element], _ place: inout Int, _ path: [String], _ slot: Slot, isOptional: Bool,
    definition: Int
  ) throws(ParquetFault) -> Node {
    let element = elements[place], first = leaves.count
    place += 1
    var node = Node(
      name: element.name, kind: .structure([]), isOptional: isOptional, definition: definition, slot: slot,
      leaves: first..<first)
    if let physical = element.physical, element.children == 0 {
      let type = try leafType(element, physical, path)
      leaves.append(
        Leaf(path: path, type: type, maximumDefinition: definition, maximumRepetition: slot.repetition))
      node.kind = .leaf(type)
    } else if element.isList, element.children == 1, place < elements.count, elements[place].repetition == .repeated {
      node.kind = try list(elements, &place, path, slot, element, definition: definition)
    } else {
      var members: [Node] = []
      for _ in 0..<element.children {
        members.append(try self.node(elements, &place, path, slot, definition: definition))
      }
      node.kind = .structure(members)
    }
    node.leaves = first..<leaves.count
    guard !node.leaves.isEmpty else {
      throw ParquetFault.unsupported("a group without columns").of(path.joined(separator: "."))
    }
    return node
  }

  private func leafType(
    _ element: ParquetFooter.Element, _ physical: Int, _ path: [String]
  ) throws(ParquetFault) -> ParquetLeafType {
    do { return try ParquetLeafType(element, physical) } catch { throw error.of(path.joined(separator: ".")) }
  }

  /// What a LIST or MAP repeats: in the form of today an only child's only child, in older ones the child itself.
  private mutating func list(
    _ elements: [ParquetFooter.Element], _ place: inout Int, _ path: [String], _ slot: Slot,
    _ list: ParquetFooter.Element, definition: Int
  ) throws(ParquetFault) -> Kind {
    let repeated = elements[place], path = path + [repeated.name]
    let inner = Slot(repetition: slot.repetition + 1, definition: definition + 1)
    let isElement =
      repeated.children != 1 || repeated.name == "array" || repeated.name == list.name + "_tuple"
      || place + 1 < elements.count && elements[place + 1].repetition == .repeated || list.isMap
    if isElement {
      let item = try value(elements, &place, path, inner, isOptional: false, definition: definition + 1)
      return .list(element: item, definition: definition + 1)
    }
    place += 1
    let item = try node(elements, &place, path, inner, definition: definition + 1)
    return .list(element: item, definition: definition + 1)
  }
}

extension ParquetTree.Node {
  var type: FieldType {
    switch kind {
    case .leaf(let type): type.field
    case .structure(let members): .structure(members.map(\.field))
    case .list(let element, _): .list(element.type)
    }
  }

  var field: Field { Field(name, type, isNullable: isOptional) }
}

extension ParquetFooter.Element {
  fileprivate var isList: Bool { converted == 3 || logical?.number == 3 || isMap }
  fileprivate var isMap: Bool { converted == 1 || converted == 2 || logical?.number == 2 }
}

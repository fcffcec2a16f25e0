import Core
import Testing

@testable import Artifacts

@Test func aFlatRequiredColumnHasNoLevels() throws {
  let batch = Batch([Field("x", .int64)], [[.integer(1), .integer(2)]])
  let rows = try LeafRows(ParquetSchema(batch.schema).leaves[0], BatchRows(batch: batch, rows: 0..<2))
  #expect(rows.levels.definitions == nil)
  #expect(rows.levels.repetitions == nil)
  #expect(rows.levels.runs == [0..<2])
}

@Test func aNullableColumnWithoutMissingValuesHasNoLevelsEither() throws {
  let batch = Batch([Field("x", .int64, isNullable: true)], [[.integer(1), .integer(2)]])
  let rows = try LeafRows(ParquetSchema(batch.schema).leaves[0], BatchRows(batch: batch, rows: 0..<2))
  #expect(rows.levels.definitions == nil)
  #expect(rows.levels.definition == 1)
}

@Test func missingAndEmptyListsAndElementsHaveDifferentLevels() throws {
  let lists: [Cell] = [
    .list([.integer(7), .integer(8)]), .missing, .list([]), .list([.missing, .integer(9)]),
  ]
  let batch = Batch([Field("x", .list(.int64), isNullable: true)], [lists])
  let rows = try LeafRows(ParquetSchema(batch.schema).leaves[0], BatchRows(batch: batch, rows: 0..<4))
  #expect(rows.levels.repetitions == [0, 1, 0, 0, 0, 1])
  #expect(rows.levels.definitions == [3, 3, 0, 1, 2, 3])
  #expect(rows.entries.compactMap(\.value) == [7, 8, 9])
}

@Test(arguments: 0..<200) func levelsAreThoseOfTheRecursiveDefinition(_ seed: UInt64) throws {
  var random = Seeded(seed)
  let fields = (0..<3).map { Field("c\($0)", .random(&random, depth: 0), isNullable: random.oneIn(2)) }
  var number: Int64 = 0
  let columns = fields.map { field in
    (0..<20).map { _ in Cell.numbered(field.type, isNullable: field.isNullable, &number, &random) }
  }
  let batch = Batch(fields, columns)
  let leaves = try ParquetSchema(batch.schema).leaves
  let range = Int.random(in: 0...8, using: &random)..<Int.random(in: 9...20, using: &random)

  var expected = leaves.map { _ in [Entry]() }
  for row in range {
    var leaf = 0
    for (field, cells) in zip(fields, columns) {
      shred(
        cells[row], field.type, isNullable: field.isNullable, Entry(repetition: 0, definition: 0), 0, &leaf, &expected)
    }
    #expect(leaf == leaves.count)
  }
  for (leaf, wanted) in zip(leaves, expected) {
    let rows = try LeafRows(leaf, BatchRows(batch: batch, rows: range))
    #expect(rows.entries == wanted, "seed \(seed), \(leaf.name)")
    #expect(rows.levels.definition == UInt8(leaf.maximumDefinition))
    #expect(rows.levels.repetition == UInt8(leaf.maximumRepetition))
  }
}

@Test func aMissingValueOfARequiredColumnIsRefused() throws {
  let batch = Batch([Field("x", .structure([Field("y", .int64)]))], [[.structure([.missing])]])
  let leaf = try ParquetSchema(batch.schema).leaves[0]
  #expect(throws: ParquetError.missingValue(column: "x.y")) {
    try LeafRows(leaf, BatchRows(batch: batch, rows: 0..<1))
  }
}

/// One entry of a leaf.
private struct Entry: Equatable {
  var repetition: UInt8
  var definition: UInt8
  var value: Int64?
}

extension LeafRows {
  fileprivate var entries: [Entry] {
    guard case .int64(let values) = stored.values else { return [] }
    var present = stored.runs.joined().makeIterator()
    return (0..<levels.count).map { index in
      let definition = levels.definitions?[index] ?? levels.definition
      let value = definition == levels.definition ? present.next().map { values[$0] } : nil
      return Entry(repetition: levels.repetitions?[index] ?? 0, definition: definition, value: value)
    }
  }
}

/// The definition of the Dremel paper, value by value.
private func shred(
  _ cell: Cell, _ type: FieldType, isNullable: Bool, _ entry: Entry, _ depth: UInt8, _ leaf: inout Int,
  _ leaves: inout [[Entry]]
) {
  var entry = entry
  let isMissing = cell == .missing
  if isNullable, !isMissing { entry.definition += 1 }
  switch (type, cell) {
  case (.structure(let fields), .structure(let members)):
    for (field, member) in zip(fields, members) {
      shred(member, field.type, isNullable: field.isNullable, entry, depth, &leaf, &leaves)
    }
  case (.structure(let fields), _):
    for field in fields { shred(.missing, field.type, isNullable: false, entry, depth, &leaf, &leaves) }
  case (.list(let element), .list(let elements)) where !elements.isEmpty:
    let first = leaf
    for (index, value) in elements.enumerated() {
      leaf = first
      let repetition = index == 0 ? entry.repetition : depth + 1
      let inner = Entry(repetition: repetition, definition: entry.definition + 1)
      shred(value, element, isNullable: true, inner, depth + 1, &leaf, &leaves)
    }
  case (.list(let element), _): shred(.missing, element, isNullable: false, entry, depth, &leaf, &leaves)
  case (_, .integer(let value)):
    entry.value = value
    leaves[leaf].append(entry)
    leaf += 1
  default:
    leaves[leaf].append(entry)
    leaf += 1
  }
}

extension FieldType {
  fileprivate static func random(_ random: inout Seeded, depth: Int) -> FieldType {
    if depth == 4 || random.oneIn(3) { return .int64 }
    if random.oneIn(2) { return .list(.random(&random, depth: depth + 1)) }
    return .structure(
      (0..<Int.random(in: 1...3, using: &random)).map {
        Field("m\($0)", .random(&random, depth: depth + 1), isNullable: random.oneIn(2))
      })
  }
}

extension Cell {
  /// Every integer is another one.
  fileprivate static func numbered(
    _ type: FieldType, isNullable: Bool, _ number: inout Int64, _ random: inout Seeded
  ) -> Cell {
    if isNullable, random.oneIn(4) { return .missing }
    switch type {
    case .list(let element):
      return .list(
        (0..<Int.random(in: 0...3, using: &random)).map { _ in
          numbered(element, isNullable: true, &number, &random)
        })
    case .structure(let fields):
      return .structure(fields.map { numbered($0.type, isNullable: $0.isNullable, &number, &random) })
    default:
      number += 1
      return .integer(number)
    }
  }
}

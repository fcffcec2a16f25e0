package import Core

extension Schema {
  /// The schema with names that Parquet can hold: none empty, none twice at one place, ignoring case.
  ///
  /// The first of equal names stays as it is; the others get `_2`, `_3`, and so on. For tables whose columns a
  /// recording named; batches need not be renamed, since a sink takes columns by their position.
  package var withDistinctNames: Schema { Schema(Self.distinct(fields)) }

  private static func distinct(_ fields: [Field]) -> [Field] {
    var taken: Set<String> = []
    let isFirst = fields.map { !$0.name.isEmpty && taken.insert($0.name.lowercased()).inserted }
    return zip(fields, isFirst).map { field, isFirst in
      var field = field
      field.type = distinct(field.type)
      guard !isFirst else { return field }
      let stem = field.name.isEmpty ? "column" : field.name
      var number = field.name.isEmpty ? 1 : 2
      field.name = number == 1 ? stem : "\(stem)_\(number)"
      while !taken.insert(field.name.lowercased()).inserted {
        number += 1
        field.name = "\(stem)_\(number)"
      }
      return field
    }
  }

  private static func distinct(_ type: FieldType) -> FieldType {
    switch type {
    case .structure(let fields): .structure(distinct(fields))
    case .list(let element): .list(distinct(element))
    default: type
    }
  }
}

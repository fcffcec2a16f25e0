/// How flat columns `a.b`, `a.c` become one structure `a`, for formats whose readers expect objects.
package struct Nesting: Sendable {
  package let schema: Schema
  private let members: [Member]

  private indirect enum Member: Sendable {
    case column(Int)
    case structure([Member])
  }

  /// Groups columns by the parts of their names between dots, in order of first appearance.
  package init(_ flat: Schema) {
    let entries = flat.fields.enumerated().map { (path: $1.name.split(separator: ".").map(String.init), index: $0) }
    let (fields, members) = Self.group(entries, flat, depth: 0)
    schema = Schema(fields)
    self.members = members
  }

  package func nest(_ batch: Batch) -> Batch {
    Batch(schema: schema, columns: members.map { Self.column($0, batch) }, count: batch.count)
  }

  private static func group(
    _ entries: [(path: [String], index: Int)], _ flat: Schema, depth: Int
  ) -> (fields: [Field], members: [Member]) {
    var order: [String] = []
    var groups: [String: [(path: [String], index: Int)]] = [:]
    let leaves = Set(entries.compactMap { $0.path.count == depth + 1 ? $0.path[depth] : nil })
    for entry in entries {
      // What a leaf's name is a prefix of stays beside it, under its whole name.
      let isLeaf = entry.path.count <= depth + 1 || leaves.contains(entry.path[depth])
      let key = isLeaf ? "\u{0}\(entry.index)" : entry.path[depth]
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(entry)
    }
    var fields: [Field] = [], members: [Member] = []
    for key in order {
      let own = groups[key] ?? []
      if let entry = own.first, key.hasPrefix("\u{0}") {
        var field = flat.fields[entry.index]
        field.name = entry.path.count > depth ? entry.path[depth...].joined(separator: ".") : field.name
        fields.append(field)
        members.append(.column(entry.index))
      } else {
        let (inner, innerMembers) = group(own, flat, depth: depth + 1)
        fields.append(Field(key, .structure(inner)))
        members.append(.structure(innerMembers))
      }
    }
    return (fields, members)
  }

  private static func column(_ member: Member, _ batch: Batch) -> Column {
    switch member {
    case .column(let index): batch.columns[index]
    case .structure(let members): Column(.structure(members.map { column($0, batch) }))
    }
  }
}

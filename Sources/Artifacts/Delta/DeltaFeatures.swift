import Core

/// What a table may want of those who read it and append to it (PROTOCOL.md, "Valid Feature Names in Table Features").
extension DeltaProtocol {
  /// Features that change nothing for a reader of files and partition values.
  private static let readable: Set<String> = ["timestampNtz", "vacuumProtocolCheck", "columnMapping"]
  /// Features that an append keeps by doing nothing, given what `appendable` looks at.
  private static let writable: Set<String> = [
    "appendOnly", "invariants", "checkConstraints", "generatedColumns", "changeDataFeed", "timestampNtz",
    "vacuumProtocolCheck", "columnMapping",
  ]

  /// The first feature that keeps rows from being read right; nil if there is none.
  func unreadable(_ metadata: DeltaMetadata) -> String? {
    if reader > 3 { return "reader version \(reader)" }
    if let feature = readerFeatures?.first(where: { !Self.readable.contains($0) }) { return "feature \(feature)" }
    if let mode = metadata.configuration["delta.columnMapping.mode"], mode != "none" {
      return "feature columnMapping (by \(mode))"
    }
    return nil
  }

  /// The first feature for which an append would have to do what is not done here; nil if there is none.
  func unwritable(_ metadata: DeltaMetadata) -> String? {
    if let feature = unreadable(metadata) { return feature }
    if writer > 7 { return "writer version \(writer)" }
    if let feature = writerFeatures?.first(where: { !Self.writable.contains($0) }) { return "feature \(feature)" }
    if metadata.configuration.keys.contains(where: { $0.hasPrefix("delta.constraints.") }) {
      return "feature checkConstraints"
    }
    return Self.rule(metadata.fields)
  }

  /// A rule that columns or members of them have.
  private static func rule(_ fields: [DeltaField]) -> String? {
    let rules = [
      ("delta.invariants", "invariants"), ("delta.generationExpression", "generatedColumns"),
      ("delta.identity.start", "identityColumns"), ("CURRENT_DEFAULT", "allowColumnDefaults"),
    ]
    for field in fields {
      if let rule = rules.first(where: { field.metadata[$0.0] != nil }) {
        return "feature \(rule.1) (column \(field.name))"
      }
      if case .structure(let members) = field.type, let rule = rule(members) { return rule }
    }
    return nil
  }
}

extension DeltaMetadata {
  /// What keeps columns from being appended; nil if nothing does: each is there with its type, and what is left out may
  /// be missing.
  func mismatch(_ columns: [DeltaField], partitions: [String]) -> String? {
    for column in columns {
      guard let own = fields.first(where: { $0.name == column.name }) else {
        return "it has no column \(column.name)"
      }
      guard own.type == column.type else {
        return "its column \(own.name) is \(own.type.json.text), the rows have \(column.type.json.text)"
      }
    }
    let required = fields.first { field in !field.isNullable && !columns.contains { $0.name == field.name } }
    if let required { return "its column \(required.name) must not be missing" }
    guard partitions == partitionColumns else {
      return "it is partitioned by [\(partitionColumns.joined(separator: ", "))], "
        + "the rows by [\(partitions.joined(separator: ", "))]"
    }
    return nil
  }
}

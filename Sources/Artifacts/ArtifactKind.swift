extension TableKind {
  /// Every kind of table that can be written; the first one is the default.
  package static let all: [TableKind] = [.parquet, .jsonl, .csv]
}

import Core

/// Rows of a batch that wait to be written: the batch by reference, and which of its rows.
struct BatchRows: Sendable {
  var batch: Batch
  var rows: Range<Int>
}

/// What one leaf has of some rows of one batch.
struct LeafRows: Sendable {
  var levels: Levels
  var stored: StoredValues

  /// Follows a leaf's steps through a batch.
  init(_ leaf: ParquetLeaf, _ part: BatchRows) throws(ParquetError) {
    var levels = Levels(rows: part.rows)
    var members = part.batch.columns
    var column = Column(.structure([]))
    var losses = TableLosses()
    for step in leaf.steps {
      switch step {
      case .member(let position):
        guard position < members.count else { throw .typeMismatch(column: leaf.name) }
        column = members[position]
      case .list:
        guard case .list(let offsets, let element) = column.values else { throw .typeMismatch(column: leaf.name) }
        levels.enterList(offsets)
        column = element
      case .required:
        guard levels.isComplete(column.validity) else { throw .missingValue(column: leaf.name) }
      case .optional:
        if leaf.type == .uint64, leaf.storage.annotation == nil {
          let (bounded, count) = column.withoutLargeUnsigned(in: levels.runs)
          column = bounded
          losses.missingUnsigned += count
        }
        levels.enterOptional(column.validity)
      }
      if case .structure(let inner) = column.values { members = inner }
    }
    self.levels = levels
    stored = try StoredValues(column.values, of: leaf, in: levels.runs)
    stored.losses.missingUnsigned += losses.missingUnsigned
  }
}

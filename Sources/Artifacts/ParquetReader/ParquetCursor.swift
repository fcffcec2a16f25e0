package import Core

/// Reads some columns of a Parquet file batch by batch, when it is asked for the next.
///
/// Memory: a batch, and a page a column. It belongs to one thread.
package struct ParquetCursor {
  /// Of the batches.
  package let schema: Schema
  private let file: ParquetFile
  private let nodes: [ParquetTree.Node]
  private let size: Int
  private var groups: Range<Int>
  private var readers: [Int: LeafReader] = [:]
  /// Rows of the group under way, and those that were not read yet.
  private var total = 0, left = 0

  /// At most `size` rows at a time, and never of two row groups.
  ///
  /// - Throws: `ParquetFault` where there is no such column.
  package init(_ file: ParquetFile, columns: [String]?, groups: Range<Int>? = nil, batch size: Int) throws {
    self.file = file
    nodes = try columns.map { try $0.map(file.node) } ?? file.tree.columns
    schema = Schema(nodes.map(\.field))
    (self.size, self.groups) = (size, groups ?? file.groups.indices)
  }

  /// The next rows; nil at the end.
  ///
  /// - Throws: `ParquetFault` with column and byte, `SystemError`.
  package mutating func next() throws -> Batch? {
    do { return try advance() } catch let fault as ParquetFault { throw fault.of(file: file.file.path) }
  }

  private mutating func advance() throws -> Batch? {
    while left == 0 {
      guard let number = groups.popFirst() else { return nil }
      let group = file.footer.groups[number]
      (total, left) = (group.rows, group.rows)
      readers = [:]
      for leaf in nodes.flatMap(\.leaves) where readers[leaf] == nil {
        readers[leaf] = try LeafReader(
          file.file, group.chunks[leaf], file.tree.leaves[leaf], verifying: file.verifies)
      }
    }
    let count = min(size, left)
    var leaves = Array(repeating: LeafReader.Rows(values: .boolean([])), count: file.tree.leaves.count)
    for leaf in readers.keys { if let rows = try readers[leaf]?.read(rows: count) { leaves[leaf] = rows } }
    let assembly = ParquetAssembly(leaves: leaves, tree: file.tree)
    let columns = try nodes.map { node in
      let column = try assembly.column(node)
      guard column.count == count else {
        throw ParquetFault("row group", at: 0, "wanted \(count) rows, found \(column.count)").of(node.name)
      }
      return column
    }
    left -= count
    if left == 0, let (leaf, _) = readers.first(where: { !$0.value.isAtEnd }) {
      throw ParquetFault("row group", at: 0, "wanted \(total) rows, found more").of(file.tree.leaves[leaf].name)
    }
    return Batch(schema: schema, columns: columns, count: count)
  }
}

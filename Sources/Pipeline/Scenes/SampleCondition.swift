package import Core

/// A condition of the rule language (scenes.md 3.1) that samples of a drive meet or do not: `light = 'night' and speed_mps > 10`.
///
/// What a column is compared with may stand without quotes where it is no column: `light=night`. Where a condition is not known
/// to hold, since a value is missing, it is not met.
package struct SampleCondition: Sendable, Hashable {
  package let text: String
  private let expression: Expression

  package init(_ text: String) throws(UsageError) {
    self.text = text
    do throws(ExpressionFailure) { expression = try ExpressionParser.parse(text) } catch {
      throw UsageError("'\(text.shown)' is not a condition: \(error.problem), at byte \(error.place + 1)")
    }
  }

  /// Whether each row of the table in a folder of samples meets all conditions.
  ///
  /// - Returns: nothing, and the names, where the table lacks columns that conditions name.
  /// - Throws: `UsageError` where a condition does not fit the columns' types; what `SceneTable` throws.
  package static func rows(
    _ conditions: [SampleCondition], in folder: String
  ) throws -> (rows: [Bool], missing: Set<String>) {
    let table = try SceneTable(folder)
    let all = conditions.map { $0.expression.readingWords(table.types) }
    let missing = all.reduce(into: Set<String>()) { $0.formUnion($1.missing(in: table)) }
    guard missing.isEmpty else { return ([], missing) }
    let check = ExpressionCheck(
      columns: { table.types[$0] }, objectColumns: { table.objectTypes[$0] ?? table.types[$0] })
    for (condition, expression) in zip(conditions, all) {
      do throws(ExpressionFailure) { try check.condition(expression) } catch {
        throw UsageError("'\(condition.text.shown)' does not fit \(table.path): \(error.problem)")
      }
    }
    let needs = SceneSearch.Needs(all, table, tracks: false)
    var reader = try SceneReader(table, columns: needs.columns, objectColumns: needs.objects, reach: needs.reach)
    var rows: [Bool] = []
    rows.reserveCapacity(table.times.count)
    while let block = try reader.block() {
      let evaluator = Evaluator(block)
      let truths = all.map { evaluator.truths($0).values }
      rows += block.main.map { row in truths.allSatisfy { $0[row] == Truth.yes } }
    }
    return (rows, [])
  }
}

extension Expression {
  /// The same with the names that are no columns and are compared with a column as the texts that they stand for.
  fileprivate func readingWords(_ columns: [String: ValueType]) -> Expression {
    func word(_ expression: Expression, besides other: Expression) -> Expression {
      guard case .name(let name) = expression.node, columns[name] == nil, case .name = other.node else {
        return expression.readingWords(columns)
      }
      return Expression(.text(name), at: expression.place)
    }
    return mapping { expression in
      guard case .comparison(let kind, let one, let other) = expression.node, kind == .equal || kind == .unequal else {
        return nil
      }
      return Expression(
        .comparison(kind, one.readingWords(columns), word(other, besides: one)), at: expression.place)
    }
  }

  fileprivate func missing(in table: SceneTable) -> Set<String> {
    let ofRows = rowNames.filter { table.types[$0] == nil }
    guard asksObjects else { return ofRows }
    guard table.objects != nil else { return ofRows.union([SceneTable.objectsFile]) }
    return ofRows.union(objectNames.filter { table.objectTypes[$0] == nil && table.types[$0] == nil })
  }
}

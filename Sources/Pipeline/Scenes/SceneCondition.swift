import Core

/// A condition by itself: at which rows of a table it holds.
package struct SceneCondition: Sendable {
  package let text: String
  private let expression: Expression

  /// - Throws: `SourceError` with the column that is wrong.
  package init(_ text: String) throws {
    self.text = text
    do throws(ExpressionFailure) { expression = try ExpressionParser.parse(text) } catch {
      throw Self.wrong(text, error)
    }
  }

  private static func wrong(_ text: String, _ failure: ExpressionFailure, hint: String? = nil) -> SourceError {
    SourceError(
      "condition '\(text.shown)'", "at character \(failure.place + 1): \(failure.problem)", hint: hint,
      code: .configuration)
  }

  /// One a row; false where it is not known.
  func holds(in table: SceneTable) throws -> [Bool] {
    do throws(ExpressionFailure) {
      try ExpressionCheck(
        columns: { table.types[$0] }, objectColumns: { table.objectTypes[$0] ?? table.types[$0] }
      ).condition(expression)
    } catch {
      let lacking = expression.rowNames.filter { table.types[$0] == nil }.sorted().first
      let near = lacking.flatMap { table.types.keys.sorted().nearest(to: $0) }
      throw Self.wrong(text, error, hint: near.map { "did it mean '\($0)'?" })
    }
    guard table.objects != nil || !expression.asksObjects else {
      throw SourceError(
        "condition '\(text.shown)'", "asks for objects, and none are known", hint: "av-enrich --objects makes them",
        code: .missing)
    }
    let needs = SceneSearch.Needs([expression], table, tracks: false)
    var reader = try SceneReader(
      table, columns: needs.columns, objectColumns: needs.objects, reach: needs.reach)
    var holds: [Bool] = []
    holds.reserveCapacity(table.times.count)
    while let rows = try reader.block() {
      let truths = Evaluator(rows).truths(expression).values
      holds += truths[rows.main].map { $0 == Truth.yes }
    }
    return holds
  }
}

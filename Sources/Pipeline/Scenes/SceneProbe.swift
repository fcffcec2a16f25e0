import Core

/// A small table with gaps and unknown values, on which any expression and any rules can be tried: for tests that make them up.
package struct SceneProbe {
  /// Whether what came out keeps what is promised of it.
  package private(set) var isConsistent = true

  private static let types: [String: ValueType] = ["x": .number, "speed": .number, "b": .truth, "t": .text]

  /// Made anew each time: leak detection does not see what a lazy constant holds.
  private static var rows: SceneRows {
    let times: [Int64] = [0, 1, 2, 3, 7, 8, 9, 10].map { $0 * 500_000_000 }
    let numbers: [Double] = [0, 1, .nan, 3, -2, 5, 2, 1]
    return SceneRows(
      times: times, main: 0..<times.count, first: 0, extent: 0...5_000_000_000, hold: 1_250_000_000,
      columns: [
        "x": .numbers(numbers), "speed": .numbers(numbers.reversed()),
        "b": .truths(Truths([0, 1, 2, 2, 1, 0, 0, 2])), "t": .words(Words(["a", nil, "b", "a", "a", nil, "c", "b"])),
        SceneColumns.detectorAge: .numbers(numbers),
      ],
      objects: SceneObjects(
        samples: [0, 0, 3, 4, 7],
        columns: [
          "dist_m": .numbers([1, 2, .nan, 4, 0]), "track_id": .words(Words(["p", "q", "p", nil, "p"])),
          "t": .words(Words(["a", "b", "a", "c", nil])),
        ]))
  }

  /// An expression: truths have margins of the same sign, and its own words mean the same.
  package init(_ text: String) throws {
    let expression = try ExpressionParser.parse(text)
    let type = try ExpressionCheck(columns: { Self.types[$0] }).type(expression)
    guard expression.reach(period: 1).back < 1e5 else { return }
    let value = Evaluator(Self.rows).value(expression)
    guard case .truths(let truths) = value, type == .truth else { return }
    let margins = Evaluator(Self.rows, withMargins: true).truths(expression)
    for row in truths.values.indices {
      let margin = margins.margins?[row] ?? .nan
      let fits =
        switch truths.values[row] {
        case Truth.yes: !(margin < 0)
        case Truth.no: !(margin > 0)
        default: margin.isNaN
        }
      if !fits || margins.values[row] != truths.values[row] { isConsistent = false }
    }
  }

  /// Rules: what is found of their conditions is within the data.
  package init(rules bytes: [UInt8]) throws {
    let set = try RuleSet([RuleFile(Configuration(bytes, file: "rules"), file: "rules").rules])
    let binding = try RuleBinding(
      set, types: Self.types, objectTypes: ["dist_m": .number, "track_id": .text, "t": .text], hasObjects: true)
    let conditions = binding.rules.flatMap { rule in
      rule.conditions.map { SceneSignals.Condition(enter: $0, gap: rule.gap, isOfTracks: rule.per == .track) }
    }
    var tracker = SceneTracker(conditions)
    tracker.take(SceneSignals(conditions: conditions).part(Self.rows), hold: Self.rows.hold)
    let end = Self.rows.extent.upperBound + 500_000_000
    let found = tracker.finish(at: end, trackPeriod: 500_000_000)
    for (rule, intervals) in zip(binding.rules, found) {
      var stages = SceneStages(rule)
      let scenes = stages.apply(intervals, back: [], forward: [], scenes: [:])
      if scenes.contains(where: { $0.start < 0 || $0.end > end || $0.start >= $0.end }) { isConsistent = false }
    }
  }
}

import Core

/// What a rule wants to know of its scenes: which expressions over rows, and what is made of them.
struct SceneAggregation: Sendable {
  /// The yaw rate beyond the road's own: its curvature is the mean of yaw rate by speed over 20 s around, without turns on a
  /// radius below 100 m, or nothing where that is not known.
  static var turnRate: Expression {
    parse(
      """
      yaw_rate_radps - coalesce(smooth(if(speed_mps > 1 and abs(yaw_rate_radps) < 0.01 * speed_mps, \
      yaw_rate_radps / speed_mps, null), 20), 0) * speed_mps
      """)
  }
  static var speed: Expression { Expression(.name(SceneColumns.speed)) }

  /// Calls of functions of a scene, each once.
  let calls: [Expression]
  private let rule: SceneRule

  init(_ rule: SceneRule) {
    self.rule = rule
    var calls: [Expression] = []
    for expression in rule.aggregates.map(\.value) + [rule.filter].compactMap({ $0 }) {
      for call in Self.calls(expression) where !calls.contains(call) { calls.append(call) }
    }
    self.calls = calls
  }

  private static func parse(_ text: String) -> Expression {
    // A constant, which tests evaluate.
    (try? ExpressionParser.parse(text)) ?? Expression(.null)
  }

  private static func calls(_ expression: Expression) -> [Expression] {
    if case .call(let function, let arguments) = expression.node,
      function.scope(arguments.count, inScene: true) == .scene
    {
      return [expression]
    }
    return expression.operands.flatMap(calls)
  }

  /// What must be known of every row of a scene.
  var inputs: [Expression] { calls.flatMap(Self.inputs) }

  static func inputs(_ call: Expression) -> [Expression] {
    guard case .call(let function, let arguments) = call.node else { return [] }
    return switch function {
    case .pathLength: [speed]
    case .headingChange: [turnRate]
    case .lateralShift: [speed, turnRate]
    case .count, .duration: []
    default: arguments
    }
  }

  /// The values that a scene stores, and whether the rule's `where` holds for it.
  func finish(
    _ interval: SceneInterval, _ figures: [SceneFigure], steps: [Scene]
  ) -> (values: [(name: String, value: JSON)], isAccepted: Bool) {
    var columns: [String: SceneVector] = [
      "truncated_start": .truths(Truths([Truth.of(interval.isCutAtStart)])),
      "truncated_end": .truths(Truths([Truth.of(interval.isCutAtEnd)])),
    ]
    var stored: [(name: String, value: JSON)] = []
    for (number, step) in steps.enumerated() {
      for (name, value) in step.values { stored.append(("s\(number + 1).\(name)", value)) }
    }
    for (name, value) in stored { columns[name] = SceneVector(value) }
    for (index, figure) in figures.enumerated() { columns[Self.name(index)] = figure.value(interval) }
    for (name, value) in rule.aggregates {
      let value = SceneValues(vectors: columns).value(named(value))
      columns[name] = value
      stored.append((name, value.json(0)))
    }
    let isAccepted = rule.filter.map { SceneValues(vectors: columns).isTrue(named($0)) } ?? true
    return (stored.sorted { $0.name < $1.name }, isAccepted)
  }

  /// With columns in the place of calls.
  private func named(_ expression: Expression) -> Expression {
    expression.mapping { part in calls.firstIndex(of: part).map { Expression(.name(Self.name($0))) } }
  }

  /// Of a column that no rule can name.
  private static func name(_ index: Int) -> String { "\u{0}\(index)" }
}

/// A figure of one scene, of its rows one stretch after another.
struct SceneFigure: Sendable {
  private let function: Function
  private var count = 0, known = 0, sum = 0.0
  /// The least or greatest, an integral, or a running heading.
  private var extreme = Double.nan, area = 0.0, heading = 0.0
  private var chosen: SceneVector?
  private var last: (time: Int64, values: [Double])?
  private var isBroken = false

  init(_ call: Expression) {
    guard case .call(let function, _) = call.node else { preconditionFailure("a call") }
    self.function = function
  }

  /// `values` are the call's inputs for the rows of a stretch; `isAfterGap` says where nothing was known before.
  mutating func add(_ values: [SceneVector], _ rows: Range<Int>, times: [Int64], isAfterGap: (Int) -> Bool) {
    count += rows.count
    switch function {
    case .min, .max, .mean: addNumbers(values[0], rows)
    case .first: if chosen == nil, let row = rows.first { chosen = values[0].picking([row]) }
    case .last: if let row = rows.last { chosen = values[0].picking([row]) }
    case .atMaximum: addMaximum(values, rows)
    case .share:
      guard case .truths(let truths) = values[0] else { return }
      for row in rows where truths.values[row] != Truth.unknown {
        known += 1
        if truths.values[row] == Truth.yes { sum += 1 }
      }
    case .integral, .pathLength, .headingChange, .lateralShift:
      let numbers = values.map {
        if case .numbers(let own) = $0 { own } else { [Double](repeating: .nan, count: rows.upperBound) }
      }
      for row in rows { step(times[row], numbers.map { $0[row] }, isAfterGap(row)) }
    default: break
    }
  }

  private mutating func addNumbers(_ vector: SceneVector, _ rows: Range<Int>) {
    guard case .numbers(let values) = vector else { return }
    for row in rows where !values[row].isNaN {
      let value = values[row]
      known += 1
      sum += value
      if extreme.isNaN || (function == .min ? value < extreme : value > extreme) { extreme = value }
    }
  }

  private mutating func addMaximum(_ values: [SceneVector], _ rows: Range<Int>) {
    guard case .numbers(let keys) = values[1] else { return }
    for row in rows where !keys[row].isNaN && !(keys[row] <= extreme) {
      (extreme, chosen) = (keys[row], values[0].picking([row]))
    }
  }

  /// By the trapezium rule; nothing is added across a gap.
  private mutating func step(_ time: Int64, _ values: [Double], _ isAfterGap: Bool) {
    guard values.allSatisfy({ !$0.isNaN }) else { return }
    defer { last = (time, values) }
    known += 1
    guard let last, !isAfterGap else { return }
    let seconds = Double(time - last.time) / 1e9
    guard function == .lateralShift else {
      area += (values[0] + last.values[0]) / 2 * seconds
      return
    }
    let turned = heading + (values[1] + last.values[1]) / 2 * seconds
    area += (last.values[0] * Mathematics.sin(heading) + values[0] * Mathematics.sin(turned)) / 2 * seconds
    heading = turned
  }

  /// What it is of all rows; one row.
  func value(_ interval: SceneInterval) -> SceneVector {
    switch function {
    case .min, .max: .numbers([extreme])
    case .mean, .share: .numbers([known > 0 ? sum / Double(known) : .nan])
    case .first, .last, .atMaximum: chosen ?? .numbers([.nan])
    case .count: .numbers([Double(count)])
    case .duration: .numbers([Double(interval.length) / 1e9])
    default: .numbers([known > 0 ? area : .nan])
    }
  }
}

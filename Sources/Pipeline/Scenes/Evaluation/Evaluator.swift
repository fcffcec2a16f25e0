/// Evaluates expressions over rows, column by column; what several have in common is computed once.
///
/// Expressions were checked against the columns: what does not fit here gives unknown values. A class, since what is known
/// already is shared; it belongs to one thread.
final class Evaluator {
  let rows: SceneRows
  /// Whether truths come with their robustness.
  let withMargins: Bool
  private var known: [Expression: SceneVector] = [:]
  private var windows: [Interval: RowWindows] = [:]
  /// The rows of objects, on which what is asked of objects is evaluated.
  private var objects: Evaluator?
  /// Whose objects the rows are, which owns this.
  private unowned let samples: Evaluator?

  private struct Interval: Hashable {
    var from, to: Int64
    var includesStart: Bool
  }

  init(_ rows: SceneRows, withMargins: Bool = false) {
    (self.rows, self.withMargins, samples) = (rows, withMargins, nil)
  }

  /// Over the objects of the samples of another.
  private init(_ objects: SceneObjects, of samples: Evaluator) {
    let times = objects.samples.map { samples.rows.times[$0] }
    rows = SceneRows(
      times: times, main: 0..<times.count, first: 0, extent: samples.rows.extent, hold: .max, columns: objects.columns)
    (withMargins, self.samples) = (samples.withMargins, samples)
  }

  var count: Int { rows.count }

  func value(_ expression: Expression) -> SceneVector {
    if let value = known[expression] { return value }
    let value = compute(expression)
    known[expression] = value
    return value
  }

  /// NaN where it is not known, and everywhere where it is no number.
  func numbers(_ expression: Expression) -> [Double] {
    if case .number(let value) = expression.node { return Array(repeating: value, count: count) }
    if case .numbers(let values) = value(expression) { return values }
    return Array(repeating: .nan, count: count)
  }

  func truths(_ expression: Expression) -> Truths {
    if case .truths(let truths) = value(expression) { return truths }
    return .certain(Array(repeating: Truth.unknown, count: count), withMargins: withMargins)
  }

  func words(_ expression: Expression) -> Words {
    if case .words(let words) = value(expression) { return words }
    return Words(codes: Array(repeating: -1, count: count), list: [])
  }

  /// Rows of the interval around each row, in nanoseconds from its time.
  func windows(from: Int64, to: Int64, includesStart: Bool = true) -> RowWindows {
    let interval = Interval(from: from, to: to, includesStart: includesStart)
    if let known = windows[interval] { return known }
    let found = RowWindows(rows, from: from, to: to, includesStart: includesStart)
    windows[interval] = found
    return found
  }

  private func compute(_ expression: Expression) -> SceneVector {
    switch expression.node {
    case .number(let value): return .constant(value, count: count)
    case .text(let text): return .words(Words(codes: Array(repeating: 0, count: count), list: [text]))
    case .truth(let value):
      return .truths(.certain(Array(repeating: value ? Truth.yes : Truth.no, count: count), withMargins: withMargins))
    case .null: return .unknown(.any, count: count, withMargins: withMargins)
    case .name(let name): return column(name)
    case .negative(let one): return .numbers(numbers(one).map { -$0 })
    case .not(let one): return .truths(negation(truths(one)))
    case .isNull(let one): return .truths(isUnknown(value(one)))
    case .arithmetic(let kind, let one, let other): return .numbers(arithmetic(kind, one, other))
    case .comparison(let kind, let one, let other): return .truths(comparison(kind, one, other))
    case .both(let one, let other): return .truths(conjunction(truths(one), truths(other)))
    case .either(let one, let other):
      return .truths(negation(conjunction(negation(truths(one)), negation(truths(other)))))
    case .oneOf(let one, let others): return .truths(membership(one, others))
    case .temporal(let kind, let from, let to, let one): return .truths(temporal(kind, from, to, truths(one)))
    case .until(let from, let to, let one, let other): return .truths(until(from, to, truths(one), truths(other)))
    case .objects(let kind, let one): return overObjects(kind, one)
    case .call(let function, let arguments): return call(function, arguments)
    }
  }

  /// Objects have the columns of their samples besides their own.
  private func column(_ name: String) -> SceneVector {
    if let column = rows.columns[name] {
      guard withMargins, case .truths(let truths) = column, truths.margins == nil else { return column }
      return .truths(.certain(truths.values, withMargins: true))
    }
    if let samples, let objects = samples.rows.objects {
      return samples.value(Expression(.name(name))).picking(objects.samples)
    }
    return .unknown(.any, count: count, withMargins: withMargins)
  }

  private func call(_ function: Function, _ arguments: [Expression]) -> SceneVector {
    switch function {
    case .if: choice(arguments)
    case .coalesce: firstKnown(arguments)
    case .lower: .words(words(arguments[0]).map { $0.lowercased() })
    case .startsWith: .truths(prefix(arguments))
    case .prev: previous(arguments[0])
    case .rise: .truths(edge(arguments[0], isRising: true))
    case .fall: .truths(edge(arguments[0], isRising: false))
    default: .numbers(number(function, arguments))
    }
  }

  private func overObjects(_ kind: Expression.Quantifier, _ condition: Expression) -> SceneVector {
    let hasRun = detections
    guard let table = rows.objects, let own = evaluatorOfObjects else {
      return .unknown(kind == .any || kind == .all ? .truth : .number, count: count, withMargins: withMargins)
    }
    return quantified(kind, own.truths(condition), table, hasRun) { own.numbers(Expression(.name("dist_m"))) }
  }

  private var evaluatorOfObjects: Evaluator? {
    if objects == nil { objects = rows.objects.map { Evaluator($0, of: self) } }
    return objects
  }

  /// `Truth` of each object.
  func truthsOfObjects(_ condition: Expression) -> [UInt8] { evaluatorOfObjects?.truths(condition).values ?? [] }

  /// Whether a detector looked at each sample: its age is known, or it found something.
  private var detections: [Bool] {
    var hasRun = Array(repeating: false, count: count)
    if case .numbers(let ages)? = rows.columns[SceneColumns.detectorAge] {
      for row in ages.indices where !ages[row].isNaN { hasRun[row] = true }
    }
    for sample in rows.objects?.samples ?? [] { hasRun[sample] = true }
    return hasRun
  }
}

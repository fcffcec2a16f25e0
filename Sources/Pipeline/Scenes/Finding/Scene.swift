import Core

/// A scene that a rule has found.
struct Scene: Sendable {
  /// The rule's id.
  var rule: String
  var interval: SceneInterval
  /// What the rule's aggregates gave, and those of steps with `s1.` before their names.
  var values: [(name: String, value: JSON)] = []
  /// The largest robustness inside; nil where no number decides.
  var margin: Double?
  /// The share of known rows, by the mean score of the objects that are its actors.
  var confidence = 1.0
  /// Tracks, in the order in which they come.
  var actors: [String] = []
}

/// Values of one scene as a table of one row, on which expressions are evaluated.
struct SceneValues {
  private let columns: [String: SceneVector]

  init(_ values: [(name: String, value: JSON)]) {
    self.init(vectors: Dictionary(values.map { ($0.name, SceneVector($0.value)) }, uniquingKeysWith: { $1 }))
  }

  init(vectors: [String: SceneVector]) { columns = vectors }

  func value(_ expression: Expression) -> SceneVector {
    let row = SceneRows(times: [0], main: 0..<1, first: 0, extent: 0...0, hold: 0, columns: columns)
    return Evaluator(row).value(expression)
  }

  func isTrue(_ expression: Expression) -> Bool {
    if case .truths(let truths) = value(expression) { return truths.values.first == Truth.yes }
    return false
  }
}

extension SceneVector {
  /// One row.
  init(_ json: JSON) {
    switch json {
    case .bool(let value): self = .truths(Truths([value ? Truth.yes : Truth.no]))
    case .string(let text): self = .words(Words([text]))
    default: self = .numbers([json.number ?? .nan])
    }
  }
}

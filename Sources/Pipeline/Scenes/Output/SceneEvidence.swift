import Core

/// What rules looked at around their scenes, for a picture: some points of each signal.
struct SceneEvidence {
  /// A signal around a scene: instants in nanoseconds, and what was known then.
  struct Trace {
    var signal: String
    var points: [(time: Int64, value: Double)] = []
  }

  /// By scene, in the order of the rows; none for what no number decides.
  private(set) var traces: [[Trace]]

  /// So many scenes have pictures.
  static let most = 200
  private static let pointsOfScene = 240
  /// Seconds before and after a scene.
  static let margin: Int64 = 5_000_000_000

  /// Reads the numbers that conditions name, of the first scenes.
  init(_ table: SceneTable, _ scenes: [SceneRow], _ rules: [SceneRule]) throws {
    traces = scenes.map { _ in [] }
    let known = Dictionary(rules.map { ($0.id, $0) }, uniquingKeysWith: { one, _ in one })
    var wanted: [(scene: Int, signals: [String], step: Int, rows: Range<Int>)] = []
    for (index, scene) in scenes.enumerated() {
      guard wanted.count < Self.most, let rule = known[scene.rule] else { continue }
      let signals = Self.signals(rule, known).filter { table.types[$0] == .number }
      guard !signals.isEmpty else { continue }
      let low = table.times.indices.bisect { table.times[$0] >= scene.start - Self.margin }
      let high = table.times.indices.bisect { table.times[$0] > scene.end + Self.margin }
      guard low < high else { continue }
      wanted.append((index, signals, max(1, (high - low) / Self.pointsOfScene), low..<high))
      traces[index] = signals.map { Trace(signal: $0) }
    }
    guard !wanted.isEmpty else { return }
    let columns = Set(wanted.flatMap(\.signals))
    var reader = try SceneReader(table, columns: columns, objectColumns: nil, reach: Reach())
    while let rows = try reader.block() {
      let block = rows.first + rows.main.lowerBound..<rows.first + rows.main.upperBound
      for (scene, signals, step, range) in wanted where range.overlaps(block) {
        for (index, signal) in signals.enumerated() {
          guard case .numbers(let values)? = rows.columns[signal] else { continue }
          for row in range.clamped(to: block) where (row - range.lowerBound) % step == 0 {
            let value = values[row - rows.first]
            if value.isFinite { traces[scene][index].points.append((table.times[row], value)) }
          }
        }
      }
    }
  }

  /// At most three; those of the steps where a rule is a sequence.
  private static func signals(_ rule: SceneRule, _ known: [String: SceneRule]) -> [String] {
    var names: [String] = []
    func add(_ rule: SceneRule, depth: Int) {
      for condition in rule.conditions {
        for name in condition.rowNames.sorted() where !names.contains(name) { names.append(name) }
      }
      guard depth > 0 else { return }
      for need in rule.needs { if let rule = known[need] { add(rule, depth: depth - 1) } }
    }
    add(rule, depth: 2)
    return Array(names.prefix(3))
  }
}

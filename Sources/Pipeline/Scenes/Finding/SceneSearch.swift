import Core

/// Looks for the scenes of rules in a table.
///
/// A first pass tells where conditions hold; then, rule by rule of each level, the intervals become scenes, of which a
/// further pass computes what the rules store. Memory: some blocks of rows a job, the scenes, and eight bytes a row.
struct SceneSearch {
  let table: SceneTable
  let rules: [SceneRule]
  var jobs = 1
  var block = SceneReader.block
  var step: () throws -> Void = {}

  /// What was found, and how it came to that.
  struct Result {
    /// In the order of their starts, then of their rules' ids.
    var scenes: [Scene] = []
    var counts: [String: SceneStages.Counts] = [:]
    /// Rows whose condition is not known, by rule.
    var unknown: [String: Int] = [:]
    var trackRows = 0
  }

  private struct Found {
    /// By rule.
    var scenes: [String: [Scene]] = [:]
    var result = Result()
  }

  func run() throws -> Result {
    var found = Found()
    let (intervals, extensions) = try signals(&found)
    for level in levels {
      var candidates: [SceneCandidates] = []
      for rule in level {
        var stages = SceneStages(rule)
        let scenes = found.scenes.mapValues { $0.map(\.interval) }
        let matches: [SequenceMatch.Match]
        if case .sequence(let steps, let span) = rule.base {
          matches = SequenceMatch(steps: steps, span: span).matches(in: found.scenes)
        } else {
          matches = (intervals[rule.id] ?? []).map { SequenceMatch.Match(interval: $0, scenes: []) }
        }
        let kept = stages.apply(
          matches.map(\.interval), back: extensions[rule.id]?.back ?? [], forward: extensions[rule.id]?.forward ?? [],
          scenes: scenes)
        candidates.append(SceneCandidates(rule, kept, matches.filter { !$0.scenes.isEmpty }, stages))
      }
      try describe(&candidates)
      for candidates in candidates {
        let (scenes, counts) = candidates.scenes(extent: table.extent.lowerBound...table.end)
        found.scenes[candidates.rule.id] = scenes
        found.result.counts[candidates.rule.id] = counts
      }
    }
    for rule in rules where !rule.isStep { found.result.scenes += found.scenes[rule.id] ?? [] }
    found.result.scenes.sort { one, other in
      (one.interval.start, one.rule, one.interval.track ?? "") < (
        other.interval.start, other.rule, other.interval.track ?? ""
      )
    }
    return found.result
  }

  /// Rules that need only those of levels before.
  private var levels: [[SceneRule]] {
    var levels: [[SceneRule]] = [], depth: [String: Int] = [:]
    for rule in rules {
      let own = rule.needs.compactMap { depth[$0] }.max().map { $0 + 1 } ?? 0
      depth[rule.id] = own
      if levels.count <= own { levels.append([]) }
      levels[own].append(rule)
    }
    return levels
  }

  // MARK: Where conditions hold

  private typealias Extensions = (back: [SceneInterval], forward: [SceneInterval])

  private func signals(_ found: inout Found) throws -> ([String: [SceneInterval]], [String: Extensions]) {
    var conditions: [SceneSignals.Condition] = [], bases: [String: Int] = [:]
    var extensions: [String: (back: Int?, forward: Int?)] = [:]
    func add(_ condition: SceneSignals.Condition) -> Int {
      conditions.append(condition)
      return conditions.count - 1
    }
    for rule in rules {
      let isOfTracks = rule.per == .track
      if case .condition(let enter, let exit) = rule.base {
        bases[rule.id] = add(.init(enter: enter, exit: exit, gap: rule.gap, isOfTracks: isOfTracks))
      }
      extensions[rule.id] = (
        rule.extension_.back.map { add(.init(enter: $0, isOfTracks: isOfTracks)) },
        rule.extension_.forward.map { add(.init(enter: $0, isOfTracks: isOfTracks)) }
      )
    }
    let signals = SceneSignals(conditions: conditions)
    var tracker = SceneTracker(conditions)
    let needed = Needs(
      conditions.flatMap { [$0.enter, $0.exit] }, table, tracks: conditions.contains(where: \.isOfTracks))
    try each(needed) {
      signals.part($0)
    } _: {
      tracker.take($0, hold: table.trackHold)
    }
    let intervals = tracker.finish(at: table.end, trackPeriod: table.trackPeriod)
    found.result.unknown = bases.mapValues { tracker.unknown[$0] }
    found.result.trackRows = tracker.trackRows
    return (
      bases.mapValues { intervals[$0] },
      extensions.mapValues { ($0.back.map { intervals[$0] } ?? [], $0.forward.map { intervals[$0] } ?? []) }
    )
  }

  /// What is read for some expressions.
  struct Needs {
    var columns: Set<String>
    var objects: Set<String>?
    var reach = Reach()

    init(_ expressions: [Expression], _ table: SceneTable, tracks: Bool) {
      let period = Double(table.hold == .max ? table.period : table.hold) / 1e9
      for expression in expressions { reach.join(expression.reach(period: period)) }
      let names = expressions.reduce(into: Set<String>()) { $0.formUnion($1.names) }
      columns = names.union([SceneColumns.detectorAge]).filter { table.types[$0] != nil }
      guard table.objects != nil, tracks || expressions.contains(where: \.asksObjects) else { return }
      objects = names.union([SceneColumns.track, SceneColumns.score, "dist_m"]).filter { table.objectTypes[$0] != nil }
      if tracks { reach.back = max(reach.back, 2 * Double(table.trackHold) / 1e9) }
    }
  }

  /// Every block of the table through `transform`, in parallel, and the results in order to `body`.
  private func each<Value: Sendable>(
    _ needs: Needs, _ transform: @Sendable (SceneRows) throws -> Value, _ body: (Value) throws -> Void
  ) throws {
    var reader = try SceneReader(
      table, columns: needs.columns, objectColumns: needs.objects, reach: needs.reach, block: block)
    while true {
      var blocks: [SceneRows] = []
      while blocks.count < 2 * jobs, let rows = try reader.block() { blocks.append(rows) }
      guard !blocks.isEmpty else { return }
      try parallelMap(blocks, jobs: jobs, transform) { try body($0) }
      try step()
    }
  }

  // MARK: What is known of scenes

  private func describe(_ candidates: inout [SceneCandidates]) throws {
    guard candidates.contains(where: { !$0.isEmpty }) else { return }
    let wanted = candidates.filter { !$0.isEmpty }
    let needs = Needs(
      wanted.flatMap(\.inputs), table, tracks: wanted.contains { $0.rule.per == .track })
    let frozen = candidates
    var filled = candidates
    try each(needs) { rows in
      frozen.map { $0.isEmpty ? nil : $0.part(rows) }
    } _: { parts in
      for (index, part) in parts.enumerated() { if let part { filled[index].take(part) } }
    }
    candidates = filled
  }
}

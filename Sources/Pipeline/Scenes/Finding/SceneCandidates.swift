import Core

/// The intervals of a rule that may be scenes, and what is learnt of them block by block.
struct SceneCandidates: Sendable {
  let rule: SceneRule
  private let aggregation: SceneAggregation
  private var stages: SceneStages
  private let matches: [SequenceMatch.Match]
  private var all: [Candidate]

  private struct Candidate: Sendable {
    var interval: SceneInterval
    var figures: [SceneFigure]
    var margin = -Double.infinity
    var rows = 0, knownRows = 0
    var actors: [String] = []
    var scores = 0.0, scoredObjects = 0
  }

  /// What a block says of the rows of candidates.
  struct Part: Sendable {
    /// Of samples, or of each track.
    var lanes: [Lane]
    /// Tracks of objects that are actors: when, who, and how sure.
    var actors: [(time: Int64, track: String, score: Double)]
  }

  struct Lane: Sendable {
    var track: String?
    var times: [Int64]
    var gaps: [Bool]
    /// By input expression.
    var values: [Expression: SceneVector]
    /// Of the rule's condition; nil where it has none.
    var condition: Truths?
  }

  init(_ rule: SceneRule, _ intervals: [SceneInterval], _ matches: [SequenceMatch.Match], _ stages: SceneStages) {
    (self.rule, self.matches, self.stages) = (rule, matches, stages)
    aggregation = SceneAggregation(rule)
    let figures = aggregation.calls.map { SceneFigure($0) }
    all = intervals.map { Candidate(interval: $0, figures: figures) }
  }

  var isEmpty: Bool { all.isEmpty }

  private var enter: Expression? {
    if case .condition(let enter, _) = rule.base { enter } else { nil }
  }

  /// Expressions that must be known of rows.
  var inputs: [Expression] {
    aggregation.inputs + [enter].compactMap { $0 }
      + [rule.actors.map { Expression(.objects(.any, $0)) }].compactMap { $0 }
  }

  // MARK: In parallel

  func part(_ rows: SceneRows) -> Part? {
    let (from, end) = (rows.times[rows.main.lowerBound], rows.times[rows.main.upperBound - 1])
    guard all.contains(where: { $0.interval.start <= end && from < $0.interval.end }) else { return nil }
    var part = Part(lanes: [], actors: [])
    if rule.per == .track {
      let names = Set(all.compactMap(\.interval.track))
      for (track, rows) in rows.tracks() where names.contains(track) { part.lanes.append(lane(rows, track)) }
    } else {
      part.lanes.append(lane(rows, nil))
    }
    if let actors = rule.actors { part.actors = self.actors(rows, actors) }
    return part
  }

  private func lane(_ rows: SceneRows, _ track: String?) -> Lane {
    let main = Array(rows.main)
    let evaluator = Evaluator(rows)
    var values: [Expression: SceneVector] = [:]
    for input in aggregation.inputs where values[input] == nil { values[input] = evaluator.value(input).picking(main) }
    var condition: Truths?
    if let enter,
      case .truths(let truths) = SceneVector.truths(Evaluator(rows, withMargins: true).truths(enter)).picking(main)
    {
      condition = truths
    }
    return Lane(
      track: track, times: main.map { rows.times[$0] }, gaps: main.map { rows.isAfterGap($0) }, values: values,
      condition: condition)
  }

  private func actors(_ rows: SceneRows, _ condition: Expression) -> [(time: Int64, track: String, score: Double)] {
    guard let objects = rows.objects, case .words(let tracks)? = objects.columns[SceneColumns.track] else { return [] }
    let truths = Evaluator(rows).truthsOfObjects(condition)
    var scores = Array(repeating: 1.0, count: objects.count)
    if case .numbers(let known)? = objects.columns[SceneColumns.score] { scores = known.map { $0.isNaN ? 1 : $0 } }
    return objects.samples.indices.compactMap { object in
      guard truths[object] == Truth.yes, rows.main.contains(objects.samples[object]), let track = tracks[object] else {
        return nil
      }
      return (rows.times[objects.samples[object]], track, scores[object])
    }
  }

  // MARK: In order

  mutating func take(_ part: Part) {
    for lane in part.lanes {
      for index in all.indices where all[index].interval.track == lane.track || rule.per == .sample {
        let interval = all[index].interval
        let from = lane.times.indices.bisect { lane.times[$0] >= interval.start }
        let end = lane.times.indices.bisect { lane.times[$0] >= interval.end }
        guard from < end else { continue }
        add(lane, from..<end, to: &all[index])
      }
    }
    guard !part.actors.isEmpty else { return }
    for index in all.indices {
      let interval = all[index].interval
      for (time, track, score) in part.actors where interval.start <= time && time < interval.end {
        if !all[index].actors.contains(track) { all[index].actors.append(track) }
        all[index].scores += score
        all[index].scoredObjects += 1
      }
    }
  }

  private func add(_ lane: Lane, _ rows: Range<Int>, to candidate: inout Candidate) {
    candidate.rows += rows.count
    for (index, call) in aggregation.calls.enumerated() {
      let values = SceneAggregation.inputs(call).compactMap { lane.values[$0] }
      candidate.figures[index].add(values, rows, times: lane.times) { lane.gaps[$0] }
    }
    guard let condition = lane.condition else {
      candidate.knownRows += rows.count
      return
    }
    for row in rows {
      if condition.values[row] != Truth.unknown { candidate.knownRows += 1 }
      if let margin = condition.margins?[row], margin > candidate.margin { candidate.margin = margin }
    }
  }

  // MARK: At the end

  /// The scenes that the rule's `where` leaves, padded within the data.
  func scenes(extent: ClosedRange<Int64>) -> ([Scene], SceneStages.Counts) {
    var stages = stages, scenes: [Scene] = []
    for candidate in all {
      let steps = matches.first {
        $0.interval.start == candidate.interval.start && $0.interval.track == candidate.interval.track
      }
      let (values, isAccepted) = aggregation.finish(candidate.interval, candidate.figures, steps: steps?.scenes ?? [])
      guard isAccepted else { continue }
      var interval = candidate.interval
      interval.start = max(min(extent.lowerBound, interval.start), interval.start - rule.padding.before)
      interval.end = min(max(extent.upperBound, interval.end), interval.end + rule.padding.after)
      var scene = Scene(rule: rule.id, interval: interval, values: values)
      scene.margin = candidate.margin.isFinite ? candidate.margin : nil
      scene.actors = interval.track.map { [$0] } ?? candidate.actors
      for step in steps?.scenes ?? [] {
        for actor in step.actors where !scene.actors.contains(actor) { scene.actors.append(actor) }
      }
      let known = candidate.rows > 0 ? Double(candidate.knownRows) / Double(candidate.rows) : 1
      let score = candidate.scoredObjects > 0 ? candidate.scores / Double(candidate.scoredObjects) : 1
      scene.confidence = known * score
      scenes.append(scene)
    }
    stages.refuse(all.count - scenes.count, kept: scenes.count)
    return (scenes, stages.counts)
  }
}

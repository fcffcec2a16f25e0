/// What becomes of the intervals of a rule before anything is computed of them, step by step and counted.
struct SceneStages: Sendable {
  /// How many there are after each step, and how many were dropped for which reason.
  struct Counts: Sendable, Equatable {
    var found = 0
    var bridged = 0
    var tooShort = 0
    /// Too short, and cut by the data's edge.
    var truncated = 0
    var outside = 0
    /// By the rule's `where`.
    var refused = 0
    /// Sequences of which a step is missing.
    var kept = 0
  }

  let rule: SceneRule
  private(set) var counts = Counts()

  init(_ rule: SceneRule) { self.rule = rule }

  /// `scenes` are those of other rules, by their id.
  mutating func apply(
    _ intervals: [SceneInterval], back: [SceneInterval], forward: [SceneInterval], scenes: [String: [SceneInterval]]
  ) -> [SceneInterval] {
    counts.found = intervals.count
    var all = intervals.map { extended($0, back, forward) }
    all = bridge(all)
    counts.bridged = all.count
    all = all.filter { interval in
      guard interval.length < rule.shortest else { return true }
      let isTruncated = interval.isCutAtStart || interval.isCutAtEnd
      if isTruncated, rule.keepsTruncated { return true }
      if isTruncated { counts.truncated += 1 } else { counts.tooShort += 1 }
      return false
    }
    all = all.flatMap(pieces)
    let before = all.count
    all = all.filter { isInside($0, scenes) }
    counts.outside = before - all.count
    return all.sorted { ($0.start, $0.end, $0.track ?? "") < ($1.start, $1.end, $1.track ?? "") }
  }

  mutating func refuse(_ count: Int, kept: Int) {
    counts.refused += count
    counts.kept = kept
  }

  private func extended(
    _ interval: SceneInterval, _ back: [SceneInterval], _ forward: [SceneInterval]
  ) -> SceneInterval {
    var interval = interval
    if let before = back.last(where: {
      $0.start < interval.start && interval.start <= $0.end && $0.track == interval.track
    }) {
      (interval.start, interval.isCutAtStart) = (before.start, before.isCutAtStart)
    }
    if let after = forward.first(where: {
      $0.start <= interval.end && interval.end < $0.end && $0.track == interval.track
    }) {
      (interval.end, interval.isCutAtEnd) = (after.end, after.isCutAtEnd)
    }
    return interval
  }

  private func bridge(_ intervals: [SceneInterval]) -> [SceneInterval] {
    var all: [SceneInterval] = [], open: [String: Int] = [:]
    for interval in intervals.sorted(by: { $0.start < $1.start }) {
      let track = interval.track ?? ""
      // What extensions made overlap is one.
      if let index = open[track], interval.start - all[index].end <= rule.gap {
        if interval.end > all[index].end {
          (all[index].end, all[index].isCutAtEnd) = (interval.end, interval.isCutAtEnd)
        }
      } else {
        open[track] = all.count
        all.append(interval)
      }
    }
    return all
  }

  private func pieces(_ interval: SceneInterval) -> [SceneInterval] {
    guard interval.length > rule.longest else { return [interval] }
    return stride(from: interval.start, to: interval.end, by: Int(rule.longest)).map { start in
      var piece = interval
      (piece.start, piece.end) = (start, min(interval.end, start + rule.longest))
      piece.isCutAtStart = start == interval.start && interval.isCutAtStart
      piece.isCutAtEnd = piece.end == interval.end && interval.isCutAtEnd
      return piece
    }
  }

  private func isInside(_ interval: SceneInterval, _ scenes: [String: [SceneInterval]]) -> Bool {
    func any(_ ids: [String], _ condition: (SceneInterval) -> Bool) -> Bool {
      ids.contains { scenes[$0]?.contains(where: condition) ?? false }
    }
    if !rule.during.isEmpty, !any(rule.during, { $0.start <= interval.start && interval.end <= $0.end }) {
      return false
    }
    if !rule.overlaps.isEmpty, !any(rule.overlaps, { $0.overlaps(interval) }) { return false }
    return !any(rule.notDuring) { $0.overlaps(interval, margin: rule.margin) }
  }
}

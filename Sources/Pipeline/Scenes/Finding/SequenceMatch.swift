import Core

/// Finds where scenes of several rules follow one another (scenes.md 3.4).
///
/// The next step begins after the step before and at most `within` behind its end; each first scene gives at most one match,
/// with the earliest next step.
struct SequenceMatch {
  let steps: [SceneRule.Step]
  let span: SceneRule.Span

  /// A match: its interval, and the scene of each step.
  struct Match {
    var interval: SceneInterval
    var scenes: [Scene]
  }

  /// `scenes` are those of other rules by id, in the order of their starts.
  func matches(in scenes: [String: [Scene]]) -> [Match] {
    let choices = steps.map { step in
      step.rules.flatMap { scenes[$0] ?? [] }.filter { step.accepts($0) }
        .sorted { ($0.interval.start, $0.interval.end) < ($1.interval.start, $1.interval.end) }
    }
    guard let firsts = choices.first else { return [] }
    return firsts.compactMap { first in
      var chain = [first]
      for (step, choices) in zip(steps, choices).dropFirst() {
        let last = chain[chain.count - 1].interval
        let latest = last.end.addingReportingOverflow(step.within)
        let index = (0..<choices.count).bisect { choices[$0].interval.start > last.start }
        let next = choices[index...].first { Self.isSame($0.interval.track, last.track) }
        guard let next, latest.overflow || next.interval.start <= latest.partialValue else { return nil }
        chain.append(next)
      }
      return match(chain)
    }
  }

  /// A scene of no track goes with one of any.
  private static func isSame(_ one: String?, _ other: String?) -> Bool { one == nil || other == nil || one == other }

  private func match(_ chain: [Scene]) -> Match? {
    func time(_ end: SceneRule.Span.End) -> Int64 {
      end.isStart ? chain[end.step].interval.start : chain[end.step].interval.end
    }
    var interval = SceneInterval(start: time(span.from), end: time(span.to))
    guard interval.start <= interval.end else { return nil }
    let (from, to) = (chain[span.from.step].interval, chain[span.to.step].interval)
    interval.isCutAtStart = span.from.isStart && from.isCutAtStart
    interval.isCutAtEnd = !span.to.isStart && to.isCutAtEnd
    interval.track = chain.lazy.compactMap(\.interval.track).first
    return Match(interval: interval, scenes: chain)
  }
}

extension SceneRule.Step {
  fileprivate func accepts(_ scene: Scene) -> Bool {
    let length = scene.interval.length
    guard shortest <= length, length <= longest else { return false }
    guard let filter else { return true }
    return SceneValues(scene.values).isTrue(filter)
  }
}

/// A stretch of time in which something holds, [start, end) in nanoseconds.
struct SceneInterval: Sendable, Equatable {
  var start: Int64
  var end: Int64
  /// Whether the data's edge or a gap cuts it, so that it may have begun earlier or ended later.
  var isCutAtStart = false
  var isCutAtEnd = false
  /// The track that it is about, of rules that are evaluated for each.
  var track: String?

  var length: Int64 { end - start }

  func overlaps(_ other: SceneInterval, margin: Int64 = 0) -> Bool {
    start < other.end.addingReportingOverflow(margin).partialValue
      && other.start.subtractingReportingOverflow(margin).partialValue < end
  }
}

/// Makes intervals of what rows say, one after another (scenes.md 3.2).
///
/// | state | row says | next |
/// |---|---|---|
/// | off | enter | on |
/// | off | enter is unknown | unknown |
/// | on | exit | off |
/// | on | exit is unknown | on for at most `gap`, then unknown from where that began |
/// | unknown | enter, or not | on, cut at its start; or off |
struct SceneMachine {
  private enum State {
    case off, unknown
    case on(SceneInterval, unknownSince: Int64?)
  }

  private let gap: Int64
  private let track: String?
  /// Before the first row nothing is known.
  private var state = State.unknown
  private(set) var found: [SceneInterval] = []

  init(gap: Int64, track: String? = nil) { (self.gap, self.track) = (gap, track) }

  /// From here on nothing is known.
  mutating func pause(at time: Int64) {
    switch state {
    case .off: state = .unknown
    case .on(let interval, nil): state = .on(interval, unknownSince: time)
    case .on, .unknown: break
    }
  }

  /// What a row says from its time on, as `Truth`.
  mutating func row(_ time: Int64, enter: UInt8, exit: UInt8) {
    giveUp(at: time)
    switch state {
    case .on(let interval, let since):
      if exit == Truth.yes {
        close(interval, at: time, isCut: false)
        state = .off
      } else {
        state = .on(interval, unknownSince: exit == Truth.unknown ? since ?? time : nil)
      }
    case .off, .unknown:
      switch enter {
      case Truth.yes:
        var isCut = false
        if case .unknown = state { isCut = true }
        state = .on(
          SceneInterval(start: time, end: time, isCutAtStart: isCut, track: track),
          unknownSince: exit == Truth.unknown ? time : nil)
      case Truth.no: state = .off
      default: state = .unknown
      }
    }
  }

  /// The data is over.
  mutating func finish(at end: Int64) -> [SceneInterval] {
    giveUp(at: end)
    if case .on(let interval, _) = state { close(interval, at: end, isCut: true) }
    state = .unknown
    return found
  }

  /// A scene of which nothing was known for too long ended where that began.
  private mutating func giveUp(at time: Int64) {
    guard case .on(let interval, let since?) = state, time - since > gap else { return }
    close(interval, at: since, isCut: true)
    state = .unknown
  }

  private mutating func close(_ interval: SceneInterval, at end: Int64, isCut: Bool) {
    var interval = interval
    (interval.end, interval.isCutAtEnd) = (end, isCut)
    if interval.end > interval.start { found.append(interval) }
  }
}

import Core
import Synchronization

/// How progress is shown on standard error.
package enum ProgressChoice: String, CaseIterable, Sendable, ArgumentValue { case auto, bar, json, none }

/// How far the work is, told to people who wait.
package struct ProgressOptions: Options {
  package static let title = "Progress"

  @Option("How to show progress on standard error", value: "how") package var progress = ProgressChoice.auto

  package init() {}

  /// Begins to show; `log` says whether anybody wants to know.
  package func start(_ log: Log, bytes: Int64? = nil, items: Int? = nil) -> Progress {
    Progress(progress, log, ProgressState(totalBytes: bytes, totalItems: items))
  }
}

/// Progress of a run: a line on the terminal that is redrawn at most ten times a second and goes away at the end.
///
/// Without a terminal it says nothing for a minute, then a line a minute; with `json` a record a second. SIGUSR1 asks
/// for a line now. Its methods may be called from any thread; a call that draws nothing costs a look at the clock.
package final class Progress: Sendable {
  private enum Form: Sendable { case bar, lines, records, none }

  private struct State: Sendable {
    var now: ProgressState
    var next: Int64
  }

  private let form: Form
  private let log: Log
  private let state: Mutex<State>
  private let clock: @Sendable () -> Int64
  private let isWide: @Sendable () -> Int
  private let show: @Sendable (String?) -> Void
  private let say: @Sendable (String) -> Void

  convenience init(_ choice: ProgressChoice, _ log: Log, _ state: ProgressState) {
    self.init(
      choice, log, state, isTerminal: Console.isTerminal(.error) && Environment.value("TERM") != "dumb",
      clock: { Monotonic.now }, width: { Console.width(of: .error) }, show: Console.status, say: Console.complain)
  }

  init(
    _ choice: ProgressChoice, _ log: Log, _ start: ProgressState, isTerminal: Bool,
    clock: @escaping @Sendable () -> Int64, width: @escaping @Sendable () -> Int,
    show: @escaping @Sendable (String?) -> Void, say: @escaping @Sendable (String) -> Void
  ) {
    form =
      switch choice {
      case _ where log.level == .errors: .none
      case .none: .none
      case .json: .records
      case .bar: .bar
      case .auto: log.form == .json ? .none : isTerminal ? .bar : .lines
      }
    self.log = log
    self.clock = clock
    isWide = width
    self.show = show
    self.say = say
    var begun = start
    begun.sample(at: clock())
    // Work that is done at once flashes no line.
    state = Mutex(State(now: begun, next: clock() + (form == .bar ? Self.redraw : Self.pause(form))))
  }

  private static let redraw: Int64 = 100_000_000

  private static func pause(_ form: Form) -> Int64 {
    switch form {
    case .bar: redraw
    case .records: 1_000_000_000
    case .lines, .none: 60_000_000_000
    }
  }

  /// Nothing is new but the time: for who looks in while a step takes long.
  package func poll() { change { _ in } }

  /// So many more bytes are done.
  package func advance(bytes: Int) { change { $0.bytes = Int64(Int($0.bytes).addingSaturated(bytes)) } }

  /// Now this item is worked on.
  package func item(_ name: String) { change { $0.item = name } }

  /// An item is done.
  package func itemDone() { change { $0.items += 1 } }

  /// An item failed.
  package func itemFailed() { change { $0.failed += 1 } }

  /// More is to be done than was known.
  package func expect(bytes: Int64 = 0, items: Int = 0) {
    change {
      $0.totalBytes = Int64(Int($0.totalBytes ?? 0).addingSaturated(Int(bytes)))
      $0.totalItems = ($0.totalItems ?? 0) + items
    }
  }

  /// Takes the line away; with `json` a last record.
  package func finish() {
    switch form {
    case .bar: show(nil)
    case .records: state.withLock { tell(&$0.now, .records) }
    case .lines, .none: break
    }
  }

  deinit { if form == .bar { show(nil) } }

  private func change(_ change: (inout ProgressState) -> Void) {
    let isAsked = Signals.takeProgressRequest()
    let now = clock()
    state.withLock { state in
      change(&state.now)
      if isAsked { tell(&state.now, form == .records ? .records : .lines) }
      guard form != .none, now >= state.next else { return }
      state.next = now + Self.pause(form)
      state.now.sample(at: now)
      tell(&state.now, form)
    }
  }

  private func tell(_ state: inout ProgressState, _ form: Form) {
    switch form {
    case .bar: show(state.line(width: isWide() - 1))
    case .lines: say("\(log.tool): \(state.line(width: 200))")
    case .records: say(JSON.object(state.record(run: log.run)).text)
    case .none: break
    }
  }
}

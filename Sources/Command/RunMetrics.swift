package import Core

/// The metrics file of a run: what cron and node_exporter's textfile collector learn of it (`cli.md` §19).
///
/// Rewritten while the run goes on, and at its end with its exit code. A run that did not succeed keeps the time of the
/// last success from the file that was there; one that never came to look at the lake keeps the lake's figures, so that
/// an alert on them does not come and go. Every metric of a run has the verb's name, so that the files of several verbs
/// may lie in one folder.
package final class RunMetrics: Sendable {
  private struct State {
    var items: [(result: String, count: Int)] = []
    var bytes = 0
    var isOverdue = false
    var more: [Metric] = []
    var lastSuccess: Double?
    /// What the file of the run before had.
    var before: [(name: String, text: String)]
    var isBroken = false
    var next: Int64
  }

  private let path: String
  private let log: Log
  private let begin = Timestamp.now
  private let start = Monotonic.now
  private let state: Guarded<State>

  /// How often the file is rewritten.
  private static let pause: Int64 = 15_000_000_000

  /// `path` is nil where nobody asked: then nothing is written.
  package init?(_ path: String?, _ log: Log) {
    guard let path else { return nil }
    (self.path, self.log) = (path, log)
    let text = StatusFile.read(path) ?? ""
    let success = Metric.value("av_last_success_timestamp_seconds", ["verb": log.tool], in: text)
    state = Guarded(State(lastSuccess: success, before: Metric.blocks(of: text), next: start))
  }

  /// What became of the items so far, each result with its number, and the bytes done.
  package func count(_ items: [(String, Int)], bytes: Int) {
    state.withLock { ($0.items, $0.bytes) = (items.map { ($0.0, $0.1) }, bytes) }
  }

  /// Metrics that are the verb's own.
  package func set(_ metrics: [Metric]) { state.withLock { $0.more = metrics } }

  /// The run takes longer than expected.
  package func overdue() {
    state.withLock { $0.isOverdue = true }
    write(nil)
  }

  /// Rewrites the file if it is time.
  package func tick() {
    let now = Monotonic.now
    let isDue = state.withLock { state in
      guard now >= state.next else { return false }
      state.next = now + Self.pause
      return true
    }
    if isDue { write(nil) }
  }

  /// The run has ended.
  package func finish(_ code: ExitCode) { write(Signals.requested.map { 128 + $0 } ?? code.rawValue) }

  /// A file that cannot be written is told once, and stops nothing.
  private func write(_ code: Int32?) {
    do throws(SystemError) { try StatusFile.write(text(code), to: path) } catch {
      let isFirst = state.withLock { state in
        defer { state.isBroken = true }
        return !state.isBroken
      }
      if isFirst { log.warn("\(error): the run goes on without its metrics") }
    }
  }

  private func text(_ code: Int32?) -> String {
    let now = Double(Timestamp.now.nanoseconds / 1_000_000_000)
    let seconds = Double((Monotonic.now - start) / 1_000_000) / 1000
    return state.withLock { state in
      if code == 0 { state.lastSuccess = now }
      let verb = log.tool
      var last = Metric("av_last_run_timestamp_seconds", .gauge, "When the last run began.")
      last.add(Double(begin.nanoseconds / 1_000_000_000), ["verb": verb])
      var success = Metric("av_last_success_timestamp_seconds", .gauge, "When a run last ended with status 0.")
      if let time = state.lastSuccess { success.add(time, ["verb": verb]) }
      var exit = Metric("av_last_exit_code", .gauge, "Exit code of the last run, absent while it runs.")
      if let code { exit.add(Double(code), ["verb": verb]) }
      var duration = Metric("av_duration_seconds", .gauge, "How long the last run took, or takes until now.")
      duration.add(seconds, ["verb": verb])
      var items = Metric("av_items_total", .counter, "What became of the items of the last run.")
      for item in state.items { items.add(Double(item.count), ["verb": verb, "result": item.result]) }
      var bytes = Metric("av_bytes_total", .counter, "Bytes of the items that the last run did.")
      bytes.add(Double(state.bytes), ["verb": verb])
      var overdue = Metric("av_run_overdue", .gauge, "Whether the last run took longer than expected.")
      overdue.add(state.isOverdue ? 1 : 0, ["verb": verb])
      let own = [last, success, exit, duration, items, bytes, overdue]
      let kept = state.more.isEmpty ? state.before.filter { old in !own.contains { $0.name == old.name } } : []
      return (own + state.more).map(\.text).joined() + kept.map(\.text).joined()
    }
  }
}

package import Core

/// What a verb that cron or a timer starts is told about time, and whom it tells.
package struct ScheduleOptions: Options {
  package static let title = "Schedule"

  @Option("Begin nothing more after so long, finish what is under way and end with status 6", value: "duration")
  private var maxRuntime: Nanoseconds?
  @Option("Say so when it takes longer, and go on", value: "duration") private var expectDuration: Nanoseconds?
  @Option("Keep metrics for Prometheus' textfile collector in a file", value: "file", completion: .file)
  package var metricsFile: String?

  package init() {}

  /// In nanoseconds.
  package var limit: Int64? { maxRuntime?.value }
  /// In nanoseconds.
  package var expected: Int64? { expectDuration?.value }
}

/// Work was left because its time was over; nothing is wrong with it.
package struct TimeLimit: Problem {
  private let limit: Int64
  private let left: String

  /// `left` says what was not begun, such as `12 measurements`.
  package init(_ limit: Int64, left: String) { (self.limit, self.left) = (limit, left) }

  package var description: String { "--max-runtime of \(Measure.text(duration: limit)) is over: \(left) left" }
  package var code: ProblemCode { .timeLimit }
  package var exitCode: ExitCode { .system }
  package var hint: String? { "the same command goes on where this run ended" }
  package var isRetryable: Bool { true }
  package var facts: JSONObject { ["op": "begin"] }
}

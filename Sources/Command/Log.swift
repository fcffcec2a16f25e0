import Core

/// The forms that lines on standard error can have.
package enum LogForm: String, CaseIterable, Sendable, ArgumentValue { case text, json }

/// What a verb says on standard error: errors, warnings and notes, one line each, escaped.
package struct Log: Sendable {
  /// Errors only, also warnings, also notes, everything.
  package enum Level: Int, Sendable, Comparable {
    case errors, warnings, notes, debugging
    package static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
  }

  package var tool: String
  package var form = LogForm.text
  package var level = Level.warnings
  package var isColored = false
  /// The id of the run, for machines.
  package var run: String?

  package init(tool: String) { self.tool = tool }

  /// An item that failed while the others go on.
  package func fail(_ error: any Error, item: String? = nil) {
    show(error, JSONObject(error: error, run: run, item: item), place: item)
  }

  package func warn(_ text: String) { message(text, .warnings, "WARN") }
  package func note(_ text: String) { message(text, .notes, "INFO") }
  package func debug(_ text: String) { message(text, .debugging, "DEBUG") }

  /// The error that ends the command, as the last words on standard error.
  func fatal(_ error: any Error) -> ExitCode {
    let code = (error as? any Problem)?.exitCode ?? .items
    var record = JSONObject(error: error, type: "exit_error", run: run)
    record["exit"] = .integer(Int64(code.rawValue))
    show(error, record)
    return code
  }

  /// That a signal ended the command, and how to go on.
  func stopped(by signal: Int32) {
    let text = "stopped by \(Signals.name(signal)); run it again to go on"
    guard form == .json else { return Console.complain("\(colored("\(tool):", "1;31")) \(text)") }
    var record: JSONObject = ["schema": "av.error/1", "type": "exit_error"]
    record["run"] = run.map { .string($0) }
    record["msg"] = .string(text)
    record["exit"] = .integer(Int64(128 + signal))
    Console.complain(JSON.object(record).text)
  }

  private func show(_ error: any Error, _ record: JSONObject, place: String? = nil) {
    guard form == .text else { return Console.complain(JSON.object(record).text) }
    let problem = error as? any Problem
    let code = (problem?.code ?? .bug).rawValue
    var text = "\(error)"
    // What a format or a sink finds fault with does not know the name of the file.
    if let place, !text.hasPrefix(place) { text = "\(place): \(text)" }
    Console.complain("\(colored("\(tool):", "1;31")) \(text.shown) (\(code))")
    if let hint = problem?.hint { Console.complain("\(colored("hint:", "1")) \(hint.shown)") }
  }

  private func message(_ text: String, _ needed: Level, _ severity: String) {
    guard level >= needed else { return }
    guard form == .json else { return Console.complain("\(tool): \(text.shown)") }
    var record: JSONObject = ["type": "log", "time": .string(Timestamp.now.description)]
    record["severity"] = .string(severity)
    record["run"] = run.map { .string($0) }
    record["body"] = .string(text)
    Console.complain(JSON.object(record).text)
  }

  private func colored(_ text: String, _ style: String) -> String {
    isColored ? "\u{1b}[\(style)m\(text)\u{1b}[0m" : text
  }
}

package import Core

/// When to use colour; each stream decides for itself.
package enum ColorChoice: String, CaseIterable, Sendable, ArgumentValue {
  case auto, always, never

  package func isOn(_ stream: Console.Stream, _ environment: (String) -> String? = Environment.value) -> Bool {
    switch self {
    case .always: return true
    case .never: return false
    case .auto: break
    }
    if let value = environment("NO_COLOR"), !value.isEmpty { return false }
    if let value = environment("CLICOLOR_FORCE"), !value.isEmpty, value != "0" { return true }
    return environment("TERM") != "dumb" && Console.isTerminal(stream)
  }
}

/// What is printed where: records or a table, the form and the amount of messages.
package struct OutputOptions: Options {
  package static let title = "Output"

  @Flag("Print records also on a terminal") package var json
  @Option("Form of messages on standard error", value: "form") package var logFormat = LogForm.text
  @Option("When to use colour", value: "when") package var color = ColorChoice.auto
  @Flag("Print no messages but errors", short: "q") package var quiet
  @Counter("Print more messages; -vv for debugging", short: "v") package var verbose

  /// The name that messages begin with; `Verb.main` knows it.
  let tool = Slot("av")

  package init() {}

  /// Whether standard output gets records; else it is a terminal and gets what people like to read.
  package var printsRecords: Bool { json || !Console.isTerminal(.output) }

  package var log: Log {
    var log = Log(tool: tool.value)
    log.form = logFormat
    log.level = quiet ? .errors : verbose == 0 ? .warnings : verbose == 1 ? .notes : .debugging
    log.isColored = logFormat == .text && color.isOn(.error)
    return log
  }
}

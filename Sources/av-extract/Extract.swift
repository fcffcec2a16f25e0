import Command
import Core

@main struct Extract: Verb {
  static let name = "av-extract"
  static let abstract = "Not built yet."
  func run() throws -> ExitCode { .usage }
}

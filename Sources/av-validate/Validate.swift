import Command
import Core

@main struct Validate: Verb {
  static let name = "av-validate"
  static let abstract = "Not built yet."
  func run() throws -> ExitCode { .usage }
}

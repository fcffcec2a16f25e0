import Command
import Core

@main struct Enrich: Verb {
  static let name = "av-enrich"
  static let abstract = "Not built yet."
  func run() throws -> ExitCode { .usage }
}

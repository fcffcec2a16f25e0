import Command
import Core

@main struct Meta: Verb {
  static let name = "av-meta"
  static let abstract = "Not built yet."
  func run() throws -> ExitCode { .usage }
}

import Command
import Core

@main struct Sync: Verb {
  static let name = "av-sync"
  static let abstract = "Not built yet."
  func run() throws -> ExitCode { .usage }
}

import Command
import Core

@main struct Ingest: Verb {
  static let name = "av-ingest"
  static let abstract = "Not built yet."
  func run() throws -> ExitCode { .usage }
}

import Command
import Core

@main struct Scenes: Verb {
  static let name = "av-scenes"
  static let abstract = "Not built yet."
  func run() throws -> ExitCode { .usage }
}

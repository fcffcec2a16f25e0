import Command
import Core

@main struct SampleDrive: Verb {
  static let name = "sample-drive"
  static let abstract = "Not built yet."
  func run() throws -> ExitCode { .usage }
}

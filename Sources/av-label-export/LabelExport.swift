import Command
import Core

@main struct LabelExport: Verb {
  static let name = "av-label-export"
  static let abstract = "Not built yet."
  func run() throws -> ExitCode { .usage }
}

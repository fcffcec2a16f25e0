import Command
import Core
import Pipeline
import Recordings

@main struct Meta: Verb {
  static let name = "av-meta"
  static let abstract = "Show what is in recordings."
  @Operand("Recordings", value: "recording") var inputs: [String]
  @Flag("Deep") var deep
  func run() throws -> ExitCode {
    for path in inputs {
      do {
        let inspection = try Inspection(path: path, depth: deep ? .everything : .index, jobs: 2)
        try Console.record(JSON.object(inspection.record).text)
      } catch { Console.complain("\(path): \(error)") }
    }
    return .success
  }
}

package import Core

/// A file that cannot be read as what it claims to be.
///
/// `not valid rosbag: chunk header at byte 8192: wanted a length of at most 12, not 4278190080`
package struct FormatError: Problem {
  package var format: String
  /// The structure at fault, by the specification's name.
  package var structure: String
  package var offset: Int
  /// What was wanted there, and what was found.
  package var problem: String

  package init(format: String, structure: String, offset: Int, problem: String) {
    self.format = format
    self.structure = structure
    self.offset = offset
    self.problem = problem
  }

  package init(format: String, structure: String, cause: ByteCursor.Failure) {
    self.init(format: format, structure: structure, offset: cause.offset, problem: "wanted \(cause.wanted)")
  }

  package var description: String { "not valid \(format): \(structure) at byte \(offset): \(problem)" }
}

extension FormatError {
  package var code: ProblemCode { .damaged }
  package var exitCode: ExitCode { .items }
  package var facts: JSONObject {
    ["format": .string(format), "structure": .string(structure), "offset": .count(offset)]
  }
}

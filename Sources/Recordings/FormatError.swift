package import Core

/// A file that cannot be read as what it claims to be.
///
/// `not valid rosbag: chunk header at byte 8192: wanted a length of at most 12, not 4278190080`
package struct FormatError: Problem {
  /// The file, where it is known.
  package var path: String?
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

  package var description: String {
    let text = "not valid \(format): \(structure) at byte \(offset): \(problem)"
    return path.map { "\($0): \(text)" } ?? text
  }

  /// The same error, of a file.
  package func at(_ path: String) -> FormatError {
    var error = self
    error.path = path
    return error
  }
}

extension FormatError {
  package var code: ProblemCode { .damaged }
  package var exitCode: ExitCode { .items }
  package var facts: JSONObject {
    var facts: JSONObject = ["format": .string(format), "structure": .string(structure), "offset": .count(offset)]
    facts["path"] = path.map(JSON.string)
    return facts
  }
}

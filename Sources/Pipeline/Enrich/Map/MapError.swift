package import Core

/// A map file that cannot be read: what was wanted where, and what was found.
package struct MapError: Problem, Equatable {
  package var path: String
  /// By the specification's name, such as `BlobHeader`.
  package var structure: String
  /// The byte of the file, or of the unpacked structure.
  package var offset: Int
  package var problem: String
  package var code: ProblemCode

  package init(
    _ path: String, _ structure: String, at offset: Int, _ problem: String, code: ProblemCode = .damaged
  ) {
    self.path = path
    self.structure = structure
    self.offset = offset
    self.problem = problem
    self.code = code
  }

  package var description: String { "\(path): not a valid map: \(structure) at byte \(offset): \(problem)" }
  package var exitCode: ExitCode { .items }
  package var facts: JSONObject {
    ["path": .string(path), "structure": .string(structure), "offset": .count(offset)]
  }
}

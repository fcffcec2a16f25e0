package import Core

/// What of a Parquet file cannot be read, and where.
package struct ParquetFault: Problem, Equatable {
  package var path = ""
  /// Footer, metadata, page header, levels, values, ...
  package var structure: String
  package var column: String?
  package var offset: Int
  package var problem: String
  /// It is whole, and of a kind that is not read.
  package var isUnsupported = false

  init(_ structure: String, at offset: Int, _ problem: String) {
    (self.structure, self.offset, self.problem) = (structure, offset, problem)
  }

  /// A feature that is not read.
  static func unsupported(_ problem: String, at offset: Int = 0) -> ParquetFault {
    var fault = ParquetFault("feature", at: offset, problem)
    fault.isUnsupported = true
    return fault
  }

  func of(_ column: String) -> ParquetFault {
    var fault = self
    fault.column = fault.column ?? column
    return fault
  }

  func of(file path: String) -> ParquetFault {
    var fault = self
    fault.path = path
    return fault
  }

  package var description: String {
    let place = column.map { "column \($0): " } ?? ""
    return "\(path): parquet: \(place)\(structure) at byte \(offset): \(problem)"
  }
  package var code: ProblemCode { isUnsupported ? .unsupported : .damaged }
  package var exitCode: ExitCode { .items }
}

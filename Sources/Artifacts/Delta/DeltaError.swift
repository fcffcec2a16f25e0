package import Core

/// Why a table cannot be read or appended to.
package enum DeltaError: Problem, Equatable {
  /// There is no `_delta_log` with a version in it.
  case noTable(String)
  /// A file of the log is not what it must be; a line counts from 1, in checkpoints it is the row.
  case damaged(path: String, line: Int?, String)
  /// A version between others is not there.
  case missingVersion(log: String, Int)
  /// The table wants something of its readers or writers that is not done here.
  case unsupported(path: String, feature: String)
  /// Rows that are to be appended are not of the table's columns.
  case otherColumns(table: String, String)
  /// A value that cannot be a partition's.
  case partitionValue(column: String, String)
  /// A schema that no Delta table can have.
  case unfit(column: String, String)
  /// Other writers were faster each time.
  case outrun(table: String, tries: Int)

  package var description: String {
    switch self {
    case .noTable(let path): "\(path): not a delta table: there is no version in \(Delta.logFolder)"
    case .damaged(let path, let line, let problem): "\(path)\(line.map { ":\($0)" } ?? ""): delta: \(problem)"
    case .missingVersion(let log, let version):
      "\(log): delta: \(Delta.digits(version)).json is missing, and versions after it are there"
    case .unsupported(let path, let feature): "\(path): delta: \(feature) is not supported"
    case .otherColumns(let table, let problem): "\(table): cannot append to the delta table: \(problem)"
    case .partitionValue(let column, let problem):
      "cannot write a delta table: partition column \(column): \(problem)"
    case .unfit(let column, let problem): "cannot write a delta table: column \(column): \(problem)"
    case .outrun(let table, let tries): "\(table): other writers committed first \(tries) times"
    }
  }

  package var code: ProblemCode {
    switch self {
    case .noTable: .missing
    case .damaged, .missingVersion: .damaged
    case .unsupported, .unfit, .partitionValue: .unsupported
    case .otherColumns: .exists
    case .outrun: .busy
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .outrun: .busy
    case .noTable, .damaged, .missingVersion, .unsupported, .otherColumns, .partitionValue, .unfit: .items
    }
  }

  package var isRetryable: Bool { if case .outrun = self { true } else { false } }

  package var hint: String? {
    switch self {
    case .otherColumns: "another table takes other columns"
    case .outrun: "run it again: nothing was written, and nothing is written twice"
    default: nil
    }
  }
}

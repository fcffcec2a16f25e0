import Command
import Core
import Pipeline

struct HeadCommand: Verb {
  static let name = "head"
  static let abstract = "Show the first rows of a Parquet file as JSON lines."
  static let discussion = """
    Reads what av-extract and the other tools write, and what pandas, pyarrow, DuckDB, polars and Spark write. A row is an \
    object on a line of its own; only the pages that are needed are read.
    """
  static let examples = [
    (line: "av-meta head -n 3 imu.parquet", comment: "The first three rows"),
    (line: "av-meta head --all --column t_ns imu.parquet | jq -r .t_ns", comment: "One column, all of it"),
  ]

  @Operand("A Parquet file", value: "table") var table: String
  @Option("So many rows", short: "n", value: "rows") var rows = 10
  @Flag("All rows") var all
  @Option("Only this column, in this place", value: "name") var column: [String]

  func run() throws -> ExitCode {
    guard rows >= 0 else { throw UsageError("--rows: \(rows) is not a number of rows") }
    let output = ConsoleOutput()
    try TableHead.write(table, columns: column.isEmpty ? nil : column, rows: all ? nil : rows, to: output)
    try output.flush()
    return .success
  }
}

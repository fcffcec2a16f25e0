import Core

/// Why the streams of a measurement cannot be brought onto one time line.
enum SyncError: Problem, Equatable {
  /// There is nothing that could give sample times.
  case noReference
  case noRate
  case missingStream(String, near: String?, in: [String])
  /// The reference of sets is a stream that is in none.
  case notInSets(String)
  /// Two datastreams have a stream of one name.
  case ambiguousStream(String, String, String)
  case noStreams(String)
  /// A file that is no table by its name.
  case noTable(String)
  case notExtracted(String, String)
  /// A column of the wide table has two sources.
  case equalColumns(String, String, String)
  /// A time that is asked for and not there, or not known.
  case time(String, String)
  case policy(stream: String, column: String, String)
  /// A clock that must be estimated cannot be.
  case clockNotSeen(String, String)
  /// A check failed.
  case notSynchronised([String])
  /// More samples than anyone can mean.
  case tooManySamples(Int)

  var code: ProblemCode {
    switch self {
    case .noStreams, .noTable, .notExtracted, .ambiguousStream: .record
    default: .configuration
    }
  }

  var exitCode: ExitCode { .items }

  var description: String {
    switch self {
    case .noReference: "no camera, lidar or radar stream can give the sample times"
    case .noRate: "a grid needs a rate"
    case .missingStream(let name, let near, let all):
      "there is no stream '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? "")
        + (all.isEmpty ? "; there is none" : "; there are \(all.prefix(12).joined(separator: ", "))")
        + (all.count > 12 ? ", …" : "")
    case .notInSets(let name): "'\(name)' is the reference, and is not one of the streams that sets are made of"
    case .ambiguousStream(let name, let one, let other): "stream '\(name)' is in \(one) and in \(other)"
    case .noStreams(let place): "\(place): no table of a stream, with a column t_ns, is there"
    case .noTable(let place): "\(place): its name is not that of a table, such as x.parquet, x.csv or x.jsonl"
    case .notExtracted(let id, let zone): "datastream \(id): is in zone '\(zone)', and not in extracted"
    case .equalColumns(let name, let one, let other): "'\(one)' and '\(other)' would both be column \(name)"
    case .time(let stream, let problem): "stream '\(stream)' \(problem)"
    case .policy(let stream, let column, let problem): "column '\(column)' of stream '\(stream)' \(problem)"
    case .clockNotSeen(let stream, let reason): "the clock of '\(stream)' cannot be estimated: \(reason)"
    case .notSynchronised(let reasons):
      "not synchronised: " + reasons.prefix(4).joined(separator: "; ")
        + (reasons.count > 4 ? "; and \(reasons.count - 4) more" : "")
    case .tooManySamples(let count): "\(count) samples are more than can be meant"
    }
  }

  var hint: String? {
    switch self {
    case .noReference: "give a rate by --rate, or a stream by --reference"
    case .noRate: "give it by --rate 10Hz"
    case .ambiguousStream: "hand over one of them only"
    default: nil
    }
  }
}

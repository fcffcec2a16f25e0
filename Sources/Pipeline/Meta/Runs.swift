package import Core

/// `av-meta runs`: who worked on a lake, when, and how it ended.
package enum Runs {
  /// Which runs are wanted; everything that is set has to agree.
  package struct Filter: Sendable {
    package var tool: String?
    /// Only runs that began then or later.
    package var since: Timestamp?
    package var outcome: RunStatus?
    package var limit: Int?

    package init() {}
  }

  /// Hands over the runs of a lake and of those that it names: the crashed first, then the overdue, then the running,
  /// then the newest first.
  package static func records(
    _ lake: Lake, _ filter: Filter = Filter(), _ scope: LogScope = LogScope(), now: Timestamp = .now,
    warning: @escaping (String) -> Void = { _ in }, _ body: (Record) throws -> Void
  ) throws -> ExitCode {
    let federation = try LakeFederation(lake, warning: warning)
    // Leases first: a run that ends meanwhile has its end in the log.
    let living = try federation.living(now)
    let (spool, exit) = try federation.read(scope, readsTables: false) { lakes in
      var spool = Spool()
      for lake in lakes {
        try records(lake, filter, living, now) { record in
          guard spool.count < filter.limit ?? .max else { return }
          var record = record
          record["lake"] = lake.name.map(JSON.string)
          try spool.append(record)
        }
      }
      return spool
    }
    try spool.forEach(body)
    return exit
  }

  private static func records(
    _ snapshot: IndexSnapshot, _ filter: Filter, _ living: Set<String>, _ now: Timestamp,
    _ body: (Record) throws -> Void
  ) throws {
    var query = FindQuery()
    if let tool = filter.tool { query.add("r.tool", isOneOf: [tool]) }
    if let since = filter.since {
      query.add("coalesce(r.start, r.end) >= \(query.parameter(.integer(since.nanoseconds)))")
    }
    // How one without an end stands is known outside; these are few.
    var open: [(rank: Int, run: LineageView.Run, outcome: RunStatus)] = []
    if filter.outcome?.isOfLog != true {
      var query = query
      query.add("r.outcome IS NULL")
      for number in try snapshot.numbers("SELECT r.no FROM run r" + query.clause, query.values) {
        guard let (run, outcome) = try run(number, snapshot, living) else { continue }
        if let wanted = filter.outcome, outcome != wanted { continue }
        open.append((first.firstIndex(of: outcome) ?? first.count, run, outcome))
      }
    }
    let sorted = open.sorted { one, other in
      guard one.rank == other.rank else { return one.rank < other.rank }
      let starts = (one.run.start?.nanoseconds ?? .min, other.run.start?.nanoseconds ?? .min)
      return starts.0 == starts.1 ? one.run.id < other.run.id : starts.0 > starts.1
    }
    for found in sorted { try body(record(of: found.run, found.outcome, now)) }
    guard filter.outcome?.isOfLog ?? true else { return }
    query.add("r.outcome IS NOT NULL")
    if let wanted = filter.outcome { query.add("r.outcome", isOneOf: [wanted.rawValue]) }
    let limit = filter.limit.map { " LIMIT \(max(0, $0 - sorted.count))" } ?? ""
    let ended = try snapshot.database.query(
      "SELECT r.no FROM run r" + query.clause + " ORDER BY r.start DESC, r.id" + limit, query.values)
    while try ended.next() {
      if let number = ended.integer(0), let (run, outcome) = try run(number, snapshot, living) {
        try body(record(of: run, outcome, now))
      }
    }
  }

  /// Those of rows that were found by a search, as many as it wants.
  static func records(
    _ found: Statement, _ snapshot: IndexSnapshot, _ request: FindRequest, living: Set<String>, _ now: Timestamp,
    _ body: (Record) throws -> Void
  ) throws {
    var left = request.limit ?? .max
    while left > 0, try found.next() {
      guard let number = found.integer(0), let (run, outcome) = try run(number, snapshot, living) else { continue }
      if !request.states.isEmpty, !request.states.contains(outcome.rawValue) { continue }
      try body(record(of: run, outcome, now))
      left -= 1
    }
  }

  /// A run by its lines.
  private static func run(
    _ number: Int64, _ snapshot: IndexSnapshot, _ living: Set<String>
  ) throws -> (LineageView.Run, RunStatus)? {
    guard let run = try snapshot.view(of: [number]).runs.values.first else { return nil }
    return (run, run.status(living: living))
  }

  /// How many runs of each tool ended or stand how, by both.
  static func counts(
    _ snapshot: IndexSnapshot, living: Set<String>
  ) throws -> [(tool: String, outcome: String, count: Int)] {
    var counts: [[String]: Int] = [:]
    let ended = try snapshot.database.query(
      "SELECT tool, outcome, count(*) FROM run WHERE outcome IS NOT NULL GROUP BY tool, outcome")
    while try ended.next() {
      counts[[ended.text(0) ?? "", ended.text(1) ?? ""], default: 0] += Int(ended.integer(2) ?? 0)
    }
    for number in try snapshot.numbers("SELECT no FROM run WHERE outcome IS NULL") {
      guard let (run, outcome) = try run(number, snapshot, living) else { continue }
      counts[[run.facts["tool"]?.string ?? "", outcome.rawValue], default: 0] += 1
    }
    return counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key[0], $0.key[1], $0.value) }
  }

  /// What somebody may have to look at.
  private static let first: [RunStatus] = [.crashed, .overdue, .running]

  private static func record(of run: LineageView.Run, _ outcome: RunStatus, _ now: Timestamp) -> Record {
    var record = run.record
    record["outcome"] = .string(outcome.rawValue)
    if let start = run.start, let end = run.end ?? (outcome == .crashed ? nil : now) {
      let duration = end.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
      if !duration.overflow { record["duration"] = .string(Measure.text(duration: duration.partialValue)) }
    }
    return record
  }
}

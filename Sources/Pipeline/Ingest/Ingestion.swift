package import Core

/// A run of ingest: takes measurements from landing to raw and archive (`dataops.md` §5).
///
/// The order of effects is what keeps every measurement: verified copies in raw and archive are durable before the log
/// says COPY_COMPLETE, and landing is cleared only after that is durable. A run that was cut short at any point is
/// repaired by the next, which needs not be told. One run at a time has the lake, by its lease; measurements of one run
/// go in parallel.
package final class Ingestion: Sendable {
  let lake: Lake
  let plan: IngestPlan
  let lineage: Lineage
  let lease: Lease
  let landing: Landing
  private let args: [String]
  private let state = Guarded(State())

  private struct State {
    var isStarted = false
    /// The first result that ends the run: work that goes on is given up at its next step.
    var ending: IngestResult?
  }

  /// Takes the lease, reads the log and sweeps what dead runs left.
  ///
  /// - Throws: `BusyError` when another run has the lake, `IntegrityError` when its log is damaged.
  package static func begin(
    _ lake: Lake, _ plan: IngestPlan, tool: Tool, run: String, args: [String] = []
  ) throws -> Ingestion {
    let lease = try Lease("ingest", of: lake, run: run)
    do {
      let lineage = try Lineage(lake, tool: tool, run: run)
      let ingestion = Ingestion(lake, plan, lineage, lease, args)
      if let event = lease.event {
        try ingestion.start()
        try lineage.append(event)
      }
      try IngestSweep(ingestion).run()
      return ingestion
    } catch {
      // The lease of a process that ends is broken by the next run anyway.
      try? lease.release()
      throw error
    }
  }

  private init(_ lake: Lake, _ plan: IngestPlan, _ lineage: Lineage, _ lease: Lease, _ args: [String]) {
    (self.lake, self.plan, self.lineage, self.lease, self.args) = (lake, plan, lineage, lease, args)
    landing = Landing(lake)
  }

  package var run: String { lineage.run }

  /// Every folder in landing, as candidates.
  package func arrivals() throws -> [Candidate] { try landing.places().map { Candidate(path: $0.path) } }

  /// Ingests candidates and hands over what became of each, in their order.
  ///
  /// - Throws: `Interruption` when `plan.step` does, and a problem that ends the run, after it was handed over.
  package func run(_ candidates: [Candidate], _ body: (IngestResult) throws -> Void) throws {
    // What may be the same measurement is not worked on at the same time.
    let units = try units(candidates)
    let jobs = max(1, plan.jobs / max(1, units.count))
    do {
      try work(units, jobs: jobs, body)
    } catch let interruption as Interruption {
      // Work that was given up because of another measurement: that one's problem is what ended the run.
      guard let ending = state.withLock({ $0.ending }), let problem = ending.problem else { throw interruption }
      try body(ending)
      throw problem
    }
  }

  private func work(_ units: [[Candidate]], jobs: Int, _ body: (IngestResult) throws -> Void) throws {
    try parallelMap(units, jobs: plan.jobs) { unit in
      try unit.map { candidate in
        let result = try self.ingest(candidate, jobs: jobs)
        if result.problem?.endsRun == true { self.state.withLock { $0.ending = $0.ending ?? result } }
        return result
      }
    } _: { results in
      for result in results {
        try body(result)
        if let problem = result.problem, problem.endsRun { throw problem }
      }
    }
  }

  /// Neighbours that name one measurement, together; those that cannot be told apart yet are one after another.
  private func units(_ candidates: [Candidate]) throws -> [[Candidate]] {
    var units: [[Candidate]] = []
    var places: [String: Int] = [:]
    for candidate in candidates {
      let key = try candidate.measurement ?? measurement(of: candidate) ?? "unknown"
      if let place = places[key] {
        units[place].append(candidate)
      } else {
        places[key] = units.count
        units.append([candidate])
      }
    }
    return units
  }

  /// The id that a candidate's manifest gives; nil when it cannot be told by a look at it.
  private func measurement(of candidate: Candidate) throws -> String? {
    guard plan.dialect != .files else { return nil }
    do {
      guard let arrival = try landing.open(landing.place(of: candidate.path)) else { return nil }
      return try Manifest.read(arrival.folder, plan.dialect).measurement.map { "\($0)" }
    } catch is any Problem {
      // It is told when the candidate's turn comes.
      return nil
    }
  }

  private func ingest(_ candidate: Candidate, jobs: Int) throws -> IngestResult {
    plan.begins(candidate.path)
    do {
      return try MeasurementIngest(self, candidate, jobs: jobs).run()
    } catch let problem as any Problem {
      return failure(problem, candidate)
    }
  }

  private func failure(_ problem: any Problem, _ candidate: Candidate) -> IngestResult {
    let operation: String? = problem is HeldMeasurement ? "validate" : nil
    var record = Record.failure(problem, run: run, item: candidate.path, operation: operation)
    record["status"] = .string(IngestResult.Status.failed.rawValue)
    return IngestResult(status: .failed, record: record, problem: problem)
  }

  /// Records the beginning of the run, once, before its first effect.
  func start() throws {
    try state.withLock { state in
      guard !state.isStarted else { return }
      try lineage.start(args: args, more: ["zones": try Self.mounts(lake)])
      state.isStarted = true
    }
  }

  /// What kind of file system each zone is on, that matters here.
  private static func mounts(_ lake: Lake) throws -> JSON {
    var roots: JSONObject = [:]
    for zone in ["landing", "raw", "archive", "error"] {
      roots[zone] = .array(try lake.roots(of: zone).map { .string(lake.recorded($0)) })
    }
    return .object(roots)
  }

  /// Called between steps of long work: tells of progress, keeps the lease, and ends what must end.
  func step(_ bytes: Int) throws {
    if state.withLock({ $0.ending != nil }) { throw Interruption() }
    try lease.beat()
    try plan.throttle?.take(bytes) { try step(0) }
    try plan.step(bytes)
  }

  /// Ends the run in the log, gives back the lease, and removes the folders in which it built.
  package func finish(_ outcome: RunOutcome, _ exit: ExitCode, items: JSONObject, bytes: Int, seconds: Double) throws {
    IngestSweep(self).removeOwn()
    if outcome != .failed { try IngestSweep(self).settleCleared() }
    if state.withLock({ $0.isStarted }) {
      try lineage.end(outcome, exit: exit, items: items, bytes: bytes, seconds: seconds)
    }
    try lease.release()
  }
}

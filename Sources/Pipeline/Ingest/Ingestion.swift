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
    var isEnded = false
    /// The first result that ends the run: work that goes on is given up at its next step.
    var ending: IngestResult?
    /// Measurements that were not begun because `plan.mayBegin` said no.
    var left = 0
  }

  /// What the zones lie on.
  package let storage: IngestStorage

  /// Takes the lease, reads the log and sweeps what dead runs left.
  ///
  /// - Throws: `BusyError` when another run has the lake, `IntegrityError` when its log is damaged.
  package static func begin(
    _ lake: Lake, _ plan: IngestPlan, tool: Tool, run: String, args: [String] = []
  ) throws -> Ingestion {
    let lease = try Lease("ingest", of: lake, run: run)
    do {
      let lineage = try Lineage(lake, tool: tool, run: run)
      let ingestion = Ingestion(lake, plan, lineage, lease, args, try IngestStorage(lake))
      if let event = lease.event {
        try ingestion.start()
        try lineage.append(event)
      }
      try IngestSweep(ingestion).run()
      try IncompleteArea(ingestion).settle()
      return ingestion
    } catch {
      // The lease of a process that ends is broken by the next run anyway.
      try? lease.release()
      throw error
    }
  }

  private init(
    _ lake: Lake, _ plan: IngestPlan, _ lineage: Lineage, _ lease: Lease, _ args: [String], _ storage: IngestStorage
  ) {
    (self.lake, self.plan, self.lineage, self.lease, self.args) = (lake, plan, lineage, lease, args)
    self.storage = storage
    landing = Landing(lake)
  }

  package var run: String { lineage.run }

  /// Measurements that were handed over and not begun, because `plan.mayBegin` said no.
  package var left: Int { state.withLock { $0.left } }

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
    try parallelMap(units, jobs: plan.jobs) {
      self.results(of: $0, jobs: jobs)
    } _: { unit in
      for result in unit.results {
        try body(result)
        if let problem = result.problem, problem.endsRun { throw problem }
      }
      if let error = unit.error { throw error }
    }
  }

  /// What became of the candidates of a unit, as far as it came: what is done is told also when the rest is given up.
  private func results(of unit: [Candidate], jobs: Int) -> (results: [IngestResult], error: (any Error)?) {
    var results: [IngestResult] = []
    for candidate in unit {
      guard plan.mayBegin() else {
        state.withLock { $0.left += 1 }
        continue
      }
      do {
        let result = try ingest(candidate, jobs: jobs)
        results.append(result)
        guard result.problem?.endsRun == true else { continue }
        state.withLock { $0.ending = $0.ending ?? result }
        break
      } catch { return (results, error) }
    }
    return (results, nil)
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
      return failure(problem, item: candidate.path)
    }
  }

  func failure(_ problem: any Problem, item: String) -> IngestResult {
    let operation: String? = problem is HeldMeasurement ? "validate" : nil
    var record = Record.failure(problem, run: run, item: item, operation: operation)
    record["status"] = .string(IngestResult.Status.failed.rawValue)
    return IngestResult(status: .failed, record: record, problem: problem)
  }

  /// Records the beginning of the run, once, before its first effect.
  func start() throws {
    try state.withLock { try start(&$0) }
  }

  private func start(_ state: inout State) throws {
    guard !state.isStarted else { return }
    try lineage.start(args: args, more: ["zones": storage.json])
    state.isStarted = true
  }

  /// Keeps the lease from growing old; to be called at times from beside the work, of which a step may take long.
  ///
  /// Who lost the lease learns of it at the next step that matters.
  package func keepAlive() { try? lease.beat() }

  /// Records that the run takes longer than expected.
  package func overdue(expected: Int64, elapsed: Int64) throws {
    try state.withLock { state in
      guard !state.isEnded else { return }
      try start(&state)
      try lineage.append(.runOverdue(expected: expected, elapsed: elapsed))
    }
  }

  /// Called between steps of long work: tells of progress, keeps the lease, and ends what must end.
  func step(_ bytes: Int) throws {
    if state.withLock({ $0.ending != nil }) { throw Interruption() }
    try lease.beat()
    try plan.throttle?.take(bytes) { try step(0) }
    try plan.step(bytes)
  }

  /// Ends the run in the log, gives back the lease, and removes the folders in which it built.
  package func finish(
    _ outcome: RunOutcome, _ exit: ExitCode, items: JSONObject, bytes: Int, seconds: Double, more: JSONObject = [:]
  ) throws {
    IngestSweep(self).removeOwn()
    if outcome != .failed { try IngestSweep(self).settleCleared() }
    let isStarted = state.withLock { state in
      state.isEnded = true
      return state.isStarted
    }
    if isStarted {
      try lineage.end(outcome, exit: exit, items: items, bytes: bytes, seconds: seconds, more: more)
    }
    try lease.release()
  }
}

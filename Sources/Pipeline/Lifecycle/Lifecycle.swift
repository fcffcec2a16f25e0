package import Core

/// `av-meta lifecycle`: what the rules of `lake.json5` say of a lake, and doing it (`lineage.md` §7).
package enum Lifecycle {
  /// What became of an item.
  package struct Result: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable { case planned, reported, refused, done, failed }

    package var item: LifecycleItem
    package var status: Status
    /// How much was removed.
    package var files = 0
    package var bytes = 0
    /// What stays in its folder, because nobody knows it.
    package var left: [String] = []
    package var problem: String?

    package init(_ item: LifecycleItem, _ status: Status) { (self.item, self.status) = (item, status) }

    package var record: Record {
      var record = item.record
      guard status != .planned else {
        record["planned"] = true
        return record
      }
      record["status"] = .string(status.rawValue)
      if status == .done || files > 0 { record["removed"] = ["files": .count(files), "bytes": .count(bytes)] }
      if !left.isEmpty { record["left"] = .array(left.map(JSON.string)) }
      record["msg"] = problem.map(JSON.string)
      return record
    }

    /// What the item means for the end of the run.
    var code: ExitCode {
      if item.refusal?.code == .damaged { return .integrity }
      if status == .failed || !left.isEmpty { return .items }
      return .success
    }
  }

  /// Hands over the plan; nothing is written, not even a lease.
  package static func plan(
    _ lake: Lake, _ request: LifecycleRequest, now: Timestamp = .now, _ body: (Result) throws -> Void
  ) throws -> ExitCode {
    var code = ExitCode.success
    let planner = try LifecyclePlanner(lake, request, reads: request.reads, now: now)
    try planner.plan { item in
      let result = Result(item, .planned)
      code = code.merged(with: result.code)
      try body(result)
    }
    return code
  }

  /// Acts on the plan, and hands over what became of each item.
  ///
  /// - Throws: `BusyError` when a run of ingest, or another of this, has the lake.
  package static func apply(
    _ lake: Lake, _ request: LifecycleRequest, tool: Tool, run: String, args: [String] = [], now: Timestamp = .now,
    _ body: (Result) throws -> Void
  ) throws -> ExitCode {
    let lease = try Lease("ingest", of: lake, run: run)
    let begin = Monotonic.now
    var run = LifecycleRun(lake, request, lease, tool, run, args, now)
    var failure: (any Error)?
    do { try run.run(body) } catch { failure = error }
    let seconds = Double((Monotonic.now - begin) / 1_000_000) / 1000
    do { try run.finish(failure, seconds: seconds) } catch { failure = failure ?? error }
    // The lease of a process that ends is broken by the next run anyway.
    do { try lease.release() } catch { failure = failure ?? error }
    if let failure, !(failure is Interruption) { throw failure }
    return run.code
  }
}

extension LifecyclePlanner {
  /// Reads the log, and who is at work.
  init(_ lake: Lake, _ request: LifecycleRequest, reads: Bool, now: Timestamp, ownRun: String? = nil) throws {
    let folder = try lake.lineageFolder()
    var reader = LineageReader(folder)
    var view = LineageView()
    var facts = LifecycleFacts()
    try reader.read { entry in
      view.apply(entry)
      facts.take(entry)
    }
    var request = request
    request.subjects = Set(try request.subjects.map { try view.subject($0).id })
    for id in request.confirmed where view.measurements[id] == nil {
      throw UsageError("--confirm takes the whole id of a measurement, and '\(id.shown)' is none of this lake")
    }
    self.init(
      lake: lake, view: view, facts: facts, live: try LiveRuns(in: folder),
      check: CopyCheck(lake: lake, reads: reads, jobs: request.jobs, step: request.step), request: request, now: now,
      ownRun: ownRun)
  }
}

import Command
import Core
import Pipeline

/// One run: candidates in batches, a record for each, and the run's end in the log.
struct IngestRun {
  private let lake: Lake
  private let plan: IngestPlan
  private let shown: OutputOptions
  private let work: WorkOptions
  private let schedule: ScheduleOptions
  private let watch: IngestWatch
  private let progress: Progress
  private let printsRecords: Bool
  private var source: CandidateSource
  private var output: RecordOutput
  private var table = Table([.name("measurement"), .text("status"), .text("state"), .number("size"), .name("path")])
  private var log: Log
  private var counts: [IngestResult.Status: Int] = [:]
  private var bytes = 0
  private var code = ExitCode.success

  init(
    _ lake: Lake, _ plan: IngestPlan, _ source: CandidateSource, _ options: Ingest, _ records: RecordFile,
    _ watch: IngestWatch, _ progress: Progress
  ) throws {
    (self.lake, self.plan, self.source, self.watch, self.progress) = (lake, plan, source, watch, progress)
    (shown, work, schedule) = (options.shown, options.work, options.schedule)
    printsRecords = records.isFile || shown.printsRecords
    log = shown.log
    output = RecordOutput(end: work.end ? .counted : .none) { try records.put($0) }
  }

  mutating func run(as run: String) throws -> ExitCode {
    log.run = run
    let begin = Monotonic.now
    // Nothing to read means nothing to do: the lake is not even locked.
    var batch = try next()
    if case .records = source, batch.isEmpty { return try end() }
    if work.dryRun { return try preview(batch) }
    let tool = Tool(Ingest.name, version: Version.number)
    let ingestion = try Ingestion.begin(
      lake, plan, tool: tool, run: run, args: Array(CommandLine.arguments.dropFirst()))
    watch.watch(ingestion)
    tellMetrics()
    for warning in ingestion.storage.warnings { log.warn(warning) }
    for note in ingestion.storage.notes { log.note(note) }
    var failure: (any Error)?
    do {
      switch source {
      case .landing: batch = try ingestion.arrivals()
      case .parked(let ids): batch = try take(ingestion.retry(ids))
      case .archived(let ids): batch = try take(ingestion.hydrate(ids))
      case .folders, .records: break
      }
      try watch.metrics?.set(ingestion.figures())
      while !batch.isEmpty, !isFull {
        progress.expect(items: batch.count)
        try ingestion.run(batch) { try take($0) }
        if ingestion.left > 0 { throw TimeLimit(schedule.limit ?? 0, left: left(ingestion.left)) }
        batch = try next()
      }
    } catch let interruption as Interruption {
      // The signal tells, at the end.
      if Signals.requested == nil { failure = interruption }
    } catch {
      failure = error
    }
    if let problem = failure as? any Problem { code = code.merged(with: problem.exitCode) }
    let isStopped = Signals.requested != nil
    let isLate = failure is TimeLimit
    let outcome: RunOutcome =
      isStopped ? .interrupted : failure != nil && !isLate ? .failed : code == .success ? .done : .partial
    let stop: JSONObject = isLate && !isStopped ? ["stopped": "max-runtime", "left": .count(ingestion.left)] : [:]
    let items = IngestResult.Status.allCases.map { ($0.rawValue, JSON.count(counts[$0] ?? 0)) }
    let seconds = Double((Monotonic.now - begin) / 1_000_000) / 1000
    do {
      try ingestion.finish(
        outcome, code, items: JSONObject(items.map { .init(key: $0.0, value: $0.1) }), bytes: bytes, seconds: seconds,
        more: stop)
      try watch.metrics?.set(ingestion.figures())
    } catch { if failure == nil { throw error } }
    if let folder = Folder.unsyncable {
      log.warn("\(folder): its file system cannot sync folders: a power cut may lose names")
    }
    if let failure { throw failure }
    return try end()
  }

  /// `12 measurements are`, for what was not begun.
  private func left(_ count: Int) -> String {
    let some = count == 1 ? "1 measurement" : "\(count) measurements"
    if case .records = source { return "\(some), and what else is on standard input, are" }
    return "\(some) \(count == 1 ? "is" : "are")"
  }

  private var isFull: Bool {
    if let most = work.errorLimit, counts[.failed] ?? 0 >= most { return true }
    return Signals.requested != nil
  }

  /// Some more candidates; none at the end.
  ///
  /// Records are read a few at a time, as they come.
  private mutating func next() throws -> [Candidate] {
    switch source {
    case .landing, .parked, .archived: return []
    case .folders(let paths):
      source = .folders([])
      return paths.map { Candidate(path: $0) }
    case .records(var records):
      var batch: [Candidate] = []
      while batch.count < plan.jobs, let item = try records.next() { try take(item, &batch) }
      source = .records(records)
      return batch
    }
  }

  /// Those that came back; what became of the others is told.
  private mutating func take(_ returned: [ReturnedMeasurement]) throws -> [Candidate] {
    var batch: [Candidate] = []
    for item in returned {
      switch item {
      case .candidate(let candidate): batch.append(candidate)
      case .result(let result): try take(result)
      }
    }
    return batch
  }

  private mutating func take(_ item: RecordStream.Item, _ batch: inout [Candidate]) throws {
    switch item {
    case .record(let record, let place) where record.kind == .validation:
      do { batch.append(try Candidate(record, at: place)) } catch { try fail(error, item: place) }
    case .record(let record, _), .foreign(let record, _):
      // Records that are not for us, such as the errors of the tool before, go on to the next.
      if printsRecords { try output.put(record) }
    case .warning(let text): log.warn(text)
    case .problem(let problem): try fail(problem, item: "standard input")
    }
  }

  private mutating func fail(_ problem: any Problem, item: String) throws {
    counts[.failed, default: 0] += 1
    tellMetrics()
    code = code.merged(with: problem.exitCode)
    log.fail(problem, item: item)
    if printsRecords { try output.put(.failure(problem, run: log.run, item: item)) }
  }

  private mutating func take(_ result: IngestResult) throws {
    counts[result.status, default: 0] += 1
    bytes += result.bytes
    if result.status == .failed { progress.itemFailed() } else { progress.itemDone() }
    tellMetrics()
    code = code.merged(with: result.code)
    // The problem that ends the run is told at its end.
    if let problem = result.problem, !problem.endsRun { log.fail(problem) }
    for text in [result.warning, result.notice].compactMap(\.self) { log.warn(text) }
    if printsRecords {
      try output.put(result.record)
    } else {
      let record = result.record
      table.add([
        record["measurement"]?.string ?? record["item"]?.string ?? "", result.status.rawValue,
        record["state"]?.string ?? record["verdict"]?.string ?? record["code"]?.string ?? "",
        record["bytes"]?.integer.map { Measure.brief(size: $0) } ?? "", record["path"]?.string ?? "",
      ])
    }
  }

  private func tellMetrics() {
    watch.metrics?.count(IngestResult.Status.allCases.map { ($0.rawValue, counts[$0] ?? 0) }, bytes: bytes)
  }

  /// What would be done; nothing is written, not even a lock.
  private mutating func preview(_ first: [Candidate]) throws -> ExitCode {
    let preview = try IngestPreview(lake, plan)
    var batch = first
    switch source {
    case .landing: batch = try lake.landingPaths().map { Candidate(path: $0) }
    case .parked(let ids): for result in try preview.retried(ids) { try take(result) }
    case .archived(let ids): for result in try preview.hydrated(ids) { try take(result) }
    case .folders, .records: break
    }
    while !batch.isEmpty, !isFull {
      for candidate in batch {
        do { try take(preview.result(candidate)) } catch is Interruption { return code }
      }
      batch = try next()
    }
    return try end()
  }

  private mutating func end() throws -> ExitCode {
    if !printsRecords, !table.isEmpty {
      try Console.show(table.render(width: Console.width(of: .output), isUnicode: Console.isUnicode))
    }
    // An input that was not read to its end has no count that a reader may trust.
    if !isFull { try output.finish() }
    return work.failIfEmpty && counts.isEmpty ? code.merged(with: .nothing) : code
  }
}

import Command
import Core
import Pipeline

/// One run: candidates in batches, a record for each, and the run's end in the log.
struct IngestRun {
  private let lake: Lake
  private let plan: IngestPlan
  private let shown: OutputOptions
  private let work: WorkOptions
  private var source: CandidateSource
  private var output: RecordOutput
  private var table = Table([.name("measurement"), .text("status"), .text("state"), .number("size"), .name("path")])
  private var log: Log
  private var counts: [IngestResult.Status: Int] = [:]
  private var bytes = 0
  private var code = ExitCode.success

  init(
    _ lake: Lake, _ plan: IngestPlan, _ source: CandidateSource, _ shown: OutputOptions, _ work: WorkOptions
  ) throws {
    (self.lake, self.plan, self.source, self.shown, self.work) = (lake, plan, source, shown, work)
    log = shown.log
    output = RecordOutput(end: work.end ? .counted : .none) { try Console.record($0) }
  }

  mutating func run(as id: Identifier?) throws -> ExitCode {
    let run = "\(id ?? .unique())"
    log.run = run
    let begin = Monotonic.now
    // Nothing to read means nothing to do: the lake is not even locked.
    var batch = try next()
    if case .records = source, batch.isEmpty { return try end() }
    if work.dryRun { return try preview(batch) }
    let tool = Tool(Ingest.name, version: Version.number)
    let ingestion = try Ingestion.begin(
      lake, plan, tool: tool, run: run, args: Array(CommandLine.arguments.dropFirst()))
    if case .landing = source { batch = try ingestion.arrivals() }
    var failure: (any Error)?
    do {
      while !batch.isEmpty, !isFull {
        try ingestion.run(batch) { try take($0) }
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
    let outcome: RunOutcome = isStopped ? .interrupted : failure != nil ? .failed : code == .success ? .done : .partial
    let items = IngestResult.Status.allCases.map { ($0.rawValue, JSON.count(counts[$0] ?? 0)) }
    let seconds = Double((Monotonic.now - begin) / 1_000_000) / 1000
    do {
      try ingestion.finish(
        outcome, code, items: JSONObject(items.map { .init(key: $0.0, value: $0.1) }), bytes: bytes, seconds: seconds)
    } catch { if failure == nil { throw error } }
    if let folder = Folder.unsyncable {
      log.warn("\(folder): its file system cannot sync folders: a power cut may lose names")
    }
    if let failure { throw failure }
    return try end()
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
    case .landing: return []
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

  private mutating func take(_ item: RecordStream.Item, _ batch: inout [Candidate]) throws {
    switch item {
    case .record(let record, let place) where record.kind == .validation:
      do { batch.append(try Candidate(record, at: place)) } catch { try fail(error, item: place) }
    case .record(let record, _), .foreign(let record, _):
      // Records that are not for us, such as the errors of the tool before, go on to the next.
      if shown.printsRecords { try output.put(record) }
    case .warning(let text): log.warn(text)
    case .problem(let problem): try fail(problem, item: "standard input")
    }
  }

  private mutating func fail(_ problem: any Problem, item: String) throws {
    counts[.failed, default: 0] += 1
    code = code.merged(with: problem.exitCode)
    log.fail(problem, item: item)
    if shown.printsRecords { try output.put(.failure(problem, run: log.run, item: item)) }
  }

  private mutating func take(_ result: IngestResult) throws {
    counts[result.status, default: 0] += 1
    bytes += result.bytes
    code = code.merged(with: result.code)
    // The problem that ends the run is told at its end.
    if let problem = result.problem, !problem.endsRun { log.fail(problem) }
    if let warning = result.warning { log.warn(warning) }
    if shown.printsRecords {
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

  /// What would be done; nothing is written, not even a lock.
  private mutating func preview(_ first: [Candidate]) throws -> ExitCode {
    let preview = try IngestPreview(lake, plan)
    var batch = first
    if case .landing = source { batch = try lake.landingPaths().map { Candidate(path: $0) } }
    while !batch.isEmpty, !isFull {
      for candidate in batch {
        do { try take(preview.result(candidate)) } catch is Interruption { return code }
      }
      batch = try next()
    }
    return try end()
  }

  private mutating func end() throws -> ExitCode {
    if !shown.printsRecords, !table.isEmpty {
      try Console.show(table.render(width: Console.width(of: .output), isUnicode: Console.isUnicode))
    }
    // An input that was not read to its end has no count that a reader may trust.
    if !isFull { try output.finish() }
    return work.failIfEmpty && counts.isEmpty ? code.merged(with: .nothing) : code
  }
}

package import Command
package import Core
package import Pipeline

/// A run of a verb over records of a lake: records in, records out, and a start and an end in the log.
///
/// What cannot be acted on is told in the item's place, and the others go on; what ends the run is thrown after the log
/// says how it ended. Between Command and Pipeline, of which neither knows the other.
package struct RecordRun {
  private let tool: String
  private let lake: LakeOptions
  private let work: WorkOptions
  private let shown: OutputOptions

  /// `tool` is the verb's name.
  package init(_ tool: String, lake: LakeOptions, work: WorkOptions, shown: OutputOptions) {
    (self.tool, self.lake, self.work, self.shown) = (tool, lake, work, shown)
  }

  /// What is done for each item.
  package struct Work<Item> {
    let lineage: Lineage?
    let run: (Item) throws -> (records: [Record], code: ExitCode)

    /// `lineage` is nil where nothing is written; `run` gives the records that the item comes to, and what is to say.
    package init(_ lineage: Lineage? = nil, _ run: @escaping (Item) throws -> (records: [Record], code: ExitCode)) {
      (self.lineage, self.run) = (lineage, run)
    }
  }

  /// Records on their way, and what became of them.
  package struct Traffic {
    package var output: RecordOutput
    package var tally: Tally
  }

  package func home() throws -> Lake { try Lake.find(lake.lake) }

  /// A run in the log, which tells how it was called; `digest` is that of all that decides the
  /// output, where there is one.
  package func start(
    in home: Lake, config digest: String? = nil, reading: Lineage.Reading = .lookedUp()
  ) throws -> Lineage {
    let lineage = try Lineage(
      home, tool: Tool(tool, version: Version.number), run: lake.runId.map { "\($0)" }, reading: reading)
    try lineage.start(config: digest, args: Array(CommandLine.arguments.dropFirst()))
    return lineage
  }

  // MARK: Items

  /// Over datastreams, one after another as their records come; others pass.
  ///
  /// `begin` is called with the first: an empty input has no effect at all, not even a run in the log.
  package func overDatastreams(_ begin: () throws -> Work<DatastreamRecord>) throws -> ExitCode {
    var traffic = traffic, work: Work<DatastreamRecord>?
    return try conclude(&traffic, lineage: { work?.lineage }) { traffic in
      try read(&traffic) { record, place, traffic in
        guard record.kind == .datastream else { return try traffic.output.put(record) }
        do {
          let datastream = try DatastreamRecord(record, at: place)
          let running = try work ?? begin()
          work = running
          try take(datastream, running, &traffic)
        } catch let error as Interruption {
          throw error
        } catch {
          try fail(error, item: record["id"]?.string ?? place, &traffic)
        }
      }
    }
  }

  /// Over groups of records, which are known once all were read; `name` is what errors call one.
  package func overGroups<Group>(
    _ groups: (inout Traffic) throws -> [Group], name: (Group) -> String, _ begin: () throws -> Work<Group>
  ) throws -> ExitCode {
    var traffic = traffic
    let groups = try groups(&traffic)
    guard !groups.isEmpty else {
      if !traffic.tally.isFull { try traffic.output.finish() }
      return traffic.tally.code(failIfEmpty: work.failIfEmpty)
    }
    let work = try begin()
    return try conclude(&traffic, lineage: { work.lineage }) { traffic in
      for group in groups {
        guard !traffic.tally.isFull else { return false }
        do { try take(group, work, &traffic) } catch let error as Interruption { throw error } catch {
          try fail(error, item: name(group), &traffic)
        }
      }
      return true
    }
  }

  /// Hands over each record of the input; whether it was read to its end.
  @discardableResult
  package func read(
    _ traffic: inout Traffic, _ body: (Record, _ place: String, inout Traffic) throws -> Void
  ) throws -> Bool {
    var input = RecordStream(end: work.requireEnd ? .required : .optional)
    while !traffic.tally.isFull {
      guard let item = try input.next() else { return true }
      switch item {
      case .warning(let text): shown.log.warn(text)
      case .foreign(let record, _): try traffic.output.put(record)
      case .problem(let problem): try fail(problem, item: "-", &traffic)
      case .record(let record, let place): try body(record, place, &traffic)
      }
    }
    return false
  }

  /// Tells an error in its item's place; throws it when it ends the run.
  package func fail(_ error: any Error, item: String, _ traffic: inout Traffic) throws {
    try Console.record(traffic.tally.failed(error, item: item))
  }

  // MARK: From beginning to end

  private var traffic: Traffic {
    Traffic(
      output: RecordOutput(end: work.end ? .counted : .none) { try Console.record($0) },
      tally: Tally(shown.log, atMost: work.errorLimit))
  }

  private func take<Item>(_ item: Item, _ work: Work<Item>, _ traffic: inout Traffic) throws {
    let (records, code) = try work.run(item)
    for record in records { try traffic.output.put(record) }
    traffic.tally.done(code)
  }

  /// `body` says whether the input was read to its end.
  private func conclude(
    _ traffic: inout Traffic, lineage: () -> Lineage?, _ body: (inout Traffic) throws -> Bool
  ) throws -> ExitCode {
    var isAtEnd = false
    var failure: (any Error)?
    do { isAtEnd = try body(&traffic) } catch is Interruption {
      // The signal tells, at the end.
    } catch {
      failure = error
    }
    let code = traffic.tally.code(failIfEmpty: work.failIfEmpty)
    try lineage()?.end(done: traffic.tally.doneCount, failed: traffic.tally.failedCount, after: failure, code)
    if let failure { throw failure }
    // Who counts on the end learns from it that nothing is missing.
    if isAtEnd { try traffic.output.finish() }
    return code
  }
}

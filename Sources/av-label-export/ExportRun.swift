import Command
import Core
import Pipeline

/// A run over measurements of a lake: records in, records out.
struct ExportRun {
  private let package: LabelPackage
  private let lake: LakeOptions
  private let work: WorkOptions
  private let shown: OutputOptions

  init(_ package: LabelPackage, lake: LakeOptions, work: WorkOptions, shown: OutputOptions) {
    (self.package, self.lake, self.work, self.shown) = (package, lake, work, shown)
  }

  private enum Stage {
    case real(LabelStage)
    case planned(LabelPreview)
  }

  func run() throws -> ExitCode {
    var output = RecordOutput(end: work.end ? .counted : .none) { try Console.record($0) }
    var tally = Tally(shown.log, atMost: work.errorLimit)
    let groups = try read(&output, &tally)
    // An empty input has no effect at all, not even a run in the log.
    guard !groups.isEmpty else {
      if !tally.isFull { try output.finish() }
      return tally.code(failIfEmpty: work.failIfEmpty)
    }
    let stage = try begin()
    var failure: (any Error)?
    var isAtEnd = true
    do {
      for group in groups {
        guard !tally.isFull else {
          isAtEnd = false
          break
        }
        do {
          try export(group, stage, &output)
          tally.done()
        } catch let error as Interruption {
          throw error
        } catch {
          try Console.record(tally.failed(error, item: group.measurement))
        }
      }
    } catch is Interruption {
      // The signal tells, at the end.
      isAtEnd = false
    } catch {
      failure = error
    }
    let code = tally.code(failIfEmpty: work.failIfEmpty)
    if case .real(let stage) = stage {
      try stage.lineage.end(done: tally.doneCount, failed: tally.failedCount, after: failure, code)
    }
    if let failure { throw failure }
    // Who counts on the end learns from it that nothing is missing.
    if isAtEnd { try output.finish() }
    return code
  }

  private func export(_ group: LabelGroup, _ stage: Stage, _ output: inout RecordOutput) throws {
    switch stage {
    case .planned(let preview): try output.put(preview.plan(group))
    case .real(let stage):
      let outcome = try stage.run(group)
      outcome.report?.tell(shown.log)
      try output.put(outcome.record)
    }
  }

  /// All records, since those of one measurement need not stand together.
  private func read(_ output: inout RecordOutput, _ tally: inout Tally) throws -> [LabelGroup] {
    var input = RecordStream(end: work.requireEnd ? .required : .optional)
    var groups: [LabelGroup] = [], places: [String: Int] = [:]
    func place(_ measurement: String) -> Int {
      if let place = places[measurement] { return place }
      places[measurement] = groups.count
      groups.append(LabelGroup(measurement))
      return groups.count - 1
    }
    var streams: [String: String] = [:]
    while !tally.isFull, let item = try input.next() {
      switch item {
      case .warning(let text): shown.log.warn(text)
      case .foreign(let record, _): try output.put(record)
      case .problem(let problem): try Console.record(tally.failed(problem, item: "-"))
      case .record(let record, let at):
        do throws(RecordError) {
          switch record.kind {
          case .datastream:
            let stream = try DatastreamRecord(record, at: at)
            groups[place(stream.measurement)].add(stream)
          case .scene:
            let scene = try LabelScene(record, at: at)
            guard let measurement = scene.measurement else { throw RecordError(at, "a scene has no measurement_id") }
            groups[place(measurement)].scenes.append(scene)
            streams[measurement] = record["datastream_id"]?.string
          default: break
          }
        } catch {
          try Console.record(tally.failed(error, item: record["id"]?.string ?? at))
          continue
        }
        if record.kind != .datastream, record.kind != .scene { try output.put(record) }
      }
    }
    try name(&groups, streams)
    return groups
  }

  /// Scenes say of which datastream they are, where its record did not come.
  private func name(_ groups: inout [LabelGroup], _ streams: [String: String]) throws {
    guard groups.contains(where: \.parents.isEmpty) else { return }
    let view = try Lake.find(lake.lake).recordedView()
    for index in groups.indices where groups[index].parents.isEmpty {
      guard let id = streams[groups[index].measurement], let record = view.record(ofDatastream: id) else { continue }
      groups[index].add(try DatastreamRecord(record, at: id))
    }
  }

  private func begin() throws -> Stage {
    let home = try Lake.find(lake.lake)
    guard !work.dryRun else { return .planned(try LabelPreview(home, package.settings, isForced: work.force)) }
    let tool = Tool(LabelExport.name, version: Version.number)
    let lineage = try Lineage(home, tool: tool, run: lake.runId.map { "\($0)" })
    try lineage.start(config: package.settings.digest)
    return .real(LabelStage(lake: home, lineage: lineage, package: package, isForced: work.force))
  }
}

package import Artifacts
package import Core
package import Recordings

/// A recording to extract from, and the name its rows carry.
package struct ExtractInput: Sendable {
  package var name: String
  package var reader: any RecordingReader

  package init(name: String, reader: any RecordingReader) {
    self.name = name
    self.reader = reader
  }
}

/// Where artifacts go.
package enum ExtractTarget {
  /// A folder a kind of sensor below this one, which the caller makes durable.
  case folder(Folder)
  /// One table of one stream.
  case table(OutputFile, TableKind)
  /// Every message as a `message` record, streams mixed in file order.
  case messages(OutputFile)
}

/// Turns the channels of recordings into tables, images, clouds and tracks; each recording is read once.
package struct Extraction: Sendable {
  package var settings: ExtractSettings
  package let jobs: Int
  /// How tables are packed; never part of the configuration's digest, since values do not depend on it.
  package let compression: TableOptions.Compression
  /// Called at every batch; what it throws ends the extraction.
  package var step: @Sendable () throws -> Void = {}

  /// All tables together hold at most about so many bytes: enough that row groups of many tables do not become tiny.
  private static func memory(ofTables count: Int) -> Int { min(64, 32 + count) << 20 }

  package init(_ settings: ExtractSettings, jobs: Int, compression: TableOptions.Compression = .zstd) {
    self.settings = settings
    self.jobs = jobs
    self.compression = compression
  }

  /// Extracts from recordings that follow one another; equal channels of all of them become one stream.
  ///
  /// - Throws: `ExtractError` when the target cannot take what is selected, `SystemError`.
  package func run(_ inputs: [ExtractInput], to target: ExtractTarget) throws -> ExtractReport {
    var planner = StreamPlanner(settings)
    var report = ExtractReport()
    let names = inputs.flatMap { $0.reader.recording.channels.map(\.name) }
    let filters = [settings.filter] + settings.tasks.values.map(\.filter)
    report.unused = Set(filters.flatMap { $0.topics.unused(among: names) }).sorted()
    let survey = try CANSurvey(inputs, planner, settings.values, jobs: jobs, step)
    let streams = StreamTable(target, compression: compression, jobs: jobs, survey)
    for var input in inputs {
      input.reader = input.reader.giving(settings.values)
      let recording = input.reader.recording
      let (plans, left) = planner.plan(recording)
      report.left += left.map { "\(recording.channels[$0].name) \(recording.channels[$0].type)" }
      guard !plans.isEmpty else {
        report.recordings.append(.init(name: input.name, bytes: recording.bytes, read: ReadReport(recording)))
        continue
      }
      let read = try extract(plans, from: input, into: streams)
      report.recordings.append(.init(name: input.name, bytes: recording.bytes, read: read))
      if settings.isStrict, read.outcome != .whole || read.undecoded > 0 {
        let first = read.findings.first { $0.severity == .error }?.message
        throw ExtractError.damaged(input.name, first ?? "not everything can be read")
      }
    }
    if report.isNothing {
      let source = report.recordings.first
      let first = source?.read.findings.first { $0.severity == .error }?.message
      throw ExtractError.damaged(source?.name ?? "", first ?? "nothing of it can be read")
    }
    try streams.finish(&report)
    if settings.isStrict, let failed = report.streams.first(where: { $0.failed > 0 }) {
      throw ExtractError.damaged(failed.channel, failed.firstFailure ?? "a message cannot be written")
    }
    if let can = settings.tasks[.can]?.can { report.strays = streams.strays(can) }
    if settings.isStrict, let stray = report.strays.first {
      throw ExtractError.damaged(stray.database, stray.problem)
    }
    if settings.isStrict, let idle = report.idleDatabases.first {
      throw ExtractError.damaged(idle, "no frame has an id of this database")
    }
    if settings.writesMetadata, case .folder(let folder) = target {
      report.sums.append(try ArtifactSums.write(inputs, in: folder))
    }
    return report
  }

  private func extract(
    _ plans: [StreamPlan], from input: ExtractInput, into streams: StreamTable
  ) throws -> ReadReport {
    let recording = input.reader.recording
    let wanted = Set(plans.map(\.channel))
    let survey = try ClockSurvey(input.reader, channels: wanted, rule: settings.clock, jobs: jobs)
    let track = try plans.contains { $0.settings.thinning.needsTrack } ? track(of: input.reader) : nil
    if let track, track.isEmpty { throw ExtractError.noTrack(input.name) }
    var own: [Int: Stream] = [:]
    for plan in plans {
      let channel = recording.channels[plan.channel]
      let clock = survey.clocks[plan.channel] ?? StreamClock(settings.clock, log: [], stamps: [])
      own[plan.channel] = try streams.stream(
        plan, channel, clock, start: recording.range?.start.nanoseconds ?? 0, track: track)
    }
    var selection = Selection(channels: wanted)
    selection.range = window(of: plans, recording, survey)
    return try input.reader.read(selection, jobs: jobs) { batch in
      try step()
      guard let stream = own[batch.channel] else { return }
      try stream.take(batch, from: input.name)
      try streams.bound(to: Self.memory(ofTables: streams.tableCount))
    }
  }

  /// What all tasks want by time, widened by what a stamp may differ from the record time; nil for everything.
  private func window(of plans: [StreamPlan], _ recording: Recording, _ survey: ClockSurvey) -> TimeRange? {
    let slack: Int64 = 15_000_000_000
    // Stamps on a clock of their own say nothing of record times.
    guard survey.clocks.values.allSatisfy({ !$0.usesHeader || $0.offset.magnitude < slack.magnitude / 3 }) else {
      return nil
    }
    let rules = plans.map(\.settings.thinning)
    let hasLatched = plans.contains { recording.channels[$0.channel].isLatched }
    let from = hasLatched ? nil : rules.allSatisfy { $0.from != nil } ? rules.compactMap(\.from).min() : nil
    let to = rules.allSatisfy { $0.to != nil } ? rules.compactMap(\.to).max() : nil
    guard from != nil || to != nil else { return nil }
    let start = from.map { $0.nanoseconds.subtractingReportingOverflow(slack).partialValue } ?? .min
    let end = to.map { $0.nanoseconds.addingReportingOverflow(slack).partialValue } ?? .max
    return TimeRange(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
  }

  /// Where the vehicle was, by the gps channel with the most fixes.
  private func track(of reader: any RecordingReader) throws -> Track {
    let channels = reader.recording.channels
    let candidates = channels.indices.filter { channels[$0].plainType == "sensor_msgs/NavSatFix" }
    var track = Track()
    guard let best = candidates.max(by: { channels[$0].messages < channels[$1].messages }) else { return track }
    _ = try reader.read(Selection(channels: [best]), jobs: jobs) { batch in
      guard case .float64(let latitudes) = batch.batch["latitude"]?.values,
        case .float64(let longitudes) = batch.batch["longitude"]?.values
      else { return }
      for row in batch.log.indices {
        track.add(batch.log[row], latitude: latitudes[row], longitude: longitudes[row])
      }
    }
    return track
  }
}

/// Why an extraction cannot be done as it was asked for.
package enum ExtractError: Problem {
  /// `-o -` or one file, and not exactly one stream.
  case notOneStream([String])
  case noTrack(String)
  case noRecording(String)
  case damaged(String, String)

  package var code: ProblemCode {
    switch self {
    case .notOneStream, .noTrack: .usage
    case .noRecording, .damaged: .damaged
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .notOneStream, .noTrack: .usage
    case .noRecording, .damaged: .items
    }
  }

  package var description: String {
    switch self {
    case .notOneStream(let names) where names.isEmpty: "nothing is selected; one table needs one channel"
    case .notOneStream(let names):
      "one table needs one channel, \(names.count) are selected: \(names.prefix(8).joined(separator: ", "))"
    case .noTrack(let name): "\(name): no fixes, so a distance cannot be measured"
    case .noRecording(let path): "\(path): no file of it is a recording"
    case .damaged(let name, let problem): "\(name): damaged: \(problem)"
    }
  }
}

extension Channel {
  /// Its messages from before a cut belong to the cut as well.
  var isLatched: Bool { facts["latched"]?.bool == true || name.hasSuffix("/tf_static") }
}

extension ReadReport {
  /// A recording of which nothing was wanted.
  init(_ recording: Recording) {
    self.init()
    outcome = recording.outcome
    findings = recording.findings
  }
}

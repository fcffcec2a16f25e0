import Core

/// Reads a TDMS file: its segments in order, some at once, each value once whatever is selected.
struct TDMSReader: RecordingReader {
  let recording: Recording
  private let plan: TDMSPlan

  /// Reads lead-ins and metadata of all segments, and the bytes of frames.
  ///
  /// - Throws: `FormatError` when it is no TDMS file, `SystemError`.
  init(_ file: FileReader) throws {
    var plan = TDMSPlan(file, try TDMSIndex.of(file), .physical)
    try plan.countFrames()
    self.plan = plan
    recording = try TDMSDescription(plan).recording()
  }

  private init(_ plan: TDMSPlan, _ recording: Recording) {
    self.plan = plan
    self.recording = recording
  }

  func giving(_ values: SignalValues) -> any RecordingReader {
    guard values != plan.values else { return self }
    let other = TDMSPlan(plan, values)
    var recording = recording
    for number in recording.channels.indices { recording.channels[number].schema = other.tables[number].schema }
    return TDMSReader(other, recording)
  }

  func check(jobs: Int) throws -> Recording {
    guard plan.index.hasCompanion else { return try walk(jobs: jobs) }
    var own = TDMSPlan(plan.file, try TDMSIndex.of(plan.file, isDeep: true), plan.values)
    try own.countFrames()
    return try TDMSReader(own, recording).walk(jobs: jobs)
  }

  private func walk(jobs: Int) throws -> Recording {
    var rhythms = plan.tables.map { _ in Rhythm() }
    var run = run(Selection(form: .decoded))
    try run.read(jobs: jobs, { ($0.channel, $0.log) }) { table, times in rhythms[table].add(times) }
    run.finish()
    try plan.file.checkUnchanged()
    return try TDMSDescription(plan).recording(after: run, rhythms)
  }

  func read<Result: Sendable>(
    _ selection: Selection, jobs: Int, transform: @Sendable (ChannelBatch) throws -> Result,
    _ body: (Result) throws -> Void
  ) throws -> ReadReport {
    var run = run(selection)
    try run.read(jobs: jobs, transform, body)
    run.finish()
    try plan.file.checkUnchanged()
    return run.report()
  }

  private func run(_ selection: Selection) -> TDMSRun {
    TDMSRun(plan, selection, start: recording.range?.start.nanoseconds ?? 0)
  }
}

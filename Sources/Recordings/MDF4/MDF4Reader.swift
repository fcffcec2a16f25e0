import Core

/// Reads an MDF 4 file: sorted groups part by part in parallel, unsorted ones by a walk over their stream.
struct MDF4Reader: RecordingReader {
  let recording: Recording
  private let plan: MDF4Plan

  /// Reads headers; the records of an unsorted group that was never counted are walked once.
  ///
  /// - Throws: `FormatError` when it is no MDF 4 file, `SystemError`.
  init(_ file: FileReader) throws {
    let plan = try MDF4Plan(file, MDF4Index(file), .physical)
    self.plan = plan
    recording = try MDF4Description(plan).recording { counting in
      try Self.count(plan, counting, jobs: Processors.available)
    }
  }

  private init(_ plan: MDF4Plan, _ recording: Recording) {
    self.plan = plan
    self.recording = recording
  }

  func giving(_ values: SignalValues) -> any RecordingReader {
    guard values != plan.values else { return self }
    let other = MDF4Plan(plan, values)
    var recording = recording
    for number in other.tables.indices { recording.channels[number].schema = other.tables[number].columns.schema }
    return MDF4Reader(other, recording)
  }

  func check(jobs: Int) throws -> Recording {
    var tally = MDF4Tally(plan)
    try tally.addTimes(jobs: jobs)
    try tally.checkValues(jobs: jobs)
    try tally.checkAttachments()
    return try MDF4Description(plan).recording(tally)
  }

  /// Record times of data groups that promise nothing.
  private static func count(_ plan: MDF4Plan, _ groups: Set<Int>, jobs: Int) throws -> MDF4Tally {
    var tally = MDF4Tally(plan)
    let tables = Set(groups.flatMap { plan.tablesOfGroup[$0] })
    if !tables.isEmpty { try tally.addTimes(of: tables, jobs: jobs) }
    return tally
  }

  func read<Result: Sendable>(
    _ selection: Selection, jobs: Int, transform: @Sendable (ChannelBatch) throws -> Result,
    _ body: (Result) throws -> Void
  ) throws -> ReadReport {
    var run = MDF4Run(plan, selection)
    try run.read(jobs: jobs, transform, body)
    try plan.file.checkUnchanged()
    return run.report()
  }
}

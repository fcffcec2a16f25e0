import Artifacts
package import Core

/// Joins what is known from elsewhere to the samples of one datastream.
///
/// Rows and order are those of `samples.parquet`. Where nothing matches there is null, never a guess.
package struct Enrichment: Sendable {
  package static let reportFile = "enrich_report.json"
  static let tableFile = "enriched.parquet", objectsFile = "objects.parquet"
  /// Samples at a time.
  private static let block = 1 << 14

  package let settings: EnrichSettings
  /// All files that the settings name, each read once for its digest.
  package let sources: [SourceFile]
  package let jobs: Int
  /// Called between blocks; what it throws ends the work.
  package var step: @Sendable () throws -> Void = {}

  package init(_ settings: EnrichSettings, jobs: Int) throws {
    (self.settings, self.jobs) = (settings, jobs)
    sources = try settings.sources()
  }

  /// SHA-256 of everything that decides the output, the sources' digests among it.
  package var digest: String {
    let config: JSON = ["enrich": settings.json(sources), "sources": .array(sources.map { .string($0.sha256) })]
    return Digest.sha256(Array(config.canonical.utf8)).hex
  }

  /// Writes the tables into a folder that is made durable as a whole; the caller writes the report.
  package func run(_ input: EnrichInput, into folder: Folder) throws -> EnrichReport {
    let samples = try SampleSource(input.folder)
    var report = EnrichReport()
    (report.measurement, report.samples, report.sources) = (samples.measurement, samples.count, sources)
    if let first = samples.times.first, let last = samples.times.last {
      report.range = TimeRange(start: Timestamp(nanoseconds: first), end: Timestamp(nanoseconds: last))
    }
    let world = try EnrichWorld(settings, input, samples, jobs: jobs, &report)
    try step()
    for source in sources { try source.checkUnchanged() }
    try write(samples, world, input, &report, folder)
    return report
  }

  private func write(
    _ samples: SampleSource, _ world: EnrichWorld, _ input: EnrichInput, _ report: inout EnrichReport,
    _ folder: Folder
  ) throws {
    var options = TableOptions()
    options.jobs = jobs
    options.sortedBy = samples.count > 0 ? "t_ns" : nil
    options.compressionLevel = 1
    options.metadata = [("avtools.columns", EnrichSchema.description(of: world.schema))]
    let file = try OutputFile(Self.tableFile, inStaged: folder, hashed: true)
    var sink = try TableKind.parquet.open(world.schema, file, options)
    options.metadata = [("avtools.columns", EnrichSchema.description(of: ObjectRows.schema))]
    let objectsFile = try world.objects.map { _ in
      try OutputFile(Self.objectsFile, inStaged: folder, hashed: true)
    }
    var objectsSink = try objectsFile.map { try TableKind.parquet.open(ObjectRows.schema, $0, options) }
    var tally = EnrichTally(world.schema)
    let blocks = stride(from: 0, to: samples.count, by: Self.block).map { $0..<min($0 + Self.block, samples.count) }
    try parallelMap(blocks, jobs: jobs) { rows in
      world.part(samples, rows, vin: input.vin)
    } _: { part in
      try sink.write(part.batch)
      if let objects = part.objects { try objectsSink?.write(objects) }
      tally.add(part)
      try step()
    }
    try sink.finish()
    report.sums.append(DatastreamContents.File(Self.tableFile, try file.commit()))
    try objectsSink?.finish()
    if let objectsFile { report.sums.append(DatastreamContents.File(Self.objectsFile, try objectsFile.commit())) }
    tally.tell(&report)
  }
}

/// Rows of the tables for some samples, and how the sources fitted.
struct EnrichPart: Sendable {
  var batch: Batch
  var objects: Batch?
  /// By the report's join.
  var matched: [String: Int] = [:]
  var unmatched: [String: [String: Int]] = [:]
}

/// Sums over all parts.
struct EnrichTally {
  private let schema: Schema
  private var missing: [Int]
  private var matched: [String: Int] = [:]
  private var unmatched: [String: [String: Int]] = [:]

  init(_ schema: Schema) {
    self.schema = schema
    missing = schema.fields.map { _ in 0 }
  }

  mutating func add(_ part: EnrichPart) {
    for (index, column) in part.batch.columns.enumerated() { missing[index] += column.validity?.count { !$0 } ?? 0 }
    matched.merge(part.matched) { $0 + $1 }
    unmatched.merge(part.unmatched) { $0.merging($1) { $0 + $1 } }
  }

  func tell(_ report: inout EnrichReport) {
    report.missing = zip(schema.fields, missing).map { ($0.name, $1) }
    for index in report.joins.indices {
      report.joins[index].matched = matched[report.joins[index].name] ?? 0
      report.joins[index].unmatched = unmatched[report.joins[index].name] ?? [:]
    }
  }
}

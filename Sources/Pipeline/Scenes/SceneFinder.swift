import Artifacts
package import Core

/// Finds the scenes of one table and writes them.
package struct SceneFinder: Sendable {
  package static let reportFile = "scenes_report.json", tableFile = "scenes.parquet", pageFile = "scenes.html"

  package let settings: SceneSettings
  package let jobs: Int
  /// Draw a page beside the table.
  package var drawsPage = false
  /// Called between blocks; what it throws ends the work.
  package var step: @Sendable () throws -> Void = {}

  package init(_ settings: SceneSettings, jobs: Int) { (self.settings, self.jobs) = (settings, jobs) }

  /// The table and what is known of it from elsewhere.
  package struct Input: Sendable {
    /// A folder, or a file.
    package var path: String
    /// The samples that it was made of, which know more of themselves.
    package var samples: Folder?
    package var datastream: Identifier?
    package var measurement: String?
    package var vin: String?
    /// Tags of the measurement with times, which are scenes as they stand.
    var tags: [LineageView.Tag] = []

    package init(_ path: String, samples: Folder? = nil) { (self.path, self.samples) = (path, samples) }
  }

  /// - Throws: `SourceError`, `ParquetFault` and `SystemError` for a table that cannot be read; `ConfigurationError` where
  ///   a rule does not fit it.
  func find(_ input: Input) throws -> (report: SceneReport, rows: [SceneRow]) {
    try find(input, in: SceneTable(input.path, samples: input.samples))
  }

  private func find(_ input: Input, in table: SceneTable) throws -> (report: SceneReport, rows: [SceneRow]) {
    let binding = try RuleBinding(settings.rules, table)
    var search = SceneSearch(table: table, rules: binding.rules)
    (search.jobs, search.step) = (jobs, step)
    let result = try search.run()
    let keys = try SceneKeys(table, result.scenes.map(\.interval))
    let context = SceneRow.Context(input, table, settings)
    var rows: [SceneRow] = []
    let known = Dictionary(binding.rules.map { ($0.id, $0) }, uniquingKeysWith: { one, _ in one })
    let digests = known.mapValues(\.digest)
    for (scene, key) in zip(result.scenes, keys.all) {
      guard let rule = known[scene.rule], let digest = digests[scene.rule] else { continue }
      rows.append(SceneRow(scene, rule, digest: digest, key, context))
    }
    rows += input.tags.compactMap { SceneRow($0, context) }
    rows.sort { ($0.start, $0.rule, $0.id) < ($1.start, $1.rule, $1.id) }
    var report = SceneReport(table, binding, result, rows, context)
    report.doubts = try SceneDoubts(table).problems
    return (report, rows)
  }

  /// Writes table, page and report into a folder that is made durable as a whole.
  func run(_ input: Input, into folder: Folder) throws -> (report: SceneReport, rows: [SceneRow]) {
    let table = try SceneTable(input.path, samples: input.samples)
    var (report, rows) = try find(input, in: table)
    try step()
    let schema = SceneRow.schema(hasCut: settings.cut != nil)
    var options = TableOptions()
    options.sortedBy = rows.isEmpty ? nil : "start_ns"
    options.jobs = jobs
    let file = try OutputFile(Self.tableFile, inStaged: folder, hashed: true)
    var sink = try TableKind.parquet.open(schema, file, options)
    try sink.write(SceneRow.batch(rows, hasCut: settings.cut != nil))
    try sink.finish()
    report.sums.append(DatastreamContents.File(Self.tableFile, try file.commit()))
    if drawsPage {
      let page = try OutputFile(Self.pageFile, inStaged: folder, hashed: true)
      try page.write(ScenePage(report, rows, SceneEvidence(table, rows, settings.rules.rules)).bytes)
      report.sums.append(DatastreamContents.File(Self.pageFile, try page.commit()))
    }
    return (report, rows)
  }
}

extension SceneReport {
  /// Writes it, and the digests of all files; the contents are all files of the folder.
  func write(in folder: Folder) throws -> DatastreamContents {
    try ArtifactSums.write(json, as: SceneFinder.reportFile, beside: sums, in: folder)
  }
}

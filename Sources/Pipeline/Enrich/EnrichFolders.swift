import Core

/// Enriches the samples of a folder that belongs to no lake, into another.
package struct EnrichFolders: Sendable {
  package let enrichment: Enrichment
  package let output: String
  package let isForced: Bool
  package let vin: String?
  /// Folders of extracted streams.
  package let drives: [String]
  private let runID = "\(Identifier.unique())"

  package init(_ enrichment: Enrichment, to output: String, drives: [String], vin: String?, isForced: Bool) {
    (self.enrichment, self.output, self.drives, self.vin) = (enrichment, output, drives, vin)
    self.isForced = isForced
  }

  /// Says what would be enriched, and writes nothing.
  package func plan(_ path: String) throws -> Record {
    let samples = try SampleSource(Folder(path))
    return Record(
      .datastream,
      [
        "measurement": .string(samples.measurement), "zone": "enriched", "kind": "enrichment",
        "path": .string(output), "rows": .count(samples.count), "status": "done", "planned": true,
        "sources": .array(enrichment.sources.map(\.json)),
      ])
  }

  package func run(_ path: String) throws -> (report: EnrichReport, record: Record) {
    let input = EnrichInput(try Folder(path), drives: try drives.map { try Folder($0) }, vin: vin)
    let (parent, name) = try place()
    if let there = try parent.entry(name) {
      guard isForced else { throw SystemError.exists(output, cannot: "make the folder") }
      guard try there.kind == .folder && ArtifactSums.isMade(Folder(name, in: parent), report: Enrichment.reportFile)
      else { throw UsageError("'\(output)' holds what av-enrich did not make, and is not replaced") }
    }
    let staged = try StagedFolder(name, in: parent, run: runID)
    let report = try enrichment.run(input, into: staged.folder)
    let contents = try ArtifactSums.write(
      report.json, as: Enrichment.reportFile, beside: report.sums, in: staged.folder)
    try staged.commit(isForced ? Existing.replace : Existing.refuse)
    var members: JSONObject = [
      "measurement": .string(report.measurement), "zone": "enriched", "kind": "enrichment",
      "state": .string(DatastreamState.completed.rawValue), "path": .string(output),
    ]
    for member in report.facts(contents).members { members[member.key] = member.value }
    members["status"] = "done"
    return (report, Record(.datastream, members))
  }

  /// The folder that will hold the output, and the output's name in it.
  private func place() throws -> (folder: Folder, name: String) {
    var path = output[...]
    while path.utf8.count > 1, path.hasSuffix("/") { path = path.dropLast() }
    let slash = path.lastIndex(of: "/")
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? String(path)
    guard !name.isEmpty, name != ".", name != ".." else { throw UsageError("'\(output)' does not name a new folder") }
    let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    return (try Folder(parent), name)
  }
}

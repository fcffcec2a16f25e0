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
    let (report, contents) = try OutputPlace(output).make(
      "av-enrich", report: Enrichment.reportFile, run: runID, isForced: isForced
    ) { folder in
      let report = try enrichment.run(input, into: folder)
      return (report, try report.write(in: folder))
    }
    var members: JSONObject = [
      "measurement": .string(report.measurement), "zone": "enriched", "kind": "enrichment",
      "state": .string(DatastreamState.completed.rawValue), "path": .string(output),
    ]
    for member in report.facts(contents).members { members[member.key] = member.value }
    members["status"] = "done"
    return (report, Record(.datastream, members))
  }
}

import Artifacts
import Core

/// Makes enriched datastreams of synchronised ones in a lake: one attempt a record, with its states in the log.
///
/// The digests of all sources are part of the settings', so that another weather file gives another datastream.
package struct EnrichStage: Sendable {
  private static let stage = DerivedDatastream.Stage(
    name: "enrich", zone: "enriched", kind: "enrichment", version: 1)

  package let lake: Lake
  package let lineage: Lineage
  package let enrichment: Enrichment
  /// Redo what is completed.
  package let isForced: Bool
  /// Of the enrichment.
  package let digest: String

  /// What became of one record.
  package struct Outcome {
    package var record: Record
    /// Nil when it was done before.
    package var report: EnrichReport?
  }

  package init(lake: Lake, lineage: Lineage, enrichment: Enrichment, isForced: Bool) {
    (self.lake, self.lineage, self.enrichment, self.isForced) = (lake, lineage, enrichment, isForced)
    digest = enrichment.digest
  }

  /// What a record leads to; a `RecordError` unless there are whole samples to enrich, by the record and by the log.
  static func derived(
    from parent: DatastreamRecord, _ known: LineageView.Datastream?, digest: String
  ) throws(RecordError) -> DerivedDatastream {
    guard parent.zone == "synchronized" else {
      throw RecordError("datastream \(parent.id)", "is in zone '\(parent.zone)', and not in synchronized")
    }
    try parent.checkWhole(known)
    return try DerivedDatastream(stage, of: [parent], digest: digest, start: parent.start)
  }

  /// - Throws: what went wrong, after it was recorded as `FAILED`; `Interruption`, which leaves it `PROCESSING`.
  package func run(_ parent: DatastreamRecord) throws -> Outcome {
    let derived = try Self.derived(from: parent, lineage.datastream(parent.id), digest: digest)
    let outcome = try derived.make(in: lake, lineage, isForced: isForced) { attempt in
      let input = EnrichInput(
        try lake.openFolder(recorded: parent.path), drives: try drives(of: parent),
        vin: try parent.vin ?? lineage.measurement(parent.measurement)?.vin)
      let (report, contents) = try attempt.publish(enrichment.step) { staged in
        let report = try enrichment.run(input, into: staged)
        return (report, try report.write(in: staged))
      }
      return (report.facts(contents), false, report)
    }
    return Outcome(record: outcome.record, report: outcome.report)
  }

  /// The extracted streams that the samples were made from, where they are still there.
  private func drives(of parent: DatastreamRecord) throws -> [Folder] {
    let parents = try lineage.datastream(parent.id)?.parents ?? parent.parents
    return try parents.compactMap { id in
      guard let known = try lineage.datastream(id), known.state.isWhole, known.zone == "extracted" else { return nil }
      return try lake.openFolder(recorded: known.path)
    }
  }
}

extension EnrichReport {
  /// Writes it, and the digests of all files; the contents are all files of the folder.
  func write(in folder: Folder) throws -> DatastreamContents {
    try ArtifactSums.write(json, as: Enrichment.reportFile, beside: sums, in: folder)
  }

  /// What the transition that completes the datastream says.
  func facts(_ contents: DatastreamContents) -> JSONObject { contents.facts(range, rows: samples) }
}

/// What enrichment in a lake would do: reads the log, and writes nothing.
package struct EnrichPreview: Sendable {
  private let lake: Lake
  private let view: LineageView
  private let digest: String
  private let isForced: Bool

  package init(_ lake: Lake, _ enrichment: Enrichment, isForced: Bool) throws {
    (self.lake, self.isForced, digest) = (lake, isForced, enrichment.digest)
    view = try lake.recordedView()
  }

  /// The record that an enrichment would print, with `planned`, and without what only the work tells.
  package func plan(_ parent: DatastreamRecord) throws -> Record {
    try EnrichStage.derived(from: parent, view.datastreams[parent.id], digest: digest)
      .planned(in: lake, view, isForced: isForced)
  }
}

import Artifacts
import Core

/// Makes the synchronised datastream of a measurement from its extracted ones: one attempt, with its states in the log.
package struct SyncStage: Sendable {
  private static let stage = DerivedDatastream.Stage(name: "sync", zone: "synchronized", kind: "sync", version: 1)

  package let lake: Lake
  package let lineage: Lineage
  package let synchronization: Synchronization
  /// Redo what is completed.
  package let isForced: Bool
  /// SHA-256 of the settings as canonical JSON.
  package let digest: String

  /// What became of one measurement.
  package struct Outcome {
    package var record: Record
    /// Nil when it was done before.
    package var report: SyncReport?
  }

  package init(lake: Lake, lineage: Lineage, synchronization: Synchronization, isForced: Bool) {
    (self.lake, self.lineage, self.synchronization) = (lake, lineage, synchronization)
    self.isForced = isForced
    digest = Self.digest(of: synchronization.settings)
  }

  /// Of everything that decides the output.
  package static func digest(of settings: SyncSettings) -> String {
    Digest.sha256(Array((["sync": settings.json] as JSON).canonical.utf8)).hex
  }

  /// What a group leads to; a problem unless all of it is whole, by the records and by the log.
  static func derived(
    from group: SyncGroup, digest: String, _ known: (String) throws -> LineageView.Datastream?
  ) throws -> DerivedDatastream {
    try group.check(known)
    return try DerivedDatastream(stage, of: group.parents, digest: digest, start: group.start)
  }

  /// - Throws: what went wrong, after it was recorded as `FAILED`; `Interruption`, which leaves it `PROCESSING`.
  package func run(_ group: SyncGroup) throws -> Outcome {
    let derived = try Self.derived(from: group, digest: digest) { try lineage.datastream($0) }
    let outcome = try derived.make(in: lake, lineage, isForced: isForced) { attempt in
      let sources = try group.sources(in: lake)
      let (report, contents) = try attempt.publish(synchronization.step) { staged in
        var synchronization = synchronization
        synchronization.knownOffsets = try group.timestampOffsets(in: lake) { try lineage.datastream($0)?.path }
        let report = try synchronization.run(
          sources, measurement: group.identifier(), datastream: attempt.id, into: staged, place: attempt.place.recorded)
        return (report, try report.write(in: staged))
      }
      return (report.facts(contents), false, report)
    }
    return Outcome(record: outcome.record, report: outcome.report)
  }
}

extension SyncReport {
  /// Writes it, and the digests of all files; the contents are all files of the folder.
  func write(in folder: Folder) throws -> DatastreamContents {
    try ArtifactSums.write(json, as: Synchronization.reportFile, beside: sums, in: folder)
  }

  /// What the transition that completes the datastream says.
  func facts(_ contents: DatastreamContents) -> JSONObject { contents.facts(range, rows: samples.kept) }
}

import Artifacts
import Core
import Recordings

/// Makes extracted datastreams of raw ones in a lake: one attempt a record, with its states in the log.
package struct ExtractStage: Sendable {
  private static let stage = DerivedDatastream.Stage(
    name: "extract", zone: "extracted", kind: "sensors", version: 1, isPlacedByRecord: true)

  package let lake: Lake
  package let lineage: Lineage
  package let extraction: Extraction
  /// Redo what is completed.
  package let isForced: Bool
  /// SHA-256 of the settings as canonical JSON.
  package let digest: String

  /// What became of one record.
  package struct Outcome {
    package var record: Record
    package var isLossy = false
    /// What a person should be told of it.
    package var notes: [String] = []

    package init(record: Record, isLossy: Bool = false, notes: [String] = []) {
      (self.record, self.isLossy, self.notes) = (record, isLossy, notes)
    }
  }

  package init(lake: Lake, lineage: Lineage, extraction: Extraction, isForced: Bool) {
    self.lake = lake
    self.lineage = lineage
    self.extraction = extraction
    self.isForced = isForced
    digest = Self.digest(of: extraction)
  }

  /// Of everything that decides the output.
  package static func digest(of extraction: Extraction) -> String {
    let config: JSON = ["compression": .string(extraction.compression.rawValue), "extract": extraction.settings.json]
    return Digest.sha256(Array(config.canonical.utf8)).hex
  }

  /// The datastream that a record leads to; a `RecordError` unless there is something whole to extract from, by the
  /// record and by the log.
  static func derived(
    from parent: DatastreamRecord, _ known: LineageView.Datastream?, digest: String
  ) throws(RecordError) -> DerivedDatastream {
    try parent.checkWhole(known)
    return try DerivedDatastream(stage, of: [parent], digest: digest, start: parent.start)
  }

  /// - Throws: what went wrong, after it was recorded as `FAILED`; `Interruption`, which leaves it `PROCESSING`.
  package func run(_ parent: DatastreamRecord) throws -> Outcome {
    let derived = try Self.derived(from: parent, lineage.datastream(parent.id), digest: digest)
    let outcome = try derived.make(in: lake, lineage, isForced: isForced) { attempt in
      let folder = try lake.openFolder(recorded: parent.path)
      var extraction = extraction
      let inputs = try Self.recordings(in: folder)
      guard !inputs.isEmpty else { throw ExtractError.noRecording(parent.path) }
      extraction.settings.take(channelNames: try Self.channelNames(in: folder))
      let (report, contents) = try attempt.publish(extraction.step) { staged in
        let report = try extraction.run(inputs, to: .folder(staged))
        return (report, try ArtifactSums.write(report, in: staged))
      }
      return (contents.facts(report.range, rows: report.rows), report.isLossy, report)
    }
    return Outcome(
      record: outcome.record, isLossy: outcome.report?.isLossy ?? false, notes: outcome.report?.notes ?? [])
  }

  /// The recordings in a folder and below, by path; other files are none of ours.
  static func recordings(in folder: Folder) throws -> [ExtractInput] {
    var paths: [String] = []
    try folder.walk { path, entry in
      if entry.kind == .file, entry.isText { paths.append(path) }
      return true
    }
    let all = Set(paths)
    return try paths.sorted().compactMap { path in
      if let owner = Format.owner(ofCompanion: path), all.contains(owner) { return nil }
      let file = try FileReader(path, in: folder)
      guard let format = try Format.of(file) else { return nil }
      return ExtractInput(name: path, reader: try format.open(file))
    }
  }

  /// Fleet-wide names of channels, by topic, where the measurement's manifest has them.
  static func channelNames(in folder: Folder) throws -> [String: String] {
    var names: [String: String] = [:]
    for topic in try expectedTopics(in: folder) {
      if let name = topic["topic"]?.string, let channel = topic["channel"]?.string { names[name] = channel }
    }
    return names
  }

  /// What the measurement's manifest says of each topic.
  static func expectedTopics(in folder: Folder) throws -> [JSON] {
    // A bag has the upload's manifest among its payload.
    let places = ["manifest.json", "data/manifest.json"]
    guard let place = try places.first(where: { try folder.entry($0)?.kind == .file }) else { return [] }
    let file = try FileReader(place, in: folder)
    return try JSON.parse(file.bytes(at: 0, count: file.count))["expect"]?["topics"]?.array ?? []
  }

}

extension ExtractSettings {
  /// Names from the manifest, where the configuration has none.
  mutating func take(channelNames: [String: String]) { names.merge(channelNames) { own, _ in own } }
}

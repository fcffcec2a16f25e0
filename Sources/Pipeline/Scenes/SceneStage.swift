import Artifacts
import Core

/// Makes datastreams of scenes of enriched ones in a lake: one attempt a record, with its states in the log.
package struct SceneStage: Sendable {
  private static let stage = DerivedDatastream.Stage(name: "scenes", zone: "scenes", kind: "scenes", version: 1)

  package let lake: Lake
  package let lineage: Lineage
  package let finder: SceneFinder
  /// Redo what is completed.
  package let isForced: Bool
  /// With `delta`, the scenes are in the fleet's table as well.
  package let format: SceneTableFormat

  package init(
    lake: Lake, lineage: Lineage, finder: SceneFinder, isForced: Bool, format: SceneTableFormat = .parquet
  ) {
    (self.lake, self.lineage, self.finder, self.isForced) = (lake, lineage, finder, isForced)
    self.format = format
  }

  /// What became of one record.
  package struct Outcome {
    package var record: Record
    /// Nil when it was done before.
    package var report: SceneReport?
    package var scenes: [Record] = []
  }

  /// Tags count as the settings do: a new one makes another datastream.
  static func derived(
    from parent: DatastreamRecord, _ known: LineageView.Datastream?, _ settings: SceneSettings, tags: [LineageView.Tag]
  ) throws(RecordError) -> DerivedDatastream {
    guard ["enriched", "synchronized"].contains(parent.zone) else {
      throw RecordError("datastream \(parent.id)", "is in zone '\(parent.zone)', and not in enriched or synchronized")
    }
    try parent.checkWhole(known)
    let words = tags.map { "\($0.key)=\($0.value)@\($0.start.map { "\($0)" } ?? "")/\($0.end.map { "\($0)" } ?? "")" }
    let digest =
      words.isEmpty
      ? settings.digest
      : Digest.sha256(Array(([settings.digest] + words.sorted()).joined(separator: "\n").utf8)).hex
    return try DerivedDatastream(stage, of: [parent], digest: digest, start: parent.start)
  }

  /// Tags with times, in their order.
  static func tags(of parent: DatastreamRecord, _ measurement: LineageView.Measurement?) -> [LineageView.Tag] {
    (measurement?.tags ?? []).filter { $0.start != nil }.sorted { one, other in
      (one.start ?? Timestamp(nanoseconds: 0), one.key, one.value) < (
        other.start ?? Timestamp(nanoseconds: 0), other.key, other.value
      )
    }
  }

  /// - Throws: what went wrong, after it was recorded as `FAILED`; `Interruption`, which leaves it `PROCESSING`.
  package func run(_ parent: DatastreamRecord) throws -> Outcome {
    let measurement = try lineage.measurement(parent.measurement)
    let tags = Self.tags(of: parent, measurement)
    let derived = try Self.derived(from: parent, lineage.datastream(parent.id), finder.settings, tags: tags)
    var scenes: [SceneRow] = []
    let outcome = try derived.make(in: lake, lineage, isForced: isForced) { attempt in
      var input = SceneFinder.Input(try lake.openFolder(recorded: parent.path).path, samples: try samples(of: parent))
      (input.datastream, input.measurement) = (Identifier(parent.id), parent.measurement)
      (input.vin, input.tags) = (parent.vin ?? measurement?.vin, tags)
      let (report, contents) = try attempt.publish(finder.step) { staged in
        let (report, rows) = try finder.run(input, into: staged)
        scenes = rows
        return (report, try report.write(in: staged))
      }
      try publish(scenes, of: attempt.id)
      try lineage.append(
        .sceneSummary(
          attempt.id, types: report.typesJSON, rules: finder.settings.rules.digest,
          skipped: report.skipped.map(\.rule), unknown: report.unknownShare))
      return (contents.facts(report.range, rows: report.scenes), false, report)
    }
    // What was found before is told again, for those who read on.
    guard outcome.report == nil, let path = outcome.record["path"]?.string else {
      return Outcome(record: outcome.record, report: outcome.report, scenes: SceneRow.records(scenes))
    }
    let table = try ParquetFile(FileReader(SceneFinder.tableFile, in: lake.openFolder(recorded: path)))
    if format == .delta, let id = outcome.record["id"]?.string {
      // Made by a run that did not want it, or died before.
      try SceneDelta(lake, run: lineage.run).append(id, hasCut: finder.settings.cut != nil) { try table.read($0) }
    }
    return Outcome(record: outcome.record, scenes: try SceneRow.records(of: table))
  }

  /// Before the datastream is completed: what says so is true of all.
  private func publish(_ scenes: [SceneRow], of id: String) throws {
    guard format == .delta else { return }
    let hasCut = finder.settings.cut != nil
    try SceneDelta(lake, run: lineage.run).append(id, hasCut: hasCut) { try $0(SceneRow.batch(scenes, hasCut: hasCut)) }
  }

  /// The samples that the table was made of, where they are still there.
  private func samples(of parent: DatastreamRecord) throws -> Folder? {
    let parents = try lineage.datastream(parent.id)?.parents ?? parent.parents
    for id in parents {
      guard let known = try lineage.datastream(id), known.state.isWhole, known.zone == "synchronized" else { continue }
      return try lake.openFolder(recorded: known.path)
    }
    return nil
  }
}

/// What a search in a lake would do: reads the log, and writes nothing.
package struct ScenePreview: Sendable {
  private let lake: Lake
  private let view: LineageView
  private let settings: SceneSettings
  private let isForced: Bool

  package init(_ lake: Lake, _ settings: SceneSettings, isForced: Bool) throws {
    (self.lake, self.settings, self.isForced) = (lake, settings, isForced)
    view = try lake.recordedView()
  }

  /// The record that a search would print, with `planned`, and without what only the work tells.
  package func plan(_ parent: DatastreamRecord) throws -> Record {
    let tags = SceneStage.tags(of: parent, view.measurements[parent.measurement])
    return try SceneStage.derived(from: parent, view.datastreams[parent.id], settings, tags: tags)
      .planned(in: lake, view, isForced: isForced)
  }
}

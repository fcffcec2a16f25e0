import Core

/// What extraction in a lake would do: reads the log, and writes nothing.
package struct ExtractPreview: Sendable {
  private let lake: Lake
  private let view: LineageView
  private let digest: String
  private let isForced: Bool

  package init(_ lake: Lake, _ extraction: Extraction, isForced: Bool) throws {
    (self.lake, self.isForced) = (lake, isForced)
    digest = ExtractStage.digest(of: extraction)
    view = try lake.recordedView()
  }

  /// The record that an extraction would print, with `planned`, and without what only the work tells.
  package func plan(_ parent: DatastreamRecord) throws -> Record {
    try ExtractStage.check(parent, view.datastreams[parent.id])
    let id = try ExtractStage.id(for: parent, digest: digest)
    var record: Record
    if !isForced, let known = view.datastreams[id], known.state == .completed {
      record = ExtractStage.skipped(known, parent).record
    } else {
      let place = try ExtractStage.place(of: id, from: parent, view.measurements[parent.measurement], in: lake)
      record = ExtractStage.result(of: parent, id: id, facts: [:])
      record["state"] = .string(DatastreamState.created.rawValue)
      record["path"] = .string(place.recorded)
      record["status"] = "done"
    }
    record["planned"] = true
    return record
  }
}

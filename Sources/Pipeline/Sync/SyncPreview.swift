import Core

/// What synchronisation in a lake would do: reads the log, and writes nothing.
package struct SyncPreview: Sendable {
  private let lake: Lake
  private let view: LineageView
  private let digest: String
  private let isForced: Bool

  package init(_ lake: Lake, _ settings: SyncSettings, isForced: Bool) throws {
    (self.lake, self.isForced) = (lake, isForced)
    digest = SyncStage.digest(of: settings)
    view = try lake.recordedView()
  }

  /// The record that a synchronisation would print, with `planned`, and without what only the work tells.
  package func plan(_ group: SyncGroup) throws -> Record {
    try group.check { view.datastreams[$0] }
    let id = try SyncStage.id(for: group, digest: digest)
    var record: Record
    if !isForced, let known = view.datastreams[id], known.state == .completed {
      record = SyncStage.skipped(known, group).record
    } else {
      let place = try SyncStage.place(of: id, group, view.measurements[group.measurement], in: lake)
      record = group.result(id: id, facts: [:])
      record["state"] = .string(DatastreamState.created.rawValue)
      record["path"] = .string(place.recorded)
      record["status"] = "done"
    }
    record["planned"] = true
    return record
  }
}

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
    try SyncStage.derived(from: group, digest: digest) { view.datastreams[$0] }
      .planned(in: lake, view, isForced: isForced)
  }
}

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
    try ExtractStage.derived(from: parent, view.datastreams[parent.id], digest: digest)
      .planned(in: lake, view, isForced: isForced)
  }
}

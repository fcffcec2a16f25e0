package import Core

/// Which lake, and the id of the run in its log.
package struct LakeOptions: Options {
  package static let title = "Lake"

  @Option("The lake; else the nearest folder above with lake.json5", value: "folder", completion: .directory)
  package var lake: String?
  @Option("Id of the run in the log; else a new one", value: "uuid") package var runId: Identifier?

  package init() {}
}

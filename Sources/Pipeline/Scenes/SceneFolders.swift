import Core

/// Finds the scenes of a table that belongs to no lake.
package struct SceneFolders: Sendable {
  package let finder: SceneFinder
  /// Where they go; nil to only print them.
  package let output: String?
  package let isForced: Bool
  /// With `delta`, the folder is a table of many drives, to which these scenes are appended.
  package let format: SceneTableFormat
  private let runID = "\(Identifier.unique())"

  package init(_ finder: SceneFinder, to output: String?, isForced: Bool, format: SceneTableFormat = .parquet) {
    (self.finder, self.output, self.isForced, self.format) = (finder, output, isForced, format)
  }

  /// The scenes, and the record of the folder where there is one.
  package func run(
    _ input: SceneFinder.Input
  ) throws -> (report: SceneReport, scenes: [SceneRow], record: Record?) {
    guard let output else {
      let (report, rows) = try finder.find(input)
      return (report, rows, nil)
    }
    guard format == .parquet else {
      let (report, rows) = try finder.find(input)
      let place = try OutputPlace(output)
      // The same scenes by the same rules are the same work.
      let work = Digest.sha256(Array(([finder.settings.digest] + rows.map(\.id)).joined(separator: "\n").utf8)).hex
      let hasCut = finder.settings.cut != nil
      try SceneDelta(place.folder.making(place.name), run: runID).append(work, hasCut: hasCut) {
        try $0(SceneRow.batch(rows, hasCut: hasCut))
      }
      return (report, rows, nil)
    }
    let (report, rows, contents) = try OutputPlace(output).make(
      "av-scenes", report: SceneFinder.reportFile, run: runID, isForced: isForced
    ) { folder in
      let (report, rows) = try finder.run(input, into: folder)
      return (report, rows, try report.write(in: folder))
    }
    var members: JSONObject = [
      "measurement": .string(report.measurement), "zone": "scenes", "kind": "scenes",
      "state": .string(DatastreamState.completed.rawValue), "path": .string(output),
    ]
    for member in contents.facts(report.range, rows: report.scenes).members { members[member.key] = member.value }
    members["status"] = "done"
    return (report, rows, Record(.datastream, members))
  }
}

package import Core

/// Synchronises extracted streams that belong to no lake, into a folder.
package struct SyncFolders: Sendable {
  package let synchronization: Synchronization
  package let output: String
  package let isForced: Bool
  /// Nil to make one from the names, numbers and times of the streams.
  package let measurement: Identifier?
  private let runID = "\(Identifier.unique())"

  package init(_ synchronization: Synchronization, to output: String, measurement: Identifier?, isForced: Bool) {
    (self.synchronization, self.output, self.measurement) = (synchronization, output, measurement)
    self.isForced = isForced
  }

  /// Says what would be synchronised, and writes nothing.
  package func plan(_ paths: [String]) throws -> Record {
    let plan = try synchronization.plan(sources(paths), measurement: measurement)
    return Record(
      .datastream,
      [
        "measurement": .string("\(plan.measurement)"), "zone": "synchronized", "kind": "sync", "path": .string(output),
        "rows": .count(plan.total.kept), "status": "done", "planned": true,
        "streams": .array(
          plan.streams.map { stream in
            [
              "stream": .string(stream.name), "nature": .string(stream.nature.rawValue),
              "messages": .count(stream.count),
            ]
          }),
      ])
  }

  /// Looks whether folders hold streams that are synchronised already, and writes nothing.
  package static func check(_ paths: [String], _ synchronization: Synchronization) throws -> Record {
    let plan = try synchronization.plan(paths.map(SyncSource.init(named:)), measurement: nil)
    let reasons = SyncCheck.reasons(plan)
    guard reasons.isEmpty else { throw SyncError.notSynchronised(reasons) }
    return Record(
      .datastream,
      [
        "zone": "extracted", "state": .string(DatastreamState.completed.rawValue),
        "path": .string(paths.joined(separator: " ")), "rows": .count(plan.total.total), "status": "done",
      ])
  }

  private func sources(_ paths: [String]) throws -> [SyncSource] {
    try paths.map(SyncSource.init(named:))
  }

  /// Takes folders as the parts of one drive.
  package func run(_ paths: [String]) throws -> (report: SyncReport, record: Record) {
    let sources = try sources(paths)
    let (report, contents) = try OutputPlace(output).make(
      "av-sync", report: Synchronization.reportFile, run: runID, isForced: isForced
    ) { folder in
      let report = try synchronization.run(
        sources, measurement: measurement, datastream: nil, into: folder, place: OutputPlace.trimmed(output))
      return (report, try report.write(in: folder))
    }
    var members: JSONObject = [
      "measurement": .string(report.measurement), "zone": "synchronized", "kind": "sync",
      "state": .string(DatastreamState.completed.rawValue), "path": .string(output),
    ]
    for member in report.facts(contents).members { members[member.key] = member.value }
    members["status"] = "done"
    return (report, Record(.datastream, members))
  }
}

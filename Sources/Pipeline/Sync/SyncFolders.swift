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
              "messages": .count(stream.recorded.count),
            ]
          }),
      ])
  }

  /// Looks whether folders hold streams that are synchronised already, and writes nothing.
  package static func check(_ paths: [String], _ synchronization: Synchronization) throws -> Record {
    let sources = try paths.map { SyncSource(try Folder($0), place: trimmed($0)) }
    let plan = try synchronization.plan(sources, measurement: nil)
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
    try paths.map { SyncSource(try Folder($0), place: Self.trimmed($0)) }
  }

  /// Takes folders as the parts of one drive.
  package func run(_ paths: [String]) throws -> (report: SyncReport, record: Record) {
    let sources = try sources(paths)
    let (parent, name) = try place()
    if let there = try parent.entry(name) {
      guard isForced else { throw SystemError.exists(output, cannot: "make the folder") }
      guard
        try there.kind == .folder
          && ArtifactSums.isMade(Folder(name, in: parent), report: Synchronization.reportFile)
      else { throw UsageError("'\(output)' holds what av-sync did not make, and is not replaced") }
    }
    let staged = try StagedFolder(name, in: parent, run: runID)
    let report = try synchronization.run(
      sources, measurement: measurement, datastream: nil, into: staged.folder, place: Self.trimmed(output))
    let contents = try ArtifactSums.write(
      report.json, as: Synchronization.reportFile, beside: report.sums, in: staged.folder)
    try staged.commit(isForced ? Existing.replace : Existing.refuse)
    var members: JSONObject = [
      "measurement": .string(report.measurement), "zone": "synchronized", "kind": "sync",
      "state": .string(DatastreamState.completed.rawValue), "path": .string(output),
    ]
    for member in report.facts(contents).members { members[member.key] = member.value }
    members["status"] = "done"
    return (report, Record(.datastream, members))
  }

  private static func trimmed(_ path: String) -> String {
    var path = path[...]
    while path.utf8.count > 1, path.hasSuffix("/") { path = path.dropLast() }
    return String(path)
  }

  /// The folder that will hold the output, and the output's name in it.
  private func place() throws -> (folder: Folder, name: String) {
    let path = Self.trimmed(output)
    let slash = path.lastIndex(of: "/")
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    guard !name.isEmpty, name != ".", name != ".." else { throw UsageError("'\(output)' does not name a new folder") }
    let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    return (try Folder(parent), name)
  }
}

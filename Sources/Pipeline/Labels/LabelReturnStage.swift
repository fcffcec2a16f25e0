import Artifacts
import Core

/// Takes returned labels back: a new datastream in the zone `labeled`, or a folder; nothing is overwritten.
package struct LabelImport: Sendable {
  private static let stage = DerivedDatastream.Stage(name: "label-import", zone: "labeled", kind: "label", version: 1)

  package let settings: LabelReturn.Settings
  package let jobs: Int
  /// The datastream that the other returns of the export are superseded by.
  package let supersedes: Bool
  package let isForced: Bool
  private let runID = "\(Identifier.unique())"

  package init(_ settings: LabelReturn.Settings, jobs: Int, supersedes: Bool, isForced: Bool) {
    (self.settings, self.jobs, self.supersedes, self.isForced) = (settings, jobs, supersedes, isForced)
  }

  package struct Outcome {
    /// Nil where nothing was imported.
    package var record: Record?
    /// Nil when it was done before.
    package var result: LabelReturn?
  }

  /// In the order in which they are named.
  private func sources(_ paths: [String]) throws -> [LabelSource] {
    try paths.enumerated().map { number, path in
      try LabelSource(path, prefix: paths.count > 1 ? "\(number + 1)/" : "", jobs: jobs)
    }
  }

  /// Which export a return says that it is of; nil where it does not.
  package func exportID(of path: String) throws -> String? {
    let source = try LabelSource(path, prefix: "", jobs: jobs)
    for file in source.files where file.path.hasSuffix(".json") {
      let json: JSON
      do { json = try LabelExportFile.parse("\(source.folder.path)/\(file.path)") } catch is SourceError { continue }
      let found = json["openlabel"]?["metadata"]?["avtools"]?["exportId"] ?? json["info"]?["avtools"]?["exportId"]
      if let id = found?.string { return id }
    }
    return nil
  }

  private func judged(_ sources: [LabelSource], of export: LabelExportFile) throws -> LabelReturn {
    var result = LabelReturn(export, settings)
    for source in sources { try result.read(source.files.map(\.path), in: source.folder, prefix: source.prefix) }
    result.finish()
    return result
  }

  private func mayImport(_ result: LabelReturn) -> Bool {
    result.findings.errors == 0 || settings.acceptsValid && !result.rules.isEmpty
  }

  /// Into a folder that belongs to no lake.
  package func run(_ paths: [String], export: String, to output: String) throws -> Outcome {
    let sources = try sources(paths)
    let result = try judged(sources, of: LabelExportFile(Folder(export)))
    guard mayImport(result) else { return Outcome(record: nil, result: result) }
    let contents = try OutputPlace(output).make(
      "av-label-export", report: LabelReturnFiles.report, run: runID, isForced: isForced
    ) { folder in
      try LabelReturnFiles(result, digest: sources.digest).write(sources, into: folder, jobs: jobs)
    }
    var members: JSONObject = [
      "zone": "labeled", "kind": "label", "path": .string(output), "measurement": .string(result.export.measurement),
      "export": .string(result.export.id), "state": .string(DatastreamState.completed.rawValue),
    ]
    for member in facts(result, contents).members { members[member.key] = member.value }
    members["status"] = "done"
    return Outcome(record: Record(.datastream, members), result: result)
  }

  /// Into a lake, as a datastream whose parents are the export and what it was made from.
  package func run(_ paths: [String], export id: String, in lake: Lake, _ lineage: Lineage) throws -> Outcome {
    let sources = try sources(paths)
    var parents: [DatastreamRecord] = []
    let view = lineage.view
    guard let stream = view.datastreams[id], stream.kind == "export" else { throw Self.unknown(id, view) }
    for own in [id] + stream.parents {
      if let record = view.record(ofDatastream: own) { parents.append(try DatastreamRecord(record, at: own)) }
    }
    try parents[0].checkWhole(stream)
    let digest = Digest.sha256(sources.digest + settings.digest).hex
    let derived = try DerivedDatastream(Self.stage, of: parents, digest: digest, start: parents[0].start)
    // Looked at first: what is not imported leaves no trace in the log.
    var result: LabelReturn?
    if try isForced || lineage.datastream(derived.id)?.state != .completed {
      let own = try judged(sources, of: LabelExportFile(lake.openFolder(recorded: stream.path)))
      guard mayImport(own) else { return Outcome(record: nil, result: own) }
      result = own
    }
    let outcome = try derived.make(in: lake, lineage, isForced: isForced) { attempt in
      guard let result else { throw SourceError(paths[0], "is imported by another run", code: .busy) }
      let contents = try attempt.publish({}) { folder in
        try LabelReturnFiles(result, digest: sources.digest).write(sources, into: folder, jobs: jobs)
      }
      return (facts(result, contents), false, result)
    }
    guard let result = outcome.report else { return Outcome(record: outcome.record, result: nil) }
    let before =
      supersedes
      ? (view.children[id] ?? []).filter {
        $0 != derived.id && view.datastreams[$0]?.kind == "label" && view.datastreams[$0]?.state == .completed
      } : []
    for other in before { try lineage.move(other, to: .superseded) }
    try lineage.append(
      .labelReturned(
        id, datastream: derived.id, measurement: stream.measurement, parents: parents.map(\.id),
        vendor: result.export.partner, annotator: result.annotator, items: result.rules.count,
        labels: result.labels.count, isComplete: result.isComplete, digest: sources.digest, supersedes: before))
    return Outcome(record: outcome.record, result: result)
  }

  private func facts(_ result: LabelReturn, _ contents: DatastreamContents) -> JSONObject {
    let times = result.rules.keys.map { result.export.items[$0].time }
    let range = times.min().map { first in
      TimeRange(start: Timestamp(nanoseconds: first), end: Timestamp(nanoseconds: times.max() ?? first))
    }
    var facts = contents.facts(range, rows: result.labels.count)
    facts["complete"] = .bool(result.isComplete)
    return facts
  }

  private static func unknown(_ id: String, _ view: LineageView) -> UsageError {
    let known = view.datastreams.values.filter { $0.kind == "export" }.map(\.id).sorted()
    let near = known.nearest(to: id).map { "; did it mean \($0)?" } ?? ""
    let list = known.isEmpty ? "there are none" : "there are \(known.prefix(5).joined(separator: ", "))"
    return UsageError("'\(id.shown)' is not an export of this lake\(near.isEmpty ? ": \(list)" : near)")
  }
}

import Artifacts
package import Core

/// Takes results that were made outside into the lake as a datastream: KPIs of a simulation, detections, labels.
///
/// Its id follows from parents, zone, kind and the digests of its files, so the same results are taken once. Every file
/// is copied and read back from the medium before the log says that it is there.
package struct Registration {
  package struct Request: Sendable {
    package var zone: String
    package var kind: String
    /// What made it, as the log names it.
    package var stage = "register"
    /// When its data begin and end; else as its parents do.
    package var range: TimeRange?
    package var isForced = false
    package var jobs = 1
    package var step: @Sendable (Int) throws -> Void = { _ in }

    package init(zone: String, kind: String) { (self.zone, self.kind) = (zone, kind) }
  }

  private let lake: Lake
  private let lineage: Lineage

  /// Zones that only ingest and retention write.
  private static let closed: Set = ["landing", "raw", "archive", "error", "incomplete"]

  package init(_ lake: Lake, _ lineage: Lineage) { (self.lake, self.lineage) = (lake, lineage) }

  /// A `UsageError` for a zone that is none, or that must not be written.
  package static func check(zone: String, of lake: Lake) throws(UsageError) {
    guard lake.settings.zones.contains(zone), !closed.contains(zone) else {
      let open = lake.settings.zones.filter { !closed.contains($0) }.joined(separator: ", ")
      throw UsageError("'\(zone.shown)' is no zone that results can be registered in: \(open)")
    }
  }

  /// The record of the datastream that the files of a folder become.
  package func register(_ path: String, parents ids: [String], _ request: Request) throws -> Record {
    try Self.check(zone: request.zone, of: lake)
    let parents = try ids.map(parent)
    guard let first = parents.first, parents.allSatisfy({ $0.measurement == first.measurement }) else {
      throw UsageError("results have parents, all of one measurement")
    }
    let source = try Folder(path)
    let contents = try DatastreamContents(of: source).hashed(in: source, jobs: request.jobs)
    guard !contents.files.isEmpty, contents.others.isEmpty else {
      throw RecordError(
        path, contents.files.isEmpty ? "has no files" : "has \(contents.others[0].shown), which is no file")
    }
    let settings: JSON = [
      "digest": .string(contents.digest ?? ""), "zone": .string(request.zone), "kind": .string(request.kind),
    ]
    let stage = DerivedDatastream.Stage(name: request.stage, zone: request.zone, kind: request.kind, version: 1)
    let derived = try DerivedDatastream(
      stage, of: parents, digest: Digest.sha256(settings.text).hex, start: request.range?.start ?? first.start)
    return try derived.make(in: lake, lineage, isForced: request.isForced) { attempt in
      let rows = try Self.rows(contents, source)
      try attempt.publish({ try request.step(0) }) { staged in
        for file in contents.files where file.path.contains("/") {
          _ = try staged.making(LakePath.parent(file.path), durably: false)
        }
        let items = contents.files.map { ZoneCopy.Item(path: $0.path, bytes: $0.bytes, sha256: $0.sha256 ?? "") }
        for item in items {
          _ = try FileCopy(folder: staged, step: request.step).copy([item]) { try FileReader($0.path, in: source) }
        }
      }
      return (contents.facts(request.range, rows: rows), false, ())
    }.record
  }

  private func parent(_ id: String) throws -> DatastreamRecord {
    let subject = try lineage.reading { try $0.subject(id) }
    guard case .datastream(let full) = subject, let record = lineage.reading({ $0.record(ofDatastream: full) }) else {
      throw UsageError("\(id.shown) is no datastream")
    }
    let parent = try DatastreamRecord(record, at: full)
    try parent.checkWhole(lineage.datastream(full))
    return parent
  }

  /// Rows of all Parquet files; one that cannot be read is not taken.
  private static func rows(_ contents: DatastreamContents, _ source: Folder) throws -> Int {
    try contents.files.filter { $0.path.hasSuffix(".parquet") }.reduce(0) {
      $0 + (try ParquetFile(FileReader($1.path, in: source)).rows)
    }
  }
}

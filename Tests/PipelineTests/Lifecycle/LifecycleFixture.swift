import Core
import Foundation

@testable import Pipeline

/// A lake with one ingested measurement, and what was made from it.
struct LifecycleFixture {
  let ingest: IngestFixture
  /// The lake with the settings of the test.
  let lake: Lake
  let raw: String
  static let tool = Tool("av-meta", version: "0.1.0")

  /// `retention` is what stands in the braces; `archives` whether ingest makes a second copy.
  init(_ retention: String, archives: Bool = true) throws {
    ingest = try IngestFixture("{ retention: {\(retention)}, archive: \(archives) }")
    try ingest.upload("m1")
    let result = try ingest.ingest()[0]
    raw = result.record["id"]?.string ?? ""
    lake = ingest.lake
  }

  var rawPath: String { get throws { try stream(raw).path } }
  var archivePath: String { get throws { try stream(raw).outcome["archive"]?.string ?? "" } }

  func stream(_ id: String) throws -> LineageView.Datastream {
    guard let stream = try ingest.view().datastreams[id] else { throw RecordError(id, "is not there") }
    return stream
  }

  /// A whole datastream of two files, with a list of them unless told otherwise.
  func make(
    _ id: String, zone: String = "extracted", kind: String = "sensors", parents: [String]? = nil, hasList: Bool = true,
    version: String = "0.1.0"
  ) throws {
    let path = "\(zone)/2022/V/\(id)"
    var files = ["a.jsonl": "one", "deep/b.jsonl": "two \(id)"]
    if hasList {
      files["SHA256SUMS"] = files.sorted { $0.key < $1.key }.map { "\(Digest.sha256($0.value).hex)  \($0.key)\n" }
        .joined()
    }
    for (name, text) in files { try write(text, "\(path)/\(name)") }
    let lineage = try Lineage(lake, tool: Tool("av-test", version: version), writer: "maker")
    try lineage.start()
    try lineage.append(
      .datastreamCreated(
        id, measurement: ManifestTests.id, zone: zone, kind: kind, path: path, parents: parents ?? [raw],
        stage: "extract", config: "c1", outputVersion: 1))
    try lineage.move(id, to: .processing)
    let folder = try Folder("\(lake.path)/\(path)")
    try lineage.move(id, to: .completed, facts: DatastreamContents(of: folder).hashed(in: folder, jobs: 1).facts)
    try lineage.end(.done, exit: .success)
  }

  func write(_ text: String, _ path: String) throws {
    let url = ingest.scratch.url("lake/" + path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  func append(_ event: LineageEvent) throws {
    try Lineage(lake, tool: Self.tool, writer: "maker").append(event)
  }

  /// What a plan says, as `zone action code`.
  func plan(_ change: (inout LifecycleRequest) -> Void = { _ in }) throws -> [String] {
    var lines: [String] = []
    var request = LifecycleRequest()
    change(&request)
    _ = try Lifecycle.plan(lake, request, now: .now) { lines.append(Self.line($0)) }
    return lines
  }

  /// What a run did, as `zone action code status`.
  @discardableResult
  func apply(_ change: (inout LifecycleRequest) -> Void = { _ in }) throws -> ([String], ExitCode) {
    var lines: [String] = []
    var request = LifecycleRequest()
    change(&request)
    let exit = try Lifecycle.apply(lake, request, tool: Self.tool, run: "\(Identifier.unique())") {
      lines.append(Self.line($0) + " \($0.status.rawValue)")
    }
    return (lines, exit)
  }

  private static func line(_ result: Lifecycle.Result) -> String {
    "\(result.item.zone) \(result.item.action.rawValue) \(result.item.refusal?.code.rawValue ?? "allowed")"
  }

  func verify() throws -> ExitCode { try Verification.run(lake, level: .hash) { _ in } }
}

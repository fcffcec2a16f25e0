import Core
import Foundation

@testable import Pipeline

/// A lake of its own, and what tests of ingest ask of it.
struct IngestFixture {
  let scratch: ScratchFolder
  let lake: Lake
  static let tool = Tool("av-ingest", version: "0.0.0")

  init(_ settings: String? = nil) throws {
    scratch = try ScratchFolder()
    let path = scratch.path + "/lake"
    _ = try Lake.initialize(path)
    if let settings { try scratch.write(settings, "lake/lake.json5") }
    lake = try Lake(path)
  }

  /// A measurement in landing.
  func upload(_ name: String, id: String = ManifestTests.id, _ members: [String: String?] = [:]) throws {
    var members = members
    members["measurement"] = #""\#(id)""#
    try MeasurementFolder.fill(scratch, members, at: "lake/landing/\(name)")
  }

  /// One run over candidates, all of landing unless others are given.
  @discardableResult
  func ingest(
    _ candidates: [Candidate]? = nil, jobs: Int = 2, run: String = "\(Identifier.unique())",
    _ change: (inout IngestPlan) -> Void = { _ in }
  ) throws -> [IngestResult] {
    var plan = IngestPlan()
    plan.jobs = jobs
    change(&plan)
    let ingestion = try Ingestion.begin(lake, plan, tool: Self.tool, run: run)
    return try results(ingestion) { (try candidates ?? ingestion.arrivals(), []) }
  }

  /// One run over what is in the error zone.
  @discardableResult
  func retry(_ ids: [String] = [], _ change: (inout IngestPlan) -> Void = { _ in }) throws -> [IngestResult] {
    var plan = IngestPlan()
    change(&plan)
    let ingestion = try Ingestion.begin(lake, plan, tool: Self.tool, run: "\(Identifier.unique())")
    return try results(ingestion) { Self.parts(try ingestion.retry(ids)) }
  }

  /// One run over what the archive has.
  @discardableResult
  func hydrate(_ ids: [String]) throws -> [IngestResult] {
    let ingestion = try Ingestion.begin(lake, IngestPlan(), tool: Self.tool, run: "\(Identifier.unique())")
    return try results(ingestion) { Self.parts(try ingestion.hydrate(ids)) }
  }

  private static func parts(_ returned: [ReturnedMeasurement]) -> ([Candidate], [IngestResult]) {
    var (candidates, results): ([Candidate], [IngestResult]) = ([], [])
    for item in returned {
      switch item {
      case .candidate(let candidate): candidates.append(candidate)
      case .result(let result): results.append(result)
      }
    }
    return (candidates, results)
  }

  private func results(
    _ ingestion: Ingestion, _ candidates: () throws -> ([Candidate], [IngestResult])
  ) throws -> [IngestResult] {
    var results: [IngestResult] = []
    var failure: (any Error)?
    do {
      let (taken, told) = try candidates()
      results = told
      try ingestion.run(taken) { results.append($0) }
    } catch { failure = error }
    try ingestion.finish(failure == nil ? .done : .failed, .success, items: [:], bytes: 0, seconds: 0)
    if let failure, !(failure is Interruption) { throw failure }
    return results
  }

  func view() throws -> LineageView {
    var reader = LineageReader(try Folder(lake.path + "/lineage"))
    return try reader.view()
  }

  func events() throws -> [String] {
    var reader = LineageReader(try Folder(lake.path + "/lineage"))
    var names: [String] = []
    try reader.read { names.append($0.event.name) }
    return names
  }

  /// Files below the lake, without the log.
  func files() throws -> [String] {
    let all = try FileManager.default.subpathsOfDirectory(atPath: lake.path)
    return try all.filter { path in
      let kind = try FileManager.default.attributesOfItem(atPath: lake.path + "/" + path)[.type] as? FileAttributeType
      return kind != .typeDirectory && !path.hasPrefix("lineage/") && path != "lake.json5"
    }
    .sorted()
  }

  func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: lake.path + "/" + folder).sorted()
  }

  /// Every invariant of a lake whose measurement was ingested: files, states and nothing left over.
  func isConverged(measurements: Int = 1) throws -> Bool {
    let view = try view()
    let raw = view.datastreams.values.filter { $0.zone == "raw" }
    let landing = try names("landing")
    let isWhole = raw.allSatisfy { $0.state == .copyComplete && view.measurements[$0.measurement]?.cleared != nil }
    let verified = try Verification.run(lake, level: .hash) { _ in }
    let hidden = try names("raw") + names("archive") + names("lineage/leases")
    return raw.count == measurements && isWhole && landing.isEmpty && verified == .success
      && hidden.allSatisfy { !$0.hasPrefix(".av") && !$0.hasPrefix("ingest") }
      && view.allConflicts.isEmpty
  }
}

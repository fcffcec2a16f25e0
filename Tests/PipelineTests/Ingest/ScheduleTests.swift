import Core
import Foundation
import Testing

@testable import Pipeline

/// Ingest as cron and others see it: runs that stop in time, that are late, and that are gone.
@Suite struct ScheduleTests {
  static let ids = (0..<3).map { "\(Identifier.unique())\($0)".dropLast().description }

  func fixture() throws -> IngestFixture {
    let fixture = try IngestFixture()
    for (number, id) in Self.ids.enumerated() { try fixture.upload("m\(number)", id: id, ["vin": "\"V\(number)\""]) }
    return fixture
  }

  @Test(arguments: [1, 4]) func whatMayNotBeginIsLeftAndTheNextRunTakesIt(_ jobs: Int) throws {
    let fixture = try fixture()
    var plan = IngestPlan()
    plan.jobs = jobs
    let begun = Guarded(0)
    plan.mayBegin = {
      begun.withLock { count in
        count += 1
        return count <= 1
      }
    }
    let ingestion = try Ingestion.begin(fixture.lake, plan, tool: IngestFixture.tool, run: "\(Identifier.unique())")
    var results: [IngestResult] = []
    try ingestion.run(ingestion.arrivals()) { results.append($0) }
    #expect(results.count == 1)
    #expect(ingestion.left == 2)
    try ingestion.finish(.partial, .system, items: [:], bytes: 0, seconds: 0, more: ["left": 2])
    #expect(try fixture.view().runs.values.first?.outcome?["left"] == 2)
    #expect(try fixture.names("landing").count == 2)
    try fixture.ingest(jobs: jobs)
    #expect(try fixture.isConverged(measurements: 3))
  }

  @Test func aRunSaysHowItStands() throws {
    let fixture = try fixture()
    let run = "\(Identifier.unique())"
    let ingestion = try Ingestion.begin(fixture.lake, IngestPlan(), tool: IngestFixture.tool, run: run)
    try ingestion.start()
    func status() throws -> RunStatus? {
      try fixture.view().runs[run]?.status(living: LiveRuns(in: fixture.lake.lineageFolder()).runs)
    }
    #expect(try status() == .running)
    try ingestion.overdue(expected: 1_500_000_000, elapsed: 2_000_000_000)
    #expect(try status() == .overdue)
    #expect(try fixture.view().runs[run]?.overdue == ["expected": 1.5, "seconds": 2.0])
    try ingestion.finish(.partial, .items, items: [:], bytes: 0, seconds: 2)
    #expect(try status() == .partial)
    #expect(try LiveRuns(in: fixture.lake.lineageFolder()).runs == [])
    // Nothing comes after the end.
    try ingestion.overdue(expected: 1, elapsed: 2)
    #expect(try fixture.events().last == "run.end")
  }

  @Test func aRunThatNeverEndedIsCrashedWhenItsProcessIsGone() throws {
    let fixture = try fixture()
    var run = LineageView.Run(id: "r1", facts: ["host": .string(Host.name), "pid": .count(Host.processID)])
    // Without its start, a process id proves nothing.
    #expect(run.status(living: []) == .crashed)
    #expect(run.status(living: ["r1"]) == .running)
    let ticks = try #require(Host.startTicks(ofProcess: Host.processID))
    run.facts["start_ticks"] = .count(ticks)
    #expect(run.status(living: []) == .running)
    run.facts["start_ticks"] = .count(ticks - 1)
    #expect(run.status(living: []) == .crashed)
    run.facts["host"] = "elsewhere"
    #expect(run.status(living: []) == .crashed)
    for outcome in RunOutcome.allCases {
      run.outcome = ["outcome": .string(outcome.rawValue)]
      #expect(run.status(living: []).rawValue == outcome.rawValue)
    }
    // A lake without leases has no living runs.
    #expect(try LiveRuns(in: fixture.lake.lineageFolder()).runs == [])
  }

  @Test func theRunSaysWhatItsZonesLieOn() throws {
    let fixture = try fixture()
    try fixture.ingest()
    let run = try #require(try fixture.view().runs.values.first)
    #expect(run.facts["user"]?.string?.isEmpty == false)
    for zone in ["landing", "raw", "archive", "error"] {
      let root = try #require(run.facts["zones"]?[zone]?.array?.first)
      #expect(root["root"] == .string(zone))
      #expect(root["kind"]?.string?.isEmpty == false)
      #expect(root["mount"]?.string?.hasPrefix("/") == true)
    }
    let storage = try IngestStorage(fixture.lake)
    #expect(storage.warnings == [])
    #expect(storage.notes == ["archive: archive and raw are on one device, and would be lost together"])
  }

  @Test func figuresAreThoseOfTheLogAndOfLanding() throws {
    let fixture = try fixture()
    let ingestion = try Ingestion.begin(
      fixture.lake, IngestPlan(), tool: IngestFixture.tool, run: "\(Identifier.unique())")
    let old = Date(timeIntervalSinceNow: -3600)
    try FileManager.default.setAttributes(
      [.modificationDate: old], ofItemAtPath: fixture.lake.path + "/landing/m1")
    #expect(try (ingestion.figures().landingOldest ?? 0) / 1_000_000_000 >= 3599)
    var bytes = 0
    try ingestion.run(ingestion.arrivals()) { bytes += $0.bytes }
    let figures = try ingestion.figures()
    #expect(bytes > 0)
    #expect(figures.zoneBytes == ["raw": bytes, "archive": bytes])
    #expect(figures.parked == 0)
    #expect(figures.landingOldest == nil)
    try ingestion.finish(.done, .success, items: [:], bytes: bytes, seconds: 0)
  }

  @Test func theBytesToComeAreThoseThatAreDone() throws {
    let fixture = try fixture()
    let (done, expected) = (Guarded(0), Guarded(0))
    try fixture.ingest { plan in
      plan.step = { bytes in done.withLock { $0 += bytes } }
      plan.expects = { bytes in expected.withLock { $0 += bytes } }
    }
    let (all, told) = (done.withLock { $0 }, expected.withLock { $0 })
    // The manifests themselves are small, and not told of before.
    #expect(told > 0 && told <= all)
    #expect(all - told <= 4 * 3 * 4096)
  }

  /// What the fold keeps at hand must be what a look at everything would find.
  @Test func theIndexesAreThoseOfALookAtEverything() throws {
    let fixture = try fixture()
    try fixture.ingest()
    let view = try fixture.view()
    let raw = view.datastreams.values.filter { $0.zone == "raw" }
    #expect(view.sources == Dictionary(uniqueKeysWithValues: raw.map { ($0.outcome["source"]?.string ?? "", [$0.id]) }))
    #expect(view.uncleared == [])
    var reader = LineageReader(try Folder(fixture.lake.path + "/lineage"))
    var partial = LineageView()
    try reader.read { entry in
      if entry.event.name != "landing.cleared" { partial.apply(entry) }
    }
    #expect(partial.uncleared == Set(raw.map(\.id)))
  }

  @Test func whatIsKnownFollowsTheLog() throws {
    let fixture = try fixture()
    let lineage = try Lineage(fixture.lake, tool: IngestFixture.tool)
    let (id, other) = (Identifier.unique(), Identifier.unique())
    let now = Timestamp.now
    func codes(_ id: Identifier, _ manifest: String, _ digests: [String]?) -> [ValidationFinding.Code] {
      lineage.known.findings(id, manifest: manifest, content: digests.map(KnownMeasurements.content)).map(\.code)
    }
    #expect(codes(id, "aa", ["1"]) == [])
    try lineage.append(.measurementCreated("\(id)", vin: "V", start: now, end: now, manifest: "aa", files: 2))
    #expect(codes(id, "aa", ["1"]) == [.recorded])
    #expect(codes(id, "bb", ["1"]) == [.twoDigests])
    try lineage.append(.fileFacts(measurement: "\(id)", path: "a", bytes: 1, sha256: "1"))
    #expect(codes(other, "cc", ["1"]) == [.sameContent])
    // With one more file it is another content.
    try lineage.append(.fileFacts(measurement: "\(id)", path: "b", bytes: 1, sha256: "2"))
    #expect(codes(other, "cc", ["1"]) == [])
    #expect(codes(other, "cc", ["2", "1"]) == [.sameContent])
    #expect(codes(id, "aa", ["1", "2"]) == [.recorded])
  }
}

import Core
import Foundation
import Testing

@testable import Pipeline

/// Runs that stop at some step, states that a crash leaves, and what the next run makes of them.
@Suite struct InterruptionTests {
  @Test(arguments: 0..<16) func aRunThatStopsAnywhereIsCompletedByTheNext(_ steps: Int) throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    let left = Guarded(steps)
    try fixture.ingest(jobs: 1) { plan in
      plan.step = { _ in
        let rest = left.withLock { left -> Int in
          left -= 1
          return left
        }
        if rest < 0 { throw Interruption() }
      }
    }
    // Whatever happened, every file is somewhere as a whole.
    for name in ["a.bin", "b.txt", "manifest.json"] {
      #expect(try fixture.files().contains { $0.hasSuffix("/" + name) && !$0.contains("/.") })
    }
    try fixture.ingest()
    #expect(try fixture.isConverged())
  }

  /// A lake as a crash leaves it after COPY_COMPLETE: everything copied, nothing cleared.
  func uncleared() throws -> IngestFixture {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    let copy = fixture.scratch.path + "/copy"
    try FileManager.default.copyItem(atPath: fixture.lake.path + "/landing/m1", toPath: copy)
    try fixture.ingest()
    try FileManager.default.copyItem(atPath: copy, toPath: fixture.lake.path + "/landing/m1")
    let log = try fixture.names("lineage").filter { $0.hasSuffix(".jsonl") }[0]
    let lines = try fixture.scratch.text("lake/lineage/" + log).split(separator: "\n", omittingEmptySubsequences: true)
    let end = try #require(lines.firstIndex { $0.contains("landing.cleared") })
    try fixture.scratch.write(lines[..<end].map { $0 + "\n" }.joined(), "lake/lineage/" + log)
    return fixture
  }

  func remove(_ names: [String], _ fixture: IngestFixture) throws {
    for name in names { try FileManager.default.removeItem(atPath: fixture.lake.path + "/landing/" + name) }
  }

  static let states: [[String]] = [
    [], ["m1/a.bin"], ["m1/a.bin", "m1/deep/b.txt"], ["m1/a.bin", "m1/deep"],
    ["m1/a.bin", "m1/deep", "m1/manifest.json"], ["m1"],
  ]

  @Test(arguments: states.indices) func clearingGoesOnWhereItStopped(_ index: Int) throws {
    let fixture = try uncleared()
    try remove(Self.states[index], fixture)
    let results = try fixture.ingest()
    #expect(results.allSatisfy { $0.status == .skipped && $0.code == .success })
    #expect(try fixture.isConverged())
  }

  /// The log as a crash leaves it after both copies have their names: nothing says COPY_COMPLETE.
  @Test func copiesOfAnEarlierRunAreTakenOverAndLandingIsCleared() throws {
    let fixture = try uncleared()
    let log = try fixture.names("lineage").filter { $0.hasSuffix(".jsonl") }[0]
    let lines = try fixture.scratch.text("lake/lineage/" + log).split(separator: "\n")
    try fixture.scratch.write(lines.dropLast().map { $0 + "\n" }.joined(), "lake/lineage/" + log)
    #expect(try fixture.view().datastreams.values.map(\.state) == [.startCopy])
    #expect(try fixture.ingest().map(\.status) == [.done])
    #expect(try fixture.isConverged())
  }

  @Test func landingIsNotClearedWhenRawIsDamaged() throws {
    let fixture = try uncleared()
    let path = try #require(try fixture.files().first { $0.hasPrefix("raw/") && $0.hasSuffix("a.bin") })
    try fixture.scratch.write("alphb\n", "lake/" + path)
    let result = try fixture.ingest()[0]
    #expect(result.code == .integrity)
    #expect(try fixture.names("landing/m1") == ["a.bin", "deep", "manifest.json"])
    #expect(try fixture.view().alarms.count == 1)
  }

  @Test func aFileThatIsNotWhatWasCopiedStays() throws {
    let fixture = try uncleared()
    try fixture.scratch.write("alphb\n", "lake/landing/m1/a.bin")
    let result = try fixture.ingest()[0]
    #expect(result.status == .skipped)
    #expect(result.code == .items)
    #expect(try fixture.names("landing/m1") == ["a.bin", "manifest.json"])
  }

  @Test func anotherMeasurementInAFolderOfTheSameNameIsItsOwn() throws {
    let fixture = try uncleared()
    try remove(["m1"], fixture)
    try fixture.upload("m1", id: IngestTests.other)
    #expect(try fixture.ingest()[0].status == .done)
    #expect(try fixture.isConverged(measurements: 2))
  }

  @Test func whatDeadRunsBuiltIsSwept() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try fixture.ingest(run: "019a9f3e-5b1c-7c21-9a53-0d4f5f0c7d11")
    try fixture.scratch.makeFolder("lake/raw/.av-incoming/019a9f3e-5b1c-7c21-9a53-0d4f5f0c7d11/x/deep")
    try fixture.scratch.write("x", "lake/raw/.av-incoming/019a9f3e-5b1c-7c21-9a53-0d4f5f0c7d11/x/deep/a")
    // A run that this lake does not know may be another lake's.
    try fixture.scratch.makeFolder("lake/archive/.av-incoming/elsewhere/x")
    try fixture.ingest()
    #expect(try fixture.names("raw") == ["2022"])
    #expect(try fixture.names("archive/.av-incoming") == ["elsewhere"])
  }
}

import Core
import Foundation
import Testing

@testable import Pipeline

/// What verify looks at, and what it tells besides.
@Suite struct VerifyScopeTests {
  func verify(
    _ lake: Lake, _ level: Verification.Level = .hash, _ change: (inout VerificationScope) -> Void = { _ in }
  ) throws -> (findings: [String], exit: ExitCode, verdict: Record?) {
    var scope = VerificationScope()
    change(&scope)
    var findings: [String] = []
    var verdict: Record?
    let exit = try Verification.run(lake, level: level, jobs: 2, scope: scope) { record in
      guard record.kind == .finding else { return verdict = record }
      findings.append(["severity", "code", "path"].compactMap { record[$0]?.string }.joined(separator: " "))
    }
    return (findings, exit, verdict)
  }

  @Test func idsAndTimesChooseDatastreams() throws {
    let small = try SmallLake()
    try small.write("hellO", SmallLake.raw + "/a.bag")
    #expect(try verify(small.lake) { $0.subjects = ["ex-1"] }.exit == .success)
    #expect(try verify(small.lake) { $0.subjects = ["raw"] }.findings == ["error digest \(SmallLake.raw)/a.bag"])
    #expect(try verify(small.lake) { $0.subjects = ["m1"] }.exit == .integrity)
    #expect(try verify(small.lake) { $0.since = .now }.verdict?["datastreams"] == 0)
    #expect(throws: UsageError.self) { try verify(small.lake) { $0.subjects = ["nothing"] } }
  }

  @Test func aSampleIsTheSameForASeedAndAnotherForAnother() throws {
    func sampled(_ seed: String, _ share: Double) -> [Int] {
      var scope = VerificationScope()
      (scope.seed, scope.sample) = (seed, share)
      return (0..<2000).filter { scope.samples("raw/file-\($0)") }
    }
    #expect(sampled("a", 0.1) == sampled("a", 0.1))
    #expect(sampled("a", 0.1) != sampled("b", 0.1))
    #expect((140...260).contains(sampled("a", 0.1).count))
    #expect(sampled("a", 0) == [])
    #expect(sampled("a", 1).count == 2000)
    // A greater share has all of a smaller one.
    #expect(Set(sampled("a", 0.1)).isSubset(of: sampled("a", 0.5)))
  }

  @Test func whatIsNotInTheSampleIsNotRead() throws {
    let small = try SmallLake()
    try small.write("hellO", SmallLake.raw + "/a.bag")
    #expect(try verify(small.lake) { $0.sample = 0 }.exit == .success)
    #expect(try verify(small.lake) { $0.sample = 1 }.exit == .integrity)
    try small.write("longer", SmallLake.raw + "/a.bag")
    #expect(try verify(small.lake) { $0.sample = 0 }.exit == .integrity)
  }

  @Test(arguments: [("1%", 0.01), ("0.5 %", 0.005), ("0.25", 0.25), ("100%", 1), ("0", 0)])
  func sharesAreRead(_ text: String, _ value: Double) { #expect(VerificationScope.share(text) == value) }

  @Test(arguments: ["", "%", "101%", "-1%", "nan", "inf", "2", "one"])
  func whatIsNoShareIsRefused(_ text: String) { #expect(VerificationScope.share(text) == nil) }

  @Test func whatNobodyOwnsIsAWarning() throws {
    let small = try SmallLake()
    for path in ["raw/2022/09/31/V/x/a", "archive/other/b", "extracted/2022/09/30/V/m1/ex-2/c", "raw/stray"] {
      try small.write("x", path)
    }
    let (findings, exit, _) = try verify(small.lake, .size)
    #expect(
      findings == [
        "warning orphan archive/other", "warning orphan extracted/2022/09/30/V/m1/ex-2",
        "warning orphan raw/2022/09/31",
        "warning orphan raw/stray",
      ])
    #expect(exit == .success)
    #expect(try verify(small.lake, .log).findings == [])
  }

  @Test func whatDeadRunsBuiltIsTold() throws {
    let small = try SmallLake()
    try small.write("x", "raw/.av-incoming/run-dead/id/a.bag")
    try small.write("x", "extracted/2022/.av-tmp.run-dead.1/a")
    try small.write("x", "raw/.av-incoming/run-alive/id/a.bag")
    let lease = try Lease("m-1", of: small.lake, run: "run-alive")
    #expect(
      try verify(small.lake, .size).findings == [
        "info leftover raw/.av-incoming/run-dead", "info leftover extracted/2022/.av-tmp.run-dead.1",
      ])
    try lease.release()
    #expect(try verify(small.lake, .size).findings.count == 3)
  }

  @Test func aRunWithoutAnEndIsTold() throws {
    let small = try SmallLake()
    try Lineage(small.lake, tool: LineageFixture.tool, run: "run-2", writer: "host").start(more: RunsTests.gone)
    #expect(try verify(small.lake).findings == ["info run-crashed"])
    let lease = try Lease("ingest", of: small.lake, run: "run-2")
    #expect(try verify(small.lake).findings == [])
    try lease.release()
  }

  @Test func theArchiveIsReadAlsoWhenRawIsGone() throws {
    let fixture = try LifecycleFixture("raw: {keep: '0s', then: 'archive'}")
    try fixture.apply()
    #expect(try verify(fixture.lake).verdict?["files"] == 3)
    let path = try fixture.archivePath + "/a.bin"
    try fixture.write("alphb\n", path)
    #expect(try verify(fixture.lake).findings == ["error digest \(path)"])
  }

  @Test func aDamagedEndIsNamedOnlyOnRequest() throws {
    let small = try SmallLake()
    var bytes = try small.scratch.read("lake/lineage/host.jsonl")
    bytes[bytes.count - 2] ^= 1
    try small.scratch.write(bytes, "lake/lineage/host.jsonl")
    #expect(try verify(small.lake, .log).exit == .integrity)
    #expect(throws: UsageError.self) { try small.lake.nameDamagedEnd(of: "nobody", tool: LineageFixture.tool) }
    #expect(try small.lake.nameDamagedEnd(of: "host", tool: LineageFixture.tool))
    #expect(try verify(small.lake, .log).exit == .success)
    #expect(try !small.lake.nameDamagedEnd(of: "host", tool: LineageFixture.tool))
  }
}

/// What needs a person.
@Suite struct ErrorsTests {
  @Test func whatFailedAndWhatIsIncompleteIsShownTheOldestFirst() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try FileManager.default.removeItem(atPath: fixture.lake.path + "/landing/m1/deep/b.txt")
    try fixture.ingest()
    let lineage = try Lineage(fixture.lake, tool: IngestFixture.tool)
    try lineage.append(
      .errorParked(measurement: "m-9", path: "error/m-9/run", operation: "copy", code: "AV-IO-003", attempts: 2))
    try fixture.scratch.makeFolder("lake/error/m-9/run")
    try fixture.scratch.write(#"{"errno":"ENOSPC","msg":"no space"}"#, "lake/error/m-9/run/error.json")
    let later = Timestamp(nanoseconds: Timestamp.now.nanoseconds + 3 * 86_400_000_000_000)
    let records = try Errors.records(fixture.lake, now: later).records
    #expect(records.map { $0["zone"] } == ["landing", "error"])
    #expect(records.map { $0["path"] } == ["landing/m1", "error/m-9/run"])
    #expect(records.first?["missing"] == ["deep/b.txt"])
    #expect(records.last?["errno"] == "ENOSPC")
    #expect(records.last?["attempts"] == 2)
    #expect(records.allSatisfy { $0["age"]?.string?.hasPrefix("3d") == true })
    // What a person took away is no longer told.
    try FileManager.default.removeItem(atPath: fixture.lake.path + "/landing/m1")
    #expect(try Errors.records(fixture.lake).records.count == 1)
  }

  @Test func anEmptyLakeHasNone() throws {
    let fixture = try IngestFixture()
    #expect(try Errors.records(fixture.lake).records == [])
    #expect(try fixture.ingest().isEmpty)
  }
}

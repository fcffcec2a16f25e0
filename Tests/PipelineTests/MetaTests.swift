import Core
import Foundation
import Testing

@testable import Pipeline

/// A lake with a raw datastream of two files, its archive, and what was extracted from it.
struct SmallLake {
  let scratch: ScratchFolder
  let lake: Lake
  static let raw = "raw/2022/09/30/V/m1/raw-1", archive = "archive/m1", derived = "extracted/2022/09/30/V/m1/ex-1"

  init() throws {
    scratch = try ScratchFolder()
    lake = try Lake.initialize(scratch.path + "/lake").lake
    for (path, text) in [
      ("\(Self.raw)/a.bag", "hello"), ("\(Self.raw)/sub/b.bag", "world!"), ("\(Self.archive)/a.bag", "hello"),
      ("\(Self.derived)/gps/x.parquet", "table"), ("\(Self.derived)/.hidden", "not counted"),
    ] { try write(text, path) }
    let lineage = try Lineage(lake, tool: LineageFixture.tool, run: "run-1", writer: "host")
    try lineage.start()
    let (start, end) = (
      Timestamp(nanoseconds: 1_664_527_000_000_000_123), Timestamp(nanoseconds: 1_664_527_300_000_000_000)
    )
    try lineage.append(.measurementCreated("m1", vin: "V", start: start, end: end, manifest: "5f70", files: 2))
    let channels = JSON.array((0..<30_000).map { ["name": .string("/topic/\($0)"), "messages": .count($0)] })
    try lineage.append(.fileFacts(measurement: "m1", path: "a.bag", bytes: 5, channels: channels))
    try lineage.append(
      .datastreamCreated(
        "raw-1", measurement: "m1", zone: "raw", kind: "raw", path: Self.raw, parents: [], stage: "ingest",
        config: "5f70", outputVersion: 1))
    try lineage.move("raw-1", to: .startCopy)
    for path in ["\(Self.raw)/a.bag", "\(Self.raw)/sub/b.bag", "\(Self.archive)/a.bag"] {
      let bytes = try scratch.read("lake/" + path)
      try lineage.append(
        .fileCopied(
          measurement: "m1", datastream: "raw-1", zone: "raw", path: path, bytes: bytes.count,
          sha256: Digest.sha256(bytes).hex))
    }
    try lineage.move("raw-1", to: .copyComplete, facts: ["files": 2, "bytes": 11])
    try lineage.append(
      .datastreamCreated(
        "ex-1", measurement: "m1", zone: "extracted", kind: "sensors", path: Self.derived, parents: ["raw-1"],
        stage: "extract", config: "c1", outputVersion: 1))
    try lineage.move("ex-1", to: .processing)
    let folder = try Folder(lake.path + "/" + Self.derived)
    let contents = try DatastreamContents(of: folder).hashed(in: folder, jobs: 2)
    var facts = contents.facts
    facts["rows"] = 600
    try lineage.move("ex-1", to: .completed, facts: facts)
    try lineage.append(.tag(["datastream": "ex-1"], key: "weather", value: "rain", source: "user"))
    try lineage.end(.done, exit: .success)
  }

  func write(_ text: String, _ path: String) throws {
    let url = scratch.url("lake/" + path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  /// The findings as `severity code path`, and the exit code.
  func verify(_ level: Verification.Level = .hash, _ mode: LineageReader.Mode = .strict) throws -> ([String], ExitCode)
  {
    var findings: [String] = []
    var verdicts = 0
    let exit = try Verification.run(lake, level: level, mode: mode, jobs: 2) { record in
      guard record.kind == .finding else { return verdicts += 1 }
      let words = ["severity", "code", "path"].compactMap { record[$0]?.string }
      findings.append(words.joined(separator: " "))
    }
    #expect(verdicts == 1)
    return (findings, exit)
  }

  func events(_ change: (inout EventFilter) throws -> Void) throws -> [String] {
    var filter = EventFilter()
    try change(&filter)
    var names: [String] = []
    #expect(try EventLog.read(lake, filter) { names.append($0["event"]?.string ?? "") } == .success)
    return names
  }
}

@Suite struct MetaTests {
  @Test func aSoundLakeIsSound() throws {
    let small = try SmallLake()
    for level in Verification.Level.allCases { #expect(try small.verify(level) == ([], .success)) }
  }

  @Test func theVerdictCountsWhatWasRead() throws {
    let small = try SmallLake()
    var last: Record?
    _ = try Verification.run(small.lake, level: .hash) { last = $0 }
    #expect(
      last?.line == """
        {"schema":"av.verification/1","type":"verification","verdict":"good","level":"hash","events":15,"writers":1,\
        "datastreams":2,"files":4,"bytes":21,"errors":0,"warnings":0}
        """)
  }

  @Test(arguments: [
    (SmallLake.raw + "/a.bag", "hellO", "error digest " + SmallLake.raw + "/a.bag"),
    (SmallLake.raw + "/a.bag", "longer", "error size " + SmallLake.raw + "/a.bag"),
    (SmallLake.archive + "/a.bag", "hellO", "error digest " + SmallLake.archive + "/a.bag"),
    (SmallLake.derived + "/gps/x.parquet", "tablE", "error digest " + SmallLake.derived),
    (SmallLake.raw + "/new", "x", "warning file-extra " + SmallLake.raw + "/new"),
  ])
  func changedFilesAreFound(_ path: String, _ text: String, _ finding: String) throws {
    let small = try SmallLake()
    try small.write(text, path)
    let (findings, exit) = try small.verify()
    #expect(findings == [finding])
    #expect(exit == (finding.hasPrefix("error") ? .integrity : .success))
  }

  @Test func missingFilesAreFound() throws {
    let small = try SmallLake()
    for path in [SmallLake.raw + "/sub/b.bag", SmallLake.archive + "/a.bag"] {
      try FileManager.default.removeItem(at: small.scratch.url("lake/" + path))
    }
    try FileManager.default.removeItem(at: small.scratch.url("lake/" + SmallLake.derived))
    let (findings, exit) = try small.verify(.size)
    #expect(
      findings == [
        "error folder-missing \(SmallLake.derived)", "error file-missing \(SmallLake.archive)/a.bag",
        "error file-missing \(SmallLake.raw)/sub/b.bag",
      ])
    #expect(exit == .integrity)
    #expect(try small.verify(.log) == ([], .success))
  }

  @Test func aLinkIsNotFollowed() throws {
    let small = try SmallLake()
    let url = small.scratch.url("lake/" + SmallLake.raw + "/a.bag")
    try FileManager.default.removeItem(at: url)
    try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: "/etc/hostname")
    let (findings, exit) = try small.verify()
    #expect(findings.contains("warning not-a-file \(SmallLake.raw)/a.bag"))
    #expect(exit == .integrity)
  }

  @Test func damageOfTheLogIsAnAlarmUnlessItIsReadAround() throws {
    let small = try SmallLake()
    var bytes = try small.scratch.read("lake/lineage/host.jsonl")
    bytes[500] ^= 1
    try small.scratch.write(bytes, "lake/lineage/host.jsonl")
    let (findings, exit) = try small.verify(.log)
    #expect(findings.first == "error log")
    #expect(exit == .integrity)
    #expect(try small.verify(.log, .salvage).1 == .loss)
    #expect(throws: IntegrityError.self) { try EventLog.read(small.lake) { _ in } }
    var warnings = 0
    #expect(try EventLog.read(small.lake, mode: .salvage, warning: { _ in warnings += 1 }) { _ in } == .loss)
    #expect(warnings > 0)
  }

  @Test func aTornTailIsOnlyAWarning() throws {
    let small = try SmallLake()
    try small.scratch.write(small.scratch.read("lake/lineage/host.jsonl").dropLast(), "lake/lineage/host.jsonl")
    #expect(try small.verify() == (["warning log-torn"], .success))
  }

  @Test func theLossOfAWholeLogIsFound() throws {
    let small = try SmallLake()
    try Lineage(small.lake, tool: LineageFixture.tool, writer: "second").start()
    try FileManager.default.removeItem(at: small.scratch.url("lake/lineage/host.jsonl"))
    let (findings, exit) = try small.verify(.log)
    #expect(findings == ["error log-missing"])
    #expect(exit == .integrity)
  }

  @Test func theLossOfTheEndOfALogIsFound() throws {
    let small = try SmallLake()
    try Lineage(small.lake, tool: LineageFixture.tool, writer: "second").start()
    let lines = try small.scratch.text("lake/lineage/host.jsonl").split(separator: "\n")
    try small.scratch.write(lines.dropLast().map { $0 + "\n" }.joined(), "lake/lineage/host.jsonl")
    #expect(try small.verify(.log) == (["error log-missing"], .integrity))
  }

  @Test func aLostOrChangedBlobIsFound() throws {
    let small = try SmallLake()
    let blobs = small.scratch.url("lake/lineage/blobs")
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: blobs.path).first)
    try Data("[]".utf8).write(to: blobs.appending(path: name))
    #expect(try small.verify(.log) == (["error blob"], .integrity))
    try FileManager.default.removeItem(at: blobs.appending(path: name))
    #expect(try small.verify(.log) == (["error blob"], .integrity))
  }

  @Test func eventsAreFiltered() throws {
    let small = try SmallLake()
    #expect(try small.events { _ in }.count == 15)
    #expect(try small.events { $0.events = try GlobSet(["datastream.*"]) }.count == 6)
    #expect(try small.events { $0.measurement = "m1" }.count == 12)
    #expect(
      try small.events { $0.datastream = "ex-1" } == [
        "datastream.created", "datastream.state", "datastream.state", "tag",
      ])
    #expect(try small.events { $0.run = "run-1" }.count == 14)
    #expect(throws: UsageError.self) { try small.events { $0.measurement = "m2" } }
    #expect(try small.events { $0.since = .now } == [])
    #expect(try small.events { $0.until = .now }.count == 15)
  }

  @Test func aDatastreamIsShownWithAllThatIsKnown() throws {
    let small = try SmallLake()
    let (record, exit) = try Show.record("EX", small.lake)
    #expect(exit == .success)
    #expect(
      Array(record.object.members.map(\.key).prefix(12)) == [
        "schema", "type", "id", "measurement", "zone", "kind", "state", "path", "vin", "start", "end", "files",
      ])
    #expect(record["state"] == "COMPLETED")
    #expect(record["rows"] == 600)
    #expect(record["start"] == "2022-09-30T08:36:40.000000123Z")
    #expect(record["parents"]?.array?.first?["id"] == "raw-1")
    #expect(record["history"]?.array?.count == 4)
    #expect(record["tags"]?.array?.first?["value"] == "rain")
    #expect(record["run"] == "run-1")
    #expect(try DatastreamRecord(record, at: "-").state == .completed)
    #expect(try Show.record("raw-1", small.lake).record["children"]?.array?.first?["id"] == "ex-1")
    #expect(try Show.record("raw-1", small.lake).record["copies"]?.array?.count == 3)
  }

  @Test func aMeasurementIsShownWithItsListsReadFromTheirFiles() throws {
    let small = try SmallLake()
    let record = try Show.record("m1", small.lake).record
    #expect(record["vin"] == "V")
    #expect(record["datastreams"]?.array?.map { $0["id"] } == ["raw-1", "ex-1"])
    #expect(record["files"]?.array?.first?["channels"]?.array?.count == 30_000)
    #expect(record["history"]?.array?.count == 12)
  }

  @Test func aRunIsShown() throws {
    let small = try SmallLake()
    let record = try Show.record("run", small.lake).record
    #expect(record["outcome"] == "done")
    #expect(record["tool"] == "av-test")
  }

  @Test func anIdHasToBeOfOneThing() throws {
    let small = try SmallLake()
    #expect(throws: UsageError.self) { try Show.record("r", small.lake) }
    #expect(throws: UsageError.self) { try Show.record("", small.lake) }
    #expect(throws: UsageError.self) { try Show.record("nothing", small.lake) }
  }

  @Test func theDigestOfADatastreamIsThatOfSha256sum() throws {
    let small = try SmallLake()
    let folder = try Folder(small.lake.path + "/" + SmallLake.raw)
    let contents = try DatastreamContents(of: folder).hashed(in: folder, jobs: 1)
    let (hello, world) = (Digest.sha256("hello").hex, Digest.sha256("world!").hex)
    #expect(contents.digest == "sha256:" + Digest.sha256("\(hello)  a.bag\n\(world)  sub/b.bag\n").hex)
    #expect(contents.bytes == 11)
  }
}

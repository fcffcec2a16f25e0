import Core
import Foundation
import Testing

@testable import Pipeline

/// The way to the error zone and back, and to the incomplete area of the archive and back.
@Suite struct ErrorZoneTests {
  static let blocker = "lake/raw/2022/09/30/KA123456"

  /// A lake with a measurement in the error zone: a file stands where its vehicle's folder must be.
  func parked(_ settings: String? = nil) throws -> IngestFixture {
    let fixture = try IngestFixture(settings)
    try fixture.upload("m1")
    try fixture.scratch.makeFolder("lake/raw/2022/09/30")
    try fixture.scratch.write("x", Self.blocker)
    try fixture.ingest()
    return fixture
  }

  func unblock(_ fixture: IngestFixture) throws {
    try FileManager.default.removeItem(atPath: fixture.scratch.path + "/" + Self.blocker)
  }

  @Test func theMarkerSaysWhatFailedWhereAndWhy() throws {
    let fixture = try parked()
    let path = try #require(try fixture.files().first { $0.hasSuffix("error.json") })
    let marker = try JSON.parse(fixture.scratch.read("lake/" + path))
    #expect(marker["errno"] == "ENOTDIR")
    #expect(marker["path"]?.string?.hasSuffix("/KA123456") == true)
    #expect(marker["source"] == "landing/m1")
    #expect(marker["measurement"]?.string == ManifestTests.id)
    #expect(marker["attempts"] == 1)
  }

  @Test func whatIsRetriedIsIngested() throws {
    let fixture = try parked()
    try unblock(fixture)
    #expect(try fixture.retry().map(\.status) == [.done])
    #expect(try fixture.view().measurements[ManifestTests.id]?.parked == nil)
    try fixture.ingest()
    #expect(try fixture.names("error").isEmpty)
    #expect(try fixture.isConverged())
  }

  @Test(arguments: [["210b"], [ManifestTests.id]]) func aMeasurementIsNamedByItsIdOrItsBeginning(_ ids: [String]) throws
  {
    let fixture = try parked()
    try unblock(fixture)
    #expect(try fixture.retry(ids).map(\.status) == [.done])
  }

  @Test func anIdThatIsNotParkedIsToldAndTheOthersGoOn() throws {
    let fixture = try parked()
    try unblock(fixture)
    let results = try fixture.retry(["ffff", "210b"])
    #expect(results.map(\.status) == [.failed, .done])
    #expect(results[0].problem is NotReturned)
  }

  @Test func failuresAreCountedAndTheFifthIsTheLast() throws {
    let fixture = try parked()
    for attempt in 2...5 {
      #expect(try fixture.retry().map(\.status) == [.failed])
      #expect(try fixture.view().measurements[ManifestTests.id]?.attempts == attempt)
    }
    let result = try fixture.retry()[0]
    #expect(result.problem is TooManyAttempts)
    #expect(try fixture.files().contains { $0.hasPrefix("error/") && $0.hasSuffix("/m1/a.bin") })
    try unblock(fixture)
    #expect(try fixture.retry { $0.force = true }.map(\.status) == [.done])
    #expect(try fixture.view().measurements[ManifestTests.id]?.attempts == 0)
    #expect(try fixture.isConverged())
  }

  /// A crash between the move back and its record.
  @Test func whatIsBackInLandingIsTakenFromThere() throws {
    let fixture = try parked()
    try unblock(fixture)
    let path = try #require(try fixture.files().first { $0.hasSuffix("/m1/a.bin") }).dropLast("/a.bin".count)
    try FileManager.default.moveItem(
      atPath: fixture.lake.path + "/" + path, toPath: fixture.lake.path + "/landing/m1")
    #expect(try fixture.retry().map(\.status) == [.done])
    try fixture.ingest()
    #expect(try fixture.names("error").isEmpty)
    #expect(try fixture.isConverged())
  }

  @Test func aFolderOfTheSameNameInLandingIsNotTouched() throws {
    let fixture = try parked()
    try unblock(fixture)
    try fixture.scratch.makeFolder("lake/landing/m1")
    try fixture.scratch.write("y", "lake/landing/m1/other")
    #expect(try fixture.retry().map(\.status) == [.done])
    #expect(try fixture.names("landing") == ["m1"])
    #expect(try fixture.names("landing/m1") == ["other"])
  }

  /// The error zone on another file system: /dev/shm is one wherever it is.
  @Test func theErrorZoneMayBeOnAnotherFileSystem() throws {
    let other = "/dev/shm/av-test-\(Identifier.unique())"
    guard (try? FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)) != nil else {
      print("skipped: there is no /dev/shm")
      return
    }
    defer { try? FileManager.default.removeItem(atPath: other) }
    let fixture = try parked(#"{schema: "av.lake/1", roots: {error: ["\#(other)"]}}"#)
    #expect(try fixture.names("landing").isEmpty)
    let found = try FileManager.default.subpathsOfDirectory(atPath: other)
    #expect(found.contains { $0.hasSuffix("/m1/deep/b.txt") })
    try unblock(fixture)
    #expect(try fixture.retry().map(\.status) == [.done])
    try fixture.ingest()
    #expect(try FileManager.default.contentsOfDirectory(atPath: other).isEmpty)
    #expect(try fixture.isConverged())
  }

  @Test func aPreviewOfARetryMovesNothing() throws {
    let fixture = try parked()
    let files = try fixture.files()
    let results = try IngestPreview(fixture.lake, IngestPlan()).retried([])
    #expect(results.map { $0.record["planned"] } == [true])
    #expect(try fixture.files() == files)
  }
}

/// Uploads that stay incomplete.
@Suite struct IncompleteAreaTests {
  func held(grace: String) throws -> IngestFixture {
    let fixture = try IngestFixture(#"{schema: "av.lake/1", incomplete: {grace: "\#(grace)"}}"#)
    try fixture.upload("m1")
    try FileManager.default.removeItem(atPath: fixture.lake.path + "/landing/m1/a.bin")
    return fixture
  }

  var today: String { String("\(Timestamp.now)".prefix(10)) }

  @Test func withinTheGracePeriodTheyStay() throws {
    let fixture = try held(grace: "7d")
    try fixture.ingest()
    #expect(try fixture.names("landing") == ["m1"])
  }

  @Test func afterItTheyGoToTheArchive() throws {
    let fixture = try held(grace: "0s")
    let result = try fixture.ingest()[0]
    let place = "archive/incomplete/\(today)/m1"
    #expect(result.status == .failed)
    #expect(result.record["moved_to"]?.string == place)
    #expect(try fixture.names(place) == ["deep", "manifest.json"])
    #expect(try fixture.names("landing").isEmpty)
    #expect(try fixture.view().incomplete["landing/m1"]?["moved_to"]?.string == place)
  }

  @Test func whatIsBadIsNotIncomplete() throws {
    let fixture = try IngestFixture(#"{schema: "av.lake/1", incomplete: {grace: "0s"}}"#)
    try fixture.upload("m1")
    try fixture.scratch.write("alphb\n", "lake/landing/m1/a.bin")
    try fixture.ingest()
    #expect(try fixture.names("landing") == ["m1"])
  }

  @Test func aPathBringsThemBackAndTheyCanBeCompleted() throws {
    let fixture = try held(grace: "0s")
    try fixture.ingest()
    let place = "archive/incomplete/\(today)/m1"
    try fixture.scratch.write("alpha\n", "lake/\(place)/a.bin")
    #expect(try fixture.hydrate([place]).map(\.status) == [.done])
    #expect(try fixture.view().incomplete["landing/m1"] == nil)
    #expect(try fixture.isConverged())
  }

  /// A crash between the move and its record.
  @Test func aMoveThatWasNotRecordedIs() throws {
    let fixture = try held(grace: "7d")
    try fixture.ingest()
    try fixture.scratch.makeFolder("lake/archive/incomplete/\(today)")
    try FileManager.default.moveItem(
      atPath: fixture.lake.path + "/landing/m1", toPath: fixture.lake.path + "/archive/incomplete/\(today)/m1")
    try fixture.ingest()
    #expect(try fixture.view().incomplete["landing/m1"]?["moved_to"]?.string == "archive/incomplete/\(today)/m1")
  }

  @Test func anotherUploadOfTheNameHasAGracePeriodOfItsOwn() throws {
    let fixture = try held(grace: "0s")
    try fixture.ingest()
    let first = try fixture.view().incomplete["landing/m1"]?["since"]?.timestamp
    try fixture.upload("m1")
    try FileManager.default.removeItem(atPath: fixture.lake.path + "/landing/m1/deep/b.txt")
    // Something else has the place: it stays, and that is told.
    #expect(try fixture.ingest()[0].status == .failed)
    #expect(try fixture.names("landing") == ["m1"])
    #expect(try #require(fixture.view().incomplete["landing/m1"]?["since"]?.timestamp) > #require(first))
  }
}

/// What the archive keeps comes back.
@Suite struct HydrationTests {
  /// A lake whose measurement is in the archive only; the state says so, or raw was lost.
  func archived(_ isRecorded: Bool = true) throws -> IngestFixture {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    let result = try fixture.ingest()[0]
    if isRecorded {
      let lineage = try Lineage(fixture.lake, tool: Tool("av-meta", version: "0"))
      try lineage.move(try #require(result.record["id"]?.string), to: .archived)
    }
    try FileManager.default.removeItem(atPath: fixture.lake.path + "/raw/2022")
    return fixture
  }

  @Test(arguments: [true, false]) func theArchivesCopyGoesToRawAgain(_ isRecorded: Bool) throws {
    let fixture = try archived(isRecorded)
    let results = try fixture.hydrate([ManifestTests.id])
    #expect(results.map(\.status) == [.done])
    #expect(results.map { $0.record["state"] } == ["COPY_COMPLETE"])
    #expect(try fixture.isConverged())
    #expect(try fixture.hydrate([ManifestTests.id]).map(\.status) == [.skipped])
  }

  @Test func aRunThatOnlyBroughtItBackIsCompletedByTheNext() throws {
    let fixture = try archived()
    let ingestion = try Ingestion.begin(fixture.lake, IngestPlan(), tool: IngestFixture.tool, run: "r1")
    _ = try ingestion.hydrate(["210b"])
    try ingestion.finish(.interrupted, .success, items: [:], bytes: 0, seconds: 0)
    #expect(try fixture.names("landing") == [ManifestTests.id])
    #expect(try fixture.ingest().map(\.status) == [.done])
    #expect(try fixture.isConverged())
  }

  @Test func aDamagedArchiveIsAnAlarmAndNothingComesBack() throws {
    let fixture = try archived()
    let path = try #require(try fixture.files().first { $0.hasPrefix("archive/") && $0.hasSuffix("a.bin") })
    try fixture.scratch.write("alphb\n", "lake/" + path)
    let result = try fixture.hydrate([ManifestTests.id])[0]
    #expect(result.code == .integrity)
    #expect(try fixture.names("landing").isEmpty)
    #expect(try fixture.view().alarms.count == 1)
  }

  @Test func aPlainSecondUploadOfWhatIsLostIsAnAlarm() throws {
    let fixture = try archived(false)
    try fixture.upload("m2")
    #expect(try fixture.ingest()[0].code == .integrity)
    #expect(try fixture.names("landing") == ["m2"])
  }

  @Test(arguments: ["/etc", "archive/2022", "archive/incomplete/../../landing/m1", "raw/x"])
  func nothingButIncompleteFoldersComesBackByPath(_ path: String) throws {
    let fixture = try archived()
    let files = try fixture.files()
    #expect(try fixture.hydrate([path])[0].status == .failed)
    #expect(try fixture.files() == files)
  }
}

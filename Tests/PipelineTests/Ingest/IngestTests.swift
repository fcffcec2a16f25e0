import Core
import Foundation
import Testing

@testable import Pipeline

@Suite struct IngestTests {
  static let other = "310b1ba7-9184-4840-a1c8-ebf397b7c686"

  @Test func aGoodMeasurementGoesToRawAndArchiveAndLeavesLanding() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    let result = try fixture.ingest()[0]
    #expect(result.status == .done)
    #expect(result.record["state"]?.string == "COPY_COMPLETE")
    let path = try #require(result.record["path"]?.string)
    #expect(path.hasPrefix("raw/2022/09/30/KA123456/\(ManifestTests.id)/"))
    let inner = ["a.bin", "deep/b.txt", "manifest.json"]
    let archive = "archive" + path.dropFirst(3)
    #expect(try fixture.files() == (inner.map { "\(archive)/\($0)" } + inner.map { "\(path)/\($0)" }))
    #expect(try fixture.isConverged())
  }

  @Test func theOrderOfEventsIsThatOfTheEffects() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try fixture.ingest()
    let wanted = [
      "writer.open", "run.start", "measurement.created", "datastream.created", "datastream.state", "file.facts",
      "file.copied", "datastream.state", "landing.cleared", "run.end",
    ]
    var order: [String] = []
    for event in try fixture.events() where order.last != event { order.append(event) }
    #expect(order == wanted)
  }

  @Test func aSecondRunDoesNothing() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try fixture.ingest()
    let (files, events) = (try fixture.files(), try fixture.events())
    #expect(try fixture.ingest().isEmpty)
    #expect(try fixture.files() == files)
    #expect(try fixture.events() == events)
  }

  @Test func aRecordOfWhatWasIngestedIsSkipped() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    let candidate = Candidate(path: "landing/m1")
    try fixture.ingest([candidate])
    let again = try fixture.ingest([candidate])[0]
    #expect(again.status == .skipped)
    #expect(again.code == .success)
    #expect(again.record["state"]?.string == "COPY_COMPLETE")
  }

  @Test func aSecondUploadIsSkippedAndCleared() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try fixture.ingest()
    try fixture.upload("again")
    let result = try fixture.ingest()[0]
    #expect(result.status == .skipped)
    #expect(result.code == .success)
    #expect(try fixture.isConverged())
  }

  @Test func twoUploadsOfOneMeasurementAtOnceGiveOneDatastream() throws {
    let fixture = try IngestFixture()
    for name in ["m1", "m2", "m3"] { try fixture.upload(name) }
    #expect(try fixture.ingest(jobs: 4).map(\.status) == [.done, .skipped, .skipped])
    #expect(try fixture.isConverged())
  }

  @Test func oneIdWithAnotherDigestIsAnAlarm() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try fixture.ingest()
    try fixture.upload("m2", ["notes": #""another""#])
    let result = try fixture.ingest()[0]
    #expect(result.code == .integrity)
    #expect(try fixture.names("landing/m2") == ["a.bin", "deep", "manifest.json"])
    #expect(try fixture.view().alarms.count == 1)
    try fixture.ingest()
    #expect(try fixture.view().alarms.count == 1)
  }

  @Test func incompleteAndBadOnesStayAndTheOthersGoOn() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try fixture.upload("m2", id: Self.other)
    try FileManager.default.removeItem(atPath: fixture.lake.path + "/landing/m2/a.bin")
    try fixture.upload("m3", id: "410b1ba7-9184-4840-a1c8-ebf397b7c686")
    try fixture.scratch.write("alphb\n", "lake/landing/m3/a.bin")
    let results = try fixture.ingest()
    #expect(results.map(\.status) == [.done, .failed, .failed])
    #expect(results.map(\.code) == [.success, .items, .items])
    #expect(results[1].record["code"]?.string == ProblemCode.fileMissing.rawValue)
    #expect(results[2].record["code"]?.string == ProblemCode.fileDigest.rawValue)
    let incomplete = try fixture.view().incomplete
    #expect(incomplete["landing/m2"]?["missing"] == ["a.bin"])
    #expect(incomplete["landing/m2"]?["verdict"] == "incomplete")
    #expect(incomplete["landing/m3"]?["verdict"] == "bad")
    #expect(try fixture.names("landing") == ["m2", "m3"])
    let count = try fixture.events().filter { $0 == "incomplete.held" }.count
    try fixture.ingest()
    #expect(try fixture.events().filter { $0 == "incomplete.held" }.count == count)
  }

  @Test func aGoodRecordIsReliedOnAndStillCompared() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    var plan = ValidationPlan()
    plan.level = .hash
    let record = try FolderValidation.validate(
      Folder(fixture.lake.path + "/landing/m1"), path: "landing/m1", plan
    ).record
    let candidate = try Candidate(record, at: "-:1")
    #expect(candidate.validated != nil)
    try fixture.scratch.write("alphb\n", "lake/landing/m1/a.bin")
    let result = try fixture.ingest([candidate])[0]
    #expect(result.record["code"]?.string == ProblemCode.fileDigest.rawValue)
    #expect(try fixture.files().allSatisfy { $0.hasPrefix("landing/") })
    #expect(try fixture.view().datastreams.values.map(\.state) == [.failed])
    // The upload is mended, and the same command goes on.
    try fixture.scratch.write("alpha\n", "lake/landing/m1/a.bin")
    #expect(try fixture.ingest([candidate])[0].status == .done)
    #expect(try fixture.isConverged())
  }

  @Test(arguments: ["bad", "incomplete"]) func aVerdictThatIsNotGoodIsNotReliedOn(_ verdict: String) throws {
    let record = Record(.validation, ["path": "landing/m1", "verdict": .string(verdict), "level": "deep"])
    #expect(try Candidate(record, at: "-:1").validated == nil)
  }

  @Test(arguments: ["/etc", "raw", "landing", "landing/../raw/x", "landing/m1/deep", "nowhere", ".", ""])
  func nothingButFoldersOfLandingIsTaken(_ path: String) throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    let result = try fixture.ingest([Candidate(path: path)])[0]
    #expect(result.problem is NotInLanding)
    #expect(result.code == .items)
    #expect(try fixture.files().count == 3)
  }

  @Test func aLinkInLandingIsNotTaken() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    let target = fixture.scratch.path + "/outside"
    try FileManager.default.moveItem(atPath: fixture.lake.path + "/landing/m1", toPath: target)
    try FileManager.default.createSymbolicLink(
      atPath: fixture.lake.path + "/landing/m1", withDestinationPath: target)
    #expect(try fixture.ingest().isEmpty)
    #expect(try fixture.ingest([Candidate(path: "landing/m1")])[0].status == .failed)
    #expect(try FileManager.default.contentsOfDirectory(atPath: target).count == 3)
  }

  @Test func unlistedFilesStayWithTheManifest() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try fixture.scratch.write("x", "lake/landing/m1/extra")
    let result = try fixture.ingest()[0]
    #expect(result.status == .done)
    #expect(result.record["left"] == ["extra"])
    #expect(try fixture.names("landing/m1") == ["extra", "manifest.json"])
    let events = try fixture.events()
    #expect(try fixture.ingest().map(\.status) == [.skipped])
    #expect(try fixture.events() == events)
  }

  @Test func whatCannotBeCopiedForItsOwnReasonGoesToTheErrorZone() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try fixture.upload("m2", id: Self.other, ["vin": #""KA2""#])
    // A file where the vehicle's folder must be.
    try fixture.scratch.makeFolder("lake/raw/2022/09/30")
    try fixture.scratch.write("x", "lake/raw/2022/09/30/KA123456")
    let results = try fixture.ingest(run: "019a9f3e-5b1c-7c21-9a53-0d4f5f0c7d11")
    #expect(results.map(\.status) == [.failed, .done])
    #expect(results[0].code == .items)
    let place = "error/\(ManifestTests.id)/019a9f3e-5b1c-7c21-9a53-0d4f5f0c7d11"
    #expect(try fixture.names(place) == ["error.json", "m1"])
    #expect(try fixture.names(place + "/m1") == ["a.bin", "deep", "manifest.json"])
    let marker = try JSON.parse(fixture.scratch.read("lake/\(place)/error.json"))
    #expect(marker["attempts"] == 1)
    #expect(marker["code"]?.string == results[0].record["code"]?.string)
    #expect(try fixture.names("landing").isEmpty)
    #expect(try fixture.view().measurements[ManifestTests.id]?.parked?["path"]?.string == place)
  }

  @Test func withoutRoomNothingBegins() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    #expect(throws: NoRoom.self) { try fixture.ingest { $0.leastFree = .max / 4 } }
    #expect(try fixture.files().allSatisfy { $0.hasPrefix("landing/") })
    #expect(try fixture.view().measurements.isEmpty)
    #expect(try fixture.ingest()[0].status == .done)
  }

  @Test func aSecondRunAtTheSameTimeIsBusy() throws {
    let fixture = try IngestFixture()
    let first = try Ingestion.begin(fixture.lake, IngestPlan(), tool: IngestFixture.tool, run: "r1")
    #expect(throws: BusyError.self) { try fixture.ingest() }
    try first.finish(.done, .success, items: [:], bytes: 0, seconds: 0)
    #expect(try fixture.ingest().isEmpty)
  }

  @Test func withoutArchiveThereIsNone() throws {
    let fixture = try IngestFixture(#"{schema: "av.lake/1", archive: false}"#)
    try fixture.upload("m1")
    #expect(try fixture.ingest()[0].record["outputs"]?.array?.count == 1)
    #expect(try fixture.names("archive").isEmpty)
    #expect(try fixture.isConverged())
  }

  @Test func withoutAManifestAListOfDigestsIsMade() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try FileManager.default.removeItem(atPath: fixture.lake.path + "/landing/m1/manifest.json")
    let result = try fixture.ingest {
      $0.dialect = .files
      $0.quietPeriod = 0
    }[0]
    // No recording among them tells when it was.
    #expect(result.status == .failed)
    #expect(result.record["code"]?.string == ProblemCode.manifest.rawValue)
  }

  @Test func aPreviewWritesNothing() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    let before = try FileManager.default.subpathsOfDirectory(atPath: fixture.lake.path).sorted()
    let result = try IngestPreview(fixture.lake, IngestPlan()).result(Candidate(path: "landing/m1"))
    #expect(result.record["planned"] == true)
    #expect(result.status == .done)
    #expect(try FileManager.default.subpathsOfDirectory(atPath: fixture.lake.path).sorted() == before)
    let done = try fixture.ingest()[0]
    #expect(done.record["path"] == result.record["path"])
  }
}

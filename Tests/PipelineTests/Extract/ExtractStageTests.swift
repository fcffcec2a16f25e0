import Foundation
import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline
@testable import Recordings
@testable import Samples

/// Extraction in a lake: what dead runs leave, and what the next makes of it.
@Suite struct ExtractStageTests {
  let fixture: IngestFixture
  let parent: DatastreamRecord
  static let raw = "019a9f3e-5b1c-7c21-9a53-0d4f5f0c7d12"

  init() throws {
    fixture = try IngestFixture()
    try fixture.scratch.makeFolder("lake/raw/m/data")
    try Drive(seconds: 1, seed: 3).write(to: Drive.Place(fixture.scratch.path + "/drive"), jobs: 2)
    try FileManager.default.moveItem(
      atPath: fixture.scratch.path + "/drive/drive.bag", toPath: fixture.lake.path + "/raw/m/data/drive.bag")
    parent = try DatastreamRecord(
      Record(
        .datastream,
        [
          "id": .string(Self.raw), "measurement": .string(ManifestTests.id), "zone": "raw", "state": "COPY_COMPLETE",
          "path": "raw/m", "vin": "V", "start": "2022-03-01T10:00:00Z", "rows": 1, "bytes": 2, "files": 3,
          "digest": "sha256:0", "outputs": ["raw/m"],
        ]), at: "-:1")
  }

  private func extraction() -> Extraction {
    var settings = ExtractSettings()
    settings.tasks = settings.tasks.filter { $0.key == .gps }
    return Extraction(settings, jobs: 2)
  }

  private func run(_ extraction: Extraction) throws -> Record {
    let lineage = try Lineage(fixture.lake, tool: Tool("av-extract", version: "0"))
    return try ExtractStage(lake: fixture.lake, lineage: lineage, extraction: extraction, isForced: false)
      .run(parent).record
  }

  @Test func recordingsOfSubfoldersAreExtractedByPath() throws {
    let inputs = try ExtractStage.recordings(in: Folder(fixture.lake.path + "/raw/m"))
    #expect(inputs.map(\.name) == ["data/drive.bag"])
  }

  @Test func aRunThatDiedAfterTheNameIsDoneAgain() throws {
    let preview = try ExtractPreview(fixture.lake, extraction(), isForced: false).plan(parent)
    let path = try #require(preview["path"]?.string)
    try fixture.scratch.makeFolder("lake/" + path)
    try fixture.scratch.write("old", "lake/" + path + "/old")
    let record = try run(extraction())
    #expect(record["status"] == "done")
    #expect(record["path"]?.string == path)
    #expect(try !fixture.names(path).contains("old"))
    #expect(try run(extraction())["status"] == "skipped")
  }

  @Test func aStoppedRunLeavesNothingAndIsDoneByTheNext() throws {
    var stopping = extraction()
    stopping.step = { throw Interruption() }
    #expect(throws: Interruption.self) { try run(stopping) }
    #expect(try fixture.files().filter { $0.hasPrefix("extracted/") } == [])
    #expect(try fixture.view().datastreams.values.map(\.state) == [.processing])
    #expect(try run(extraction())["status"] == "done")
  }

  @Test func whatDeadRunsBuiltIsSwept() throws {
    let preview = try ExtractPreview(fixture.lake, extraction(), isForced: false).plan(parent)
    let path = try #require(preview["path"]?.string)
    let above = path.split(separator: "/").dropLast().joined(separator: "/")
    try fixture.scratch.makeFolder("lake/" + above + "/.av-tmp.dead.1/deep")
    _ = try run(extraction())
    #expect(try fixture.names(above).count == 1)
  }

  @Test func aPlanWritesNothingAndHasNothingOfItsParent() throws {
    let before = try FileManager.default.subpathsOfDirectory(atPath: fixture.lake.path).sorted()
    let record = try ExtractPreview(fixture.lake, extraction(), isForced: false).plan(parent)
    #expect(try FileManager.default.subpathsOfDirectory(atPath: fixture.lake.path).sorted() == before)
    #expect(record["state"] == "CREATED")
    #expect(record["zone"] == "extracted")
    #expect(record["path"]?.string?.hasPrefix("extracted/") == true)
    for key in ["digest", "rows", "bytes", "files", "outputs"] { #expect(record[key] == nil) }
  }
}

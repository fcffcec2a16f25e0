import Foundation
import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline

/// Synchronisation in a lake and of folders.
@Suite struct SyncStageTests {
  let fixture: IngestFixture
  static let camera = "2075d2d5-8621-503a-8c22-bc53bfdf25b5", imu = "8740ac2f-35c1-5f0e-9d55-0f5f5fd7f0a2"

  init() throws {
    fixture = try IngestFixture()
    let times = (0..<50).map { 1_700_000_000_000_000_000 + Int64($0) * 100 * millisecond }
    try write("extracted/camera", "camera/front/index.parquet", times.map { $0 + 7 * millisecond }, "file")
    try write("extracted/camera", "lidar/top/index.parquet", times, "file")
    try write("extracted/imu", "imu/main.parquet", (0..<500).map { times[0] + Int64($0) * 10 * millisecond }, "x")
  }

  /// A table as extraction leaves it; of `file` texts, else numbers.
  private func write(_ folder: String, _ path: String, _ times: [Int64], _ column: String) throws {
    let parts = path.split(separator: "/")
    let place = "lake/\(folder)/" + parts.dropLast().joined(separator: "/")
    try fixture.scratch.makeFolder(place)
    let isText = column == "file"
    let schema = Schema([
      Field("t_ns", .int64), Field("log_ns", .int64), Field("stamp_ns", .int64, isNullable: true),
      Field(column, isText ? .string : .float64),
    ])
    let values =
      isText
      ? Column(.text(Texts(times.map { "\(path)/\($0).png" }))) : Column(.float64(times.indices.map(Double.init)))
    let file = try OutputFile(String(parts[parts.count - 1]), inStaged: Folder("\(fixture.scratch.path)/\(place)"))
    var options = TableOptions()
    options.metadata = [("avtools.channel", "/\(path)")]
    let kind = TableKind.all.first { path.hasSuffix($0.suffix) } ?? .parquet
    var sink = try kind.open(schema, file, options)
    let stamps = Column(.int64(times), validity: times.map { _ in true })
    try sink.write(
      Batch(
        schema: schema, columns: [Column(.int64(times)), Column(.int64(times)), stamps, values], count: times.count))
    try sink.finish()
    try file.commit()
  }

  private func parent(_ id: String, _ name: String, state: String = "COMPLETED", zone: String = "extracted") throws
    -> DatastreamRecord
  {
    try DatastreamRecord(
      Record(
        .datastream,
        [
          "id": .string(id), "measurement": .string(ManifestTests.id), "zone": .string(zone), "state": .string(state),
          "path": .string("extracted/\(name)"), "vin": "V", "start": "2023-11-14T22:13:20Z", "rows": 1, "files": 3,
          "digest": "sha256:0", "note": "kept", "parents": ["raw"],
        ]), at: "-:1")
  }

  private func group() throws -> SyncGroup {
    try #require(SyncGroup.groups([parent(Self.camera, "camera"), parent(Self.imu, "imu")]).first)
  }

  private func run(
    _ group: SyncGroup, forced: Bool = false, _ change: (inout SyncSettings) -> Void = { _ in }
  ) throws -> Record {
    var settings = SyncSettings()
    change(&settings)
    let lineage = try Lineage(fixture.lake, tool: Tool("av-sync", version: "0"))
    return try SyncStage(
      lake: fixture.lake, lineage: lineage, synchronization: Synchronization(settings, jobs: 2), isForced: forced
    ).run(group).record
  }

  private func file(_ path: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(filePath: "\(fixture.lake.path)/\(path)")))
  }

  @Test func datastreamsOfOneMeasurementBecomeOne() throws {
    let record = try run(group())
    #expect(record["status"] == "done" && record["zone"] == "synchronized" && record["kind"] == "sync")
    #expect(record["parents"]?.array?.compactMap(\.string) == [Self.camera, Self.imu].sorted())
    #expect(record["note"] == "kept" && record["rows"] == 50)
    let path = try #require(record["path"]?.string)
    #expect(
      try fixture.names(path).sorted() == ["SHA256SUMS", "sample_data.parquet", "samples.parquet", "sync_report.json"])
    let report = try JSON.parse(file(path + "/sync_report.json"))
    #expect(report["samples"]?["complete"] == 50 && report["datastream"] == record["id"])
    let stream = try #require(fixture.view().datastreams[record["id"]?.string ?? ""])
    #expect(stream.state == .completed && stream.parents == [Self.camera, Self.imu].sorted())
  }

  @Test func theSameWorkIsDoneOnceAndAgainWhenForced() throws {
    let first = try run(group())
    let path = try #require(first["path"]?.string)
    let bytes = try file(path + "/sample_data.parquet")
    #expect(try run(group())["status"] == "skipped")
    let again = try run(group(), forced: true)
    #expect(again["id"] == first["id"] && again["status"] == "done" && again["digest"] == first["digest"])
    #expect(try file(path + "/sample_data.parquet") == bytes)
    #expect(try run(group()) { $0.policy = .approximate }["id"] != first["id"])
  }

  @Test func theOrderOfTheRecordsDoesNotMatter() throws {
    let turned = try #require(SyncGroup.groups([parent(Self.imu, "imu"), parent(Self.camera, "camera")]).first)
    let id = try run(group())["id"]
    #expect(try run(turned)["id"] == id)
  }

  @Test func whatIsNotWholeOrNotExtractedIsRefused() throws {
    let incomplete = SyncGroup(try parent(Self.imu, "imu", state: "PROCESSING"))
    #expect(throws: RecordError.self) { try run(incomplete) }
    let raw = SyncGroup(try parent(Self.imu, "imu", zone: "raw"))
    #expect(throws: SyncError.notExtracted(Self.imu, "raw")) { try run(raw) }
    #expect(try fixture.view().datastreams.isEmpty)
  }

  @Test func aStreamInTwoDatastreamsIsAnErrorAndRecorded() throws {
    let twice = try #require(SyncGroup.groups([parent(Self.imu, "imu"), parent(Self.camera, "imu")]).first)
    #expect(throws: SyncError.ambiguousStream("imu/main", "extracted/imu", "extracted/imu")) { try run(twice) }
    #expect(try fixture.view().datastreams.values.map(\.state) == [.failed])
  }

  @Test func aStoppedRunLeavesNothingAndIsDoneByTheNext() throws {
    var stopping = Synchronization(SyncSettings(), jobs: 1)
    stopping.step = { throw Interruption() }
    let lineage = try Lineage(fixture.lake, tool: Tool("av-sync", version: "0"))
    let stage = SyncStage(lake: fixture.lake, lineage: lineage, synchronization: stopping, isForced: false)
    let group = try group()
    #expect(throws: Interruption.self) { try stage.run(group) }
    #expect(try fixture.files().filter { $0.hasPrefix("synchronized/") } == [])
    #expect(try fixture.view().datastreams.values.map(\.state) == [.processing])
    #expect(try run(group)["status"] == "done")
  }

  @Test func aPlanWritesNothing() throws {
    let before = try FileManager.default.subpathsOfDirectory(atPath: fixture.lake.path).sorted()
    let record = try SyncPreview(fixture.lake, SyncSettings(), isForced: false).plan(group())
    #expect(try FileManager.default.subpathsOfDirectory(atPath: fixture.lake.path).sorted() == before)
    #expect(record["planned"] == true && record["state"] == "CREATED")
    #expect(try run(group())["path"] == record["path"])
  }

  @Test func numbersOfThreadsDoNotChangeABytes() throws {
    var bytes: [[UInt8]] = []
    for jobs in [1, 2, 7] {
      var settings = SyncSettings()
      (settings.wide, settings.picture, settings.clocks.isEstimated) = (.all, .html, true)
      let output = "\(fixture.scratch.path)/out\(jobs)"
      let folders = SyncFolders(Synchronization(settings, jobs: jobs), to: output, measurement: nil, isForced: false)
      _ = try folders.run(["\(fixture.lake.path)/extracted/camera", "\(fixture.lake.path)/extracted/imu/"])
      bytes.append(try Array(Data(contentsOf: URL(filePath: output + "/SHA256SUMS"))))
    }
    #expect(bytes[0] == bytes[1] && bytes[1] == bytes[2])
  }

  @Test func synchronisedStreamsPassTheCheckAndOthersSayWhy() throws {
    let check = SyncCheck(fixture.lake, Synchronization(SyncSettings(), jobs: 1))
    try check.run(group())
    try write("extracted/late", "camera/late/index.parquet", [1_700_000_000_000_000_000], "file")
    let group = try #require(SyncGroup.groups([parent(Self.camera, "camera"), parent(Self.imu, "late")]).first)
    #expect(throws: SyncError.notSynchronised(["49 of 50 samples are incomplete"])) { try check.run(group) }
  }

  @Test func theManifestSaysHowLateStampsAre() throws {
    try fixture.scratch.makeFolder("lake/raw/m/data")
    let manifest = """
      {"expect": {"topics": [{"topic": "/lidar/top/index.parquet", "timestamp_offset_ms": 50.5}, {"topic": "/x"}]}}
      """
    try fixture.scratch.write(manifest, "lake/raw/m/data/manifest.json")
    let offsets = try group().timestampOffsets(in: fixture.lake) { $0 == "raw" ? "raw/m" : nil }
    #expect(offsets == ["/lidar/top/index.parquet": 50_500_000])
    #expect(try group().timestampOffsets(in: fixture.lake) { _ in "raw/gone" } == [:])
    var synchronization = Synchronization(SyncSettings(), jobs: 1)
    synchronization.knownOffsets = offsets
    let plan = try synchronization.plan(group().sources(in: fixture.lake), measurement: nil)
    #expect(plan.samples.times.first == .some(1_699_999_999_949_500_000))
  }

  @Test func anOutputIsReplacedOnlyWhenForcedAndOurs() throws {
    let output = "\(fixture.scratch.path)/out"
    func run(forced: Bool) throws {
      let folders = SyncFolders(
        Synchronization(SyncSettings(), jobs: 1), to: output, measurement: nil, isForced: forced)
      _ = try folders.run(["\(fixture.lake.path)/extracted/camera"])
    }
    try run(forced: false)
    #expect(throws: SystemError.self) { try run(forced: false) }
    try run(forced: true)
    try fixture.scratch.write("mine", "out/mine")
    #expect(throws: UsageError.self) { try run(forced: true) }
  }

  @Test(arguments: ["csv", "jsonl"])
  func tablesOfTextAreStreamsAsThoseOfParquetAre(_ suffix: String) throws {
    let times = (0..<500).map { 1_700_000_000_000_000_000 + Int64($0) * 10 * millisecond }
    try write("extracted/text", "imu/main.\(suffix)", times, "x")
    // What is not a stream, and what is one already.
    try fixture.scratch.write("a,b\n1,2\n", "lake/extracted/text/imu/notes.csv")
    try write("extracted/both", "imu/main.parquet", times, "x")
    try write("extracted/both", "imu/main.\(suffix)", times, "x")
    var settings = SyncSettings()
    settings.wide = .all
    let extracted = "\(fixture.lake.path)/extracted"
    func run(_ name: String, _ path: String) throws -> (report: SyncReport, wide: [UInt8], samples: [UInt8]) {
      let output = "\(fixture.scratch.path)/\(name)"
      let folders = SyncFolders(
        Synchronization(settings, jobs: 1), to: output, measurement: Identifier(ManifestTests.id), isForced: false)
      let report = try folders.run(["\(extracted)/camera", "\(extracted)/\(path)"]).report
      return (
        report, try Array(Data(contentsOf: URL(filePath: "\(output)/wide.parquet"))),
        try Array(Data(contentsOf: URL(filePath: "\(output)/samples.parquet")))
      )
    }
    let parquet = try run("parquet", "imu"), text = try run("text", "text")
    #expect(text.samples == parquet.samples && text.wide == parquet.wide)
    #expect(text.report.left == ["\(extracted)/text/imu/notes.csv: has no column of times"])
    #expect(try run("both", "both").report.left.count == 1)
    // A table by itself is a stream of its own name.
    let file = try run("file", "text/imu/main.\(suffix)")
    #expect(file.samples == parquet.samples && file.report.streams.map(\.name).contains("main"))
    #expect(throws: SyncError.noTable("\(extracted)/text/README")) {
      try fixture.scratch.write("", "lake/extracted/text/README")
      _ = try run("none", "text/README")
    }
  }

  @Test func timesOfOtherToolsAreReadAsWell() throws {
    for name in ["other", "hole"] { try fixture.scratch.makeFolder("lake/extracted/\(name)/can") }
    try fixture.scratch.write(
      "time,v\n2023-11-14T22:13:20.000Z,1\n2023-11-14T22:13:20.100Z,2\n", "lake/extracted/other/can/speed.csv")
    try fixture.scratch.write("time,v\n2023-11-14T22:13:20Z,1\n,2\n", "lake/extracted/hole/can/speed.csv")
    func plan(_ name: String) throws -> Synchronization.Plan {
      try Synchronization(SyncSettings(), jobs: 1).plan(
        ["camera", name].map { try SyncSource(named: "\(fixture.lake.path)/extracted/\($0)") }, measurement: nil)
    }
    let streams = try plan("other").streams
    #expect(
      streams.first { $0.name == "can/speed" }?.order.times.map { $0 - 1_700_000_000_000_000_000 } == [
        0, 100 * millisecond,
      ])
    #expect(throws: SourceError.self) { try plan("hole") }
  }

  @Test func padNamesAPlaceholderForEveryMissingFrame() throws {
    try write("extracted/late", "camera/late/index.parquet", [1_700_000_000_000_000_000], "file")
    let group = try #require(SyncGroup.groups([parent(Self.camera, "camera"), parent(Self.imu, "late")]).first)
    let record = try run(group) { $0.incomplete = .pad }
    let path = try #require(record["path"]?.string)
    #expect(try file(path + "/placeholder/camera_late.png").prefix(4) == [0x89, 0x50, 0x4E, 0x47])
    let report = try JSON.parse(file(path + "/sync_report.json"))
    #expect(report["samples"]?["padded"] == 49 && report["samples"]?["kept"] == 50)
  }

  @Test func aFolderWithoutStreamsIsAnError() throws {
    try fixture.scratch.makeFolder("empty/camera")
    let folders = SyncFolders(
      Synchronization(SyncSettings(), jobs: 1), to: "\(fixture.scratch.path)/out", measurement: nil, isForced: false)
    #expect(throws: SyncError.noStreams("\(fixture.scratch.path)/empty")) {
      try folders.run(["\(fixture.scratch.path)/empty"])
    }
    #expect(!FileManager.default.fileExists(atPath: "\(fixture.scratch.path)/out"))
  }
}

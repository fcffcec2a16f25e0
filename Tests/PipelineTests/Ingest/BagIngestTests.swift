import Core
import Foundation
import Testing

@testable import Pipeline
@testable import Samples

/// `--bag`: what is in raw is a bag around the upload, the archive has the upload, and landing is cleared of it.
@Suite struct BagIngestTests {
  static let tags = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"]
  static let upload = ["a.bin", "deep/b.txt", "manifest.json"]

  /// One run that makes bags.
  @discardableResult func bag(_ fixture: IngestFixture) throws -> [IngestResult] {
    try fixture.ingest { $0.makesBags = true }
  }

  func raw(_ fixture: IngestFixture) throws -> String {
    try #require(try fixture.view().datastreams.values.first { $0.zone == "raw" }).path
  }

  /// The files below a folder of the lake.
  func inner(_ folder: String, _ fixture: IngestFixture) throws -> [String] {
    try fixture.files().filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }
  }

  func validation(_ path: String, _ fixture: IngestFixture, known: Bool = false) throws -> Validation {
    var plan = ValidationPlan()
    plan.level = .hash
    if known { plan.known = KnownMeasurements(try fixture.view()) }
    return try FolderValidation.validate(Folder(fixture.lake.path + "/" + path), path: path, plan)
  }

  @Test func rawIsABagAndTheArchiveIsTheUpload() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1", ["notes": #""rain,\nnight""#, "end": #""2022-09-30T08:41:40Z""#])
    let result = try bag(fixture)[0]
    #expect(result.status == .done)
    let path = try raw(fixture)
    #expect(try inner(path, fixture) == Self.tags[..<2] + Self.upload.map { "data/" + $0 } + Self.tags[2...])
    #expect(try inner("archive" + path.dropFirst(3), fixture) == Self.upload)
    #expect(try fixture.isConverged())
    #expect(
      try fixture.scratch.text("lake/\(path)/bag-info.txt") == """
        Payload-Oxum: \(try bytes(path, fixture)).3
        Bagging-Date: 2022-09-30
        External-Identifier: \(ManifestTests.id)
        VIN: KA123456
        Start: 2022-09-30T08:36:40.000000000Z
        End: 2022-09-30T08:41:40.000000000Z
        Notes: rain,
          night
        Measurement-Dialect: av

        """)
  }

  private func bytes(_ path: String, _ fixture: IngestFixture) throws -> Int {
    try Self.upload.reduce(0) { try $0 + fixture.scratch.read("lake/\(path)/data/\($1)").count }
  }

  @Test func theBagIsTheMeasurement() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1", ["expect": #"{"topics":[{"topic":"/a","hz":10}]}"#])
    try bag(fixture)
    let validation = try validation(raw(fixture), fixture, known: true)
    #expect(validation.verdict == .good)
    #expect(validation.findings.map(\.code) == [.recorded])
    let manifest = try #require(validation.manifest)
    #expect(manifest.dialect == .bagit)
    #expect(manifest.measurement?.description == ManifestTests.id)
    #expect(manifest.expected?.topics.first?.name == "/a")
    #expect(validation.start == Timestamp("2022-09-30T08:36:40Z"))
  }

  @Test func theSameUploadGivesTheSameBytes() throws {
    var texts: [[UInt8]] = []
    for name in ["m1", "other"] {
      let fixture = try IngestFixture()
      try fixture.upload(name)
      try bag(fixture)
      for tag in Self.tags { texts.append(try fixture.scratch.read("lake/\(try raw(fixture))/\(tag)")) }
    }
    #expect(Array(texts[..<4]) == Array(texts[4...]))
  }

  @Test func aSecondDeliveryIsSkippedAndCleared() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try bag(fixture)
    for bags in [true, false] {
      try fixture.upload("again")
      let result = try fixture.ingest { $0.makesBags = bags }[0]
      #expect(result.status == .skipped)
      #expect(result.code == .success)
      #expect(try fixture.isConverged())
    }
  }

  @Test func aDeliveryThatIsNotWhatIsInRawStays() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try bag(fixture)
    try fixture.upload("again")
    try fixture.scratch.write("alphb\n", "lake/landing/again/a.bin")
    #expect(try bag(fixture)[0].code == .items)
    #expect(try fixture.names("landing/again") == ["a.bin", "manifest.json"])
  }

  @Test func aDamagedBagKeepsTheDelivery() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try bag(fixture)
    try fixture.upload("again")
    try fixture.scratch.write("alphb\n", "lake/\(try raw(fixture))/data/a.bin")
    #expect(try bag(fixture)[0].code == .integrity)
    #expect(try fixture.names("landing/again") == ["a.bin", "deep", "manifest.json"])
  }

  @Test(arguments: 0..<24) func aRunThatStopsAnywhereIsCompletedByTheNext(_ steps: Int) throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    let left = Guarded(steps)
    try fixture.ingest(jobs: 1) { plan in
      plan.makesBags = true
      plan.step = { _ in
        let rest = left.withLock { left -> Int in
          left -= 1
          return left
        }
        if rest < 0 { throw Interruption() }
      }
    }
    for name in ["a.bin", "b.txt", "manifest.json"] {
      #expect(try fixture.files().contains { $0.hasSuffix("/" + name) && !$0.contains("/.") })
    }
    // The next run was not told to make bags: what is published keeps its form, what is not gets its own.
    try fixture.ingest { $0.makesBags = steps.isMultiple(of: 2) }
    #expect(try fixture.isConverged())
  }

  /// A log without its last lines, and landing as it was.
  func cut(_ fixture: IngestFixture, before event: String) throws {
    let log = try fixture.names("lineage").filter { $0.hasSuffix(".jsonl") }[0]
    let lines = try fixture.scratch.text("lake/lineage/" + log).split(separator: "\n")
    let end = try #require(lines.firstIndex { $0.contains(event) })
    try fixture.scratch.write(lines[..<end].map { $0 + "\n" }.joined(), "lake/lineage/" + log)
  }

  @Test(arguments: ["landing.cleared", #""COPY_COMPLETE""#, "file.copied"], [true, false])
  func whatIsPublishedIsTakenOverInItsForm(_ event: String, _ wasBag: Bool) throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    let copy = fixture.scratch.path + "/copy"
    try FileManager.default.copyItem(atPath: fixture.lake.path + "/landing/m1", toPath: copy)
    try fixture.ingest { $0.makesBags = wasBag }
    let before = try fixture.files()
    try FileManager.default.copyItem(atPath: copy, toPath: fixture.lake.path + "/landing/m1")
    try cut(fixture, before: event)
    #expect(try fixture.ingest { $0.makesBags = !wasBag }.allSatisfy { $0.code == .success })
    #expect(try fixture.isConverged())
    #expect(try fixture.files() == before)
  }

  @Test(arguments: [["m1/a.bin"], ["m1/a.bin", "m1/deep"], ["m1/a.bin", "m1/deep", "m1/manifest.json"], ["m1"]])
  func clearingGoesOnWhereItStopped(_ gone: [String]) throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    let copy = fixture.scratch.path + "/copy"
    try FileManager.default.copyItem(atPath: fixture.lake.path + "/landing/m1", toPath: copy)
    try bag(fixture)
    try FileManager.default.copyItem(atPath: copy, toPath: fixture.lake.path + "/landing/m1")
    try cut(fixture, before: "landing.cleared")
    for name in gone { try FileManager.default.removeItem(atPath: fixture.lake.path + "/landing/" + name) }
    #expect(try bag(fixture).allSatisfy { $0.status == .skipped && $0.code == .success })
    #expect(try fixture.isConverged())
  }

  @Test func aBagStaysTheBagThatItIs() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try bag(fixture)
    // The bag of one lake is the upload of another: the same measurement there, with the same id.
    let other = try IngestFixture()
    let path = try raw(fixture)
    try FileManager.default.copyItem(
      atPath: "\(fixture.lake.path)/\(path)", toPath: other.lake.path + "/landing/m1")
    #expect(try bag(other)[0].status == .done)
    #expect(try inner(raw(other), other) == inner(path, fixture))
    #expect(try raw(other) == path)
    #expect(try other.isConverged())
  }

  /// A recording, so that something says when it was.
  private func recording() throws -> [UInt8] {
    let place = try ScratchFolder()
    try Drive(seconds: 1, seed: 3).write(to: Drive.Place(place.path + "/drive"), jobs: 2)
    return try place.read("drive/drive.bag")
  }

  @Test func aListOfDigestsIsTheSameMeasurementInABag() throws {
    let fixture = try IngestFixture(#"{schema: "av.lake/1", archive: false}"#)
    try fixture.scratch.makeFolder("upload")
    try fixture.scratch.write(recording(), "upload/drive.bag")
    let digest = Digest.sha256(try fixture.scratch.read("upload/drive.bag")).hex
    try fixture.scratch.write("\(digest)  drive.bag\n", "upload/SHA256SUMS")
    let landing = fixture.lake.path + "/landing/m1"
    try FileManager.default.copyItem(atPath: fixture.scratch.path + "/upload", toPath: landing)
    #expect(try bag(fixture).map(\.status) == [.done])
    let validation = try validation(raw(fixture), fixture, known: true)
    #expect(validation.findings.filter { $0.severity == .error } == [])
    #expect(validation.findings.contains { $0.code == .recorded })
  }

  @Test func namesAreEncodedAsTheStandardSays() {
    #expect(Bag.encoded("a%b\r\nc%0A\u{e9}") == "a%25b%0D%0Ac%250A\u{e9}")
    #expect(Bag.folded("one\r\ntwo\n\nthree\u{1b}[m") == "one\n  two\n  three [m")
    #expect(Bag.uploaded("data/\u{301}x") == "\u{301}x")
    #expect(Bag.uploaded("bagit.txt") == nil)
  }

  @Test func aPercentSignComesBack() throws {
    let fixture = try IngestFixture()
    let text = "x"
    let file = #"[{"path":"50%25 a%.txt","bytes":1,"sha256":"\#(Digest.sha256(text).hex)"}]"#
    try fixture.scratch.makeFolder("lake/landing/m1")
    try fixture.scratch.write(text, "lake/landing/m1/50%25 a%.txt")
    try fixture.scratch.write(
      ManifestTests.native(["start": #""2022-09-30T08:36:40Z""#], files: file), "lake/landing/m1/manifest.json")
    #expect(try bag(fixture)[0].status == .done)
    let path = try raw(fixture)
    #expect(try fixture.scratch.text("lake/\(path)/manifest-sha256.txt").contains("  data/50%2525 a%25.txt\n"))
    #expect(try validation(path, fixture).findings == [])
  }
}

import Core
import Foundation
import Testing

@testable import Pipeline

/// Uploads that are damaged or meant to do harm (`reliability.md` F14, F15): each has its verdict, stays where it is, and
/// leaves the others and everything outside of the lake alone.
@Suite struct HostileUploadTests {
  /// A lake with a good measurement before and one behind a bad one, and something outside that nobody may touch.
  func fixture() throws -> IngestFixture {
    let fixture = try IngestFixture()
    try fixture.scratch.makeFolder("outside")
    for name in ["secret", "b.txt"] { try fixture.scratch.write("bravo\n", "outside/" + name) }
    try fixture.upload("a")
    try fixture.upload("m", id: HostileTrap.bad)
    try fixture.upload("z", id: IngestTests.other, ["vin": #""KA2""#])
    return fixture
  }

  func things(in folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
  }

  @Test(arguments: HostileTrap.all) func eachIsRefusedAloneAndNothingIsTouched(_ trap: HostileTrap) throws {
    let fixture = try fixture()
    try trap.set(fixture.scratch, "lake/landing/m")
    let landing = try things(in: fixture.lake.path + "/landing/m")
    var plan = ValidationPlan()
    plan.level = .hash
    let validation = try FolderValidation.validate(
      Folder(fixture.lake.path + "/landing/m"), path: "landing/m", plan)
    #expect(validation.findings.filter { $0.severity == .error }.map(\.code.rawValue) == trap.errors)
    #expect(validation.verdict == trap.verdict)
    let shown = validation.record.line
    #expect(!shown.unicodeScalars.contains { $0.properties.generalCategory == .control })
    let results = try fixture.ingest()
    #expect(results.map(\.status) == [.done, .failed, .done])
    #expect(results.map(\.code) == [.success, .items, .success])
    #expect(try things(in: fixture.lake.path + "/landing") == (["m"] + landing.map { "m/" + $0 }))
    #expect(try things(in: fixture.scratch.path + "/outside") == ["b.txt", "secret"])
    #expect(try fixture.scratch.text("outside/secret") == "bravo\n")
  }

  /// Names that are odd and harm nobody go all the way, also into a bag.
  @Test(
    arguments: [
      "-rf", ".hidden", "a b  c", "x*?[", "$(id)", "'\"", "back\\slash", "50%", "\u{202e}gab", "a\u{200b}b", "e\u{301}",
      String(repeating: "x", count: 255), "con", "\u{1f697}", "data/x", "bagit.txt",
    ], [true, false]) func oddNamesAreKept(_ name: String, _ isBag: Bool) throws
  {
    let fixture = try IngestFixture()
    try fixture.scratch.makeFolder("lake/landing/m" + (name.hasPrefix("data/") ? "/data" : ""))
    try fixture.scratch.write("x", "lake/landing/m/" + name)
    let entry = #"[{"path":\#(name.jsonQuoted),"bytes":1,"sha256":"\#(Digest.sha256("x").hex)"}]"#
    try fixture.scratch.write(
      ManifestTests.native(["start": #""2022-09-30T08:36:40Z""#], files: entry), "lake/landing/m/manifest.json")
    let result = try fixture.ingest { $0.makesBags = isBag }[0]
    #expect(result.status == .done)
    #expect(try fixture.isConverged())
    let path = try #require(result.record["path"]?.string) + (isBag ? "/data/" : "/") + name
    #expect(try fixture.scratch.text("lake/" + path) == "x")
  }

  /// What lies in the folder and is not listed stays there, whatever it is.
  @Test func extraThingsStayAndDoNotHoldItUp() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m")
    let folder = fixture.lake.path + "/landing/m/"
    #expect(unsafe mkfifo(folder + "pipe", 0o600) == 0)
    #expect(unsafe mkfifo(folder + "esc\u{1b}[31m", 0o600) == 0)
    try FileManager.default.createSymbolicLink(atPath: folder + "link", withDestinationPath: "/etc")
    let name: [CChar] = folder.utf8CString.dropLast() + [CChar(bitPattern: 0xff), 0]
    #expect(unsafe mkfifo(name, 0o600) == 0)
    try FileManager.default.createDirectory(atPath: folder + "\u{301}empty", withIntermediateDirectories: false)
    let result = try fixture.ingest()[0]
    #expect(result.status == .done)
    #expect(result.record["left"]?.array?.count == 4)
    #expect(try fixture.names("landing/m").filter { !$0.hasPrefix("manifest") }.count == 4)
    #expect(try fixture.ingest()[0].status == .skipped)
  }

  /// The folder of a file becomes a link to the same file elsewhere while the run is on.
  @Test(arguments: 0..<10) func aFolderThatIsSwappedForALinkIsNotFollowed(_ steps: Int) throws {
    let fixture = try IngestFixture()
    try fixture.upload("m")
    try fixture.scratch.makeFolder("outside")
    try fixture.scratch.write("bravo\n", "outside/b.txt")
    let deep = fixture.lake.path + "/landing/m/deep"
    let (outside, aside) = (fixture.scratch.path + "/outside", fixture.scratch.path + "/aside")
    let left = Guarded(steps)
    try fixture.ingest(jobs: 1) { plan in
      plan.step = { _ in
        let rest = left.withLock { left -> Int in
          left -= 1
          return left
        }
        guard rest == -1 else { return }
        try? FileManager.default.moveItem(atPath: deep, toPath: aside)
        try? FileManager.default.createSymbolicLink(atPath: deep, withDestinationPath: outside)
      }
    }
    #expect(try fixture.scratch.text("outside/b.txt") == "bravo\n")
    // Whatever was copied is the listed bytes; what was moved away is still there.
    let copies = try fixture.files().filter { $0.hasSuffix("b.txt") }
    #expect(!copies.isEmpty || FileManager.default.fileExists(atPath: aside + "/b.txt"))
    for copy in copies where !copy.hasPrefix("landing/") {
      #expect(try fixture.scratch.text("lake/" + copy) == "bravo\n")
    }
  }

  @Test func everyCutOfAManifestIsHeld() throws {
    let fixture = try IngestFixture()
    let text = MeasurementFolder.manifest()
    try fixture.upload("m")
    for count in stride(from: 0, to: text.count, by: 7) {
      try fixture.scratch.write(Array(text[..<count]), "lake/landing/m/manifest.json")
      #expect(try fixture.ingest()[0].status == .failed, "cut at \(count)")
    }
    #expect(try fixture.files().allSatisfy { $0.hasPrefix("landing/") })
  }

  /// Time and memory grow with the text, and no further; the record does not grow with what is wrong in it.
  @Test func hugeListsOfNothingAreRefusedSoon() {
    let size = 4 << 20
    let texts: [[UInt8]] = [
      [UInt8](repeating: 0x0a, count: size), [UInt8](repeating: 0x78, count: size),
      Array(String(repeating: "x\n", count: size / 2).utf8),
      Array(String(repeating: "\(Digest.sha256("x").hex)  a\n", count: size / 68).utf8),
      Array(
        String(repeating: "\(Digest.sha256("x").hex)  " + String(repeating: "a/", count: 2000) + "\n", count: 1000).utf8
      ),
    ]
    for text in texts {
      let manifest = Manifest(sums: text)
      #expect(!manifest.isUsable)
      #expect(manifest.findings.count <= Manifest.mostFindings + 2)
      #expect(Verdict(manifest.findings) == .bad)
    }
  }

  @Test func aManifestOfAHundredThousandFilesIsRead() {
    let lines = (0..<100_000).map { "\(SumsTests.hex)  folder-\($0 / 100)/file-\($0).bin\n" }
    let manifest = Manifest(sums: Array(lines.joined().utf8))
    #expect(manifest.findings == [])
    #expect(manifest.files.count == 100_000)
  }

  @Test func aManifestLargerThanAllowedIsNotRead() throws {
    let fixture = try fixture()
    let path = fixture.lake.path + "/landing/m/manifest.json"
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: UInt64(Manifest.largest) + 1)
    try handle.close()
    let results = try fixture.ingest()
    #expect(results.map(\.status) == [.done, .failed, .done])
    #expect(results[1].record["findings"]?.array?.first?["code"] == "M1")
  }

  @Test func aFolderTooDeepFailsAlone() throws {
    let fixture = try fixture()
    try fixture.scratch.makeFolder("lake/landing/m/" + String(repeating: "d/", count: 70))
    let results = try fixture.ingest()
    #expect(results.map(\.status) == [.done, .failed, .done])
    #expect(results.map(\.code) == [.success, .items, .success])
  }

  // MARK: Duplicates

  @Test func theSameFilesUnderAnotherIdAreTakenAndTold() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try fixture.ingest()
    try fixture.upload("m2", id: IngestTests.other)
    let result = try fixture.ingest()[0]
    #expect(result.status == .done)
    #expect(result.code == .success)
    #expect(result.record["same_content"]?.string == ManifestTests.id)
    #expect(result.notice?.contains(ManifestTests.id) == true)
    #expect(try fixture.view().measurements[IngestTests.other]?.facts["same_content"]?.string == ManifestTests.id)
    #expect(try fixture.isConverged(measurements: 2))
  }

  @Test func theSameFilesTwiceInOneRunAreToldOfTheSecond() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try fixture.upload("m2", id: IngestTests.other)
    var plan = ValidationPlan()
    (plan.level, plan.jobs) = (.hash, 2)
    var codes: [[ValidationFinding.Code]] = []
    try Validator(fixture.lake, plan).run(["landing/m1", "landing/m2"]) {
      codes.append(try $0.result.get().findings.map(\.code))
    }
    #expect(codes == [[], [.sameContent]])
  }

  @Test func aBagOfTheSameFilesIsKnownByItsPayload() throws {
    let fixture = try IngestFixture()
    try fixture.upload("m1")
    try fixture.ingest()
    let folder = "lake/landing/m2"
    try fixture.scratch.makeFolder(folder + "/data")
    let names = [("x", "alpha\n"), ("y", "bravo\n")]
    for (name, text) in names { try fixture.scratch.write(text, "\(folder)/data/\(name)") }
    try fixture.scratch.write("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", folder + "/bagit.txt")
    try fixture.scratch.write("VIN: KA1\nStart: 2022-09-30T08:36:40Z\n", folder + "/bag-info.txt")
    try fixture.scratch.write(
      names.map { "\(Digest.sha256($0.1).hex)  data/\($0.0)\n" }.joined(), folder + "/manifest-sha256.txt")
    #expect(try fixture.ingest()[0].record["same_content"]?.string == ManifestTests.id)
  }
}

import Core
import Foundation
import Testing

@testable import Pipeline

/// A measurement folder of two small files with a good manifest, that a test can damage.
struct MeasurementFolder {
  let scratch: ScratchFolder
  static let contents = ["a.bin": "alpha\n", "deep/b.txt": "bravo\n"]

  init(_ members: [String: String?] = [:]) throws {
    scratch = try ScratchFolder()
    try Self.fill(scratch, members)
  }

  /// Writes it into a folder below `scratch`.
  static func fill(_ scratch: ScratchFolder, _ members: [String: String?] = [:], at folder: String = "") throws {
    let prefix = folder.isEmpty ? "" : folder + "/"
    try scratch.makeFolder(prefix + "deep")
    for (name, text) in contents { try scratch.write(text, prefix + name) }
    try scratch.write(manifest(members), prefix + "manifest.json")
  }

  static func manifest(_ members: [String: String?] = [:]) -> [UInt8] {
    let files = contents.sorted { $0.key < $1.key }.map { name, text in
      #"{"path":"\#(name)","bytes":\#(text.utf8.count),"sha256":"\#(Digest.sha256(text).hex)"}"#
    }
    var members = members
    if members["start"] == nil { members["start"] = #""2022-09-30T08:36:40Z""# }
    return ManifestTests.native(members, files: "[\(files.joined(separator: ","))]")
  }

  func validation(_ level: ValidationLevel = .deep, _ change: (inout ValidationPlan) -> Void = { _ in }) throws
    -> Validation
  {
    var plan = ValidationPlan()
    (plan.level, plan.jobs) = (level, 2)
    change(&plan)
    return try FolderValidation.validate(Folder(scratch.path), path: "landing/m", plan)
  }

  func codes(_ level: ValidationLevel = .deep) throws -> [String] {
    try validation(level).findings.map { "\($0.code.rawValue) \($0.severity.rawValue) \($0.path ?? "-")" }
  }
}

@Suite struct FolderValidationTests {
  let folder: MeasurementFolder
  var scratch: ScratchFolder { folder.scratch }

  init() throws { folder = try MeasurementFolder() }

  func remove(_ name: String) throws { try FileManager.default.removeItem(at: scratch.url(name)) }

  @Test(arguments: ValidationLevel.allCases) func aGoodFolderIsGood(_ level: ValidationLevel) throws {
    let validation = try folder.validation(level)
    #expect(validation.findings == [])
    #expect(validation.verdict == .good)
    #expect(validation.files == 2)
    #expect(validation.bytes == 12)
  }

  @Test func theRecordHasItsKeysInOrder() throws {
    let keys = try folder.validation().record.object.members.map(\.key)
    #expect(
      keys == [
        "schema", "type", "path", "measurement", "verdict", "level", "findings", "files", "bytes", "dialect",
        "manifest", "vin", "start", "end",
      ])
  }

  @Test func withoutAManifestItIsIncomplete() throws {
    try remove("manifest.json")
    #expect(try folder.codes() == ["M1 error -"])
    #expect(try folder.validation().verdict == .incomplete)
  }

  @Test func aMissingFileIsIncomplete() throws {
    try remove("a.bin")
    #expect(try folder.codes() == ["M3 error a.bin"])
    #expect(try folder.validation().verdict == .incomplete)
  }

  @Test func anExtraFileIsAWarning() throws {
    try scratch.write("x", "deep/extra")
    #expect(try folder.codes() == ["M4 warning deep/extra"])
    #expect(try folder.validation().verdict == .good)
  }

  @Test func anotherSizeIsSeenFromItsLevelOn() throws {
    try scratch.write("alpha", "a.bin")
    #expect(try folder.codes(.present) == [])
    #expect(try folder.codes(.size) == ["S1 error a.bin"])
    #expect(try folder.codes(.hash) == ["S1 error a.bin", "H1 error a.bin"])
    #expect(try folder.validation().verdict == .bad)
  }

  @Test func anotherDigestIsSeenFromItsLevelOn() throws {
    try scratch.write("alphb\n", "a.bin")
    #expect(try folder.codes(.size) == [])
    #expect(try folder.codes(.hash) == ["H1 error a.bin"])
    let finding = try folder.validation().findings[0]
    #expect(finding.expected?.string == Digest.sha256("alpha\n").hex)
    #expect(finding.found?.string == Digest.sha256("alphb\n").hex)
  }

  @Test func missingAndBadIsBad() throws {
    try remove("a.bin")
    try scratch.write("x", "deep/b.txt")
    #expect(try folder.validation().verdict == .bad)
  }

  @Test func linksAreNotFollowed() throws {
    try remove("a.bin")
    try scratch.write("alpha\n", "elsewhere")
    try FileManager.default.createSymbolicLink(at: scratch.url("a.bin"), withDestinationURL: scratch.url("elsewhere"))
    #expect(try folder.codes().contains("M6 error a.bin"))
    try remove("deep")
    try FileManager.default.createSymbolicLink(at: scratch.url("deep"), withDestinationURL: URL(filePath: "/"))
    #expect(try folder.codes().contains("M6 error deep/b.txt"))
  }

  @Test func aPipeDoesNotHoldItUp() throws {
    try remove("a.bin")
    #expect(unsafe mkfifo(scratch.path + "/a.bin", 0o600) == 0)
    #expect(unsafe mkfifo(scratch.path + "/other", 0o600) == 0)
    #expect(try folder.codes() == ["M6 error a.bin", "M6 warning other"])
  }

  @Test func aFileWithSeveralNamesIsAWarning() throws {
    try FileManager.default.linkItem(at: scratch.url("a.bin"), to: scratch.url("deep/c"))
    #expect(try folder.codes() == ["M6 warning a.bin", "M4 warning deep/c"])
  }

  @Test func aFileThatIsNotWhatItIsSaidToBe() throws {
    let text = "alpha\n"
    let entry = #"[{"path":"a.bin","bytes":6,"sha256":"\#(Digest.sha256(text).hex)","format":"rosbag2.0"}]"#
    try scratch.write(ManifestTests.native(["start": #""2022-09-30T08:36:40Z""#], files: entry), "manifest.json")
    #expect(try folder.codes().contains("D1 error a.bin"))
  }

  @Test func withoutAnyTimeItIsBad() throws {
    try scratch.write(MeasurementFolder.manifest(["start": "null"]), "manifest.json")
    #expect(try folder.codes() == ["M2 error -"])
  }

  @Test func theIdIsComparedWithTheLog() throws {
    var view = LineageView()
    let id = ManifestTests.id
    view.measurements[id] = LineageView.Measurement(id: id, facts: ["manifest": "sha256:00"])
    let known = KnownMeasurements(view)
    let validation = try folder.validation { $0.known = known }
    #expect(validation.findings.map(\.code) == [.twoDigests])
    #expect(validation.isAlarm)
  }

  @Test func sameContentUnderAnotherIdIsTold() throws {
    var view = LineageView()
    var other = LineageView.Measurement(id: "other", facts: ["manifest": "sha256:00"])
    for (name, text) in MeasurementFolder.contents { other.files[name] = ["sha256": .string(Digest.sha256(text).hex)] }
    view.measurements["other"] = other
    let known = KnownMeasurements(view)
    let validation = try folder.validation { $0.known = known }
    #expect(validation.findings.map(\.code) == [.sameContent])
    #expect(validation.verdict == .good)
  }

  @Test func withoutAManifestEveryFileBelongsToItOnceItIsQuiet() throws {
    try remove("manifest.json")
    let busy = try folder.validation(.hash) { $0.dialect = .files }
    #expect(busy.verdict == .incomplete)
    let quiet = try folder.validation(.present) {
      $0.dialect = .files
      $0.quietPeriod = 0
    }
    #expect(quiet.verdict == .good)
    #expect(quiet.files == 2)
  }

  @Test func recordsAreTheSameForAnyNumberOfJobs() throws {
    try scratch.write("alphb\n", "a.bin")
    try scratch.write("bravp\n", "deep/b.txt")
    let one = try folder.validation { $0.jobs = 1 }.record
    #expect(try folder.validation { $0.jobs = 8 }.record == one)
  }
}

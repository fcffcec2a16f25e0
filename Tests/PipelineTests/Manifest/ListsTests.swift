import Core
import Foundation
import Testing

@testable import Pipeline

/// Folders with lists of digests, one or several, and with more than one manifest.
@Suite struct ListsTests {
  let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.write("alpha\n", "a")
    try scratch.write("bravo\n", "b")
  }

  func list(_ name: String, _ algorithm: Digest, _ files: [String: String] = ["a": "alpha\n", "b": "bravo\n"]) throws {
    let lines = files.sorted { $0.key < $1.key }.map { "\(algorithm.of(Array($0.value.utf8).bytes).hex)  \($0.key)\n" }
    try scratch.write(lines.joined(), name)
  }

  func findings(_ level: ValidationLevel = .hash, _ dialect: ManifestDialect? = nil) throws -> [String] {
    var plan = ValidationPlan()
    (plan.level, plan.dialect) = (level, dialect)
    let validation = try FolderValidation.validate(Folder(scratch.path), path: "m", plan)
    return validation.findings.filter { !$0.message.contains("says when it was") }.map {
      "\($0.code.rawValue) \($0.severity.rawValue) \($0.path ?? "-")"
    }
  }

  @Test(arguments: [
    ("SHA256SUMS", Digest.sha256), ("SHA512SUMS", .sha512), ("drive.sha256", .sha256), ("drive.SHA512", .sha512),
  ]) func aListIsKnownByItsName(_ name: String, _ algorithm: Digest) throws {
    try list(name, algorithm)
    #expect(try findings() == [])
    try scratch.write("alphb\n", "a")
    #expect(try findings() == ["H1 error a"])
    #expect(try findings(.size) == [])
  }

  @Test func weakListsAreComparedAndWarnedOf() throws {
    try list("MD5SUMS", .md5)
    #expect(try findings() == ["M2 warning MD5SUMS"])
    try scratch.write("alphb\n", "a")
    #expect(try findings() == ["M2 warning MD5SUMS", "H1 error a"])
  }

  @Test func severalListsMustAgree() throws {
    try list("SHA256SUMS", .sha256)
    try list("SHA512SUMS", .sha512)
    #expect(try findings() == [])
    try list("SHA512SUMS", .sha512, ["a": "alpha\n"])
    #expect(try findings() == ["M2 error b"])
    try list("SHA512SUMS", .sha512, ["a": "alpha\n", "b": "other\n"])
    #expect(try findings() == ["H1 error b"])
  }

  @Test func aListForEachFileIsOneList() throws {
    try list("a.sha256", .sha256, ["a": "alpha\n"])
    try list("b.sha256", .sha256, ["b": "bravo\n"])
    #expect(try findings() == [])
  }

  @Test func aListThatAnotherOneListsIsCompared() throws {
    try list("MD5SUMS", .md5)
    try list("SHA256SUMS", .sha256, ["a": "alpha\n", "b": "bravo\n", "MD5SUMS": try scratch.text("MD5SUMS")])
    #expect(try findings() == ["M2 warning MD5SUMS"])
    try scratch.write(try scratch.text("MD5SUMS") + "\n", "MD5SUMS")
    #expect(try findings() == ["M2 warning MD5SUMS", "H1 error MD5SUMS"])
  }

  @Test func blake3AloneIsNeverCalledHashed() throws {
    try list("B3SUMS", .sha256)
    #expect(try findings(.size) == ["M2 warning -"])
    #expect(try findings() == ["M2 warning -", "H1 error a", "H1 error b"])
    try FileManager.default.removeItem(at: scratch.url("b"))
    #expect(try findings(.present) == ["M2 warning -", "M3 error b"])
    // Beside another list it is names and completeness.
    try scratch.write("bravo\n", "b")
    try list("SHA256SUMS", .sha256)
    #expect(try findings() == ["M2 warning -"])
  }

  @Test func twoManifestsThatDoNotNameEachOtherAreRefused() throws {
    let digest = Digest.sha256("alpha\n").hex
    func manifest(_ more: String) throws {
      try scratch.write(
        ManifestTests.native(
          ["start": #""2022-09-30T08:36:40Z""#], files: #"[{"path":"a","bytes":6,"sha256":"\#(digest)"}\#(more)]"#),
        "manifest.json")
    }
    try FileManager.default.removeItem(at: scratch.url("b"))
    try scratch.write("x", "bagit.txt")
    try manifest("")
    #expect(try findings() == ["M1 error bagit.txt"])
    #expect(try findings(.hash, .av) == ["M4 warning bagit.txt"])
    try manifest(#",{"path":"bagit.txt","bytes":1,"sha256":"\#(Digest.sha256("x").hex)"}"#)
    #expect(try findings() == [])
  }

  @Test func aNameInAnotherNormalisationIsFoundAndTold() throws {
    let (composed, decomposed) = ("\u{e9}", "e\u{301}")
    for (listed, there) in [(composed, decomposed), (decomposed, composed)] {
      let folder = try ScratchFolder()
      try folder.write("x", there)
      try folder.write("\(Digest.sha256("x").hex)  \(listed)\n", "SHA256SUMS")
      var plan = ValidationPlan()
      plan.level = .hash
      let validation = try FolderValidation.validate(Folder(folder.path), path: "m", plan)
      #expect(validation.findings.filter { $0.code == .path }.map(\.severity) == [.warning])
      #expect(validation.findings.filter { $0.code == .digest || $0.code == .missing } == [])
      #expect(validation.manifest?.files.first.map { Array($0.path.utf8) } == Array(there.utf8))
      // The other form besides is another file, and not listed.
      try folder.write("x", listed)
      let both = try FolderValidation.validate(Folder(folder.path), path: "m", plan)
      #expect(
        both.findings.filter { $0.code == .extra }.compactMap(\.path).map { Array($0.utf8) } == [Array(there.utf8)])
    }
  }
}

import Core
import Testing

@testable import Pipeline

@Suite struct SumsTests {
  static let hex = ManifestTests.digest

  static let lines: [(line: String, path: String)] = [
    ("\(hex)  a.bag", "a.bag"), ("\(hex) *a.bag", "a.bag"), ("\(hex)  a b  c", "a b  c"), ("\(hex)  ./a", "a"),
    ("SHA256 (a (1).bag) = \(hex)", "a (1).bag"), (#"\\#(hex)  a\\b"#, #"a\b"#), ("\(hex.uppercased())  a", "a"),
    ("\(hex)  a\r", "a"), ("SHA512 (x) = \(hex)\(hex)", "x"), ("\(hex)\(hex)  x", "x"),
  ]

  @Test(arguments: ["MD5 (x) = \(hex.prefix(32))", "\(hex.prefix(32))  x", "SHA1 (x) = \(hex.prefix(40))"])
  func weakDigestsAreComparedAndWarnedOf(_ line: String) {
    let manifest = Manifest(sums: Array((line + "\n").utf8), name: "MD5SUMS")
    #expect(ManifestTests.codes(manifest) == ["M2 warning"])
    #expect(manifest.files.map(\.path) == ["x"])
    #expect(manifest.files.first?.digests.count == 1)
  }

  @Test(arguments: [("B3SUMS", "\(hex)  x"), ("x.b3", "\(hex)  x"), ("SHA256SUMS", "BLAKE3 (x) = \(hex)")])
  func blake3IsKnownByItsNameAndNotTakenForSHA256(_ name: String, _ line: String) {
    let manifest = Manifest(sums: Array((line + "\n").utf8), name: name)
    #expect(ManifestTests.codes(manifest) == ["M2 warning"])
    #expect(manifest.files.first?.blake3 == Self.hex)
    #expect(manifest.files.first?.digests == [:])
    // Nothing vouches for the contents, so they make no identity.
    #expect(manifest.digest.isEmpty)
    #expect(manifest.measurement == nil)
  }

  @Test(arguments: [
    ("SHA256SUMS", "lists nothing but itself", "\(hex)  SHA256SUMS\n"), ("SHA256SUMS", "lists nothing", "\n\n"),
    ("SHA256SUMS", "listed twice", "\(hex)  a\n\(hex)  ./a\n"),
    ("SHA256SUMS", "differs from \u{e9} only in case or normalisation", "\(hex)  \u{e9}\n\(hex)  e\u{301}\n"),
    ("B3SUMS", "listed twice", "\(hex)  a\n\(hex)  a\n"),
    ("SHA256SUMS", "is not in the lists of every algorithm", "\(hex)  a\n\(hex)\(hex)  a\n\(hex)  b\n"),
  ]) func whatIsWrongWithAListIsSaid(_ name: String, _ message: String, _ text: String) {
    let manifest = Manifest(sums: Array(text.utf8), name: name)
    #expect(manifest.findings.filter { $0.severity == .error }.map(\.message) == [message])
  }

  @Test(arguments: lines.indices) func aLineIsADigestAndAName(_ index: Int) {
    let manifest = Manifest(sums: Array((Self.lines[index].line + "\n").utf8))
    #expect(manifest.findings == [])
    #expect(manifest.files.map(\.path) == [Self.lines[index].path])
    #expect(manifest.files.first?.digests.count == 1)
  }

  @Test(arguments: [
    "\(hex) a", "\(hex.dropLast())  a", "a  \(hex)", "\(hex)  ", #"\\#(hex)  a\x"#, "SHA256 (a) = \(hex.dropLast())",
    "zz\(hex.dropFirst(2))  a",
  ]) func otherLinesAreFindings(_ line: String) {
    #expect(ManifestTests.codes(Manifest(sums: Array((line + "\n").utf8))).contains("M1 error"))
  }

  @Test func anEscapedNewlineIsRefusedAsAName() {
    #expect(ManifestTests.codes(Manifest(sums: Array(#"\\#(Self.hex)  a\nb"#.utf8))) == ["M5 error"])
  }

  @Test func aNameThatIsNotUTF8IsRefused() {
    let manifest = Manifest(sums: Array("\(Self.hex)  a".utf8) + [0xff, 0x0a])
    #expect(ManifestTests.codes(manifest).first == "M5 error")
  }

  @Test func theDigestDoesNotDependOnTheOrder() {
    let (one, two) = ("\(Self.hex)  a\n", "\(Self.hex)  b\n")
    let manifest = Manifest(sums: Array((one + two).utf8))
    #expect(manifest.digest == Manifest(sums: Array((two + one).utf8)).digest)
    #expect(manifest.digest == Digest.sha256(one + two).hex)
  }
}

@Suite struct BagItTests {
  let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.makeFolder("data")
    try scratch.write("hello\n", "data/a.txt")
    try scratch.write("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "bagit.txt")
    try scratch.write("VIN: KA1\nPayload-Oxum: 6.1\nStart: 2022-09-30T08:36:40Z\n", "bag-info.txt")
    try list(["data/a.txt"])
  }

  func list(_ paths: [String], _ text: String = "hello\n") throws {
    let hex = Digest.sha256(text).hex
    try scratch.write(paths.map { "\(hex)  \($0)\n" }.joined(), "manifest-sha256.txt")
  }

  func validation() throws -> Validation {
    var plan = ValidationPlan()
    plan.level = .hash
    return try FolderValidation.validate(Folder(scratch.path), path: "m", plan)
  }

  func codes() throws -> [String] { try validation().findings.map { "\($0.code.rawValue) \($0.severity.rawValue)" } }

  @Test func aGoodBag() throws {
    let validation = try validation()
    #expect(validation.findings == [])
    #expect(validation.manifest?.dialect == .bagit)
    #expect(validation.manifest?.vin == "KA1")
  }

  @Test func percentEscapes() throws {
    try scratch.write("hello\n", "data/b%.txt")
    try list(["data/a.txt", "data/b%25.txt"])
    try scratch.write("VIN: KA1\nStart: 2022-09-30T08:36:40Z\n", "bag-info.txt")
    #expect(try codes() == [])
    // Some write the name as it is, and it has such an escape in it.
    try scratch.write("hello\n", "data/c%25.txt")
    try list(["data/a.txt", "data/b%25.txt", "data/c%25.txt"])
    #expect(try codes() == ["M5 info"])
  }

  @Test func whatIsWrongIsFound() throws {
    try list(["data/a.txt", "data/gone.txt"])
    #expect(try codes().contains("M3 error"))
    try list(["data/a.txt"], "other")
    #expect(try codes() == ["H1 error"])
    try list(["data/a.txt", "../a.txt"])
    #expect(try codes().contains("M5 error"))
    try list(["data/a.txt"])
    try scratch.write("x", "data/extra.txt")
    #expect(try codes().contains("M4 error"))
  }

  @Test func theOxumIsCompared() throws {
    try scratch.write("VIN: KA1\nPayload-Oxum: 7.1\nStart: 2022-09-30T08:36:40Z\n", "bag-info.txt")
    #expect(try codes() == ["S1 error"])
    try scratch.write("VIN: KA1\nPayload-Oxum: 6.2\nStart: 2022-09-30T08:36:40Z\n", "bag-info.txt")
    #expect(try codes() == ["M2 error"])
  }

  @Test func filesToBeFetchedAreNotSupported() throws {
    try scratch.write("http://x 1 data/b\n", "fetch.txt")
    #expect(try codes() == ["M2 error"])
  }
}

import Core
import Testing

@testable import Pipeline

@Suite struct ManifestTests {
  static let digest = String(repeating: "a1", count: 32)
  static let id = "210b1ba7-9184-4840-a1c8-ebf397b7c686"

  /// A native manifest, with some of its members replaced.
  static func native(_ members: [String: String?] = [:], files: String? = nil) -> [UInt8] {
    var all = [
      "schema": #""av.manifest/1""#, "measurement": #""\#(id)""#, "vin": #""KA123456""#,
      "files": files ?? #"[{"path":"a.bag","bytes":3,"sha256":"\#(digest)"}]"#,
    ]
    for (key, value) in members { all[key] = value }
    let text = all.sorted { $0.key < $1.key }.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",")
    return Array("{\(text)}".utf8)
  }

  static func file(_ path: String) -> String { #"{"path":\#(path.jsonQuoted),"bytes":3,"sha256":"\#(digest)"}"# }

  static func codes(_ manifest: Manifest) -> [String] {
    manifest.findings.map { "\($0.code.rawValue) \($0.severity.rawValue)" }
  }

  @Test func aGoodManifestHasNoFindings() {
    let manifest = Manifest(
      native: Self.native([
        "start": #""2022-09-30T08:36:40.000000123Z""#, "driver": #""d-17""#, "unknown": "[1]",
        "notes": #""line\nbreak""#,
        "tags": #"[{"key":"route","value":"A9"},{"key":"event","value":"x","at":"2022-09-30T08:38:02Z"}]"#,
        "expect": #"{"topics":[{"topic":"/a","hz":10}]}"#,
      ]))
    #expect(manifest.findings == [])
    #expect(manifest.measurement?.description == Self.id)
    #expect(manifest.start == Timestamp("2022-09-30T08:36:40.000000123Z"))
    #expect(manifest.tags.map(\.key) == ["route", "event"])
    #expect(manifest.expected?.topics.first?.hertz == 10)
    #expect(manifest.files.first?.sha256 == Self.digest)
  }

  @Test func withoutAnIdItIsMadeFromTheDigest() {
    let manifest = Manifest(native: Self.native(["measurement": String?.none]))
    #expect(manifest.measurement == .measurement(manifestDigest: manifest.digest))
    #expect(manifest.findings == [])
  }

  /// What is wrong, and the one finding that says so.
  static let traps: [(String, [String: String?], String)] = [
    ("damaged UUID", ["measurement": #""210b1ba7-9184-4840-a1c8-eb£397b7c686""#], "M2 error"),
    ("UUID with a line break", ["measurement": #""210b1ba7-9184-\n4840-a1c8-ebf397b7c686""#], "M2 error"),
    ("id of another kind", ["measurement": "17"], "M2 error"),
    ("no vehicle", ["vin": String?.none], "M2 error"),
    ("empty vehicle", ["vin": #""""#], "M2 error"),
    ("vehicle that is a path", ["vin": #""../x""#], "M2 error"),
    ("other schema", ["schema": #""av.manifest/2""#], "M2 error"),
    ("no files", ["files": "[]"], "M2 error"),
    ("files of another kind", ["files": "{}"], "M2 error"),
    ("no time", ["start": #""yesterday""#], "M2 error"),
    ("end before start", ["start": #""2022-01-02T00:00:00Z""#, "end": #""2022-01-01T00:00:00Z""#], "M2 error"),
    ("tags of another kind", ["tags": #"[{"key":"a"}]"#], "M2 error"),
    ("expected rate of zero", ["expect": #"{"topics":[{"topic":"/a","hz":0}]}"#], "M2 error"),
    ("no digest", ["files": #"[{"path":"a","bytes":1}]"#], "M2 error"),
    ("short digest", ["files": #"[{"path":"a","bytes":1,"sha256":"a1"}]"#], "M2 error"),
    ("negative size", ["files": #"[{"path":"a","bytes":-1,"sha256":"\#(digest)"}]"#], "M2 error"),
    ("parent", ["files": "[\(file("../a"))]"], "M5 error"),
    ("parent inside", ["files": "[\(file("a/../../b"))]"], "M5 error"),
    ("absolute", ["files": "[\(file("/etc/passwd"))]"], "M5 error"),
    ("empty name", ["files": "[\(file(""))]"], "M5 error"),
    ("newline in a name", ["files": "[\(file("a\nb"))]"], "M5 error"),
    ("escape in a name", ["files": "[\(file("a\u{1b}[2J"))]"], "M5 error"),
    ("256 bytes", ["files": "[\(file(String(repeating: "x", count: 256)))]"], "M5 error"),
    ("twice", ["files": "[\(file("a")),\(file("a"))]"], "M5 error"),
    ("equal but for case", ["files": "[\(file("a.bag")),\(file("A.BAG"))]"], "M5 error"),
    ("equal but for case outside ASCII", ["files": "[\(file("ä")),\(file("Ä"))]"], "M5 error"),
    ("equal but for normalisation", ["files": "[\(file("\u{e9}")),\(file("e\u{301}"))]"], "M5 error"),
    ("file and folder", ["files": "[\(file("a")),\(file("a/b"))]"], "M5 error"),
    ("the manifest itself", ["files": "[\(file("manifest.json"))]"], "M5 error"),
    ("an option", ["files": "[\(file("-rf"))]"], "M5 warning"),
  ]

  @Test(arguments: traps.indices) func aTrapHasOneFinding(_ index: Int) {
    let (name, members, code) = Self.traps[index]
    #expect(Self.codes(Manifest(native: Self.native(members))) == [code], "\(name)")
  }

  @Test func aDamagedIdIsNotReplaced() {
    let manifest = Manifest(native: Self.native(["measurement": #""eb£397b7c686""#]))
    #expect(manifest.measurement == nil)
    #expect(!manifest.isUsable)
  }

  @Test func refusedPathsAreNotOpened() {
    let manifest = Manifest(native: Self.native(["files": "[\(Self.file("../a")),\(Self.file("b"))]"]))
    #expect(manifest.files.map(\.path) == ["b"])
  }

  @Test func everyCutIsAFindingWithItsPlace() {
    let bytes = Self.native()
    for count in 1..<bytes.count {
      let manifest = Manifest(native: Array(bytes[..<count]))
      #expect(Self.codes(manifest) == ["M1 error"], "cut at \(count)")
      #expect(Verdict(manifest.findings) == .bad)
      #expect(manifest.findings.first?.offset == count)
    }
  }

  @Test func aByteOrderMarkIsRefused() {
    let manifest = Manifest(native: [0xef, 0xbb, 0xbf] + Self.native())
    #expect(Self.codes(manifest) == ["M1 error"])
    #expect(manifest.findings.first?.message.contains("byte order mark") == true)
  }

  @Test func anEmptyManifestIsOneThatIsNotThereYet() {
    #expect(Verdict(Manifest(native: []).findings) == .incomplete)
  }

  @Test func flippedBitsNeverTrap() {
    let bytes = Self.native()
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        _ = Manifest(native: damaged)
        _ = Manifest(sums: damaged)
      }
    }
  }
}

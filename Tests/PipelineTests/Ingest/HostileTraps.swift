import Core
import Foundation
import Testing

@testable import Pipeline

/// What is done to the upload in the folder, and the findings that are errors.
struct HostileTrap: Sendable, CustomTestStringConvertible {
  var name: String
  var errors: [String]
  var verdict = Verdict.bad
  var set: @Sendable (ScratchFolder, String) throws -> Void
  var testDescription: String { name }

  static var all: [HostileTrap] { manifests + names + things }
}

extension HostileTrap {
  static func path(_ scratch: ScratchFolder, _ name: String) -> String { scratch.path + "/" + name }

  static func remove(_ scratch: ScratchFolder, _ name: String) throws {
    try FileManager.default.removeItem(atPath: path(scratch, name))
  }

  static func link(_ scratch: ScratchFolder, _ name: String, to target: String) throws {
    try remove(scratch, name)
    try FileManager.default.createSymbolicLink(atPath: path(scratch, name), withDestinationPath: target)
  }

  /// A manifest that lists nothing but this path.
  static func list(_ listed: String) -> HostileTrap {
    HostileTrap(name: "listed: \(listed.debugDescription)", errors: ["M5"]) { scratch, folder in
      let entry = ManifestTests.file(listed)
      try scratch.write(
        ManifestTests.native(["start": #""2022-09-30T08:36:40Z""#, "measurement": #""\#(bad)""#], files: "[\(entry)]"),
        folder + "/manifest.json")
    }
  }

  static func manifest(
    _ name: String, _ errors: [String], _ verdict: Verdict = .bad, text: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> HostileTrap {
    HostileTrap(name: name, errors: errors, verdict: verdict) { scratch, folder in
      try scratch.write(text(scratch.read(folder + "/manifest.json")), folder + "/manifest.json")
    }
  }

  static func replacing(_ old: String, _ new: String) -> @Sendable ([UInt8]) -> [UInt8] {
    { Array(String(decoding: $0, as: UTF8.self).replacingOccurrences(of: old, with: new).utf8) }
  }

  static let bad = "610b1ba7-9184-4840-a1c8-ebf397b7c686"

  static let manifests: [HostileTrap] = [
    manifest("empty", ["M1"], .incomplete) { _ in [] },
    manifest("blank", ["M1"]) { _ in [0x20] },
    manifest("not JSON", ["M1"]) { _ in Array("<html>".utf8) },
    manifest("zeros", ["M1"]) { [UInt8](repeating: 0, count: $0.count) },
    manifest("byte order mark", ["M1"]) { [0xef, 0xbb, 0xbf] + $0 },
    manifest("UTF-16", ["M1"]) { [0xff, 0xfe] + $0.flatMap { [$0, 0] } },
    manifest("cut", ["M1"]) { Array($0.dropLast()) },
    manifest("two of them", ["M1"]) { $0 + $0 },
    manifest("deep", ["M1"]) { _ in [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20) },
    manifest("a list", ["M1"]) { _ in Array("[]".utf8) },
    manifest("damaged id", ["M2"], text: replacing(bad, "610b1ba7-9184-4840-a1c8-eb£397b7c686")),
    manifest("newline in the id", ["M2"], text: replacing(bad, bad + "\\n")),
    manifest("newline in a value", ["M2"], text: replacing("KA123456", "KA\\n123456")),
    manifest("no files", ["M2"]) { replacing(#""files":["#, #""files":[],"others":["#)($0) },
    manifest("wrong sizes", ["S1", "S1"], text: replacing(#""bytes":6,"#, #""bytes":7,"#)),
    manifest(
      "size of 2^63", ["M2"],
      text: replacing(#""path":"a.bin","bytes":6"#, #""path":"a.bin","bytes":9223372036854775808"#)),
    manifest("wrong digest", ["H1"], text: replacing(Digest.sha256("alpha\n").hex, Digest.sha256("other").hex)),
    manifest("missing file", ["M3"], .incomplete, text: replacing("a.bin", "c.bin")),
    manifest("duplicate", ["M5"], text: replacing("deep/b.txt", "a.bin")),
    manifest("case pair", ["M5"], text: replacing("deep/b.txt", "A.BIN")),
    manifest("normalisation pair", ["M5", "M3"]) {
      replacing("deep/b.txt", "e\u{301}")(replacing("a.bin", "\u{e9}")($0))
    },
  ]

  static let names: [HostileTrap] = [
    "../a", "a/../../b", "/etc/passwd", "", ".", "..", "a//b", "a/", "./a", "a\nb", "a\rb", "a\u{1b}[31m", "a\u{0}b",
    "a\u{7f}", "a\u{9b}31m", String(repeating: "x", count: 256), "../\u{301}x", "a/\u{301}b",
    String(repeating: "a/", count: 64) + "b", String(repeating: "a/", count: 2100),
  ].map(list)

  static let things: [HostileTrap] = [
    HostileTrap(name: "file link", errors: ["M6"]) { try link($0, $1 + "/a.bin", to: path($0, "outside/secret")) },
    HostileTrap(name: "link within", errors: ["M6"]) { try link($0, $1 + "/a.bin", to: "deep/b.txt") },
    HostileTrap(name: "folder link", errors: ["M6"]) { try link($0, $1 + "/deep", to: path($0, "outside")) },
    HostileTrap(name: "manifest link", errors: ["M6"]) {
      try link($0, $1 + "/manifest.json", to: path($0, "outside/secret"))
    },
    HostileTrap(name: "pipe", errors: ["M6"]) { scratch, folder in
      try remove(scratch, folder + "/a.bin")
      #expect(unsafe mkfifo(path(scratch, folder + "/a.bin"), 0o600) == 0)
    },
    HostileTrap(name: "pipe for a manifest", errors: ["M6"]) { scratch, folder in
      try remove(scratch, folder + "/manifest.json")
      #expect(unsafe mkfifo(path(scratch, folder + "/manifest.json"), 0o600) == 0)
    },
    HostileTrap(name: "folder for a file", errors: ["M6"]) { scratch, folder in
      try remove(scratch, folder + "/a.bin")
      try scratch.makeFolder(folder + "/a.bin")
    },
    HostileTrap(name: "folder for a manifest", errors: ["M6"]) { scratch, folder in
      try remove(scratch, folder + "/manifest.json")
      try scratch.makeFolder(folder + "/manifest.json")
    },
  ]
}

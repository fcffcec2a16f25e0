import Core
import Pipeline

extension FuzzTarget {
  /// The input is `dialect:u8` and a manifest; of BagIt its declaration, tags and list, with NUL between them.
  static let manifest = FuzzTarget(name: "manifest", run: readManifest) {
    let digest = String(repeating: "0a", count: 32)
    let native =
      #"{"schema":"av.manifest/1","measurement":"84c48e80-1758-5a7d-be96-80b10363ba27","vin":"WVWZZZ1JZXW000001","#
      + #""start":"2024-05-01T12:00:00Z","end":"2024-05-01T13:00:00Z","tags":[{"key":"k","value":"v"}],"#
      + #""expect":{"tolerance":0.1,"topics":[{"name":"/imu","hz":100}]},"#
      + #""files":[{"path":"a/b.bag","bytes":5,"sha256":""# + digest + #""}]}"#
    let sums = "\(digest)  drive.bag\n\\\(digest) *odd\\nname\nSHA256 (x.bag) = \(digest)\n"
    let bag = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n\0Payload-Oxum: 5.1\nBag-Size: 5\n VIN\n\0"
    return [
      ("native", [0] + native.utf8), ("sums", [1] + sums.utf8), ("bagit", [2] + (bag + "\(digest)  data/a%0Ab\n").utf8),
    ]
  }
}

private let folder = Environment.value("AV_FUZZ_SCRATCH") ?? "."

private func readManifest(_ bytes: [UInt8]) throws {
  guard let kind = bytes.first else { return }
  let text = Array(bytes.dropFirst())
  switch kind % 3 {
  case 0: verify(Manifest(native: text))
  case 1: verify(Manifest(sums: text))
  default:
    let parts = text.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false).map { Array($0) }
    for (part, name) in zip(parts + [[], []], ["bagit.txt", "bag-info.txt", "manifest-sha256.txt"]) {
      try fill("\(folder)/\(name)", part)
    }
    verify(try Manifest.read(Folder(folder), .bagit))
  }
}

/// What is kept of a manifest is safe to open beneath its folder, and each file once.
private func verify(_ manifest: Manifest) {
  for file in manifest.files {
    let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
    must(!parts.contains("..") && !parts.contains(".") && !parts.contains(""), "path \(file.path.shown)")
    must(file.path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "path \(file.path.shown)")
    must(file.bytes ?? 0 >= 0, "\(file.bytes ?? 0) bytes")
    must(file.digests.allSatisfy { $1.utf8.count == 2 * $0.count }, "a digest of another length")
  }
  must(Set(manifest.files.map(\.path)).count == manifest.files.count, "a path twice")
  _ = manifest.bytes
  _ = manifest.measurement
  for finding in manifest.findings { must(finding.message.utf8.count < 64 << 10, "a finding of 64 KiB") }
}

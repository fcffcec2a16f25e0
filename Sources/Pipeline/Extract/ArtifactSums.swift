import Core

/// What makes a folder of artifacts whole: the report, and the digest of every file.
enum ArtifactSums {
  static let file = "SHA256SUMS"
  static let report = "extract_report.json"

  /// Writes both files; the digest of the list stands for the whole folder.
  static func write(_ report: ExtractReport, in folder: Folder) throws -> String {
    let text = report.json.pretty + "\n"
    try put(Array(text.utf8), Self.report, in: folder)
    var lines = report.sums.map { "\($0.sha256)  \($0.path)\n" }
    lines.append("\(Digest.sha256(Array(text.utf8)).hex)  \(Self.report)\n")
    let list = Array(lines.sorted { $0.dropFirst(66) < $1.dropFirst(66) }.joined().utf8)
    try put(list, file, in: folder)
    return Digest.sha256(list).hex
  }

  private static func put(_ bytes: [UInt8], _ name: String, in folder: Folder) throws {
    let output = try OutputFile(name, inStaged: folder)
    try output.write(bytes)
    try output.commit()
  }
}

import Core
import Recordings

/// What makes a folder of artifacts whole: a report, and the digest of every file.
enum ArtifactSums {
  /// As `sha256sum` writes it, so that `sha256sum -c` checks the folder.
  static let list = "SHA256SUMS"
  static let report = "extract_report.json"
  static let metadata = "metadata.jsonl"

  /// Whether a folder holds a report and the files of its list of digests, and nothing else: then it may be replaced.
  static func isMade(_ folder: Folder, report: String) throws -> Bool {
    guard try folder.entry(report)?.kind == .file, try folder.entry(list)?.kind == .file else { return false }
    let file = try FileReader(list, in: folder)
    let lines = String(decoding: try file.bytes(at: 0, count: file.count), as: UTF8.self).split(separator: "\n")
    let listed = Set(lines.map { String($0.dropFirst(66)) } + [list])
    var isMade = true
    try folder.walk { path, entry in
      isMade = isMade && (entry.kind == .folder || entry.kind == .file && listed.contains(path))
      return isMade
    }
    return isMade
  }

  /// Writes both files; the contents are all files of the folder.
  static func write(_ report: ExtractReport, in folder: Folder) throws -> DatastreamContents {
    try write(report.json, as: Self.report, beside: report.sums, in: folder)
  }

  static func write(
    _ report: JSON, as name: String, beside files: [DatastreamContents.File], in folder: Folder
  ) throws -> DatastreamContents {
    var files = files
    files.append(try put(Array((report.pretty + "\n").utf8), name, in: folder))
    let lines = DatastreamContents(files).files.map { "\($0.sha256 ?? "")  \($0.path)\n" }
    files.append(try put(Array(lines.joined().utf8), list, in: folder))
    return DatastreamContents(files)
  }

  /// Writes what is in the recordings, as `av-meta inspect` tells it, a line a recording.
  static func write(_ inputs: [ExtractInput], in folder: Folder) throws -> DatastreamContents.File {
    let lines = inputs.map { JSON.object($0.reader.recording.record(path: $0.name)).text + "\n" }
    return try put(Array(lines.joined().utf8), metadata, in: folder)
  }

  private static func put(_ bytes: [UInt8], _ name: String, in folder: Folder) throws -> DatastreamContents.File {
    let output = try OutputFile(name, inStaged: folder, hashed: true)
    try output.write(bytes)
    return DatastreamContents.File(name, try output.commit())
  }
}

import Core

/// Where the records of a run go: standard output, or a file that is replaced by them at the run's end.
final class RecordFile {
  private let file: OutputFile?
  private(set) var isEmpty = true

  init(_ path: String?, run: String) throws {
    guard let path, path != "-" else {
      file = nil
      return
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let folder = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")
    file = try OutputFile(
      parts.last.map(String.init) ?? "", in: Folder(folder.isEmpty ? "/" : folder), run: run, existing: .replace)
  }

  var isFile: Bool { file != nil }

  func put(_ line: String) throws {
    isEmpty = false
    guard let file else { return try Console.record(line) }
    try file.write(Array((line + "\n").utf8))
  }

  func commit() throws { _ = try file?.commit() }
}

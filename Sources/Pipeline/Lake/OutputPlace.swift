import Core

/// A folder or file that a person named, outside of any lake.
struct OutputPlace {
  /// The folder that holds it.
  let folder: Folder
  let name: String
  /// As it was given.
  private let path: String

  /// - Throws: `UsageError` where the path ends in no name, `SystemError` where its folder is not there.
  init(_ path: String) throws {
    let trimmed = Self.trimmed(path)
    let slash = trimmed.lastIndex(of: "/")
    name = slash.map { String(trimmed[trimmed.index(after: $0)...]) } ?? trimmed
    guard !name.isEmpty, name != ".", name != ".." else { throw UsageError("'\(path)' does not name a new folder") }
    folder = try Folder(slash.map { $0 == trimmed.startIndex ? "/" : String(trimmed[..<$0]) } ?? ".")
    self.path = path
  }

  /// Without slashes at the end.
  static func trimmed(_ path: String) -> String {
    var path = path[...]
    while path.utf8.count > 1, path.hasSuffix("/") { path = path.dropLast() }
    return String(path)
  }

  /// Builds a folder of artifacts there, whole or not at all; one that `tool` made before, with this report, is replaced
  /// where that is forced.
  func make<Result>(
    _ tool: String, report: String, run: String, isForced: Bool, _ build: (Folder) throws -> Result
  ) throws -> Result {
    if let there = try folder.entry(name) {
      guard isForced else { throw SystemError.exists(path, cannot: "make the folder") }
      guard try there.kind == .folder && ArtifactSums.isMade(Folder(name, in: folder), report: report) else {
        throw UsageError("'\(path)' holds what \(tool) did not make, and is not replaced")
      }
    }
    let staged = try StagedFolder(name, in: folder, run: run)
    let result = try build(staged.folder)
    try staged.commit(isForced ? Existing.replace : Existing.refuse)
    return result
  }
}

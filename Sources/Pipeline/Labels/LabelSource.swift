import Core

/// What came back at one place: a folder and the files below it, or a file.
struct LabelSource {
  let folder: Folder
  let files: [DatastreamContents.File]
  let digest: String
  /// Before the paths of its files, where there are several returns.
  let prefix: String

  init(_ path: String, prefix: String, jobs: Int) throws {
    let trimmed = OutputPlace.trimmed(path)
    let slash = trimmed.lastIndex(of: "/")
    let parent = try Folder(slash.map { $0 == trimmed.startIndex ? "/" : String(trimmed[..<$0]) } ?? ".")
    let name = slash.map { String(trimmed[trimmed.index(after: $0)...]) } ?? trimmed
    guard let entry = try parent.entry(name) else {
      throw SourceError(path, "is not there", code: .missing)
    }
    let folder = entry.kind == .folder ? try Folder(name, in: parent) : parent
    let contents =
      entry.kind == .folder
      ? try DatastreamContents(of: folder).hashed(in: folder, jobs: jobs)
      : try DatastreamContents([.init(path: name, bytes: entry.size)]).hashed(in: folder, jobs: 1)
    guard contents.others.isEmpty else {
      throw SourceError("\(path)/\(contents.others[0])", "is neither a file nor a folder", code: .wrongKind)
    }
    guard !contents.files.isEmpty else { throw SourceError(path, "is empty", code: .missing) }
    (self.folder, files, digest, self.prefix) = (folder, contents.files, contents.digest ?? "", prefix)
  }
}

extension [LabelSource] {
  /// Of one return, its own; of several, of theirs in order, since the first one's boxes stay.
  var digest: String { count == 1 ? self[0].digest : Digest.sha256(map(\.digest).joined(separator: "\n")).hex }
}

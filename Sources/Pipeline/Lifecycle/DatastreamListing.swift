import Core

/// The files of a datastream that are known to be its own, with their sizes.
///
/// Copies are in the log, one by one. What was made has a list of its own; without one, the digest of all files tells
/// whether they are those that were recorded.
struct DatastreamListing {
  private(set) var files: [String: Int?] = [:]

  /// Files of which nobody says whose they are: nothing of them may go.
  struct Unknown: Error {
    var reason: String
  }

  init(_ lake: Lake, _ stream: LineageView.Datastream, _ zone: String, jobs: Int) throws {
    guard let path = stream.zone == "raw" ? stream.path(in: zone) : stream.path,
      let folder = try lake.folder(recorded: path)
    else { throw Unknown(reason: "\(stream.path) is not there") }
    if stream.zone == "raw" {
      for item in stream.items(zone, below: path) { files[item.path] = item.bytes }
      return
    }
    let contents = try DatastreamContents(of: folder)
    let own = try Self.own(folder)
    if own == nil {
      let digest = try contents.hashed(in: folder, jobs: jobs).digest
      guard digest != nil, digest == stream.outcome["digest"]?.string else {
        throw Unknown(reason: "\(path) has no list of its files, and they are not those that were recorded")
      }
    }
    for file in contents.files where own?.contains(file.path) ?? true { files[file.path] = file.bytes }
  }

  /// The paths that a list of digests in the folder names, and the list itself; nil without one.
  private static func own(_ folder: Folder) throws -> Set<String>? {
    guard try folder.entry(ArtifactSums.list)?.kind == .file else { return nil }
    let file = try FileReader(ArtifactSums.list, in: folder)
    guard file.count <= 256 << 20 else { return nil }
    let lines = String(decoding: try file.bytes(at: 0, count: file.count), as: UTF8.self).split(separator: "\n")
    return Set(lines.map { String($0.dropFirst(66)) } + [ArtifactSums.list])
  }
}

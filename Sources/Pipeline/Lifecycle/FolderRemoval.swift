import Core

/// Removes the files of a datastream that are known by name, then the folders that are empty (`reliability.md` §2.5).
///
/// All of it is done from folders that are held open; no link is followed, and what is not known stays.
struct FolderRemoval {
  let lake: Lake
  /// Asked before each removal.
  let mayRemove: () throws -> Void

  /// What became of it.
  struct Outcome {
    var files = 0
    var bytes = 0
    /// What stays, by its path below the folder.
    var left: [String] = []
  }

  /// `listed` are paths below the folder, with the size that the file must have, where that is known.
  func run(_ path: String, _ listed: [String: Int?]) throws -> Outcome {
    var outcome = Outcome()
    let place = try lake.location(recorded: path)
    let root = try Folder(place.root)
    // An earlier run may have come as far as the folders above.
    guard try root.entry(place.path) != nil else {
      try removeEmpty(LakePath.parent(place.path), in: root)
      return outcome
    }
    let folder = try Folder(place.path, in: root)
    var touched: Set<String> = []
    for (name, size) in listed.sorted(by: { $0.key < $1.key }) {
      guard let entry = try folder.entry(name), entry.kind == .file, size == nil || size == entry.size else { continue }
      try mayRemove()
      let parent = LakePath.parent(name)
      try (parent.isEmpty ? folder : Folder(parent, in: folder)).remove(LakePath.last(name))
      touched.insert(parent)
      outcome.files += 1
      outcome.bytes = outcome.bytes.addingSaturated(entry.size)
    }
    for parent in touched.sorted() { try (parent.isEmpty ? folder : Folder(parent, in: folder)).sync() }
    try removeEmpty(below: folder, &outcome)
    try removeEmpty(place.path, in: root)
    return outcome
  }

  /// Removes empty folders from the innermost up, and notes what is left.
  private func removeEmpty(below folder: Folder, _ outcome: inout Outcome) throws {
    var folders: [String] = []
    try folder.walk { path, entry in
      if entry.kind != .folder { outcome.left.append(path) } else if entry.isText { folders.append(path) }
      return true
    }
    for path in folders.reversed() {
      let parent = LakePath.parent(path)
      try removeIfEmpty(LakePath.last(path), in: parent.isEmpty ? folder : Folder(parent, in: folder))
    }
  }

  /// Removes a folder and those above it, up to the root, as long as they are empty.
  private func removeEmpty(_ path: String, in root: Folder) throws {
    var path = path
    while !path.isEmpty {
      let parent = LakePath.parent(path)
      if try root.entry(path) != nil {
        let holder = try parent.isEmpty ? root : Folder(parent, in: root)
        guard try removeIfEmpty(LakePath.last(path), in: holder) else { return }
      }
      path = parent
    }
  }

  @discardableResult
  private func removeIfEmpty(_ name: String, in parent: Folder) throws -> Bool {
    guard try Folder(name, in: parent).names().isEmpty else { return false }
    try mayRemove()
    do throws(SystemError) { try parent.removeEmptyFolder(name) } catch {
      // Another run put something into it meanwhile.
      guard try !Folder(name, in: parent).names().isEmpty else { throw error }
      return false
    }
    try parent.sync()
    return true
  }
}

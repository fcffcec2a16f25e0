import Core

/// Removes from landing what is proven to be elsewhere, name by name (`reliability.md` §2.5).
struct LandingClear {
  let arrival: Arrival
  /// Asked before each removal.
  let mayRemove: @Sendable () throws -> Void

  /// What became of it.
  struct Outcome: Sendable {
    var files = 0
    var bytes = 0
    /// What stays: files that are not listed, and listed ones that are not what was copied.
    var left: [String] = []
    /// Listed files that are not what was copied.
    var changed: [String] = []
  }

  /// Removes the files that are still what they were when they were hashed, then the manifest, then empty folders.
  ///
  /// `last` are removed last, and only when nothing else is left: by them the folder is known again.
  func run(_ files: [String: FileIdentity], last: [String]) throws -> Outcome {
    var outcome = Outcome()
    for path in files.keys.sorted() where !last.contains(path) { try remove(path, files[path], &outcome) }
    outcome.left = try remaining(except: last)
    if outcome.left.isEmpty {
      for path in last { try remove(path, files[path], &outcome) }
      outcome.left = try remaining(except: [])
    }
    try removeFolders()
    return outcome
  }

  /// Reads files of landing: the identities of those that are what was copied, and the others that are there.
  static func prove(
    _ items: [ZoneCopy.Item], in arrival: Arrival, _ step: (Int) throws -> Void
  ) throws -> (proven: [String: FileIdentity], changed: [String]) {
    var proven: [String: FileIdentity] = [:]
    var changed: [String] = []
    for item in items {
      guard let path = item.source, let entry = try arrival.folder.entry(path) else { continue }
      guard entry.kind == .file, entry.size == item.bytes else {
        changed.append(path)
        continue
      }
      let file = try FileCopy.reading { try FileReader(path, in: arrival.folder) }
      let digest = try FileCopy.reading { try FileDigest.of(file, .sha256, step) }
      if digest == item.sha256 { proven[path] = file.identity } else { changed.append(path) }
    }
    return (proven, changed)
  }

  private func remove(_ path: String, _ identity: FileIdentity?, _ outcome: inout Outcome) throws {
    guard let identity, let entry = try arrival.folder.entry(path) else { return }
    guard entry.kind == .file, entry.identity == identity else {
      outcome.changed.append(path)
      return
    }
    try mayRemove()
    let (parent, name) = try place(of: path)
    try parent.remove(name)
    outcome.files += 1
    outcome.bytes += entry.size
  }

  private func place(of path: String) throws -> (Folder, String) {
    // By bytes: to Swift a '/' with a combining mark behind it is another character.
    let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    guard let name = parts.last, parts.count > 1 else { return (arrival.folder, path) }
    return (try Folder(parts.dropLast().joined(separator: "/"), in: arrival.folder), name)
  }

  private func remaining(except known: [String]) throws -> [String] {
    var left: [String] = []
    try arrival.folder.walk { path, entry in
      if entry.kind != .folder, !known.contains(path) { left.append(path) }
      return true
    }
    return left
  }

  /// Removes empty folders from the innermost up, the measurement's own last.
  private func removeFolders() throws {
    var folders: [String] = []
    try arrival.folder.walk { path, entry in
      if entry.kind == .folder, entry.isText { folders.append(path) }
      return true
    }
    for path in folders.reversed() {
      let (parent, name) = try place(of: path)
      guard try Folder(name, in: parent).names().isEmpty else { continue }
      try parent.removeEmptyFolder(name)
      try parent.sync()
    }
    try arrival.folder.sync()
    guard try arrival.folder.names().isEmpty else { return }
    try mayRemove()
    try arrival.root.removeEmptyFolder(arrival.name)
    try arrival.root.sync()
  }
}

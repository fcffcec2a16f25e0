import Core

/// What runs that ended early had copied of a datastream, below `.av-incoming/<run>/<datastream>`.
///
/// The datastream's id stands for the digest of its manifest, so that a leftover can be of no other content. Nothing
/// else about it is believed: whoever goes on with it reads it back from the medium.
struct Leftover {
  private let datastream: String
  private let isDead: (_ run: String) -> Bool

  init(_ datastream: String, isDead: @escaping (_ run: String) -> Bool) {
    (self.datastream, self.isDead) = (datastream, isDead)
  }

  /// Moves the largest one into the folder of this run, without what is not listed, and removes the others.
  func takeOver(in incoming: Folder, into own: Folder, listed: [String]) throws {
    let found = try all(in: incoming)
    for leftover in found.reversed() {
      if try own.entry(datastream) == nil {
        try leftover.run.move(datastream, to: datastream, in: own)
      } else {
        try leftover.run.removeStaged(datastream)
      }
      if try leftover.run.names().isEmpty { try incoming.removeEmptyFolder(leftover.name) }
    }
    guard let entry = try own.entry(datastream) else { return }
    guard entry.kind == .folder else { return try own.remove(datastream) }
    try prune(try Folder(datastream, in: own), listed: Set(listed))
  }

  /// How many bytes the largest one has.
  func bytes(in incoming: Folder) throws -> Int { try all(in: incoming).last?.bytes ?? 0 }

  /// Those that there are, the largest last.
  private func all(in incoming: Folder) throws -> [(name: String, run: Folder, bytes: Int)] {
    var found: [(name: String, run: Folder, bytes: Int)] = []
    for entry in try incoming.entries() where entry.kind == .folder && isDead(entry.name) {
      // Another measurement of this run may have taken the last one out of it since.
      let run: Folder
      do throws(SystemError) { run = try Folder(entry.name, in: incoming) } catch {
        guard error.code == .missing else { throw error }
        continue
      }
      guard try run.entry(datastream)?.kind == .folder else { continue }
      var bytes = 0
      try Folder(datastream, in: run).walk { _, inner in
        if inner.kind == .file { bytes = bytes.addingSaturated(inner.size) }
        return true
      }
      found.append((entry.name, run, bytes))
    }
    return found.sorted { $0.bytes < $1.bytes }
  }

  /// Removes what is no listed file: the published folder holds nothing else.
  private func prune(_ folder: Folder, listed: Set<String>) throws {
    let parents = Set(ZoneCopy.folders(Array(listed)))
    var strange: [String] = []
    try folder.walk { path, entry in
      let isKnown = entry.isText && (entry.kind == .folder ? parents.contains(path) : listed.contains(path))
      if !isKnown || (entry.kind != .folder && entry.kind != .file) { strange.append(path) }
      return isKnown
    }
    for path in strange {
      let parent = LakePath.parent(path)
      try (parent.isEmpty ? folder : Folder(parent, in: folder)).removeStaged(LakePath.last(path))
    }
  }
}

extension ZoneCopy {
  /// How many bytes an earlier run left that this one need not write.
  func kept() throws -> Int {
    let root = try Folder(location.root)
    guard try root.entry(Self.incoming)?.kind == .folder else { return 0 }
    return try Leftover(datastream, isDead: isDead).bytes(in: Folder(Self.incoming, in: root))
  }
}

import Core

/// The files of a measurement in one zone: built apart, published by one rename (`reliability.md` §2.2).
struct ZoneCopy: Sendable {
  /// Where folders are built, below the root that they go to.
  static let incoming = ".av-incoming"

  let zone: String
  let location: Lake.Location
  let datastream: String
  let run: String
  let proof: FileCopy.Proof
  let jobs: Int
  let step: @Sendable (Int) throws -> Void
  /// Asked before the folder gets its name.
  let mayPublish: @Sendable () throws -> Void

  /// A file to be copied, and what it must be.
  struct Item: Sendable, Hashable {
    /// Where it is in the zone, below the datastream's folder.
    var path: String
    /// Where it was in landing; nil for what was made here.
    var source: String?
    var bytes: Int
    var sha256: String
  }

  /// Whether the folder has its name already.
  func isPublished() throws -> Bool {
    let root = try Folder(location.root)
    do throws(SystemError) { return try root.entry(location.path) != nil } catch {
      // Something that is no folder is in the way: the copy will say so.
      guard error.code == .wrongKind else { throw error }
      return false
    }
  }

  /// Copies the files from a landing folder, and `texts` besides, and gives the folder its name.
  ///
  /// Returns the identities that the sources had, by their paths in landing. What is left after an error is removed as far as possible.
  func publish(_ items: [Item], texts: [String: [UInt8]] = [:], from source: Folder) throws -> [String: FileIdentity] {
    let root = try Folder(location.root)
    let incoming = try root.making("\(Self.incoming)/\(run)")
    try incoming.removeStaged(datastream)
    let staged = try incoming.making(datastream)
    do {
      let copy = FileCopy(folder: staged, run: run, proof: proof, step: step)
      var identities: [String: FileIdentity] = [:]
      try parallelMap(items, jobs: jobs) { item in
        let path = item.source ?? item.path
        return (path, try copy.copy(try Self.open(item, in: source), to: item.path, sha256: item.sha256))
      } _: { path, identity in
        identities[path] = identity
      }
      for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
        let file = try AtomicFile(name, in: staged, run: run)
        try file.write(text.bytes)
        try file.commit()
      }
      try name(in: root, from: incoming)
      return identities
    } catch {
      // The first error says what went wrong; what cannot be removed is swept by a later run.
      try? incoming.removeStaged(datastream)
      throw error
    }
  }

  private static func open(_ item: Item, in source: Folder) throws -> FileReader {
    try FileCopy.reading {
      let file = try FileReader(item.source ?? item.path, in: source)
      guard file.count == item.bytes else { throw SystemError(file.path, cannot: "trust", code: SystemError.stale) }
      return file
    }
  }

  /// Files and folders are durable by now: `AtomicFile` and `making` see to it.
  private func name(in root: Folder, from incoming: Folder) throws {
    let parts = location.path.split(separator: "/").map(String.init)
    let parent = try root.making(parts.dropLast().joined(separator: "/"))
    try mayPublish()
    try incoming.move(datastream, to: parts.last ?? datastream, in: parent)
    try parent.sync()
    try incoming.sync()
  }

  /// Reads what is published from the medium: the first thing that is not as it should be.
  func problem(_ items: [Item]) throws -> IntegrityError? {
    let folder = try Folder(location.root)
    for item in items {
      let place = "\(location.recorded)/\(item.path)"
      do {
        let file = try FileReader("\(location.path)/\(item.path)", in: folder)
        guard file.count == item.bytes else {
          return IntegrityError(place, "has \(file.count) bytes, recorded with \(item.bytes)")
        }
        file.dropCache()
        let digest = try FileDigest.of(file, .sha256, step)
        guard digest == item.sha256 else {
          return IntegrityError(place, "sha256 is \(digest), recorded as \(item.sha256)")
        }
      } catch let error as SystemError {
        guard FileCheck.finding(error, place) != nil else { throw error }
        return IntegrityError(place, "is not there, or no regular file")
      }
    }
    return nil
  }
}

extension Folder {
  /// Removes a folder that was being built, with all that is in it; links are removed, not followed.
  func removeStaged(_ name: String, depth: Int = 0) throws {
    guard let entry = try entry(name) else { return }
    guard entry.kind == .folder else { return try remove(name) }
    let folder = try Folder(name, in: self)
    for inner in try folder.entries() where depth < 64 { try folder.removeStaged(inner.name, depth: depth + 1) }
    try removeEmptyFolder(name)
  }
}

import Core

/// The files of a measurement in one zone: built apart, published by one rename (`reliability.md` §2.2).
struct ZoneCopy: Sendable {
  /// Where folders are built, below the root that they go to.
  static let incoming = ".av-incoming"

  let zone: String
  let location: Lake.Location
  let datastream: String
  let run: String
  let jobs: Int
  let step: @Sendable (Int) throws -> Void
  /// Asked before the folder gets its name.
  let mayPublish: @Sendable () throws -> Void
  /// Whether a run has ended, so that what it left half may be gone on with.
  var isDead: @Sendable (_ run: String) -> Bool = { _ in false }

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
  /// Returns the identities of the sources that were read to their ends, by their paths in landing; the others were copied
  /// in part by an earlier run. After an interruption, and on a full medium, what was copied stays for the next run;
  /// after any other error it is removed as far as possible.
  func publish(_ items: [Item], texts: [String: [UInt8]] = [:], from source: Folder) throws -> [String: FileIdentity] {
    let root = try Folder(location.root)
    let incoming = try root.making("\(Self.incoming)/\(run)")
    let leftover = Leftover(datastream, isDead: isDead)
    try leftover.takeOver(in: try Folder(Self.incoming, in: root), into: incoming, listed: items.map(\.path))
    let staged = try incoming.making(datastream, durably: false)
    do {
      let folders = Self.folders(items.map(\.path))
      for path in folders { _ = try staged.making(path, durably: false) }
      let copy = FileCopy(folder: staged, step: step)
      var identities: [String: FileIdentity] = [:]
      try parallelMap(Self.batches(items), jobs: jobs) { batch in
        try copy.copy(batch) { try Self.open($0, in: source) }
      } _: { copied in
        identities.merge(copied) { $1 }
      }
      for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
        var file = try StagedFile(name, in: staged, most: 0)
        try file.write(text.bytes)
        try file.close(durably: true)
      }
      staged.syncAhead()
      for path in folders.reversed() { try Folder(path, in: staged).sync() }
      try staged.sync()
      try name(in: root, from: incoming)
      return identities
    } catch {
      // The first error says what went wrong; what cannot be removed is swept by a later run.
      if !Self.isResumable(error) { try? incoming.removeStaged(datastream) }
      throw error
    }
  }

  /// Whether the same work, begun again, goes on with what is there: nothing that was written is in doubt.
  private static func isResumable(_ error: any Error) -> Bool {
    // Who lost the lease has no say in what becomes of it.
    error is Interruption || error is BusyError || (error as? SystemError)?.code == .noSpace
  }

  /// Every folder below which something lies, a parent before what is in it.
  static func folders(_ paths: [String]) -> [String] {
    var folders: Set<String> = []
    for path in paths {
      var rest = path[...]
      while let slash = rest.lastIndex(of: "/") {
        rest = rest[..<slash]
        guard folders.insert(String(rest)).inserted else { break }
      }
    }
    return folders.sorted()
  }

  /// Files to be copied one after another: large ones alone and first, so that no thread is left with one at the end.
  private static func batches(_ items: [Item]) -> [[Item]] {
    let (most, bytes) = (512, 16 << 20)
    var batches = items.filter { $0.bytes > bytes / 4 }.sorted { $0.bytes > $1.bytes }.map { [$0] }
    var (batch, size): ([Item], Int) = ([], 0)
    for item in items where item.bytes <= bytes / 4 {
      if batch.count == most || size + item.bytes > bytes {
        batches.append(batch)
        (batch, size) = ([], 0)
      }
      batch.append(item)
      size += item.bytes
    }
    return batch.isEmpty ? batches : batches + [batch]
  }

  private static func open(_ item: Item, in source: Folder) throws -> FileReader {
    try FileCopy.reading {
      let file = try FileReader(item.source ?? item.path, in: source)
      guard file.count == item.bytes else { throw SystemError(file.path, cannot: "trust", code: SystemError.stale) }
      return file
    }
  }

  /// All that is in the folder is durable by now.
  private func name(in root: Folder, from incoming: Folder) throws {
    let parent = try root.making(LakePath.parent(location.path))
    try mayPublish()
    try incoming.move(datastream, to: LakePath.last(location.path), in: parent)
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

import Core

/// Takes a folder from one zone to another: by one rename or, between file systems, by a copy that is read back.
///
/// What was copied is removed only where it is still what was copied. A transfer that was cut short is completed by the
/// same call: what has its name at the destination is compared, not written again.
struct FolderTransfer {
  private let ingestion: Ingestion
  private let jobs: Int

  init(_ ingestion: Ingestion, jobs: Int = 1) { (self.ingestion, self.jobs) = (ingestion, jobs) }

  /// A folder and the way to it.
  struct Source {
    /// The folder that it lies in, and its name there.
    var parent: Folder
    var name: String
    /// As records carry it.
    var path: String
  }

  /// Moves the folder to a place below a root; the names of what stays, because it is no regular file or changed.
  ///
  /// - Throws: `SystemError` with EEXIST when something else has the place.
  func move(_ source: Source, to place: Lake.Location) throws -> [String] {
    let parent = try Folder(place.root).making(LakePath.parent(place.path))
    let name = LakePath.last(place.path)
    try ingestion.lease.check()
    let isCut = try parent.entry(name) != nil
    if !isCut {
      do throws(SystemError) {
        try source.parent.move(source.name, to: name, in: parent)
        try parent.sync()
        try source.parent.sync()
        return []
      } catch {
        guard error.number == SystemError.otherFileSystem else { throw error }
      }
    }
    let folder = try Folder(source.name, in: source.parent)
    let (items, proven) = try contents(folder)
    let copy = self.copy(to: place)
    if isCut { try compare(items, with: copy, place) } else { _ = try copy.publish(items, from: folder) }
    let arrival = Arrival(root: source.parent, name: source.name, folder: folder, path: source.path)
    let clear = LandingClear(arrival: arrival) { [ingestion] in try ingestion.lease.check() }
    return try clear.run(proven, last: []).left
  }

  /// Copies a folder of known content to a place, unless it is there already; the source stays.
  func copy(_ items: [ZoneCopy.Item], from source: Folder, to place: Lake.Location) throws {
    let copy = copy(to: place)
    guard try copy.isPublished() else {
      _ = try copy.publish(items, from: source)
      return
    }
    try compare(items, with: copy, place)
  }

  private func copy(to place: Lake.Location) -> ZoneCopy {
    ZoneCopy(
      zone: "", location: place, datastream: LakePath.last(place.path), run: ingestion.run, jobs: jobs,
      step: { [ingestion] in try ingestion.step($0) },
      mayPublish: { [ingestion] in try ingestion.lease.check() })
  }

  /// The regular files of a folder with their digests, and what they were when they were read.
  private func contents(_ folder: Folder) throws -> ([ZoneCopy.Item], [String: FileIdentity]) {
    var items: [ZoneCopy.Item] = []
    var proven: [String: FileIdentity] = [:]
    try folder.walk { path, entry in
      guard entry.kind == .file, entry.isText else { return true }
      let file = try FileCopy.reading { try FileReader(path, in: folder) }
      let digest = try FileCopy.reading { try FileDigest.of(file, .sha256, { try ingestion.step($0) }) }
      items.append(ZoneCopy.Item(path: path, bytes: file.count, sha256: digest))
      proven[path] = file.identity
      return true
    }
    return (items, proven)
  }

  private func compare(_ items: [ZoneCopy.Item], with copy: ZoneCopy, _ place: Lake.Location) throws {
    guard try copy.problem(items) != nil else { return }
    throw SystemError.exists(place.absolute, cannot: "move to where another folder is")
  }
}

extension SystemError {
  /// EXDEV, what a rename says between two file systems.
  static var otherFileSystem: Int32 { leavesFolder }
}

import CSystem
import Glibc

/// Making, naming, syncing and removing what is below a held folder.
extension Folder {
  /// The folder at a path below this one, made with its parents where it is not there.
  ///
  /// New folders have the rights 0750 without the umask's, and are durable in their parents when this returns, unless
  /// they are to be synced with all that is in them.
  package func making(_ path: String, durably: Bool = true) throws(SystemError) -> Folder {
    guard path.utf8.first != UInt8(ascii: "/") else {
      throw SystemError("\(self.path)/\(path)", cannot: "make the folder", code: EXDEV)
    }
    var folder = self
    for part in path.utf8.split(separator: UInt8(ascii: "/")).map({ String($0) ?? "" }) where part != "." {
      try folder.checkPart(part)
      if retry({ unsafe mkdirat(folder.descriptor, part, FileMode.folder) }) == 0 {
        if durably { try folder.sync() }
      } else if errno != EEXIST {
        throw SystemError("\(folder.path)/\(part)", cannot: "make the folder")
      }
      folder = try Folder(part, in: folder)
    }
    return folder
  }

  /// Gives something in this folder another name, or another folder on the same file system.
  ///
  /// Neither folder is synced. Where the file system cannot refuse an existing name by itself, the caller holds the
  /// lease that keeps others from taking it between the look and the rename.
  package func move(_ name: String, to newName: String, in other: Folder, _ existing: Existing = .refuse)
    throws(SystemError)
  {
    try move(name, to: newName, in: other, existing, .system)
  }

  /// The same by other calls, for tests of file systems that refuse or answer wrongly.
  func move(_ name: String, to newName: String, in other: Folder, _ existing: Existing, _ calls: RenameCalls)
    throws(SystemError)
  {
    try checkPart(name)
    try other.checkPart(newName)
    let before = try entry(name), taken = try other.entry(newName)
    func wasMoved() throws(SystemError) -> Bool { try self.wasMoved(name, before, to: newName, in: other, taken) }
    if existing == .refuse {
      if retry({ calls.renameUnlessThere(descriptor, name, other.descriptor, newName) }) == 0 { return }
      let code = errno
      guard code == EINVAL || code == ENOSYS || code == EOPNOTSUPP else {
        if try wasMoved() { return }
        throw SystemError("\(other.path)/\(newName)", cannot: "rename", code: code)
      }
      guard try other.entry(newName) == nil else {
        throw SystemError("\(other.path)/\(newName)", cannot: "rename", code: EEXIST)
      }
    }
    if retry({ calls.rename(descriptor, name, other.descriptor, newName) }) == 0 { return }
    let code = errno
    if code == ENOENT, try wasMoved() { return }
    throw SystemError("\(other.path)/\(newName)", cannot: "rename", code: code)
  }

  /// NFS: the server renamed, its answer was lost, and the call was sent again: ENOENT, or EEXIST.
  ///
  /// Some FUSE servers give a file another number with its name: then what is the same must be where nothing was.
  private func wasMoved(
    _ name: String, _ before: FolderEntry?, to newName: String, in other: Folder, _ taken: FolderEntry?
  ) throws(SystemError) -> Bool {
    guard let before, try entry(name) == nil, let after = try other.entry(newName) else { return false }
    if after.identity.isSameFile(as: before.identity) { return true }
    return taken == nil && after.kind == before.kind && after.size == before.size
      && after.identity.device == before.identity.device && after.identity.modified == before.identity.modified
  }

  /// Removes the name of a file or link in this folder; one that is not there is fine.
  package func remove(_ name: String) throws(SystemError) {
    try checkPart(name)
    guard unsafe unlinkat(descriptor, name, 0) < 0, errno != ENOENT else { return }
    throw SystemError("\(path)/\(name)", cannot: "remove")
  }

  /// Removes the name of a file or link at a path below this folder.
  package func removeBelow(_ path: String) throws(SystemError) {
    guard let slash = path.lastIndex(of: "/") else { return try remove(path) }
    try Folder(String(path[..<slash]), in: self).remove(String(path[path.index(after: slash)...]))
  }

  /// Removes an empty folder in this folder; one that is not there is fine.
  package func removeEmptyFolder(_ name: String) throws(SystemError) {
    try checkPart(name)
    guard unsafe unlinkat(descriptor, name, AT_REMOVEDIR) < 0, errno != ENOENT else { return }
    throw SystemError("\(path)/\(name)", cannot: "remove the folder")
  }

  /// Removes a temporary folder in this folder and all that is in it; any other name is refused.
  package func removeTemporary(_ name: String) throws(SystemError) {
    guard TemporaryName.run(of: name) != nil else {
      throw SystemError("\(path)/\(name)", cannot: "remove what is not temporary", code: EPERM)
    }
    try removeTree(name, depth: 0)
  }

  /// Removes what was being built in this folder, with all that is in it; links are removed, not followed.
  package func removeStaged(_ name: String) throws(SystemError) { try removeTree(name, depth: 0) }

  private func removeTree(_ name: String, depth: Int) throws(SystemError) {
    guard depth < 64 else { throw SystemError("\(path)/\(name)", cannot: "remove", code: ELOOP) }
    guard let entry = try entry(name) else { return }
    guard entry.kind == .folder else { return try remove(name) }
    let folder = try Folder(name, in: self)
    for inner in try folder.entries() { try folder.removeTree(inner.name, depth: depth + 1) }
    try removeEmptyFolder(name)
  }

  /// Makes everything in this folder and below durable.
  ///
  /// One `syncfs` where its errors are known to be told (Linux 5.8 on local file systems), else file by file.
  package func syncAll() throws(SystemError) {
    if reportsErrorsOfAll {
      guard retry({ av_sync_file_system(descriptor) }) < 0 else { return }
      guard errno == ENOSYS else { throw SystemError(path, cannot: "sync") }
    }
    try syncEach(depth: 0)
  }

  /// Has the file system write back what is new in one go, where that is cheaper than file by file; a hint.
  ///
  /// Each file's own `fsync` then finds little to do. Errors stay for it to tell.
  package func syncAhead() { if reportsErrorsOfAll { _ = av_sync_file_system(descriptor) } }

  /// Whether `syncfs` waits for the data and tells of errors since this folder was opened.
  private var reportsErrorsOfAll: Bool {
    // ext4, XFS, btrfs, tmpfs (statfs(2)): not FUSE, whose server is not asked, nor the network.
    [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994].contains(av_file_system_kind(descriptor)) && Kernel.isAtLeast(5, 8)
  }

  func syncEach(depth: Int) throws(SystemError) {
    for entry in try entries() {
      switch entry.kind {
      case .folder where depth < 64: try Folder(entry.name, in: self).syncEach(depth: depth + 1)
      case .folder: throw SystemError("\(path)/\(entry.name)", cannot: "sync", code: ELOOP)
      case .file:
        let file = try open(entry.name, O_RDONLY)
        defer { close(file) }
        guard retry({ fsync(file) }) == 0 else { throw SystemError("\(path)/\(entry.name)", cannot: "sync") }
      case .link, .other: break
      }
    }
    try sync()
  }
}

/// The calls that rename.
struct RenameCalls: Sendable {
  typealias Call = @Sendable (_ from: Int32, _ name: String, _ to: Int32, _ newName: String) -> Int32
  /// Refuses a name that is taken; EINVAL where the file system cannot.
  var renameUnlessThere: Call
  var rename: Call

  static let system = RenameCalls(
    renameUnlessThere: { unsafe av_rename_noreplace($0, $1, $2, $3) }, rename: { unsafe renameat($0, $1, $2, $3) })
}

/// What the running kernel is.
enum Kernel {
  static func isAtLeast(_ major: Int, _ minor: Int) -> Bool { version >= (major, minor) }

  private static let version: (Int, Int) = {
    var names = utsname()
    guard unsafe uname(&names) == 0 else { return (0, 0) }
    let release = unsafe withUnsafeBytes(of: names.release) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    return numbers.count == 2 ? (numbers[0], numbers[1]) : (0, 0)
  }()
}

/// A folder that appears whole or not at all: built under a temporary name beside its destination.
package struct StagedFolder: ~Copyable {
  /// Where to build; everything in it is durable after `commit`, nothing needs a sync of its own.
  package let folder: Folder
  /// The path that it will have.
  package let path: String
  private let parent: Folder
  private let name: String
  private let temporary: String
  private let run: String
  private var isCommitted = false

  /// `run` marks the temporary folder, so that a later run can tell whose it was.
  package init(_ name: String, in parent: Folder, run: String) throws(SystemError) {
    try parent.checkPart(name)
    let temporary = TemporaryName.next(run: run)
    try parent.checkPart(temporary)
    guard unsafe mkdirat(parent.descriptor, temporary, 0o700) == 0 else {
      throw SystemError("\(parent.path)/\(temporary)", cannot: "make the folder")
    }
    folder = try Folder(temporary, in: parent)
    path = "\(parent.path)/\(name)"
    self.parent = parent
    self.name = name
    self.temporary = temporary
    self.run = run
  }

  /// Makes all that is inside durable, then gives the folder its name.
  ///
  /// A name that is taken is an error, unless what has it is to be replaced: that is moved aside first, so for a
  /// moment neither has the name, and removed last.
  package consuming func commit(_ existing: Existing = .refuse) throws(SystemError) {
    guard fchmod(folder.descriptor, FileMode.folder) == 0 else { throw SystemError(path, cannot: "set permissions") }
    try folder.syncAll()
    var old: String?
    if existing == .replace, try parent.entry(name) != nil {
      let aside = TemporaryName.next(run: run)
      try parent.move(name, to: aside, in: parent)
      old = aside
    }
    try parent.move(temporary, to: name, in: parent)
    isCommitted = true
    try parent.sync()
    if let old { try parent.removeTemporary(old) }
  }

  // What cannot be removed stays under its temporary name, where a later run sweeps it; nothing else can be done here.
  deinit { if !isCommitted { try? parent.removeTemporary(temporary) } }
}

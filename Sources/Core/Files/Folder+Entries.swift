import CSystem
import Glibc

/// What a folder holds, by name.
extension Folder {
  /// Opens a folder below another; links are refused.
  package convenience init(_ name: String, in folder: Folder) throws(SystemError) {
    self.init(try folder.open(name, O_RDONLY | O_DIRECTORY), path: "\(folder.path)/\(name)")
  }

  /// The names in this folder in the order of their bytes, without `.` and `..`.
  package func names() throws(SystemError) -> [String] {
    let copy = try open(".", O_RDONLY | O_DIRECTORY)
    guard let stream = unsafe fdopendir(copy) else {
      close(copy)
      throw SystemError(path, cannot: "list")
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
      let name = String(decoding: bytes, as: UTF8.self)
      if name != ".", name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw SystemError(path, cannot: "list") }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What is in this folder, in the order of the names.
  package func entries() throws(SystemError) -> [FolderEntry] {
    var entries: [FolderEntry] = []
    for name in try names() { if let entry = try entry(name) { entries.append(entry) } }
    return entries
  }

  /// What is at a path below this folder; nil when nothing is.
  package func entry(_ name: String) throws(SystemError) -> FolderEntry? {
    var info = stat()
    if unsafe fstatat(descriptor, name, &info, AT_SYMLINK_NOFOLLOW) == 0 {
      return FolderEntry(name.split(separator: "/").last.map(String.init) ?? name, info)
    }
    guard errno == ENOENT else { throw SystemError("\(path)/\(name)", cannot: "stat") }
    return nil
  }

  /// The folder at a path below this one, made durably with its parents where it is not there.
  package func making(_ path: String) throws(SystemError) -> Folder {
    var folder = self
    for part in path.split(separator: "/").map(String.init) where part != "." {
      if unsafe mkdirat(folder.descriptor, part, 0o750) == 0 {
        try folder.sync()
      } else if errno != EEXIST {
        throw SystemError("\(folder.path)/\(part)", cannot: "make the folder")
      }
      folder = try Folder(part, in: folder)
    }
    return folder
  }

  /// Gives an entry another name, unless something has it.
  package func move(_ name: String, to newName: String, in other: Folder) throws(SystemError) {
    guard unsafe av_rename_noreplace(descriptor, name, newName) < 0 else { return }
    throw SystemError("\(other.path)/\(newName)", cannot: "rename")
  }

  package func remove(_ name: String) throws(SystemError) {
    guard unsafe unlinkat(descriptor, name, 0) < 0, errno != ENOENT else { return }
    throw SystemError("\(path)/\(name)", cannot: "remove")
  }

  package func removeEmptyFolder(_ name: String) throws(SystemError) {
    guard unsafe unlinkat(descriptor, name, AT_REMOVEDIR) < 0, errno != ENOENT else { return }
    throw SystemError("\(path)/\(name)", cannot: "remove the folder")
  }
}

/// Something in a folder, as it is there: a link is a link.
package struct FolderEntry: Sendable, Hashable {
  package enum Kind: String, Sendable { case file, folder, link, other }
  package struct Identity: Sendable, Hashable { package let size: Int, modified: Int64 }

  package let name: String
  package let kind: Kind
  package let identity: Identity
  package var size: Int { identity.size }
  package var isText: Bool { true }

  init(_ name: String, _ info: stat) {
    self.name = name
    kind =
      switch info.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    identity = Identity(
      size: Int(info.st_size), modified: Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec))
  }
}

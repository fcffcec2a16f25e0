import CSystem
import Glibc

/// What a folder holds, by name; for whole trees see `Tree`.
extension Folder {
  /// The names in this folder, sorted by their bytes; a name that is not UTF-8 is refused.
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
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw SystemError(
          "\(path)/\(String(decoding: bytes, as: UTF8.self))", cannot: "take a name that is not UTF-8", code: EILSEQ)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw SystemError(path, cannot: "list") }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether there is something of this name; a link is something.
  package func contains(_ name: String) throws(SystemError) -> Bool {
    if unsafe faccessat(descriptor, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 { return true }
    guard errno == ENOENT else { throw SystemError("\(path)/\(name)", cannot: "look for") }
    return false
  }

  /// The folder of this name, made durably if it is not there.
  package func makeFolder(_ name: String) throws(SystemError) -> Folder {
    if unsafe mkdirat(descriptor, name, 0o750) == 0 {
      try sync()
    } else if errno != EEXIST {
      throw SystemError("\(path)/\(name)", cannot: "make the folder")
    }
    return try folder(name)
  }

  /// Makes a folder that must not be there yet: false when it is.
  package func claimFolder(_ name: String) throws(SystemError) -> Bool {
    if unsafe mkdirat(descriptor, name, 0o750) == 0 { return true }
    guard errno == EEXIST else { throw SystemError("\(path)/\(name)", cannot: "make the folder") }
    return false
  }

  /// The folder of this name; links are refused.
  package func folder(_ name: String) throws(SystemError) -> Folder {
    Folder(try open(name, O_RDONLY | O_DIRECTORY), path: "\(path)/\(name)")
  }

  /// Gives an entry another name, unless something has it: that is EEXIST or ENOTEMPTY.
  package func rename(_ name: String, to other: String) throws(SystemError) {
    guard unsafe av_rename_noreplace(descriptor, name, other) < 0 else { return }
    guard errno == EINVAL || errno == ENOSYS else { throw SystemError("\(path)/\(name)", cannot: "rename") }
    guard try !contains(other) else { throw SystemError("\(path)/\(other)", cannot: "rename", code: EEXIST) }
    guard unsafe renameat(descriptor, name, descriptor, other) == 0 else {
      throw SystemError("\(path)/\(name)", cannot: "rename")
    }
  }

  package func removeFile(_ name: String) throws(SystemError) {
    guard unsafe unlinkat(descriptor, name, 0) == 0 else { throw SystemError("\(path)/\(name)", cannot: "remove") }
  }

  /// Removes a folder that is empty.
  package func removeFolder(_ name: String) throws(SystemError) {
    guard unsafe unlinkat(descriptor, name, AT_REMOVEDIR) == 0 else {
      throw SystemError("\(path)/\(name)", cannot: "remove the folder")
    }
  }
}

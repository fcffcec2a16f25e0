import CSystem
import Glibc

/// Listing: what is there, in a fixed order, following no link.
extension Folder {
  /// The names in this folder in the order of their bytes, without `.` and `..`.
  package func names() throws(SystemError) -> [String] {
    try rawNames().map { String(decoding: $0, as: UTF8.self) }
  }

  /// What is in this folder, in the order of the bytes of the names; what is removed meanwhile may be missing.
  package func entries() throws(SystemError) -> [FolderEntry] {
    var entries: [FolderEntry] = []
    for name in try rawNames() {
      var info = stat()
      let code = unsafe (name + [0]).withUnsafeBytes { name -> Int32 in
        guard let start = unsafe name.baseAddress?.assumingMemoryBound(to: CChar.self) else { return -1 }
        return unsafe fstatat(descriptor, start, &info, AT_SYMLINK_NOFOLLOW)
      }
      if code == 0 {
        entries.append(FolderEntry(name: name, info))
      } else if errno != ENOENT {
        throw SystemError("\(path)/\(String(decoding: name, as: UTF8.self))", cannot: "stat")
      }
    }
    return entries
  }

  private func rawNames() throws(SystemError) -> [[UInt8]] {
    // A descriptor of its own, because reading moves it.
    let file = retry { unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard file >= 0, let stream = unsafe fdopendir(file) else { throw SystemError(path, cannot: "list") }
    defer { unsafe closedir(stream) }
    var names: [[UInt8]] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      let name = unsafe av_entry_name(entry)
      names.append(unsafe [UInt8](UnsafeRawBufferPointer(start: name, count: strlen(name))))
    }
    guard errno == 0 else { throw SystemError(path, cannot: "list") }
    return names.filter { $0 != [0x2e] && $0 != [0x2e, 0x2e] }.sorted { $0.lexicographicallyPrecedes($1) }
  }
}

extension Folder {
  /// Visits everything below this folder, a folder before what is in it, with the path from here.
  ///
  /// Links are shown and not followed. `visit` answers whether to go into a folder; the answer for anything else is
  /// not used.
  package func walk(_ visit: (_ path: String, _ entry: FolderEntry) throws -> Bool) throws {
    try walk(below: "", depth: 0, visit)
  }

  private func walk(
    below prefix: String, depth: Int, _ visit: (_ path: String, _ entry: FolderEntry) throws -> Bool
  ) throws {
    for entry in try entries() {
      let path = prefix + entry.name
      guard try visit(path, entry), entry.kind == .folder, entry.isText else { continue }
      // Every level holds a descriptor open; nobody nests measurements this deep.
      guard depth < 64 else { throw SystemError(self.path + "/" + entry.name, cannot: "list", code: ELOOP) }
      try Folder(entry.name, in: self).walk(below: path + "/", depth: depth + 1, visit)
    }
  }
}

import Glibc

/// A small text that tells how things stand, replaced as a whole: written beside itself as `NAME.<pid>`, then renamed.
///
/// Readers see the old text or the new. It is not made durable: after a power cut the next one is as good, and a slow
/// disk must not hold up who tells of it.
package enum StatusFile {
  package static func write(_ text: String, to path: String) throws(SystemError) {
    try write(Array(text.utf8), to: path)
  }

  package static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
    let (folder, name) = try place(path)
    let kind = try folder.entry(name)?.kind
    if kind == .link { return try write(bytes, to: Folder.realPath(path)) }
    // A device or pipe is written to, and never replaced.
    if let kind, kind != .file, kind != .folder {
      let file = try folder.open(name, O_WRONLY)
      defer { close(file) }
      return try writeAll(bytes.bytes, to: file, path)
    }
    let temporary = "\(name).\(getpid())"
    // Of a process of this id that was killed while it wrote.
    try folder.remove(temporary)
    do {
      let file = try folder.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
      defer { close(file) }
      try writeAll(bytes.bytes, to: file, path)
    } catch {
      try? folder.remove(temporary)
      throw error
    }
    do { try folder.move(temporary, to: name, in: folder, .replace) } catch {
      try? folder.remove(temporary)
      throw error
    }
  }

  /// The text that is there; nil when there is none that can be read.
  package static func read(_ path: String) -> String? {
    guard let (folder, name) = try? place(path), let file = try? FileReader(name, in: folder), file.count <= 1 << 20,
      let bytes = try? file.bytes(at: 0, count: file.count)
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func place(_ path: String) throws(SystemError) -> (Folder, name: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard let name = parts.last.map(String.init), !name.isEmpty else {
      throw SystemError(path, cannot: "write", code: EISDIR)
    }
    let folder = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")
    return (try Folder(folder.isEmpty ? "/" : folder), name)
  }
}

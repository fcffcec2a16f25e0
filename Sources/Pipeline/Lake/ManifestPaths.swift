import Core

extension Manifest {
  /// Why a path of a manifest is refused; nil for one that is safe to open beneath a folder.
  static func problem(ofPath path: String) -> String? {
    if path.isEmpty { return "the path is empty" }
    if path.utf8.first == UInt8(ascii: "/") { return "the path is absolute" }
    if path.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      return "the path has control characters"
    }
    if path.utf8.count > 4096 { return "the path has \(path.utf8.count) bytes, more than 4096" }
    // By bytes: to Swift a '/' with a combining mark behind it is another character.
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    if parts.count > deepest { return "the path has \(parts.count) parts, more than \(deepest)" }
    for part in parts {
      if part.elementsEqual("..".utf8) { return "the path leaves the folder" }
      if part.isEmpty || part.elementsEqual(".".utf8) { return "the path has an empty part" }
      if part.count > 255 { return "a part of the path has \(part.count) bytes, more than 255" }
    }
    if path.split(separator: "/").count != parts.count { return "a part of the path begins with a combining mark" }
    return nil
  }

  /// Folders within folders: no more than `Folder.walk` goes into.
  private static let deepest = 64

  /// Whether a folder has no room for a path in it that is not refused.
  static func isTooDeep(_ folder: String) -> Bool {
    folder.utf8.reduce(1) { $0 + ($1 == UInt8(ascii: "/") ? 1 : 0) } >= deepest
  }

  /// Whether a name has characters that do not show, or change the direction of those that do.
  private static func isDeceptive(_ path: String) -> Bool {
    path.unicodeScalars.contains { $0.properties.generalCategory == .format || (0x2028...0x2029).contains($0.value) }
  }

  /// Refuses paths that are unsafe, or that are the same to a file system which ignores case or normalisation.
  ///
  /// What is refused is taken out of `files`, so that nobody opens it.
  mutating func checkPaths() {
    var kept: [File] = []
    var seen: [String: String] = [:]
    let own = Set(names)
    for file in files {
      if let problem = Self.problem(ofPath: file.path) {
        note(.error, .path, file.path, problem)
        continue
      }
      if own.contains(file.path) {
        note(.error, .path, file.path, "the manifest lists itself")
        continue
      }
      // Swift compares strings by canonical equivalence, so this key ignores case and normalisation.
      let key = file.path.uppercased().lowercased()
      if let other = seen[key] {
        let isExact = other.utf8.elementsEqual(file.path.utf8)
        note(
          .error, .path, file.path,
          isExact ? "listed twice" : "differs from \(other) only in case or normalisation", found: .string(other))
        continue
      }
      seen[key] = file.path
      if file.path.utf8.first == UInt8(ascii: "-") {
        note(.warning, .path, file.path, "the name begins with '-', which commands take for an option")
      }
      if Self.isDeceptive(file.path) {
        note(.warning, .path, file.path, "the name has characters that do not show")
      }
      if file.path.utf8.first == UInt8(ascii: ".") || file.path.contains("/.") {
        note(.warning, .path, file.path, "the name is hidden")
      }
      kept.append(file)
    }
    checkFolders(&kept)
    files = kept
  }

  /// A file cannot be the folder of another.
  private mutating func checkFolders(_ kept: inout [File]) {
    let paths = Set(kept.map(\.path))
    kept.removeAll { file in
      var parts = file.path.split(separator: "/").dropLast()
      while !parts.isEmpty {
        let folder = parts.joined(separator: "/")
        if paths.contains(folder) {
          note(.error, .path, file.path, "lies in \(folder), which is listed as a file")
          return true
        }
        parts = parts.dropLast()
      }
      return false
    }
  }

  /// A digest in hexadecimal, in lower case; nil when it has another length or other characters.
  static func hex(_ text: String, _ algorithm: Digest) -> String? {
    guard text.utf8.count == 2 * algorithm.count, [UInt8](hex: text) != nil else { return nil }
    return text.lowercased()
  }
}

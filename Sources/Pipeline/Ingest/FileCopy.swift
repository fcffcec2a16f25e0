import Core

/// Copies one file into a folder that is being built, and proves that the medium has it (`reliability.md` §2.1, §2.8).
struct FileCopy {
  /// When the digest of the source is taken.
  enum Proof {
    /// In the pass that copies, and again when the copy is read back.
    case whileCopying
    /// When the copy is read back; the source is read again only if they differ.
    case whenReadBack
  }

  let folder: Folder
  let run: String
  let proof: Proof
  let step: @Sendable (Int) throws -> Void

  /// Copies `source` to a path below the folder; the identity that the source had.
  ///
  /// - Throws: `SourceProblem` when the source is not what it should be, `SystemError` of the destination, EIO when the
  ///   medium twice gives back other bytes than it was given.
  func copy(_ source: FileReader, to path: String, sha256: String) throws -> FileIdentity {
    let (parent, name) = try place(of: path)
    for _ in 1...2 {
      if let found = try write(source, name, in: parent), found != sha256 {
        throw SourceProblem(source.path, digest: found, expected: sha256)
      }
      if try readBack(name, in: parent) == sha256 { return source.identity }
      if proof == .whenReadBack {
        let original = try Self.reading { try FileDigest.of(source, .sha256, step) }
        guard original == sha256 else { throw SourceProblem(source.path, digest: original, expected: sha256) }
      }
      try parent.remove(name)
    }
    throw SystemError("\(parent.path)/\(name)", cannot: "trust the medium: it gives back other bytes", code: Self.eio)
  }

  private static let eio: Int32 = 5

  /// The folder of a path, made, and the last part of it.
  private func place(of path: String) throws -> (Folder, String) {
    let parts = path.split(separator: "/")
    return (
      try folder.making(parts.dropLast().joined(separator: "/")), parts.last.map { String($0) } ?? path
    )
  }

  /// The digest of what was written, where it was asked for; the file is durable and has its name.
  private func write(_ source: FileReader, _ name: String, in parent: Folder) throws -> String? {
    let file = try AtomicFile(name, in: parent, run: run)
    try file.reserve(source.count)
    var hasher = Digest.Hasher(.sha256)
    var buffer: [UInt8] = []
    source.readSequentially()
    for start in stride(from: 0, to: source.count, by: FileDigest.block) {
      try Self.reading {
        try source.read(into: &buffer, at: start, count: min(FileDigest.block, source.count - start))
      }
      if proof == .whileCopying { hasher.update(buffer.bytes) }
      try file.write(buffer.bytes)
      try step(buffer.count)
    }
    try Self.reading { try source.checkUnchanged() }
    try file.commit()
    return proof == .whileCopying ? hasher.finish().hex : nil
  }

  /// The digest of what the medium gives back; pages in memory prove nothing.
  private func readBack(_ name: String, in parent: Folder) throws -> String {
    let copy = try FileReader(name, in: parent)
    copy.dropCache()
    let digest = try FileDigest.of(copy, .sha256, step)
    // Nobody reads it soon, and the memory is worth more to others.
    copy.dropCache()
    return digest
  }

  /// What fails in here is the source.
  static func reading<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as SystemError { throw SourceProblem(error) }
  }
}

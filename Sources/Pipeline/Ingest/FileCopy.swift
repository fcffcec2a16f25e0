import Core

/// Copies files into a hidden folder that is being built, and proves that the medium has them (`reliability.md` §2.1,
/// §2.8).
///
/// The digest is taken once, of what the medium gives back: equal to the manifest's it proves source, copy and medium
/// together. So nothing else needs to be known of what an earlier run left half: it is gone on with, and what is wrong
/// in it shows at the end, is found by comparing with the source, and is written over.
struct FileCopy {
  /// The folder that is being built.
  let folder: Folder
  let step: @Sendable (Int) throws -> Void

  /// As much is read, written and compared at a time.
  static let block = 1 << 20
  /// As much is written before the medium is asked to begin with it.
  private static let writeback = 8 << 20

  /// Copies files; the identities of the sources that were read to their ends, by their paths there.
  ///
  /// Several are written, then synced, then read back: file systems make many small files durable at the price of one.
  ///
  /// - Throws: `SourceProblem` when a source is not what it should be, `SystemError` of the destination, EIO when the
  ///   medium twice gives back other bytes than it was given.
  func copy(_ items: [ZoneCopy.Item], from open: (ZoneCopy.Item) throws -> FileReader) throws -> [String: FileIdentity]
  {
    var identities: [String: FileIdentity] = [:]
    var buffer: [UInt8] = []
    for item in items {
      let source = try open(item)
      let isRead = try write(item, from: source, durably: items.count == 1, &buffer)
      if isRead { identities[item.source ?? item.path] = source.identity }
    }
    if items.count > 1 { folder.syncAhead() }
    for item in items where try digest(of: item) != item.sha256 { try mend(item, from: open(item)) }
    return identities
  }

  /// Writes what is missing of a file; whether that was all of it.
  private func write(
    _ item: ZoneCopy.Item, from source: FileReader, durably: Bool, _ buffer: inout [UInt8]
  ) throws -> Bool {
    var file = try StagedFile(item.path, in: folder, most: item.bytes)
    let start = file.count
    // One write tells of a full disk as early, and needs no reading ahead.
    if item.bytes > Self.block {
      do throws(SystemError) { try file.reserve(item.bytes) } catch { throw file.givingBack(error) }
      source.readSequentially()
    }
    var pending = start
    for offset in stride(from: start, to: item.bytes, by: Self.block) {
      try Self.reading { try source.read(into: &buffer, at: offset, count: min(Self.block, item.bytes - offset)) }
      do throws(SystemError) { try file.write(buffer.bytes) } catch { throw file.givingBack(error) }
      if file.count - pending >= Self.writeback {
        file.startWriteback(at: pending, count: file.count - pending)
        pending = file.count
      }
      try step(buffer.count)
    }
    try Self.reading { try source.checkUnchanged() }
    try file.close(durably: durably)
    return start == 0
  }

  /// The digest of what the medium gives back; pages in memory prove nothing.
  private func digest(of item: ZoneCopy.Item) throws -> String {
    let copy = try FileReader(item.path, in: folder)
    try copy.sync()
    copy.dropCache()
    let digest = try FileDigest.of(copy, .sha256, step)
    // Nobody reads it soon, and the memory is worth more to others.
    copy.dropCache()
    return copy.count == item.bytes ? digest : ""
  }

  /// Compares a copy that is not as it should be with its source, writes over what differs, and proves it once more.
  private func mend(_ item: ZoneCopy.Item, from source: FileReader) throws {
    var file = try StagedFile(item.path, in: folder, most: item.bytes)
    let copy = try FileReader(item.path, in: folder)
    let kept = min(copy.count, file.count)
    var hasher = Digest.Hasher(.sha256)
    var (buffer, found): ([UInt8], [UInt8]) = ([], [])
    for offset in stride(from: 0, to: item.bytes, by: Self.block) {
      let count = min(Self.block, item.bytes - offset)
      try Self.reading { try source.read(into: &buffer, at: offset, count: count) }
      hasher.update(buffer.bytes)
      if offset + count <= kept { try copy.read(into: &found, at: offset, count: count) } else { found = [] }
      if buffer != found { try file.write(buffer.bytes, at: offset) }
      try step(count)
    }
    try Self.reading { try source.checkUnchanged() }
    let original = hasher.finish().hex
    guard original == item.sha256 else { throw SourceProblem(source.path, digest: original, expected: item.sha256) }
    try file.close(durably: true)
    guard try digest(of: item) == item.sha256 else {
      throw SystemError(copy.path, cannot: "trust the medium: it gives back other bytes", code: Self.eio)
    }
  }

  private static let eio: Int32 = 5

  /// What fails in here is the source.
  static func reading<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as SystemError { throw SourceProblem(error) }
  }
}

extension StagedFile {
  /// On a full medium the log needs room to say so.
  fileprivate mutating func givingBack(_ error: SystemError) -> SystemError {
    if error.code == .noSpace { giveBack() }
    return error
  }
}

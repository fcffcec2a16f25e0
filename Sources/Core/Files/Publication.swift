import Glibc

/// Whether a name that one of several writers may give was free.
package enum Publication: Sendable, Equatable {
  case published
  /// Another writer's file has the name, or is about to.
  case taken
}

extension Folder {
  /// Gives a name in this folder to a file of some bytes, unless it is taken: of several writers, on whatever hosts, one
  /// has its file there, whole.
  ///
  /// The bytes are durable before the name is seen; the name is when this returns `published`. By
  /// `renameat2(RENAME_NOREPLACE)`, else link(2); where a file system has neither, by a claim `.NAME.claim`, which keeps
  /// out only writers that know of it. After an error of the system the name may be there: whoever wants to know reads it.
  package func publish(_ bytes: [UInt8], as name: String, run: String) throws(SystemError) -> Publication {
    try publish(bytes, as: name, run: run, .system)
  }

  /// The same by other calls, for tests of file systems that refuse or answer wrongly.
  func publish(_ bytes: [UInt8], as name: String, run: String, _ calls: PublicationCalls) throws(SystemError)
    -> Publication
  {
    try checkPart(name)
    let temporary = TemporaryName.next(run: run)
    try writeDurably(bytes, temporary)
    // After a rename it is gone.
    defer { unsafe unlinkat(descriptor, temporary, 0) }
    let path = "\(self.path)/\(name)"
    let before = try entry(temporary)?.identity
    var code = calls.rename(descriptor, temporary, name)
    if code == EINVAL || code == ENOSYS || code == EOPNOTSUPP { code = calls.link(descriptor, temporary, name) }
    if code == EPERM || code == ENOSYS || code == EOPNOTSUPP || code == EMLINK {
      code = try claim(name, for: temporary)
    }
    switch code {
    case 0: break
    case EEXIST, ENOENT:
      // NFS: it was done, its answer was lost, and the call was sent again.
      guard let before, try entry(name)?.identity.isSameFile(as: before) == true else {
        guard code == EEXIST else { throw SystemError(path, cannot: "publish", code: code) }
        return .taken
      }
    default: throw SystemError(path, cannot: "publish", code: code)
    }
    try sync()
    return .published
  }

  private func writeDurably(_ bytes: [UInt8], _ temporary: String) throws(SystemError) {
    let path = "\(self.path)/\(temporary)"
    let file = try open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: FileMode.file)
    var failure: SystemError?
    do throws(SystemError) {
      try writeAll(bytes.bytes, to: file, path)
      if retry({ fsync(file) }) != 0 { failure = SystemError(path, cannot: "sync") }
    } catch { failure = error }
    if close(file) != 0, errno != EINTR, failure == nil { failure = SystemError(path, cannot: "close") }
    guard let failure else { return }
    unsafe unlinkat(descriptor, temporary, 0)
    throw failure
  }

  /// Renames under a claim: 0, or EEXIST.
  private func claim(_ name: String, for temporary: String) throws(SystemError) -> Int32 {
    let claim = ".\(name).claim"
    do throws(SystemError) { close(try open(claim, O_WRONLY | O_CREAT | O_EXCL, mode: FileMode.file)) } catch {
      guard error.number == EEXIST else { throw error }
      return EEXIST
    }
    defer { unsafe unlinkat(descriptor, claim, 0) }
    guard try entry(name) == nil else { return EEXIST }
    return retry { unsafe renameat(descriptor, temporary, descriptor, name) } == 0 ? 0 : errno
  }
}

/// What gives a name unless it is taken; each answers 0 or an `errno`.
struct PublicationCalls: Sendable {
  typealias Call = @Sendable (_ folder: Int32, _ from: String, _ to: String) -> Int32
  var rename: Call
  var link: Call

  static let system = PublicationCalls(
    rename: { folder, from, to in
      retry { RenameCalls.system.renameUnlessThere(folder, from, folder, to) } == 0 ? 0 : errno
    },
    link: { folder, from, to in retry { unsafe linkat(folder, from, folder, to, 0) } == 0 ? 0 : errno })
}

/// Waits that grow and differ between writers, so that they do not meet again and again.
///
/// The same seed gives the same waits.
package struct Backoff: Sendable {
  private var state: UInt64
  private var tries = 0

  package init(seed: UInt64) { state = seed }

  /// Sleeps: at first for up to a millisecond, later for up to a quarter of a second.
  package mutating func wait() { usleep(next()) }

  /// The next wait in microseconds.
  mutating func next() -> UInt32 {
    tries += 1
    // SplitMix64.
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    value ^= value >> 31
    let most = UInt64(1000) << UInt64(min(tries - 1, 8))
    return UInt32(truncatingIfNeeded: value % min(most, 250_000))
  }
}

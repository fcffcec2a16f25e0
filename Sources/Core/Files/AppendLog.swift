import Glibc

/// A file that grows by whole lines, one `write` each, under a lock among the processes of this host.
///
/// Nothing here truncates or rewrites. Within a process the caller lets one thread in at a time: the lock belongs to
/// the open file, not to a thread.
package final class AppendLog: Sendable {
  package let path: String
  private let descriptor: Int32
  private let locks: LogLocks

  /// Opens the file in a folder and makes it where it is not there; links are refused.
  package convenience init(_ name: String, in folder: Folder) throws(SystemError) {
    try self.init(name, in: folder, locks: .system)
  }

  /// The same with other locks, for tests of file systems that have none.
  init(_ name: String, in folder: Folder, locks: LogLocks) throws(SystemError) {
    self.locks = locks
    path = "\(folder.path)/\(name)"
    try folder.checkPart(name)
    let isNew = try folder.entry(name) == nil
    descriptor = try folder.open(name, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: FileMode.file)
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      throw SystemError(path, cannot: "append to what is not a regular file", code: EINVAL)
    }
    if isNew { try folder.sync() }
  }

  deinit { close(descriptor) }

  /// The present size, which others may have changed.
  package func size() throws(SystemError) -> Int {
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0 else { throw SystemError(path, cannot: "stat") }
    return Int(info.st_size)
  }

  /// The bytes of a range; a range that ends after the file is an error.
  package func bytes(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    guard offset >= 0, count >= 0, count <= (try size()) - offset else {
      throw SystemError(path, cannot: "read \(count) bytes at byte \(offset)", code: EINVAL)
    }
    var code: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, code == 0 {
        let start = unsafe buffer.baseAddress?.advanced(by: filled), place = off_t(offset + filled)
        let got = retry { unsafe pread(descriptor, start, count - filled, place) }
        if got > 0 { filled += got } else { code = got < 0 ? errno : ESTALE }
      }
    }
    guard code == 0 else { throw SystemError(path, cannot: "read at byte \(offset + bytes.count)", code: code) }
    return bytes
  }

  /// Appends in one write, and goes on where that was short; returns the size afterwards.
  ///
  /// A size other than the one before and the length is the mark of a second host that writes this file. After an
  /// error the file may end in a part of `bytes`.
  package func append(_ bytes: [UInt8]) throws(SystemError) -> Int {
    try writeAll(bytes.bytes, to: descriptor, path)
    return try size()
  }

  /// Makes what was appended durable.
  package func sync() throws(SystemError) {
    guard retry({ fdatasync(descriptor) }) == 0 else { throw SystemError(path, cannot: "sync") }
  }

  /// Forgets the pages in memory, so that the next read comes from the medium.
  package func dropCache() { posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) }

  /// Does something while no other process of this host holds the lock; a BusyError after `seconds`.
  @discardableResult
  package func locked<Result>(seconds: Double = 10, _ body: () throws -> Result) throws -> Result {
    var lock = descriptor
    defer {
      // Closing would release the lock too; the log itself stays open.
      if lock == descriptor { flock(lock, LOCK_UN) } else if lock >= 0 { close(lock) }
    }
    if try !acquire(lock, seconds: seconds) {
      // Network mounts without a lock service: a local file stands in, since it must hold on this host only.
      lock = try openStandIn()
      guard try acquire(lock, seconds: seconds) else { throw SystemError(path, cannot: "lock", code: ENOLCK) }
    }
    return try body()
  }

  /// Waits for the lock; false where the file system has none.
  private func acquire(_ lock: Int32, seconds: Double) throws -> Bool {
    var waited = 0.0, pause = 0.001
    while retry({ locks.lock(lock, LOCK_EX | LOCK_NB) }) < 0 {
      switch errno {
      case EWOULDBLOCK: break
      case ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL: return false
      default: throw SystemError(path, cannot: "lock")
      }
      guard waited < seconds else {
        throw BusyError(path, "another process has held the lock for \(Int(seconds)) s")
      }
      usleep(UInt32(pause * 1e6))
      waited += pause
      pause = min(0.1, pause * 2)
    }
    return true
  }

  /// A file for this log in the first folder there is, which is the same one for every user of the host.
  private func openStandIn() throws(SystemError) -> Int32 {
    let real = unsafe realpath(path, nil)
    defer { unsafe free(real) }
    let name = "av-\(Digest.sha256(unsafe real.map { unsafe String(cString: $0) } ?? path).hex)"
    for folder in locks.standIns {
      let place = "\(folder)/\(name)"
      let lock = retry { unsafe open(place, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600) }
      if lock >= 0 { return lock }
      let error = SystemError(place, cannot: "create the lock")
      // A lock that another user made is the lock: two files would keep nobody out.
      guard [ENOENT, ENOTDIR, EACCES, EROFS].contains(error.number), unsafe access(place, F_OK) != 0 else {
        throw error
      }
    }
    throw SystemError(path, cannot: "lock, and find a folder for a lock beside it", code: ENOLCK)
  }
}

/// How a log is locked, and where, if its file system has no locks.
struct LogLocks: Sendable {
  var lock: @Sendable (_ file: Int32, _ operation: Int32) -> Int32
  /// Folders of this host.
  var standIns: [String]

  static let system = LogLocks(
    lock: { flock($0, $1) }, standIns: ["/run/lock"] + (Environment.value("XDG_RUNTIME_DIR").map { [$0] } ?? []))
}

import CSystem
import Glibc

/// A file that only grows, a line a write, by several processes of one host at once (`reliability.md` §2.3).
///
/// The lock keeps processes apart, not threads that share this value.
package final class AppendLog: Sendable {
  package let path: String
  private let descriptor: Int32
  /// How long a lock is waited for, in milliseconds.
  private static let patience = 10_000

  /// Opens the file, or makes it, durably.
  package init(_ name: String, in folder: Folder) throws(SystemError) {
    path = "\(folder.path)/\(name)"
    do throws(SystemError) {
      descriptor = try folder.open(name, O_RDWR | O_APPEND)
    } catch {
      guard error.code == .missing else { throw error }
      descriptor = try folder.open(name, O_RDWR | O_APPEND | O_CREAT, mode: 0o640)
      try folder.sync()
    }
  }

  deinit { close(descriptor) }

  /// How long the file is now.
  package func size() throws(SystemError) -> Int {
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0 else { throw SystemError(path, cannot: "stat") }
    guard info.st_mode & S_IFMT == S_IFREG else { throw SystemError(path, cannot: "append", code: EINVAL) }
    return Int(info.st_size)
  }

  package func bytes(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, code == 0 {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<count])
        let got = retry { unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled)) }
        if got > 0 { filled += got } else { code = got < 0 ? errno : ESTALE }
      }
    }
    guard code == 0 else { throw SystemError(path, cannot: "read at byte \(offset + bytes.count)", code: code) }
    return bytes
  }

  /// Appends by one write, unless the system takes it in parts, and returns the size after it.
  ///
  /// What does not fit stays as a torn tail: nothing is taken back.
  package func append(_ bytes: [UInt8]) throws(SystemError) -> Int {
    var rest = bytes.bytes
    while !rest.isEmpty {
      let count = retry { unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) } }
      guard count > 0 else { throw SystemError(path, cannot: "append", code: count < 0 ? errno : EIO) }
      rest = rest.extracting(droppingFirst: count)
    }
    return try size()
  }

  /// Makes durable what was appended; after a failure nobody knows what is on the medium.
  package func sync() throws(SystemError) {
    guard retry({ fdatasync(descriptor) }) == 0 else { throw SystemError(path, cannot: "sync") }
  }

  /// Keeps other processes of this host from appending meanwhile; waits up to 10 s for those that do.
  package func locked<Result>(_ body: () throws -> Result) throws -> Result {
    guard let code = try lock(descriptor) else {
      defer { flock(descriptor, LOCK_UN) }
      return try body()
    }
    // Network storage without locks: any file of this host will do, since only this host writes the log's.
    guard code == ENOLCK || code == EOPNOTSUPP else { throw SystemError(path, cannot: "lock", code: code) }
    let stand = try standIn()
    defer { close(stand) }
    if let code = try lock(stand) { throw SystemError(path, cannot: "lock", code: code) }
    return try body()
  }

  /// Nil when the lock is held, else why it cannot be.
  private func lock(_ file: Int32) throws(BusyError) -> Int32? {
    var waited = 0
    while retry({ flock(file, LOCK_EX | LOCK_NB) }) != 0 {
      guard errno == EWOULDBLOCK else { return errno }
      guard waited < Self.patience else {
        throw BusyError(path, "locked by another process for \(Self.patience / 1000) s")
      }
      let pause = min(1 + waited / 10, 50)
      usleep(UInt32(pause * 1000))
      waited += pause
    }
    return nil
  }

  private func standIn() throws(SystemError) -> Int32 {
    let real = unsafe realpath(path, nil)
    defer { unsafe free(real) }
    let name = unsafe real.map { unsafe String(cString: $0) } ?? path
    let runtime = Environment.value("XDG_RUNTIME_DIR")
    let folder = runtime.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/run/lock"
    let stand = "\(folder)/av-\(Digest.sha256(name).hex)"
    let file = retry { unsafe Glibc.open(stand, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600) }
    guard file >= 0 else { throw SystemError(stand, cannot: "lock") }
    return file
  }
}

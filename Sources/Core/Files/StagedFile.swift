import CSystem
import Glibc

/// A file of a hidden folder that is being built: it goes on where an earlier attempt ended.
///
/// It needs no temporary name, since the folder has one. What an earlier attempt left is not to be trusted before it
/// was read from the medium and compared; whoever names the folder does that.
package struct StagedFile: ~Copyable {
  package let path: String
  /// How many bytes it has.
  package private(set) var count: Int
  private var descriptor: Int32

  /// Opens what an earlier attempt left, of at most `most` bytes, or makes the file; anything else goes first.
  package init(_ name: String, in folder: Folder, most: Int) throws(SystemError) {
    path = "\(folder.path)/\(name)"
    var (descriptor, count) = try Self.create(name, in: folder)
    if descriptor < 0 { (descriptor, count) = try Self.reopen(name, in: folder, most: most) }
    if descriptor < 0 {
      try folder.removeBelow(name)
      (descriptor, count) = try Self.create(name, in: folder)
    }
    guard descriptor >= 0 else { throw SystemError(path, cannot: "create", code: EEXIST) }
    (self.descriptor, self.count) = (descriptor, count)
  }

  /// No descriptor where the name is taken.
  private static func create(_ name: String, in folder: Folder) throws(SystemError) -> (Int32, Int) {
    do throws(SystemError) {
      return (try folder.open(name, O_RDWR | O_CREAT | O_EXCL, mode: FileMode.file), 0)
    } catch {
      guard error.number == EEXIST else { throw error }
      return (-1, 0)
    }
  }

  /// No descriptor for what is no regular file with one name, or too long.
  private static func reopen(_ name: String, in folder: Folder, most: Int) throws(SystemError) -> (Int32, Int) {
    guard try folder.entry(name)?.kind == .file else { return (-1, 0) }
    let file = try folder.open(name, O_RDWR | O_NOFOLLOW | O_NONBLOCK)
    var info = stat()
    if unsafe fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_nlink == 1, Int(info.st_size) <= most {
      return (file, Int(info.st_size))
    }
    Glibc.close(file)
    return (-1, 0)
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  /// Takes the space that the file will need, so that a full disk shows now; a file system without this does nothing.
  package borrowing func reserve(_ bytes: Int) throws(SystemError) { try Core.reserve(bytes, of: descriptor, path) }

  /// Appends.
  package mutating func write(_ bytes: RawSpan) throws(SystemError) { try write(bytes, at: count) }

  /// Writes over what is there, and behind it; no gap is left.
  package mutating func write(_ bytes: RawSpan, at offset: Int) throws(SystemError) {
    guard offset >= 0, offset <= count else { throw SystemError(path, cannot: "leave a gap", code: EINVAL) }
    var rest = bytes
    while !rest.isEmpty {
      let place = off_t(offset + bytes.byteCount - rest.byteCount)
      let written = retry {
        unsafe rest.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, place) }
      }
      guard written > 0 else { throw SystemError(path, cannot: "write", code: written < 0 ? errno : EIO) }
      rest = rest.extracting(droppingFirst: written)
      count = max(count, Int(place) + written)
    }
  }

  /// Has the medium begin with a range while the next is read; a hint.
  package borrowing func startWriteback(at offset: Int, count: Int) {
    _ = av_start_writeback(descriptor, off_t(offset), off_t(count))
  }

  /// Gives up what was reserved, and the last MiB, so that others have room on a medium that is full.
  package mutating func giveBack() {
    let rest = max(0, count - (1 << 20))
    if retry({ ftruncate(descriptor, off_t(rest)) }) == 0 { count = rest }
  }

  /// Ends it: durable, or for a later sync to make so.
  package consuming func close(durably: Bool) throws(SystemError) {
    // A failed fsync is final: the kernel has dropped the pages, and a second one would say that all is well.
    guard !durably || retry({ fsync(descriptor) }) == 0 else { throw SystemError(path, cannot: "sync") }
    let closed = Glibc.close(descriptor)
    descriptor = -1
    guard closed == 0 || errno == EINTR else { throw SystemError(path, cannot: "close") }
  }
}

/// Allocates without changing the size; what a file system cannot do is not missed.
func reserve(_ bytes: Int, of descriptor: Int32, _ path: String) throws(SystemError) {
  guard bytes > 0, retry({ av_reserve(descriptor, off_t(bytes)) }) < 0 else { return }
  guard errno != EOPNOTSUPP, errno != ENOSYS, errno != EINVAL else { return }
  throw SystemError(path, cannot: "reserve \(bytes) bytes")
}

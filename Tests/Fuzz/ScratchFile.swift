import Core
import Glibc

/// A file in memory without a name in any folder, rewritten for every input.
final class ScratchFile: Sendable {
  private let descriptor: Int32
  /// Opens the file as long as this process lives.
  let path: String

  init() {
    var template = Array("/dev/shm/av-fuzz-XXXXXX".utf8CString)
    descriptor = unsafe mkstemp(&template)
    must(descriptor >= 0, "cannot make a file in /dev/shm")
    _ = unsafe unlink(&template)
    path = "/proc/self/fd/\(descriptor)"
  }

  func fill(_ bytes: [UInt8]) {
    let isDone =
      unsafe ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes, bytes.count, 0) == bytes.count
    must(isDone, "cannot write to /dev/shm")
  }
}

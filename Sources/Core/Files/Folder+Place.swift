import CSystem
import Glibc

/// Where a folder is, how much room it has, and what time its server thinks it is.
extension Folder {
  /// The absolute path of what a path leads to, through all links.
  package static func realPath(_ path: String) throws(SystemError) -> String {
    let real = unsafe realpath(path, nil)
    defer { unsafe free(real) }
    guard let real = unsafe real else { throw SystemError(path, cannot: "find") }
    return unsafe String(cString: real)
  }

  /// Bytes and files that still fit, for those who are not root.
  package func space() throws(SystemError) -> (bytes: Int, files: Int) {
    var info = statvfs()
    guard unsafe fstatvfs(descriptor, &info) == 0 else { throw SystemError(path, cannot: "ask for the space left") }
    let (bytes, isHuge) = UInt64(info.f_bavail).multipliedReportingOverflow(by: UInt64(info.f_frsize))
    // Some file systems have no fixed number of files, and say zero of zero.
    let files = info.f_files == 0 ? UInt64.max : UInt64(info.f_favail)
    return (isHuge ? .max : Int(clamping: bytes), Int(clamping: files))
  }

  /// Makes a file, if it is not there, and sets its time to now; that time, by the clock of the storage.
  package func touch(_ name: String) throws(SystemError) -> Int64 {
    let file = try open(name, O_WRONLY | O_CREAT | O_NONBLOCK, mode: 0o640)
    defer { close(file) }
    guard futimens(file, nil) == 0 else { throw SystemError("\(path)/\(name)", cannot: "set the time") }
    var info = stat()
    guard unsafe fstat(file, &info) == 0 else { throw SystemError("\(path)/\(name)", cannot: "stat") }
    return Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec)
  }
}

extension Folder {
  /// Makes a folder that only one can make; false when it is there.
  package func claimFolder(_ name: String) throws(SystemError) -> Bool {
    if unsafe mkdirat(descriptor, name, 0o750) == 0 { return true }
    guard errno == EEXIST else { throw SystemError("\(path)/\(name)", cannot: "make the folder") }
    return false
  }
}

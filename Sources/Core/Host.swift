import Glibc

/// The machine and the process that run this: what the log and leases name.
package enum Host {
  /// The host's name, as `hostname` prints it.
  package static var name: String {
    var bytes = [UInt8](repeating: 0, count: 256)
    let code = unsafe bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return Int32(-1) }
      return unsafe gethostname(start.assumingMemoryBound(to: CChar.self), buffer.count - 1)
    }
    guard code == 0, let end = bytes.firstIndex(of: 0), end > 0 else { return "localhost" }
    return String(decoding: bytes[..<end], as: UTF8.self)
  }

  /// Who runs this: the user's name, or the number where it has none.
  package static var user: String {
    var entry = unsafe passwd()
    var found: UnsafeMutablePointer<passwd>?
    var text = [CChar](repeating: 0, count: 16 << 10)
    let id = geteuid()
    let name: String? = unsafe text.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress,
        unsafe getpwuid_r(id, &entry, start, buffer.count, &found) == 0, unsafe found != nil,
        let name = unsafe entry.pw_name
      else { return nil }
      return unsafe String(cString: name)
    }
    return name ?? "\(id)"
  }

  package static var processID: Int { Int(getpid()) }

  /// Changes with every start of the system; empty where the system does not say.
  package static var bootID: String {
    kernelText("/proc/sys/kernel/random/boot_id").map { $0.filter { !$0.isWhitespace } } ?? ""
  }

  /// When a process began, in ticks since the system did; nil when there is no such process.
  ///
  /// A process id is given out again, the pair of id and start is not.
  package static func startTicks(ofProcess id: Int) -> Int64? {
    guard let text = kernelText("/proc/\(id)/stat"), let name = text.lastIndex(of: ")") else { return nil }
    // proc(5): the second field is the name in parentheses, the third the state, the 22nd the start.
    let fields = text[text.index(after: name)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return Int64(fields[19])
  }

  /// Whether a process of this id lives, as far as this process may know.
  package static func isAlive(process id: Int, startTicks ticks: Int64?) -> Bool {
    guard let pid = Int32(exactly: id), pid > 0, kill(pid, 0) == 0 || errno == EPERM else { return false }
    guard let now = startTicks(ofProcess: id) else { return kernelText("/proc/self/stat") == nil }
    return ticks == nil || ticks == now
  }

  /// The namespace in which process ids mean this host's processes: containers have others.
  package static var processNamespace: String {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      return unsafe readlink("/proc/self/ns/pid", start.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
  }

  /// A small text that the kernel makes up when it is read.
  private static func kernelText(_ path: String) -> String? {
    let file = retry { unsafe open(path, O_RDONLY | O_CLOEXEC) }
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = retry { unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) } }
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}

import CSystem
import Glibc

/// How many threads are worth starting.
package enum Processors {
  /// More jobs than these gain little on one file, and hold more memory.
  private static let most = 4

  /// The processors this process may run on, by its affinity mask and its control group; 1 to 4.
  package static let available: Int = {
    let allowed = max(1, Int(av_processors()))
    return max(1, min(allowed, quota ?? allowed, most))
  }()

  /// Whole processors that a version 2 control group grants; nil without a limit.
  private static var quota: Int? {
    let descriptor = unsafe open("/sys/fs/cgroup/cpu.max", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // Files of the control group have no size: read what fits, it is one short line.
    let text = unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
      count = max(0, unsafe read(descriptor, buffer.baseAddress, buffer.count))
    }
    let parts = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    guard parts.count == 2, parts[1] > 0 else { return nil }
    return max(1, parts[0] / parts[1])
  }
}

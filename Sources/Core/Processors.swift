import CSystem

/// The processors that this process may use.
package enum Processors {
  /// What the affinity mask and the control group leave, at least 1 and at most 4: the default of `--jobs`.
  package static let available: Int = {
    let allowed = Int(av_processors())
    return max(1, min(4, allowed == 0 ? 1 : allowed, quota(group: "/proc/self/cgroup", root: "/sys/fs/cgroup") ?? .max))
  }()

  /// The whole processors of the tightest `cpu.max` from the process's group up to the root; nil without a limit.
  static func quota(group file: String, root: String) -> Int? {
    guard let line = text(file)?.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
    var parts = line.dropFirst(4).split(separator: "/")
    var least: Int?
    while true {
      if let limit = limit(([root[...]] + parts + ["cpu.max"]).joined(separator: "/")) {
        least = min(least ?? limit, limit)
      }
      guard parts.popLast() != nil else { return least }
    }
  }

  /// What a `cpu.max` allows: `max 100000` or `150000 100000`, microseconds of processor in each period.
  ///
  /// Half a processor counts as one.
  private static func limit(_ path: String) -> Int? {
    guard let numbers = text(path)?.split(whereSeparator: \.isWhitespace), numbers.count == 2,
      let time = Double(numbers[0]), let period = Double(numbers[1]), period > 0, time > 0, time / period < 1e6
    else { return nil }
    return max(1, Int((time / period).rounded()))
  }

  /// Files of the kernel say that they are empty, so FileReader cannot read them; what is unreadable sets no limit.
  private static func text(_ path: String) -> String? {
    guard let bytes = kernelFile(path) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}

import Glibc

/// How many files the process may have open.
enum Descriptors {
  /// A bus with many messages, or a recording with many channels, has a table of each.
  private static let wanted: rlim_t = 65_536

  /// Asks for as many as the system gives without privileges; most shells give 1024.
  static func raiseLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    let most = min(limit.rlim_max, wanted)
    guard limit.rlim_cur < most else { return }
    limit.rlim_cur = most
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

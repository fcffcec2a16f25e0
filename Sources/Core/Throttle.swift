import Glibc

/// Lets so many bytes a second pass, of all threads together: a token bucket.
///
/// A thread takes its turn first and then waits for it, so that turns are given in order and none is given twice.
package final class Throttle: Sendable {
  /// Bytes a second, at least one.
  package let rate: Int
  private let now: @Sendable () -> Int64
  private let sleep: @Sendable (_ nanoseconds: Int64) -> Void
  /// When the next turn begins, in nanoseconds of the clock.
  private let next: Guarded<Int64>

  /// What an idle time may be made up for with: a quarter of a second.
  static let burst: Int64 = 250_000_000
  /// The longest sleep between two looks at what may end the wait.
  static let nap: Int64 = 100_000_000

  /// The clock is the system's unless a test has its own.
  package init(
    bytesPerSecond rate: Int, now: @escaping @Sendable () -> Int64 = { Monotonic.now },
    sleep: @escaping @Sendable (_ nanoseconds: Int64) -> Void = { usleep(UInt32(clamping: $0 / 1000)) }
  ) {
    (self.rate, self.now, self.sleep) = (max(1, rate), now, sleep)
    next = Guarded(now())
  }

  /// Returns when so many bytes may have passed; `check` is asked while it waits, and what it throws ends the wait.
  package func take(_ bytes: Int, _ check: () throws -> Void = {}) throws {
    guard bytes > 0 else { return }
    let seconds = Double(bytes) / Double(rate)
    // A day for one block is as good as for ever, and no number of threads makes that overflow.
    let cost = Int64(min(seconds, 86_400) * 1e9)
    let turn = next.withLock { next in
      next = max(next, now() - Self.burst) &+ cost
      return next
    }
    while true {
      let wait = turn - now()
      guard wait > 0 else { return }
      try check()
      sleep(min(wait, Self.nap))
    }
  }
}

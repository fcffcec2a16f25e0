import CSystem
import Glibc

/// A clock that only goes forward: for rates and waits, never for data.
package enum Monotonic {
  /// Nanoseconds since some start.
  package static var now: Int64 {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}

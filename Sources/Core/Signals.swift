import Glibc
import Synchronization

/// Signals as flags that work looks at between two steps.
///
/// The handlers set a flag and nothing else; the second request to stop ends the process at once, which is safe
/// because every step is crash-safe.
package enum Signals {
  private static let stop = Atomic<Int32>(0)
  private static let progress = Atomic(false)

  /// From here on SIGINT, SIGTERM and SIGHUP ask to stop, and SIGUSR1 asks for progress.
  ///
  /// A signal that is ignored, as under `nohup`, stays ignored.
  package static func stopCleanly() {
    // The flags exist before a handler can look for them.
    stop.store(0, ordering: .relaxed)
    progress.store(false, ordering: .relaxed)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(signal) {
      handle(signal) { signal in
        if Signals.stop.exchange(signal, ordering: .relaxed) != 0 { _exit(128 + signal) }
      }
    }
    handle(SIGUSR1) { _ in Signals.progress.store(true, ordering: .relaxed) }
  }

  /// The signal that asked to stop: take no new items, finish the current step, return.
  package static var requested: Int32? {
    let signal = stop.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }

  /// Whether progress was asked for since the last call.
  package static func takeProgressRequest() -> Bool {
    progress.load(ordering: .relaxed) && progress.exchange(false, ordering: .relaxed)
  }

  /// Ends the process by a signal's default action, so that the parent sees which it was.
  package static func die(by number: Int32) -> Never {
    signal(number, SIG_DFL)
    var mask = sigset_t()
    unsafe sigemptyset(&mask)
    unsafe sigaddset(&mask, number)
    _ = unsafe pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    raise(number)
    _exit(128 + number)
  }

  /// `SIGINT`, for messages.
  package static func name(_ number: Int32) -> String {
    switch number {
    case SIGINT: "SIGINT"
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    default: "signal \(number)"
    }
  }

  private static func handle(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
    // No SA_RESTART: a read that waits for input returns, and `ByteInput` then sees the request.
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = handler
    _ = unsafe sigaction(number, &action, nil)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(number, nil, &action) == 0, let handler = unsafe action.__sigaction_handler.sa_handler
    else { return false }
    return unsafe unsafeBitCast(handler, to: Int.self) == 1
  }
}

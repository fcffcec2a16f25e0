import Dispatch

/// Calls `tick` about every `pause` nanoseconds, on a thread of its own, while `body` runs; the last call has returned
/// when this does.
///
/// For what must happen also while a step takes long or hangs: a lease that is kept, a run that says it is late. Like
/// `parallelMap` it is a call and no object, so nothing outlives it.
package func ticking<Result>(
  every pause: Int64, _ tick: @Sendable () -> Void, while body: () throws -> Result
) rethrows -> Result {
  try withoutActuallyEscaping(tick) { tick in
    let ticker = Ticker(tick)
    // A queue of its own gets a thread also when those of the shared pool all hang.
    DispatchQueue(label: "tick").async { ticker.run(every: pause) }
    defer { ticker.stop() }
    return try body()
  }
}

private final class Ticker: Sendable {
  /// Nil when it is over: nothing holds the closure that must not escape.
  private let tick: Guarded<(@Sendable () -> Void)?>
  private let end = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  init(_ tick: @escaping @Sendable () -> Void) { self.tick = Guarded(tick) }

  func run(every pause: Int64) {
    while end.wait(timeout: .now() + .nanoseconds(Int(pause))) == .timedOut { callOnce() }
    ended.signal()
  }

  /// The closure is let go before `ended` is signalled.
  @inline(never) private func callOnce() { tick.withLock { $0 }?() }

  func stop() {
    end.signal()
    ended.wait()
    tick.withLock { $0 = nil }
  }
}

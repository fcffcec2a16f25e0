import Synchronization

/// Contexts of a C library that wait to be used again, at most eight.
///
/// A context belongs to one thread from `take` to `give`.
final class Pool<Context>: @unchecked Sendable {
  // Unchecked because C contexts are pointers: they are reached under the lock only, and by one owner at a time.
  private let waiting = Mutex<[Box]>([])

  private struct Box: @unchecked Sendable { var context: Context }

  func take() -> Context? { waiting.withLock { $0.popLast() }?.context }

  func give(_ context: Context, orElse free: (Context) -> Void) {
    let box = Box(context: context)
    let isKept = waiting.withLock { waiting in
      guard waiting.count < 8 else { return false }
      waiting.append(box)
      return true
    }
    if !isKept { free(context) }
  }
}

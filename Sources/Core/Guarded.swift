import Synchronization

/// A value that several threads share; each has it for itself while it uses it.
///
/// For what is written by the workers of `parallelMap`, such as the lineage log; nothing else has a lock.
package final class Guarded<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  package init(_ value: Value) { self.value = Mutex(value) }

  package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    // A copy, since what a mutex hands out may not leave it; the lock is held all the while.
    try value.withLock { value in
      var copy = value
      defer { value = copy }
      return try body(&copy)
    }
  }
}

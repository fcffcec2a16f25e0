import Synchronization

/// A value that several threads share; each has it for itself while it uses it.
///
/// For what is written by the workers of `parallelMap`, such as the lineage log; nothing else has a lock.
package final class Guarded<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  package init(_ value: Value) { self.value = Mutex(value) }

  package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try value.withLock { try body(&$0) }
  }
}

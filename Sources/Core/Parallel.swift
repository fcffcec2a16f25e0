import Dispatch
import Glibc
import Synchronization

/// Maps items on up to `jobs` threads and hands the results to `body` on this one, in the items' order.
///
/// The only concurrency in the tree. At most `2 * jobs` results wait at a time, so memory is bounded whatever the
/// number of items. The first error, in item order, ends it: later items are not started and the error is thrown.
package func parallelMap<Item: Sendable, Result: Sendable>(
  _ items: [Item], jobs: Int, _ transform: @Sendable (Item) throws -> Result, _ body: (Result) throws -> Void
) throws {
  guard jobs > 1, items.count > 1 else {
    for item in items { try body(transform(item)) }
    return
  }
  let line = ParallelLine<Result>(count: items.count, ahead: 2 * jobs)
  let group = DispatchGroup()
  try withoutActuallyEscaping(transform) { transform in
    // The group is waited for below, so nothing outlives the closure that is not meant to escape.
    defer {
      line.stop()
      group.wait()
    }
    for _ in 0..<min(jobs, items.count) {
      DispatchQueue.global().async(group: group) {
        while let index = line.next() {
          line.put(Swift.Result { try transform(items[index]) }, at: index)
        }
      }
    }
    for index in items.indices { try body(line.take(index).get()) }
  }
}

/// What `jobs` threads and one taker share: which item is next, and results that wait for their turn.
private final class ParallelLine<Value: Sendable>: Sendable {
  private struct State {
    var next = 0
    var taken = 0
    var results: [Int: Swift.Result<Value, any Error>] = [:]
    var isStopped = false
  }

  private let count: Int
  private let ahead: Int
  private let state = Mutex(State())
  private let ready = DispatchSemaphore(value: 0)
  private let room: DispatchSemaphore

  init(count: Int, ahead: Int) {
    self.count = count
    self.ahead = ahead
    room = DispatchSemaphore(value: 0)
    for _ in 0..<ahead { room.signal() }
  }

  /// The next item's index, once there is room for its result.
  func next() -> Int? {
    room.wait()
    let index: Int? = state.withLock { state in
      guard !state.isStopped, state.next < count else { return nil }
      state.next += 1
      return state.next - 1
    }
    if index == nil { room.signal() }
    return index
  }

  func put(_ result: Swift.Result<Value, any Error>, at index: Int) {
    state.withLock { $0.results[index] = result }
    ready.signal()
  }

  /// Waits for the result of an item, which must be asked for in order.
  func take(_ index: Int) -> Swift.Result<Value, any Error> {
    while true {
      if let result = state.withLock({ $0.results.removeValue(forKey: index) }) {
        room.signal()
        return result
      }
      ready.wait()
    }
  }

  func stop() {
    state.withLock { $0.isStopped = true }
    room.signal()
  }
}

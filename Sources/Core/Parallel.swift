import Dispatch
import Synchronization

/// Maps items on up to `jobs` threads and hands the results to `body` on this one, in the items' order.
///
/// With `pipelined` the only concurrency in the tree. At most `2 * jobs + 1` results wait at a time, so memory is
/// bounded whatever the number of items. The first error, in item order, ends it: later items are not started and the
/// error is thrown; so does an error of `body`. When this returns or throws, no thread is inside `transform`. An item
/// that no thread has begun when its turn comes is done on this one: the call may be nested, and ends even when no
/// thread is to be had.
package func parallelMap<Item: Sendable, Result: Sendable>(
  _ items: [Item], jobs: Int, _ transform: @Sendable (Item) throws -> Result, _ body: (Result) throws -> Void
) throws {
  guard jobs > 1, items.count > 1 else {
    for item in items { try body(transform(item)) }
    return
  }
  let jobs = min(jobs, items.count)
  try withoutActuallyEscaping(transform) { transform in
    let line = ParallelLine<Result>(count: items.count, ahead: 2 * jobs) { try transform(items[$0]) }
    // Nothing holds the closure that must not escape when this returns.
    defer { line.stop() }
    for _ in 0..<jobs { DispatchQueue.global().async { line.work() } }
    for index in items.indices {
      if line.claim(index) {
        try body(transform(items[index]))
      } else {
        try body(line.take(index).get())
      }
    }
  }
}

/// What `jobs` threads and one taker share: which item is next, and results that wait for their turn.
private final class ParallelLine<Value: Sendable>: Sendable {
  private struct State {
    /// Nil when it is over, for threads that come only then.
    var transform: (@Sendable (Int) throws -> Value)?
    /// How many threads came before it was over.
    var threads = 0
    /// The first item that nobody has begun.
    var next = 0
    /// Items from here on are not begun: all there are, or what follows the first failure.
    var end: Int
    var results: [Int: Swift.Result<Value, any Error>] = [:]
  }

  private let state: Mutex<State>
  /// Signalled for each result.
  private let ready = DispatchSemaphore(value: 0)
  /// Counts the results that may still be begun before the taker has taken some.
  private let room = DispatchSemaphore(value: 0)
  /// Signalled by each thread that leaves.
  private let left = DispatchSemaphore(value: 0)

  init(count: Int, ahead: Int, _ transform: @escaping @Sendable (Int) throws -> Value) {
    state = Mutex(State(transform: transform, end: count))
    for _ in 0..<ahead { room.signal() }
  }

  /// Does items until there are none: what each thread runs, however late it comes.
  func work() {
    if begin() { left.signal() }
  }

  /// Returns whether this thread is one that `stop` waits for; the closure is let go before.
  private func begin() -> Bool {
    let transform = state.withLock { state in
      if state.transform != nil { state.threads += 1 }
      return state.transform
    }
    guard let transform else { return false }
    while let index = next() { put(Swift.Result { try transform(index) }, at: index) }
    return true
  }

  /// The next item's index, once there is room for its result; nil when there is no more to do.
  private func next() -> Int? {
    room.wait()
    let index: Int? = state.withLock { state in
      guard state.next < state.end else { return nil }
      state.next += 1
      return state.next - 1
    }
    // The next thread that waits for room must learn of the end too.
    if index == nil { room.signal() }
    return index
  }

  private func put(_ result: Swift.Result<Value, any Error>, at index: Int) {
    state.withLock { state in
      if case .failure = result { state.end = min(state.end, index + 1) }
      state.results[index] = result
    }
    ready.signal()
  }

  /// Whether nobody has begun the item, which is then the taker's.
  func claim(_ index: Int) -> Bool {
    state.withLock { state in
      guard state.next == index else { return false }
      state.next += 1
      return true
    }
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

  /// Ends it, and waits for the threads that are at work; those still to come will find nothing to do.
  func stop() {
    let threads = state.withLock { state in
      state.end = 0
      state.transform = nil
      return state.threads
    }
    room.signal()
    for _ in 0..<threads { left.wait() }
  }
}

/// Makes items on a thread of its own and hands them to `body` on this one, in order, while the next are made.
///
/// `produce` gives each item to the closure it is called with; at most `ahead` of them wait at a time, so memory is
/// bounded. An error of `body` ends it: giving throws then. So does an error of `produce`, which is thrown when what it
/// gave before was taken. When this returns or throws, no thread is inside `produce`.
package func pipelined<Item: Sendable>(
  ahead: Int, _ produce: @Sendable ((Item) throws -> Void) throws -> Void, _ body: (Item) throws -> Void
) throws {
  try withoutActuallyEscaping(produce) { produce in
    let belt = Belt<Item>(ahead: ahead, produce)
    // A queue of its own gets a thread also when those of the shared pool all wait.
    DispatchQueue(label: "belt").async { belt.run() }
    defer { belt.stop() }
    while let item = try belt.take() { try body(item) }
  }
}

/// What one thread makes and another takes.
private final class Belt<Item: Sendable>: Sendable {
  private struct Stopped: Error {}
  private struct State {
    /// Nil when it is over: nothing holds the closure that must not escape.
    var produce: (@Sendable ((Item) throws -> Void) throws -> Void)?
    var items: [Item] = []
    /// Set when nothing more comes.
    var end: Swift.Result<Void, any Error>?
  }

  private let state: Mutex<State>
  /// Signalled for each item, and at the end.
  private let ready = DispatchSemaphore(value: 0)
  /// Counts the items that may still wait.
  private let room = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  init(ahead: Int, _ produce: @escaping @Sendable ((Item) throws -> Void) throws -> Void) {
    state = Mutex(State(produce: produce))
    for _ in 0..<ahead { room.signal() }
  }

  func run() {
    let end = Swift.Result { try produceAll() }
    state.withLock { $0.end = end }
    ready.signal()
    ended.signal()
  }

  /// The closure is let go before `ended` is signalled.
  @inline(never) private func produceAll() throws { try state.withLock { $0.produce }?(give) }

  private func give(_ item: Item) throws {
    room.wait()
    let isTaken = state.withLock { state in
      guard state.produce != nil else { return false }
      state.items.append(item)
      return true
    }
    guard isTaken else {
      // Who gives again all the same must not wait.
      room.signal()
      throw Stopped()
    }
    ready.signal()
  }

  /// The next item; nil after the last.
  func take() throws -> Item? {
    ready.wait()
    let item = try state.withLock { state in
      if state.items.isEmpty { try state.end?.get() }
      return state.items.isEmpty ? nil : state.items.removeFirst()
    }
    if item != nil { room.signal() }
    return item
  }

  /// Ends it, and waits until the other thread has left.
  func stop() {
    state.withLock { $0.produce = nil }
    room.signal()
    ended.wait()
  }
}

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

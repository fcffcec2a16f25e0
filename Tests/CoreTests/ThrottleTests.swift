import Testing

@testable import Core

/// A clock that goes forward only while somebody sleeps.
private final class SleptClock: Sendable {
  let time = Guarded<Int64>(1_000_000_000_000)
  let naps = Guarded<[Int64]>([])
  var seconds: Double { Double(time.withLock { $0 } - 1_000_000_000_000) / 1e9 }

  func throttle(_ rate: Int) -> Throttle {
    Throttle(
      bytesPerSecond: rate, now: { self.time.withLock { $0 } },
      sleep: { nanoseconds in
        self.naps.withLock { $0.append(nanoseconds) }
        self.time.withLock { $0 += nanoseconds }
      })
  }
}

@Test(arguments: [1, 1000, 1 << 20, 100 << 20]) func bytesTakeTheirTime(_ rate: Int) throws {
  let clock = SleptClock()
  let throttle = clock.throttle(rate)
  for _ in 0..<40 { try throttle.take(rate / 4 + 1) }
  let wanted = 40 * Double(rate / 4 + 1) / Double(rate)
  #expect(abs(clock.seconds - wanted) < 0.3)
}

@Test func anIdleTimeIsMadeUpForInPart() throws {
  let clock = SleptClock()
  let throttle = clock.throttle(1000)
  clock.time.withLock { $0 += 3_600_000_000_000 }
  try throttle.take(250)
  #expect(clock.naps.withLock { $0 }.isEmpty)
  try throttle.take(1000)
  #expect(abs(clock.seconds - 3601) < 0.01)
}

@Test func aLongWaitIsOfShortNapsAndCanBeEnded() throws {
  let clock = SleptClock()
  let throttle = clock.throttle(1)
  let asked = Guarded(0)
  #expect(throws: CancellationError.self) {
    try throttle.take(.max) {
      let count = asked.withLock { count in
        count += 1
        return count
      }
      if count > 5 { throw CancellationError() }
    }
  }
  #expect(clock.naps.withLock { $0 } == [Int64](repeating: 100_000_000, count: 5))
}

@Test func threadsShareOneRate() throws {
  let clock = SleptClock()
  let throttle = clock.throttle(1 << 20)
  try parallelMap(Array(0..<32), jobs: 4) { _ in
    try throttle.take(1 << 19)
  } _: { _ in
  }
  // No sleeper is woken early: the last turn is 16 s from the start, however the naps of the threads overlap.
  #expect(clock.seconds > 15.7)
}

@Test func nothingTakesNoTime() throws {
  let clock = SleptClock()
  let throttle = clock.throttle(1)
  for bytes in [0, -1, .min] { try throttle.take(bytes) }
  #expect(clock.seconds == 0)
}

import Foundation
import Testing

@testable import Core

@Suite struct TickerTests {
  @Test func itTicksWhileTheBodyHangsAndNotAfterwards() throws {
    let ticks = Guarded(0)
    let seen = ticking(every: 5_000_000) {
      ticks.withLock { $0 += 1 }
    } while: {
      while ticks.withLock({ $0 }) < 3 { usleep(1000) }
      return 7
    }
    let count = ticks.withLock { $0 }
    #expect(seen == 7)
    #expect(count >= 3)
    usleep(50_000)
    #expect(ticks.withLock { $0 } == count)
  }

  @Test func itEndsAtAnyInstant() {
    for round in 0..<2000 {
      let ticks = Guarded(0)
      ticking(every: 1000) {
        ticks.withLock { $0 += 1 }
      } while: {
        if round % 2 == 0 { usleep(20) }
      }
    }
  }

  @Test func anErrorOfTheBodyComesThroughAtOnce() {
    struct Failure: Error {}
    let start = Monotonic.now
    #expect(throws: Failure.self) {
      try ticking(every: 60_000_000_000) {
      } while: {
        throw Failure()
      }
    }
    #expect(Monotonic.now - start < 10_000_000_000)
  }
}

@Test(arguments: [
  ("--lake", "--lake"), ("https://a.b/c?sv=1&sig=abc%3D&se=2026", "https://a.b/c?sv=1&sig=REDACTED&se=REDACTED"),
  ("x?TOKEN=1", "x?TOKEN=REDACTED"), ("x?sig=1 --more a=b", "x?sig=REDACTED --more a=b"), ("a?", "a?"),
  ("a?sig", "a?sig"), ("sig=1", "sig=1"), ("a?&sig=&x=1", "a?&sig=REDACTED&x=1"), ("what?design=1", "what?design=1"),
])
func whatASignedLinkNeedsIsLeftOut(_ text: String, _ redacted: String) { #expect(text.redacted == redacted) }

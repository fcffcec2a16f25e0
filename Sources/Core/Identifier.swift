import CSystem
import Glibc
import Synchronization

/// A UUID (RFC 9562): of a measurement, a datastream, a run, an event.
package struct Identifier: Sendable, Hashable, Comparable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Sixteen bytes, the most significant first.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.init(high: Self.number(bytes[..<8]), low: Self.number(bytes[8...]))
  }

  /// Eight, four, four, four and twelve hexadecimal digits of either case with hyphens between, and nothing else.
  package init?(_ text: String) {
    guard text.utf8.count == 36 else { return nil }
    var high: UInt64 = 0, low: UInt64 = 0
    for (index, character) in text.utf8.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard character == UInt8(ascii: "-") else { return nil }
      } else {
        guard let digit = hexDigit(character) else { return nil }
        // Digits of the lower half move up through it.
        high = high << 4 | low >> 60
        low = low << 4 | UInt64(digit)
      }
    }
    self.init(high: high, low: low)
  }

  /// Lower case, as it stands in records and paths.
  package var description: String { String(decoding: text, as: UTF8.self) }

  /// The description, as bytes.
  package var text: [UInt8] {
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 }
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for index in 0..<16 {
      if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
      text.append(digit(byte(index) >> 4))
      text.append(digit(byte(index) & 15))
    }
    return text
  }

  package var bytes: [UInt8] { (0..<16).map(byte) }

  private func byte(_ index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index & 7)))
  }

  package static func < (one: Identifier, other: Identifier) -> Bool {
    (one.high, one.low) < (other.high, other.low)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

  /// The same bits with a version and the variant of RFC 9562.
  private func marked(version: UInt64) -> Identifier {
    Identifier(high: high & ~0xf000 | version << 12, low: low & ~(3 << 62) | 2 << 62)
  }
}

// MARK: - From a name

extension Identifier {
  /// UUIDv5: the same namespace and name always give the same identifier.
  package init(namespace: Identifier, name: String) {
    let digest = Digest.sha1.of((namespace.bytes + Array(name.utf8)).bytes)
    self = Identifier(high: Self.number(digest[..<8]), low: Self.number(digest[8..<16])).marked(version: 5)
  }

  /// The namespace of avtools: UUIDv5 of the URL namespace and `urn:avtools:ids:1`.
  package static let namespace = Identifier(high: 0x84c4_8e80_1758_5a7d, low: 0xbe96_80b1_0363_ba27)

  /// A measurement whose manifest names no identifier; `manifestDigest` is SHA-256 in hexadecimal.
  package static func measurement(manifestDigest: String) -> Identifier {
    Identifier(namespace: namespace, name: "measurement:\(manifestDigest)")
  }

  /// A datastream: the same work has the same identifier.
  ///
  /// `config` is the configuration's digest in hexadecimal.
  package static func datastream(stage: String, parents: [Identifier], config: String, version: Int) -> Identifier {
    let parents = parents.sorted().map { "\($0)".jsonQuoted }.joined(separator: ",")
    let name = "datastream:[\(stage.jsonQuoted),[\(parents)],\(config.jsonQuoted),\(version)]"
    return Identifier(namespace: namespace, name: name)
  }

  /// The sample of a measurement at an instant.
  package static func sample(measurement: Identifier, at instant: Timestamp) -> Identifier {
    let name = "sample:[\("\(measurement)".jsonQuoted),\("\(instant.nanoseconds)".jsonQuoted)]"
    return Identifier(namespace: namespace, name: name)
  }

  /// The scene that a rule finds in a datastream at an instant.
  package static func scene(rule: String, version: String, datastream: Identifier, start: Timestamp) -> Identifier {
    let words = [rule, version, "\(datastream)", "\(start.nanoseconds)"].map(\.jsonQuoted)
    return Identifier(namespace: namespace, name: "scene:[\(words.joined(separator: ","))]")
  }
}

// MARK: - From the clock

extension Identifier {
  /// The milliseconds and the counter of the last identifier made in this process, as one number.
  private static let last = Atomic<UInt64>(0)

  /// UUIDv7: the time in milliseconds, a counter of 12 bits, 62 random bits; greater than every one made before it.
  package static func unique() -> Identifier {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    let milliseconds = UInt64(max(0, time.tv_sec)) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    let bits = random()
    // The counter begins in the lower half, so that it seldom runs over into the milliseconds (RFC 9562, 6.2).
    let fresh = milliseconds << 12 | bits.0 & 0x7ff
    var before = last.load(ordering: .relaxed)
    while true {
      let next = max(fresh, before + 1)
      let (isExchanged, original) = last.compareExchange(expected: before, desired: next, ordering: .relaxed)
      if isExchanged { return Identifier(high: (next >> 12) << 16 | next & 0xfff, low: bits.1).marked(version: 7) }
      before = original
    }
  }

  private static func random() -> (UInt64, UInt64) {
    var bits: (UInt64, UInt64) = (0, 0)
    // The kernel gives up to 256 bytes whole and uninterrupted once it has gathered entropy (getrandom(2)).
    let count = unsafe withUnsafeMutableBytes(of: &bits) { bits in
      retry { unsafe getrandom(bits.baseAddress, bits.count, 0) }
    }
    precondition(count == 16, "the kernel gives random bytes")
    return bits
  }
}

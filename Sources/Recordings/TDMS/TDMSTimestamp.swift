import Core

/// Seconds since 1904-01-01T00:00:00Z, and a fraction of 2⁻⁶⁴ s that counts upwards whatever the sign is.
struct TDMSTimestamp: Hashable, Sendable {
  /// From 1904 to 1970.
  static let secondsTo1970: Int64 = 2_082_844_800

  var seconds: Int64
  var fraction: UInt64

  /// What writers leave where no time was set.
  var isUnset: Bool { seconds == 0 && fraction == 0 }

  /// Since 1970, rounded down; nil outside of what 64 bits hold.
  var nanoseconds: Int64? {
    let part = Int64(fraction.multipliedFullWidth(by: 1_000_000_000).high)
    let (unix, isFar) = seconds.subtractingReportingOverflow(Self.secondsTo1970)
    guard !isFar else { return nil }
    // Below zero the product alone can overflow where the sum does not.
    let (whole, carry) = unix < 0 ? (unix + 1, part - 1_000_000_000) : (unix, part)
    let (product, isLarge) = whole.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, isLarger) = product.addingReportingOverflow(carry)
    return isLarge || isLarger ? nil : sum
  }
}

extension TDMSTimestamp {
  init(littleEndian bytes: RawSpan, at offset: Int) {
    self.init(seconds: Int64(bitPattern: bytes.u64(at: offset + 8)), fraction: bytes.u64(at: offset))
  }
}

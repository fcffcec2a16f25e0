import Core

/// Time scales that stamps are mistaken for Unix time in (sync.md 1.2).
package enum ClockName: String, Sendable, CaseIterable {
  /// Counted since the sensor was switched on.
  case sinceBoot = "since-boot"
  /// GPS time, counted from 1980-01-06.
  case gpsEpoch = "gps-epoch"
  /// GPS time counted from 1970: ahead by the leap seconds since 1980.
  case gpsUTC = "gps-utc"
  /// International atomic time, as PTP has it.
  case tai
  /// Local time taken for UTC.
  case timezone

  /// GPS − UTC and TAI − UTC in seconds, since 2017-01-01.
  private static let gps: Int64 = 18, atomic: Int64 = 37
  /// 1980-01-06 in Unix time.
  private static let gpsStart: Int64 = 315_964_800
  static let lastLeapSecond: Int64 = 1_483_228_800 * second
  static let second: Int64 = 1_000_000_000

  /// What a stream's stamps are, most likely; `offset` is the median of stamp − record time, in nanoseconds.
  package static func cause(offset: Int64, stamp: Int64) -> ClockName? {
    if stamp.magnitude < UInt64(100_000_000 * second) { return .sinceBoot }
    if isNear(offset, gps - gpsStart, 2) { return .gpsEpoch }
    if isNear(offset, gps, 1) { return .gpsUTC }
    if isNear(offset, atomic, 1) { return .tai }
    let hour = 3600 * second
    let hours = (Double(offset) / Double(hour)).rounded()
    if hours != 0, abs(hours) <= 26, isNear(offset, Int64(hours) * 3600, 60) { return .timezone }
    return nil
  }

  /// What an estimated offset is, most likely, within 2 ms.
  static func cause(estimated offset: Double) -> ClockName? {
    let seconds = abs(offset) / 1e9
    if abs(seconds - Double(gps)) <= 0.002 { return .gpsUTC }
    if abs(seconds - Double(atomic)) <= 0.002 { return .tai }
    let hours = (seconds / 3600).rounded()
    return hours > 0 && abs(seconds - 3600 * hours) <= 0.002 ? .timezone : nil
  }

  /// What is added to a stamp; `offset` is the median of stamp − record time.
  ///
  /// Nil for a zone, which only a person knows.
  func correction(offset: Int64) -> Int64? {
    switch self {
    case .sinceBoot: Int64(0).subtractingSaturated(offset)
    case .gpsEpoch: (Self.gpsStart - Self.gps) * Self.second
    case .gpsUTC: -Self.gps * Self.second
    case .tai: -Self.atomic * Self.second
    case .timezone: nil
    }
  }

  /// Whether the number of leap seconds is in it.
  var countsLeapSeconds: Bool { self != .sinceBoot && self != .timezone }

  private static func isNear(_ offset: Int64, _ seconds: Int64, _ tolerance: Int64) -> Bool {
    distance(offset, seconds * second) < UInt64(tolerance * second)
  }
}

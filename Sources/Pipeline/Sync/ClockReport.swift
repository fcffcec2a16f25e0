import Core

/// What was found of a stream's clock (sync.md 4).
struct ClockReport: Sendable {
  /// Nil when it was estimated; else why it was not.
  var reason: Refusal?
  /// At the start of the overlap, in nanoseconds: positive when the stream's stamps are late.
  var offset: Double?
  /// Half the width of the 95 % interval.
  var offsetInterval: Double?
  /// In millionths; nil with fewer than six windows.
  var drift: Double?
  var driftInterval: Double?
  /// Median correlation of the windows that were used.
  var correlation: Double?
  var windows = 0
  var windowsTotal = 0
  var residualP95: Double?
  /// Median of the windows' distances from the line.
  var residualMAD: Double?
  var isApplied = false
  /// What the offset looks like.
  var cause: ClockName?
  /// A stream of the same channel, of which all this was found.
  var sharedWith: String?
  /// The stream whose clock is the truth.
  var reference: String
  /// By what it was compared.
  var motion = SharedMotion.turning
  /// The stream that it was compared with where that is another: the clock of that one is known.
  var via: String?

  /// Why a clock cannot be seen.
  enum Refusal: String, Sendable {
    case isReference = "is the reference"
    case noSignal = "no column tells how the vehicle moves"
    case noMotion = "the vehicle hardly turns"
    case steady = "the vehicle's speed hardly changes"
    case noLink = "its speed can be compared with no stream whose clock is known"
    case noAgreement = "fewer than 3 windows agree"
    case opposite = "the signals have opposite signs"
    case atLimit = "the best lag is at the limit of the search"
    case periodic = "the motion is periodic: several lags fit"
    case scatter = "the windows contradict each other"
    case shortOverlap = "the streams overlap for less than 60 s"
  }

  init(reference: String, reason: Refusal? = nil) { (self.reference, self.reason) = (reference, reason) }

  var isObservable: Bool { reason == nil && offset != nil }

  /// Against the reference, what was found against a stream that was itself compared with it.
  func composed(with link: ClockReport, of stream: String) -> ClockReport {
    func both(_ one: Double?, _ other: Double?) -> Double? {
      guard let one, let other else { return nil }
      return (one * one + other * other).squareRoot()
    }
    var report = self
    (report.reference, report.via) = (link.reference, stream)
    report.offset = offset.flatMap { own in link.offset.map { own + $0 } }
    report.offsetInterval = both(offsetInterval, link.offsetInterval)
    report.drift = drift.flatMap { own in link.drift.map { own + $0 } }
    report.driftInterval = both(driftInterval, link.driftInterval)
    report.cause = report.offset.flatMap(ClockName.cause(estimated:))
    return report
  }

  var json: JSON {
    func number(_ value: Double?, _ scale: Double = 1) -> JSON { value.map { .number($0 / scale) } ?? .null }
    return [
      "observable": .bool(isObservable), "reason": reason.map { .string($0.rawValue) } ?? .null,
      "reference": .string(reference), "motion": .string(motion.rawValue), "via": via.map { .string($0) } ?? .null,
      "shared_with": sharedWith.map { .string($0) } ?? .null,
      "offset_ms": number(offset, 1e6), "offset_ci_ms": number(offsetInterval, 1e6),
      "drift_ppm": number(drift), "drift_ci_ppm": number(driftInterval), "r": number(correlation),
      "windows": .count(windows), "windows_total": .count(windowsTotal),
      "residual_p95_ms": number(residualP95, 1e6), "cause": cause.map { .string($0.rawValue) } ?? .null,
      "applied": .bool(isApplied),
    ]
  }
}

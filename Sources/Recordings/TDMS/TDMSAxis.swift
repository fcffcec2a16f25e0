import Core

/// When the rows of a table were measured.
enum TDMSAxis: Hashable, Sendable {
  case none
  /// From the properties of a waveform.
  case waveform(TDMSWaveform)
  /// The object of the group whose values are times.
  case channel(Int)
  /// The object whose bytes are frames of a bus, each with its time.
  case frames(Int)
}

/// Times at equal distances: t(i) = start + offset + i * increment, where i begins again at 0 with each start.
///
/// All in 2⁻⁶⁴ s, as start times are recorded, and rounded once: an increment that were rounded to nanoseconds would be
/// off by milliseconds after ten minutes.
struct TDMSWaveform: Hashable, Sendable {
  struct Run: Hashable, Sendable {
    /// The first value of the run.
    var value: Int
    var start: TDMSTimestamp
  }

  /// By value; the first begins at 0.
  let runs: [Run]
  private let offset: Int128
  /// `factor * 2^shift` in 2⁻⁶⁴ s is the increment.
  private let factor: Int64
  private let shift: Int

  /// Nil where there is no increment, no start, or times that 64 bits of nanoseconds do not hold.
  init?(runs: [Run], offset: Double, increment: Double, count: Int) {
    guard increment.isFinite, increment > 0, let start = Self.fixed(offset), !runs.contains(where: \.start.isUnset),
      let first = runs.first, first.value == 0
    else { return nil }
    self.runs = runs
    self.offset = start
    factor = Int64(increment.significand * 0x1p52)
    shift = Int(increment.exponent) - 52 + 64
    for (number, run) in runs.enumerated() {
      let end = number + 1 < runs.count ? runs[number + 1].value : count
      guard nanoseconds(0, from: run) != nil, nanoseconds(max(0, end - run.value - 1), from: run) != nil else {
        return nil
      }
    }
  }

  /// Nanoseconds since 1970 of some values.
  func times(_ values: Range<Int>) -> [Int64] {
    var times: [Int64] = []
    times.reserveCapacity(values.count)
    var number = max(0, (runs.firstIndex { $0.value > values.lowerBound } ?? runs.count) - 1)
    for value in values {
      while number + 1 < runs.count, runs[number + 1].value <= value { number += 1 }
      // All are between those of the ends of its run, which are known to fit.
      times.append(nanoseconds(value - runs[number].value, from: runs[number]) ?? 0)
    }
    return times
  }

  private func nanoseconds(_ index: Int, from run: Run) -> Int64? {
    let product = Int128(factor) * Int128(index)
    guard abs(shift) < 127, shift <= 0 || product >> (126 - shift) == 0 else { return nil }
    let elapsed = shift >= 0 ? product << shift : product >> -shift
    let start = Int128(run.start.seconds) << 64 + Int128(run.start.fraction)
    let (sum, isLarge) = start.addingReportingOverflow(elapsed)
    let (time, isLarger) = sum.addingReportingOverflow(offset)
    guard !isLarge, !isLarger, let seconds = Int64(exactly: time >> 64) else { return nil }
    let parts = UInt64(truncatingIfNeeded: time).multipliedFullWidth(by: 1_000_000_000)
    let rounded = Int64(parts.high) + (parts.low >> 63 == 1 ? 1 : 0)
    let whole = (Int128(seconds) - Int128(TDMSTimestamp.secondsTo1970)) * 1_000_000_000 + Int128(rounded)
    return Int64(exactly: whole)
  }

  /// Seconds in 2⁻⁶⁴ s, rounded down.
  private static func fixed(_ seconds: Double) -> Int128? {
    guard abs(seconds) < 0x1p60 else { return nil }
    let whole = seconds.rounded(.down), part = (seconds - whole) * 0x1p64
    return Int128(whole) << 64 + Int128(part < 0x1p64 ? UInt64(part) : .max)
  }
}

extension TDMSIndex {
  /// The waveform that an object's properties describe, where its axis is time.
  func waveform(_ object: Int) -> TDMSWaveform? {
    let own = objects[object]
    guard let increment = own["wf_increment"]?.double, case .timestamp(let last)? = own["wf_start_time"],
      !["wf_xname", "wf_xunit_string"].contains(where: { own[$0]?.text?.lowercased().contains("frequen") ?? false })
    else { return nil }
    var runs: [TDMSWaveform.Run] = []
    for start in startsOfObject[object] ?? [] {
      // Those without a value between them are one.
      if runs.last?.value == start.value { runs.removeLast() }
      runs.append(TDMSWaveform.Run(value: start.value, start: start.time))
    }
    // What comes before the first start was not told, and what comes behind the last value has none.
    if runs.count > 1, let end = runs.last, end.value >= own.count { runs.removeLast() }
    if runs.isEmpty { runs = [TDMSWaveform.Run(value: 0, start: last)] }
    runs[0].value = 0
    return TDMSWaveform(
      runs: runs, offset: own["wf_start_offset"]?.double ?? 0, increment: increment, count: own.count)
  }
}

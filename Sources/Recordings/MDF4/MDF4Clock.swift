import Core

/// When the records of a group were taken: nanoseconds since 1970, exact where the file is.
struct MDF4Clock: Sendable {
  let master: MDF4Channel
  /// Of the measurement.
  let start: Int64
  /// Nanoseconds a tick and at tick 0, where a tick is a whole number of them.
  private let ticks: (size: Int64, offset: Int64)?

  private static let second = 1e9

  init(_ master: MDF4Channel, start: Int64) {
    self.master = master
    self.start = start
    ticks =
      switch master.conversion {
      case .none: master.form.isInteger ? (1_000_000_000, 0) : nil
      case .linear(let offset, let factor):
        Self.whole(factor * Self.second).flatMap { size in Self.whole(offset * Self.second).map { (size, $0) } }
      default: nil
      }
  }

  /// A number that is whole but for what a double cannot hold.
  private static func whole(_ value: Double) -> Int64? {
    let rounded = value.rounded()
    guard abs(value - rounded) <= abs(rounded) * 1e-12 else { return nil }
    return Int64(exactly: rounded)
  }

  /// The time of each record; those that have none, or one beyond what nanoseconds can say, get the nearest there is.
  func times(_ records: MDF4Records) -> [Int64] {
    let recorded = records.recorded(master)
    if let ticks {
      switch recorded.values {
      case .float32, .float64: break
      case .int64(let values): return values.map { time($0, ticks) }
      case .uint64(let values): return values.map { time(Int64(clamping: $0), ticks) }
      default: return recorded.doubles.map { time(Int64($0), ticks) }
      }
    }
    let isInteger = master.form.isInteger || master.place == .number
    let values = recorded.doubles
    let seconds = master.conversion.numbers(values, isInteger: isInteger)
    guard let ticks else { return seconds.map { add(($0 * Self.second).rounded()) } }
    return values.indices.map { row in
      let value = values[row]
      if let whole = Int64(exactly: value) { return time(whole, ticks) }
      // Nanoseconds that are not whole: a factor of one nanosecond needs no more than rounding.
      if ticks.size == 1 { return add(value.rounded() + Double(ticks.offset)) }
      return add((seconds[row] * Self.second).rounded())
    }
  }

  private func time(_ value: Int64, _ ticks: (size: Int64, offset: Int64)) -> Int64 {
    let (product, isTooLarge) = value.multipliedReportingOverflow(by: ticks.size)
    guard !isTooLarge else { return value < 0 ? .min : .max }
    let (sum, overflow) = product.addingReportingOverflow(ticks.offset)
    let (time, isTooLate) = sum.addingReportingOverflow(start)
    return overflow || isTooLate ? (value < 0 ? .min : .max) : time
  }

  private func add(_ nanoseconds: Double) -> Int64 {
    guard !nanoseconds.isNaN else { return start }
    guard nanoseconds.magnitude < 9e18 else { return nanoseconds < 0 ? .min : .max }
    let (time, overflow) = start.addingReportingOverflow(Int64(nanoseconds))
    return overflow ? (nanoseconds < 0 ? .min : .max) : time
  }
}

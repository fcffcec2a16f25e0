import Core

/// How fast the vehicle turns, in degrees a second, or goes, in m/s, as one stream tells it at times of its clock.
struct MotionSeries: Sendable {
  /// Sorted; nanoseconds.
  private(set) var times: [Int64] = []
  private(set) var values: [Double] = []

  /// Below this speed in m/s a course says little.
  private static let slowest = 3.0

  /// Yaw rates or speeds; NaN is left out, and of equal times all but the last.
  init(times: [Int64], rates: [Double]) {
    for (time, rate) in zip(times, rates) where rate.isFinite {
      if let last = self.times.last, time <= last {
        if time == last { values[values.count - 1] = rate }
        continue
      }
      self.times.append(time)
      values.append(rate)
    }
  }

  /// The rates of a course in degrees, clockwise from north, half way between its points.
  init(times: [Int64], courses: [Double], speeds: [Double]?) {
    var middles: [Int64] = [], rates: [Double] = []
    for index in times.indices.dropFirst() {
      let isMoving = speeds.map { $0[index] >= Self.slowest && $0[index - 1] >= Self.slowest } ?? true
      let gap = distance(times[index - 1], times[index])
      guard isMoving, gap > 0 else { continue }
      let turned = (courses[index] - courses[index - 1]).remainder(dividingBy: 360)
      middles.append(times[index - 1] + Int64(clamping: gap / 2))
      rates.append(-turned / (Double(gap) / 1e9))
    }
    self.init(times: middles, rates: rates)
  }

  /// Median time between values, in nanoseconds.
  var period: Int64? { Rates.medianGap(times) }

  /// The values at regular instants, smoothed over `smoothing` of them; NaN outside and in gaps.
  ///
  /// `step` is in nanoseconds.
  func sampled(from start: Int64, count: Int, step: Int64, smoothing: Int) -> [Double] {
    let widest = period.map { Double($0) * 2.5 } ?? 0
    var grid = [Double](repeating: .nan, count: count)
    var next = 0
    for index in grid.indices {
      let instant = start + Int64(index) * step
      while next < times.count, times[next] < instant { next += 1 }
      guard next < times.count else { break }
      if times[next] == instant {
        grid[index] = values[next]
        continue
      }
      guard next > 0 else { continue }
      let gap = Double(distance(times[next - 1], times[next]))
      guard gap <= widest else { continue }
      let part = Double(distance(times[next - 1], instant)) / gap
      grid[index] = values[next - 1] + (values[next] - values[next - 1]) * part
    }
    return Self.smoothed(grid, smoothing)
  }

  /// A mean over `width` values around each; NaN where one of them is.
  static func smoothed(_ values: [Double], _ width: Int) -> [Double] {
    guard width > 1 else { return values }
    let half = width / 2
    var result = [Double](repeating: .nan, count: values.count)
    var sum = 0.0, missing = 0
    for index in values.indices {
      if values[index].isNaN { missing += 1 } else { sum += values[index] }
      if index >= width {
        let old = values[index - width]
        if old.isNaN { missing -= 1 } else { sum -= old }
      }
      if index >= width - 1, missing == 0 { result[index - half] = sum / Double(width) }
    }
    return result
  }
}

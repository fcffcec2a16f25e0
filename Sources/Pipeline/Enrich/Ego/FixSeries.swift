import Core

/// Where the vehicle was, and what that says of its speed and course.
struct FixSeries: Sendable {
  let times: [Int64]
  let latitudes: [Double]
  let longitudes: [Double]
  let maxGap: Int64
  private let stretches: [Int]

  /// Rows need no order; those without a place are left out.
  init(times: [Int64?], latitudes: [Double], longitudes: [Double], maxGap: Int64? = nil) {
    var rows = times.indices.compactMap { row in
      times[row].flatMap { MapTrack.isPlace(latitudes[row], longitudes[row]) ? (time: $0, row: row) : nil }
    }
    rows.sort { ($0.time, $0.row) < ($1.time, $1.row) }
    var kept: [(time: Int64, row: Int)] = []
    for row in rows {
      if kept.last?.time == row.time { kept.removeLast() }
      kept.append(row)
    }
    self.times = kept.map(\.time)
    self.latitudes = kept.map { latitudes[$0.row] }
    self.longitudes = kept.map { longitudes[$0.row] }
    self.maxGap = maxGap ?? Series.usualGap(self.times)
    stretches = Series(times: self.times, values: self.latitudes, isDirection: false, maxGap: self.maxGap).stretches
  }

  /// Positions on the line between fixes, NaN where none is near; sorted instants.
  func positions(at instants: [Int64]) -> (latitudes: [Double], longitudes: [Double]) {
    let near = times.window(around: instants)
    let found = Resampling(times: Array(times[near]), instants: instants, maxGap: maxGap)
      .geodetic(latitudes: Array(latitudes[near]), longitudes: Array(longitudes[near]))
    return (found.latitudes.map { $0 ?? .nan }, found.longitudes.map { $0 ?? .nan })
  }

  /// The medians of latitude and longitude: where the drive was, about.
  var middle: EarthPoint? {
    guard !times.isEmpty else { return nil }
    let (north, east) = (latitudes.sorted(), longitudes.sorted())
    return EarthPoint(latitude: north[north.count / 2], longitude: east[east.count / 2])
  }

  /// Slower, positions say nothing of where the vehicle points, in metres a second.
  private static let slowest = 1.0
  /// How far to look on both sides: fixes that are nearer together say mostly how noisy they are.
  private static let reach: Int64 = 500_000_000

  /// Speed and course at every fix, from fixes half a second away on both sides or the next ones; never across a gap.
  ///
  /// The course is held while the vehicle is slower than 1 m/s.
  func motion() -> (speed: Series, course: Series) {
    let points = times.indices.map { EarthPoint(latitude: latitudes[$0], longitude: longitudes[$0]) }
    var speeds: [Double] = [], courses: [Double] = [], first = 0, last = 0
    for row in times.indices {
      first = max(first, stretchStart(row, from: first))
      while first + 1 < row, distance(times[first + 1], times[row]) >= UInt64(Self.reach) { first += 1 }
      last = max(last, row)
      while last + 1 < times.count, stretches[last + 1] == stretches[row],
        last == row || distance(times[row], times[last]) < UInt64(Self.reach)
      { last += 1 }
      guard first < last else {
        speeds.append(.nan)
        courses.append(.nan)
        continue
      }
      speeds.append(points[first].distance(to: points[last]) / seconds(from: times[first], to: times[last]))
      if speeds[row] >= Self.slowest {
        courses.append(
          EarthPoint.bearing(from: (latitudes[first], longitudes[first]), to: (latitudes[last], longitudes[last])))
      } else {
        let held = row > 0 && stretches[row - 1] == stretches[row] ? courses[row - 1] : .nan
        courses.append(held)
      }
    }
    let rows = times.indices
    return (
      Series(rows.map { (times[$0], speeds[$0]) }, maxGap: maxGap),
      Series(rows.map { (times[$0], courses[$0]) }, isDirection: true, maxGap: maxGap)
    )
  }

  /// The first row of the stretch, or `from` where that is in it.
  private func stretchStart(_ row: Int, from: Int) -> Int {
    var start = from
    while stretches[start] != stretches[row] { start += 1 }
    return start
  }
}

package import Core

/// Which messages of a stream are kept; several rules combine with "and", in this order.
package struct Thinning: Sendable {
  /// Left out from the start of the recording, in nanoseconds.
  package var skipStart: Int64 = 0
  package var from: Timestamp?
  /// The window is half open: a message at `to` is left out.
  package var to: Timestamp?
  /// Messages 0, n, 2n, … of the stream.
  package var every = 1
  /// In nanoseconds: the first message at or after first + k · period, never two for one k.
  package var period: Int64?
  /// In metres: the first, then whenever the path since the last kept one is as long.
  package var distance: Double?
  /// At most so many.
  package var limit: Int?

  package init() {}

  /// Whether there is no rule.
  var keepsAll: Bool {
    skipStart <= 0 && from == nil && to == nil && every <= 1 && period == nil && distance == nil && limit == nil
  }

  /// Whether a rule needs to know where the vehicle was.
  var needsTrack: Bool { distance != nil }

  /// What cuts a window, and the rest.
  var parts: (window: Thinning, rest: Thinning) {
    var window = Thinning(), rest = self
    (window.skipStart, window.from, window.to) = (skipStart, from, to)
    (rest.skipStart, rest.from, rest.to) = (0, nil, nil)
    return (window, rest)
  }

  var json: JSON {
    [
      "distance_m": distance.map { .number($0) } ?? .null, "every": .count(every),
      "from": from.map { .string("\($0)") } ?? .null, "limit": limit.map(JSON.count) ?? .null,
      "period_ns": period.map(JSON.count) ?? .null, "skip_start_ns": .count(skipStart),
      "to": to.map { .string("\($0)") } ?? .null,
    ]
  }
}

/// Applies a thinning to one stream, message by message in file order.
struct Thinner {
  private let rules: Thinning
  private let start: Int64
  private let track: Track?
  private var seen = 0
  private var kept = 0
  private var first: Int64?
  private var slot: Int64 = -1
  private var lastPath: Double?
  /// How many messages each rule left out.
  private(set) var dropped: [String: Int] = [:]

  /// `start` is the recording's first record time, nanoseconds; `track` is needed for a distance.
  init(_ rules: Thinning, start: Int64, track: Track?) {
    self.rules = rules
    self.start = start
    self.track = track
  }

  /// The rows to keep, given the times used of each, in nanoseconds.
  mutating func keep(_ times: [Int64]) -> [Int] {
    guard rules.keepsAll else { return times.indices.filter { keep(times[$0]) } }
    kept += times.count
    return Array(times.indices)
  }

  private mutating func keep(_ time: Int64) -> Bool {
    if let rule = rule(against: time) {
      dropped[rule, default: 0] += 1
      return false
    }
    kept += 1
    return true
  }

  /// The rule that leaves a message out.
  private mutating func rule(against time: Int64) -> String? {
    if rules.skipStart > 0, time < start.addingReportingOverflow(rules.skipStart).partialValue { return "skip_start" }
    if let from = rules.from, time < from.nanoseconds { return "from" }
    if let to = rules.to, time >= to.nanoseconds { return "to" }
    if rules.every > 1 {
      defer { seen += 1 }
      if !seen.isMultiple(of: rules.every) { return "every" }
    }
    if let period = rules.period {
      let origin = first ?? time
      first = origin
      let (since, overflow) = time.subtractingReportingOverflow(origin)
      let number = overflow || since < 0 ? -1 : since / period
      guard number > slot else { return "rate" }
      slot = number
    }
    if let distance = rules.distance, let track {
      let path = track.path(at: time)
      if let last = lastPath, path - last < distance { return "distance" }
      lastPath = path
    }
    if let limit = rules.limit, kept >= limit { return "limit" }
    return nil
  }
}

/// How far the vehicle had come, by time; from the fixes of a gps channel.
struct Track: Sendable {
  private var times: [Int64] = []
  /// Metres since the first fix.
  private var paths: [Double] = []
  private var last: (latitude: Double, longitude: Double)?

  /// Fixes closer than this are noise of a standing receiver.
  private static let noise = 0.3
  /// Metres a degree of a great circle, of a sphere with the earth's mean radius.
  private static let degree = 6_371_008.8 * .pi / 180

  var isEmpty: Bool { times.isEmpty }

  /// Adds a fix in degrees; times must not decrease, others are passed over.
  mutating func add(_ time: Int64, latitude: Double, longitude: Double) {
    guard latitude.isFinite, longitude.isFinite, times.last.map({ $0 <= time }) ?? true else { return }
    var path = paths.last ?? 0
    if let last {
      let step = Self.distance(last, (latitude, longitude))
      if step < Self.noise {
        times.append(time)
        paths.append(path)
        return
      }
      path += step
    }
    last = (latitude, longitude)
    times.append(time)
    paths.append(path)
  }

  /// Metres since the first fix, linear between fixes, constant outside of them.
  func path(at time: Int64) -> Double {
    guard let firstTime = times.first, let firstPath = paths.first, let lastPath = paths.last else { return 0 }
    if time <= firstTime { return firstPath }
    let low = times.indices.bisect { times[$0] >= time }
    guard low < times.count else { return lastPath }
    let span = Double(times[low] - times[low - 1])
    guard span > 0 else { return paths[low] }
    let share = Double(time - times[low - 1]) / span
    return paths[low - 1] + (paths[low] - paths[low - 1]) * share
  }

  /// Distance in metres between two near places in degrees, on the plane that touches the earth there.
  private static func distance(
    _ one: (latitude: Double, longitude: Double), _ other: (latitude: Double, longitude: Double)
  ) -> Double {
    let north = (other.latitude - one.latitude) * degree
    let east = (other.longitude - one.longitude) * degree * Mathematics.cos(one.latitude * .pi / 180)
    return (north * north + east * east).squareRoot()
  }
}

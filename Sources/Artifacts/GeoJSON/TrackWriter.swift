package import Core

/// A position at a time; numbers are as recorded.
package struct TrackPoint: Sendable, Equatable {
  package var time: Timestamp
  /// Degrees north.
  package var latitude: Double
  /// Degrees east.
  package var longitude: Double
  /// Metres above the ellipsoid; NaN where unknown.
  package var altitude: Double
  /// Whether the receiver says that it has a fix.
  package var hasFix: Bool

  package init(time: Timestamp, latitude: Double, longitude: Double, altitude: Double = .nan, hasFix: Bool = true) {
    (self.time, self.latitude, self.longitude) = (time, latitude, longitude)
    (self.altitude, self.hasFix) = (altitude, hasFix)
  }

  /// Whether there is a fix, and a place on Earth.
  package var isValid: Bool {
    hasFix && latitude.magnitude <= 90 && longitude.magnitude <= 180
  }
}

/// Writes a track as a feature for each stretch without a gap: a line, or a point where it is all there is.
///
/// A stretch ends where two valid points are further apart in time than `gap`, where time runs backwards, and at the
/// antimeridian, which no line may cross (RFC 7946, 3.1.9). Memory is that of a stretch, some 100 bytes a point.
package struct TrackWriter {
  private let output: any ByteOutput
  private let gap: Int64
  private let properties: JSONObject
  private var stretch = Stretch()
  private var last: TrackPoint?
  private var isFinished = false
  /// Points written.
  package private(set) var points = 0
  /// Points without a fix, or that are no place on Earth; they are left out.
  package private(set) var invalidPoints = 0
  /// Features written.
  package private(set) var stretches = 0

  /// Begins a file in an output that the caller finishes.
  ///
  /// `gap` is how many nanoseconds two points of one stretch are apart, at most. Every feature has the `properties`,
  /// before its own: `start`, `end`, `points`, `times`, `t_ns`.
  package init(to output: any ByteOutput, gap: Int64, properties: JSONObject = [:]) throws {
    self.output = output
    self.gap = gap
    self.properties = properties
    try output.write(Array(#"{"type":"FeatureCollection","features":["#.utf8))
  }

  package mutating func write(_ point: TrackPoint) throws {
    precondition(!isFinished, "nothing follows the end of the collection")
    guard point.isValid else {
      invalidPoints += 1
      return
    }
    if let last, isBreak(last, point) { try endStretch() }
    stretch.append(point)
    last = point
    points += 1
  }

  package mutating func finish() throws {
    try endStretch()
    isFinished = true
    try output.write(Array("\n]}\n".utf8))
  }

  private func isBreak(_ last: TrackPoint, _ next: TrackPoint) -> Bool {
    let (pause, isTooLong) = next.time.nanoseconds.subtractingReportingOverflow(last.time.nanoseconds)
    return isTooLong || pause > gap || pause < 0 || (next.longitude - last.longitude).magnitude > 180
  }

  private mutating func endStretch() throws {
    guard let start = stretch.start, let end = last else { return }
    var bytes = Array((stretches == 0 ? "\n" : ",\n").utf8)
    bytes += #"{"type":"Feature","geometry":{"type":""#.utf8
    bytes += (stretch.count == 1 ? #"Point","coordinates":"# : #"LineString","coordinates":["#).utf8
    bytes += stretch.positions
    bytes += (stretch.count == 1 ? "" : "]").utf8
    bytes += #"},"properties":{"#.utf8
    for member in properties.members {
      bytes.appendJSON(member.key)
      bytes.append(UInt8(ascii: ":"))
      member.value.append(to: &bytes)
      bytes.append(UInt8(ascii: ","))
    }
    bytes += #""start":"#.utf8
    bytes.appendJSON(start)
    bytes += #","end":"#.utf8
    bytes.appendJSON(end.time)
    bytes += #","points":"#.utf8
    bytes.appendJSON(Int64(stretch.count))
    bytes += #","times":["#.utf8
    bytes += stretch.times
    bytes += #"],"t_ns":["#.utf8
    bytes += stretch.nanoseconds
    bytes += "]}}".utf8
    try output.write(bytes)
    stretches += 1
    stretch = Stretch()
  }
}

/// What a feature will hold, as its text.
private struct Stretch {
  var start: Timestamp?
  var count = 0
  var positions: [UInt8] = []
  var times: [UInt8] = []
  var nanoseconds: [UInt8] = []

  mutating func append(_ point: TrackPoint) {
    if count == 0 {
      start = point.time
    } else {
      positions.append(UInt8(ascii: ","))
      times.append(UInt8(ascii: ","))
      nanoseconds.append(UInt8(ascii: ","))
    }
    count += 1
    positions.append(UInt8(ascii: "["))
    positions.append(coordinate: point.longitude)
    positions.append(UInt8(ascii: ","))
    positions.append(coordinate: point.latitude)
    if point.altitude.isFinite {
      positions.append(UInt8(ascii: ","))
      positions.append(coordinate: point.altitude)
    }
    positions.append(UInt8(ascii: "]"))
    times.appendJSON(point.time)
    nanoseconds.appendJSON(count: point.time.nanoseconds)
  }
}

extension [UInt8] {
  /// A finite number with nine decimals at most, without zeros at its end: 0.1 mm on the ground.
  mutating func append(coordinate value: Double) {
    let scaled = (value * 1e9).rounded()
    // Not a coordinate; as it is.
    guard scaled.magnitude < 1e18 else { return appendJSON(value) }
    var fraction = Int64(scaled)
    if fraction < 0 { append(UInt8(ascii: "-")) }
    fraction = abs(fraction)
    appendJSON(fraction / 1_000_000_000)
    fraction %= 1_000_000_000
    guard fraction > 0 else { return }
    append(UInt8(ascii: "."))
    var unit: Int64 = 100_000_000
    while fraction > 0 {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / unit))
      fraction %= unit
      unit /= 10
    }
  }
}

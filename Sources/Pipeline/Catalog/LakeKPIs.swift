import Core

/// What a lake holds, measurement by measurement and day by day: kilometres, hours, scenes, quality.
struct LakeKPIs: Sendable {
  struct Drive: Sendable {
    var id: String
    var vin: String
    var start: Timestamp?
    /// In seconds; zero where it is not known.
    var seconds = 0.0
    var bytes: Int64 = 0
    var streams = 0
    var whole = 0
    var failed = 0
    /// In which zones something of it is whole.
    var zones: Set<String> = []
    var track: LakeTrack?
    var scenes: [String: Int] = [:]
  }

  struct Day: Sendable {
    var measurements = 0
    var metres = 0.0
    var seconds = 0.0
    var scenes = 0
    var whole = 0
    var failed = 0
  }

  /// The newest first.
  private(set) var drives: [Drive] = []
  private(set) var days: [CalendarDay: Day] = [:]
  private(set) var scenes: [String: Int] = [:]
  private(set) var metres = 0.0
  private(set) var seconds = 0.0
  private(set) var bytes: [String: Int64] = [:]
  /// Of all zones.
  var allBytes: Int64 {
    var sum: Int64 = 0
    for size in bytes.values { sum = sum.addingReportingOverflow(size).partialValue }
    return sum
  }
  /// Tracks that could not be read, with the reason.
  private(set) var faults: [String] = []

  /// Reads one track a measurement, several at a time.
  init(_ story: LineageStory, jobs: Int) throws {
    let ids = story.view.measurements.values.sorted {
      let starts = ($0.start?.nanoseconds ?? .min, $1.start?.nanoseconds ?? .min)
      return starts.0 == starts.1 ? $0.id < $1.id : starts.0 > starts.1
    }.map(\.id)
    try parallelMap(ids, jobs: jobs) { id in
      Self.drive(id, story)
    } _: { drive, fault in
      add(drive)
      if let fault { faults.append(fault) }
    }
    for stream in story.view.datastreams.values where stream.state.isWhole {
      let size = max(0, stream.outcome["bytes"]?.integer ?? 0)
      bytes[stream.zone] = (bytes[stream.zone] ?? 0).addingReportingOverflow(size).partialValue
    }
  }

  private mutating func add(_ drive: Drive) {
    drives.append(drive)
    for (type, count) in drive.scenes { scenes[type, default: 0] += count }
    let way = drive.track?.metres ?? 0
    metres += way
    seconds += drive.seconds
    guard let start = drive.start else { return }
    var day = days[start.day] ?? Day()
    day.measurements += 1
    day.metres += way
    day.seconds += drive.seconds
    day.scenes += drive.scenes.values.reduce(0, +)
    day.whole += drive.whole
    day.failed += drive.failed
    days[start.day] = day
  }

  private static func drive(_ id: String, _ story: LineageStory) -> (Drive, fault: String?) {
    let view = story.view, measurement = view.measurements[id]
    var drive = Drive(id: id, vin: measurement?.vin ?? "", start: measurement?.start)
    if let start = measurement?.start, let end = measurement?.end, start < end {
      drive.seconds = Double(distance(start.nanoseconds, end.nanoseconds)) / 1e9
    }
    var fault: String?
    for stream in (measurement?.datastreams ?? []).compactMap({ view.datastreams[$0] }) {
      drive.streams += 1
      if stream.state == .failed { drive.failed += 1 }
      guard stream.state.isWhole else { continue }
      drive.whole += 1
      drive.zones.insert(stream.zone)
      drive.bytes = drive.bytes.addingReportingOverflow(max(0, stream.outcome["bytes"]?.integer ?? 0)).partialValue
      for type in story.scenes[stream.id]?["types"]?.object?.members ?? [] {
        drive.scenes[type.key, default: 0] += Int(clamping: max(0, type.value.integer ?? 0).magnitude % (1 << 40))
      }
      guard stream.zone == "extracted" else { continue }
      do {
        guard let folder = try story.folder(of: stream.id), let track = try LakeTrack(in: folder) else { continue }
        if drive.track.map({ $0.metres < track.metres }) ?? true { drive.track = track }
      } catch {
        fault = "\(error)"
      }
    }
    return (drive, fault)
  }
}

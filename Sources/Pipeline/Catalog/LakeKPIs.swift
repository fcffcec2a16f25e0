import Core

/// What lakes hold, measurement by measurement and day by day: kilometres, hours, scenes, quality.
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
    var scenes = 0
    var track: LakeTrack?
    /// Folders of the extracted datastreams that are whole, and the lake that each is in.
    fileprivate var folders: [(lake: Int, path: String)] = []
  }

  struct Day: Sendable {
    var measurements = 0
    var metres = 0.0
    var seconds = 0.0
    var scenes = 0
    var whole = 0
    var failed = 0
  }

  /// A type of scenes: how many there are, and in how many measurements.
  struct SceneType: Sendable {
    var scenes = 0
    var measurements = 0
  }

  /// The newest first.
  private(set) var drives: [Drive] = []
  private(set) var days: [CalendarDay: Day] = [:]
  private(set) var scenes: [String: SceneType] = [:]
  private(set) var zones: [String: LakeZone] = [:]
  private(set) var metres = 0.0
  private(set) var seconds = 0.0
  /// Tracks that could not be read, with the reason.
  private(set) var faults: [String] = []
  private let lakes: [Lake]

  var streams: Int { drives.reduce(0) { $0 + $1.streams } }
  /// Of datastreams that are whole.
  var bytes: Int64 { zones.values.reduce(0) { $0.addingReportingOverflow($1.bytes).partialValue } }

  /// What the indexes say; `readTracks` adds where was driven.
  init(_ lakes: [IndexSnapshot]) throws {
    self.lakes = lakes.map(\.lake)
    // A measurement that several lakes know is one.
    var places: [String: Int] = [:]
    for (place, lake) in lakes.enumerated() {
      var own: [Int64: Int] = [:]
      try takeMeasurements(lake, &own, &places, areSeveral: lakes.count > 1)
      try takeStreams(lake, place, own)
      try takeScenes(lake, own)
      for (name, zone) in try LakeZone.all(lake) { zones[name, default: LakeZone()].add(zone) }
    }
    drives.sort {
      let starts = ($0.start?.nanoseconds ?? .min, $1.start?.nanoseconds ?? .min)
      return starts.0 == starts.1 ? $0.id < $1.id : starts.0 > starts.1
    }
  }

  private mutating func takeMeasurements(
    _ lake: IndexSnapshot, _ own: inout [Int64: Int], _ places: inout [String: Int], areSeveral: Bool
  ) throws {
    let found = try lake.database.query("SELECT no, id, vin, start, end FROM measurement")
    while try found.next() {
      guard let number = found.integer(0), let id = found.text(1) else { continue }
      let known = places[id]
      let place = known ?? drives.count
      own[number] = place
      if known == nil {
        drives.append(Drive(id: id, vin: ""))
        if areSeveral { places[id] = place }
      }
      if drives[place].vin.isEmpty { drives[place].vin = found.text(2) ?? "" }
      guard drives[place].start == nil, let start = found.integer(3) else { continue }
      drives[place].start = Timestamp(nanoseconds: start)
      if let end = found.integer(4), start < end { drives[place].seconds = Double(distance(start, end)) / 1e9 }
    }
  }

  private mutating func takeStreams(_ lake: IndexSnapshot, _ place: Int, _ own: [Int64: Int]) throws {
    let found = try lake.database.query("SELECT measurement, state, bytes, zone, path FROM datastream")
    while try found.next() {
      guard let drive = found.integer(0).flatMap({ own[$0] }) else { continue }
      drives[drive].streams += 1
      guard let state = found.text(1).flatMap(DatastreamState.init(rawValue:)) else { continue }
      if state == .failed { drives[drive].failed += 1 }
      guard state.isWhole else { continue }
      drives[drive].whole += 1
      drives[drive].bytes = drives[drive].bytes.addingReportingOverflow(max(0, found.integer(2) ?? 0)).partialValue
      guard found.text(3) == "extracted", let path = found.text(4) else { continue }
      drives[drive].folders.append((place, path))
    }
  }

  private mutating func takeScenes(_ lake: IndexSnapshot, _ own: [Int64: Int]) throws {
    let found = try lake.database.query("SELECT measurement, sum(count) FROM scene_count GROUP BY measurement")
    while try found.next() {
      if let drive = found.integer(0).flatMap({ own[$0] }) { drives[drive].scenes += Int(found.integer(1) ?? 0) }
    }
    let types = try lake.database.query(
      """
      SELECT w.text, sum(s.count), count(DISTINCT s.measurement) FROM scene_count s JOIN word w ON w.no = s.type \
      GROUP BY s.type
      """)
    while try types.next() {
      guard let name = types.text(0) else { continue }
      scenes[name, default: SceneType()].scenes += Int(types.integer(1) ?? 0)
      scenes[name]?.measurements += Int(types.integer(2) ?? 0)
    }
  }

  /// Reads one track a measurement, several at a time, and sums up.
  mutating func readTracks(jobs: Int) throws {
    var place = 0
    try parallelMap(drives, jobs: jobs) { [lakes] drive in
      Self.track(of: drive, lakes)
    } _: { track, fault in
      drives[place].track = track
      if let fault { faults.append(fault) }
      place += 1
    }
    for drive in drives { add(drive) }
  }

  /// The longest of its datastreams.
  private static func track(of drive: Drive, _ lakes: [Lake]) -> (LakeTrack?, fault: String?) {
    var longest: LakeTrack?, fault: String?
    for place in drive.folders {
      do {
        guard let folder = try lakes[place.lake].folder(recorded: place.path), let track = try LakeTrack(in: folder)
        else { continue }
        if longest.map({ $0.metres < track.metres }) ?? true { longest = track }
      } catch {
        fault = "\(error)"
      }
    }
    return (longest, fault)
  }

  private mutating func add(_ drive: Drive) {
    let way = drive.track?.metres ?? 0
    metres += way
    seconds += drive.seconds
    guard let start = drive.start else { return }
    var day = days[start.day] ?? Day()
    day.measurements += 1
    day.metres += way
    day.seconds += drive.seconds
    day.scenes += drive.scenes
    day.whole += drive.whole
    day.failed += drive.failed
    days[start.day] = day
  }
}

/// The datastreams of a zone.
struct LakeZone: Sendable {
  private(set) var states: [DatastreamState: Int] = [:]
  /// Of those that are whole.
  private(set) var bytes: Int64 = 0
  private(set) var rows: Int64 = 0

  mutating func add(_ other: LakeZone) {
    states.merge(other.states, uniquingKeysWith: +)
    bytes = bytes.addingReportingOverflow(other.bytes).partialValue
    rows = rows.addingReportingOverflow(other.rows).partialValue
  }

  /// By name.
  static func all(_ lake: IndexSnapshot) throws -> [String: LakeZone] {
    var zones: [String: LakeZone] = [:]
    // A whole sum of what others wrote could be too large for the library; these are exact to 2^53.
    let found = try lake.database.query(
      "SELECT zone, state, count(*), total(max(bytes, 0)), total(max(rows, 0)) FROM datastream GROUP BY zone, state")
    while try found.next() {
      guard let name = found.text(0), let state = found.text(1).flatMap(DatastreamState.init(rawValue:)) else {
        continue
      }
      var zone = LakeZone(states: [state: Int(found.integer(2) ?? 0)])
      if state.isWhole {
        zone.bytes = Int64(exactly: (found.real(3) ?? 0).rounded()) ?? .max
        zone.rows = Int64(exactly: (found.real(4) ?? 0).rounded()) ?? .max
      }
      zones[name, default: LakeZone()].add(zone)
    }
    return zones
  }
}

package import Core
import Recordings

/// Reads the settings of an extraction from a configuration file; what it does not name keeps its default.
///
/// ```json5
/// { camera: {topics: ["/camera/**"], rate: "2Hz", debayer: true},
///   lidar:  {voxel: "0.1m", range: [1, 120]},
///   can:    {topics: ["/can/**"], dbc: ["vehicle.dbc"], buses: {"/can/radar": ["radar.dbc"]}, form: "messages"},
///   structured: {types: ["!diagnostic_msgs/*"], format: "csv"},
///   channels: {"/camera/front/image_raw": "camera/front_narrow"},
///   topics: ["!/rosout"], skip_start: "2s", time: "auto", values: "physical", metadata: true }
/// ```
/// A file that names tasks runs these and no others.
extension ExtractSettings {
  package init(_ file: Configuration) throws {
    self.init()
    let named = try SensorKind.allCases.compactMap { kind in try file.table(kind.rawValue).map { (kind, $0) } }
    if !named.isEmpty { tasks = [:] }
    for (kind, table) in named { tasks[kind] = try TaskSettings(table, kind) }
    writesMetadata = try file.bool("metadata") ?? true
    filter = try ChannelFilter(file)
    if let names = try file.table("channels") {
      for key in names.keys { self.names[key] = try names.string(key) }
    }
    clock = try file.choice("time") ?? .automatic
    values = try file.choice("values") ?? .physical
    isStrict = try file.bool("strict") ?? false
    let common = try Thinning(file)
    for kind in tasks.keys { tasks[kind]?.thinning.add(common) }
    try file.finish()
  }
}

extension ChannelFilter {
  fileprivate init(_ table: Configuration) throws {
    self.init()
    var patterns = try table.strings("topics") ?? []
    patterns += try (table.strings("exclude") ?? []).map { "!\($0)" }
    do {
      topics = try GlobSet(patterns)
      types = try GlobSet(table.strings("types") ?? [])
    } catch let failure as Glob.Failure {
      throw table.error("topics", "\(failure)")
    }
  }
}

extension TaskSettings {
  fileprivate init(_ table: Configuration, _ kind: SensorKind) throws {
    self.init()
    filter = try ChannelFilter(table)
    thinning = try Thinning(table)
    if let format: TableFormat = try table.choice("format") { self.table = format.rawValue }
    switch kind {
    case .camera: debayers = try table.bool("debayer") ?? false
    case .lidar, .radar:
      voxel = try table.distance("voxel")
      if let voxel, voxel <= 0 { throw table.error("voxel", "must be more than 0") }
      stride = Int(try table.integer("stride", in: 1...1_000_000) ?? 1)
      range = try Self.range(table)
    case .gps: writesTrack = try table.bool("geojson") ?? true
    case .can: can = try CANSettings(table)
    case .imu, .structured: break
    }
  }

  private static func range(_ table: Configuration) throws -> ClosedRange<Double>? {
    guard let value = table.value("range") else { return nil }
    let ends = (value.array ?? []).compactMap(\.number)
    guard ends.count == 2, value.array?.count == 2, ends[0] >= 0, ends[0] <= ends[1] else {
      throw table.error("range", "must be [nearest, farthest] in metres")
    }
    return ends[0]...ends[1]
  }
}

/// What tables can be written as.
package enum TableFormat: String, Sendable, CaseIterable { case parquet, jsonl, csv }

extension Thinning {
  fileprivate init(_ table: Configuration) throws {
    self.init()
    skipStart = try table.duration("skip_start") ?? 0
    from = try table.time("from")
    to = try table.time("to")
    if let from, let to, from >= to { throw table.error("to", "must be later than 'from'") }
    every = Int(try table.integer("every", in: 1 ... .max) ?? 1)
    if let rate = try table.rate("rate") {
      guard let period = Thinning.period(of: rate) else { throw table.error("rate", "must be more than 0") }
      self.period = period
    }
    distance = try table.distance("distance")
    if let distance, distance <= 0 { throw table.error("distance", "must be more than 0") }
    limit = try table.integer("max", in: 1 ... .max).map(Int.init)
  }

  /// Nanoseconds between messages of a rate in Hz; nil for rates that have none.
  package static func period(of rate: Double) -> Int64? {
    guard rate.isFinite, rate > 0 else { return nil }
    return Int64(exactly: (1e9 / rate).rounded()).map { max(1, $0) }
  }

  /// Takes over what the other says and this one does not.
  package mutating func add(_ other: Thinning) {
    if skipStart == 0 { skipStart = other.skipStart }
    from = from ?? other.from
    to = to ?? other.to
    if every == 1 { every = other.every }
    period = period ?? other.period
    distance = distance ?? other.distance
    limit = limit ?? other.limit
  }
}

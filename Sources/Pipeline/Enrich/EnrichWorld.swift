import Core

/// Everything that was read from sources, ready to be asked for any samples.
struct EnrichWorld: Sendable {
  let schema: Schema
  private let settings: EnrichSettings
  private let ego: EgoSignals
  private let weather: WeatherJoin?
  private let coarse: EarthPoint?
  private let countries: [Regions]
  private let areas: [(prefix: String, regions: Regions)]
  private let map: MapJoin?
  let objects: ObjectJoin?
  private let joins: [JoinedTable]

  init(
    _ settings: EnrichSettings, _ input: EnrichInput, _ samples: SampleSource, jobs: Int,
    _ report: inout EnrichReport
  ) throws {
    self.settings = settings
    ego = try EgoSignals(settings.signals, input.telemetry(settings.telemetry), maxGap: settings.maxGap)
    report.notes += ego.notes
    report.ego = ego.source
    weather = try Self.weather(settings.weather, &report)
    coarse = weather == nil ? nil : ego.fixes?.middle
    map =
      settings.map.files.isEmpty
      ? nil : try MapJoin(settings.map, ego.states(at: samples.times), times: samples.times, jobs: jobs)
    if let map { report.joins.append(EnrichReport.Join(name: "map", figures: map.figures)) }
    countries = try settings.regions.countries.map {
      try Regions(SourceFile.contents($0), file: $0, key: settings.regions.key, usual: Regions.countryKeys)
    }
    areas = try settings.regions.areas.map { prefix, file in
      (prefix, try Regions(SourceFile.contents(file), file: file, key: nil, usual: Regions.areaKeys))
    }
    objects = try Self.objects(settings.objects, input, samples, &report)
    let keys = ["measurement_id": samples.measurement, "vin": input.vin].compactMapValues { $0 }
    joins = try settings.joins.map { try JoinedTable($0, keys: keys) }
    for join in joins {
      report.joins.append(
        EnrichReport.Join(name: join.settings.prefix, rows: join.rows, duplicates: join.duplicates))
      if !join.isSorted { report.notes.append("\(join.settings.file): its rows are not sorted by time, and were") }
    }
    schema = try Self.schema(areas.map(\.prefix), joins)
  }

  private static func schema(_ areas: [String], _ joins: [JoinedTable]) throws(SourceError) -> Schema {
    var fields = EnrichSchema.keys + EnrichSchema.ego + EnrichSchema.weather + MapColumns.schema.fields
    fields += EnrichSchema.sun + EnrichSchema.space + EnrichSchema.objects
    fields += areas.map { Field("\($0)__name", .string, isNullable: true) } + joins.flatMap(\.fields)
    var seen: Set<String> = []
    if let twice = fields.first(where: { !seen.insert($0.name.lowercased()).inserted }) {
      throw SourceError(twice.name, "two sources would give this column", code: .configuration)
    }
    return Schema(fields)
  }

  private static func weather(
    _ settings: WeatherSettings, _ report: inout EnrichReport
  ) throws -> WeatherJoin? {
    guard !settings.isEmpty else { return nil }
    var join = EnrichReport.Join(name: "weather"), stations: [WeatherStation] = [], unknown = 0
    var contents = try settings.files.map { try WeatherFormat.read(SourceFile.contents($0), file: $0, settings.hints) }
    contents += try settings.mapped.map { try $0.read(settings.hints) }
    for part in contents {
      join.rows += part.rows
      unknown += part.unknownCodes
      stations += part.stations
    }
    // Files may share a station, such as one of each year.
    stations = WeatherStation.merged(stations)
    join.duplicates = stations.reduce(0) { $0 + $1.duplicates }
    join.figures = [
      "stations": .count(stations.count), "unknown_codes": .count(unknown),
      "derived_dew_points": .count(stations.reduce(0) { $0 + $1.derived }),
    ]
    report.joins.append(join)
    for station in stations where station.position == nil {
      report.notes.append(
        "weather station \(station.name) has no position: its distance is not known (--station-at \(station.name)=LAT,LON)"
      )
    }
    return WeatherJoin(stations, maxDistance: settings.maxDistance, maxAge: settings.maxAge)
  }

  private static func objects(
    _ settings: ObjectSettings, _ input: EnrichInput, _ samples: SampleSource, _ report: inout EnrichReport
  ) throws -> ObjectJoin? {
    guard !settings.files.isEmpty else { return nil }
    let join = ObjectJoin(
      try settings.files.map { ($0, try $0.read()) }, try input.frames(samples), settings)
    var figures = EnrichReport.Join(name: "objects", rows: join.rows)
    figures.figures = [
      "under_min_score": .count(join.dropped), "frames_of_no_sample": .count(join.unused),
      "frames_unknown": .count(join.unknown.count),
    ]
    report.joins.append(figures)
    report.problems += join.unknown
    return join
  }

  private static func tunnels(_ columns: [Column]) -> [Bool?]? {
    guard let place = MapColumns.schema.fields.firstIndex(where: { $0.name == "tunnel" }),
      case .bool(let flags) = columns[place].values
    else { return nil }
    return flags.enumerated().map { columns[place].validity?[$0] ?? true ? $1 == 1 : nil }
  }

  /// The rows of some samples.
  func part(_ samples: SampleSource, _ rows: Range<Int>, vin: String?) -> EnrichPart {
    let times = Array(samples.times[rows])
    let block = SampleBlock(rows, times, ego.states(at: times))
    var part = EnrichPart(batch: Batch(schema: schema, columns: [], count: rows.count))
    func missing(_ fields: [Field]) -> [Column] { fields.map { .missing($0.type, count: rows.count) } }
    var columns = samples.keys(rows, vin: vin) + block.ego(source: ego.source)
    if let weather {
      let found = block.weather(weather, coarse: coarse)
      columns += found.columns
      part.unmatched["weather"] = found.unmatched
      part.matched["weather"] = rows.count - found.unmatched.values.reduce(0, +)
    } else {
      columns += missing(EnrichSchema.weather)
    }
    var tunnels: [Bool?]?
    if let map {
      let own = map.columns(rows)
      tunnels = Self.tunnels(own)
      columns += own
      (part.matched["map"], part.unmatched["map"]) = map.fit(rows)
    } else {
      columns += missing(MapColumns.schema.fields)
    }
    columns += block.sun(tunnels: tunnels) + block.space(settings.space, countries)
    if let objects {
      let found = block.objects(objects)
      columns += found.columns
      part.matched["objects"] = found.matched
      part.unmatched["objects"] = ["not_run": rows.count - found.matched]
      part.objects = ObjectRows.batch(
        objects.frames(of: rows), objects.settings, ids: samples.ids(rows), times: times, first: rows.lowerBound,
        path: block.path)
    } else {
      columns += missing(EnrichSchema.objects)
    }
    for area in areas { columns.append(.words(times.indices.map { block.area(block.position($0), [area.regions]) })) }
    for join in joins {
      let found = join.values(at: times)
      columns += found.columns
      part.matched[join.settings.prefix] = rows.count - found.unmatched
      part.unmatched[join.settings.prefix] = ["too_old": found.unmatched]
    }
    part.batch.columns = columns
    return part
  }
}

import Command
import Core
import Pipeline
import Runs

@main struct Enrich: Verb {
  static let name = "av-enrich"
  static let abstract = "Join telemetry, weather, map, sun position and detected objects to samples."
  static let discussion = """
    An operand is a folder of samples as av-sync makes it, and --output the folder that is made of it; no lake is \
    needed. Without operands, datastream records are read on standard input, and each synchronized datastream becomes \
    an enriched one in the lake: made once for the same samples, settings and sources, of which the digests count.

    enriched.parquet has a row a sample, in the samples' order, and always the same columns, in SI units that the \
    file's metadata name: the vehicle (position, heading, speed, acceleration, …), weather, the road, sun, \
    geohash and quadkey, and objects. Where nothing matches there is null, never a guess, and the age and distance of every match are \
    columns. objects.parquet has a row an object. enrich_report.json says of each source what was read and used, and \
    of each column how much is missing.

    The vehicle's signals are named in the configuration, by stream and column of the extracted drive, with unit and \
    sign: signals: {speed_mps: {col: "can/esp__v", unit: "km/h"}}. The position is found where only one stream has \
    latitude and longitude. Acceleration, yaw rate and jerk are derived where they are not recorded, never across a gap, \
    and ego_source says so.

    Weather files are bulk files of Meteostat, CSV of Open-Meteo, and METAR tables of the Iowa Environmental Mesonet, \
    also packed by gzip; other tables need a mapping in the configuration. Files of Meteostat do not say where their \
    station is: --station-at does. GRIB and NetCDF are not read; cdo -outputtab or xarray's to_csv make a table of them.

    A map gives the road of each sample by matching the whole track: class, name, speed limit, lanes, tunnel, bridge, \
    and how far signals, stops and crossings are ahead. Only the roads near the track are held.

    Tables joined by --join give the last row before the sample, at most a minute old; the configuration can say \
    otherwise: joins: [{prefix: "n", file: "notes.csv", direction: "nearest", max_age: "5min", interpolate: ["x"]}].

    Boxes of objects are four numbers that mean different things in different tools: --boxes says which.
    """
  static let texts = ManualTexts(
    memory: """
      About 60 bytes a sample, 200 more with a map, the columns of the telemetry that is used, the roads near the track, \
      weather files, areas and detections whole, and some blocks of 16,384 samples a job.
      """)
  static let stopsCleanly = true
  static let examples = [
    (line: "av-enrich synced --drive drive -o enriched", comment: "Position, sun and spatial keys"),
    (
      line: "av-enrich synced --drive drive --weather 10865.csv.gz --station-at 10865=48.163,11.543 -o enriched",
      comment: "Weather of a station"
    ),
    (
      line: "av-enrich synced --objects det.jsonl --boxes xyxy -o enriched", comment: "Detections of a network"
    ),
    (line: "av-sync --lake lake <extracted.jsonl | av-enrich --lake lake -c enrich.json5", comment: "In a lake"),
  ]

  @Operand("Folder of samples; datastream records on standard input when there is none", value: "samples")
  var inputs: [String]
  @Option("Where the tables go: a new folder", short: "o", value: "folder", completion: .directory) var output: String?
  @Option("What to join, and how", short: "c", value: "file", completion: .file) var config: String?
  @OptionGroup var vehicle: VehicleOptions
  @OptionGroup var weather: WeatherOptions
  @OptionGroup var map: MapOptions
  @OptionGroup var places: PlaceOptions
  @OptionGroup var objects: ObjectOptions
  @OptionGroup var files: InputOptions
  @OptionGroup var lake: LakeOptions
  @OptionGroup var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    var list = try files.inputs(inputs, missing: .isStandardInput, value: "samples")
    let all = try list.rest()
    let paths = all.compactMap { if case .path(let path) = $0 { path } else { nil } }
    guard !paths.isEmpty else {
      guard output == nil else { throw UsageError("--output is for a folder; datastreams go into the lake") }
      guard vehicle.drive.isEmpty, vehicle.vin == nil else {
        throw UsageError("--drive and --vin are for a folder; the lake knows them")
      }
      return try RecordRun(Self.name, lake: lake, work: work, shown: shown)
        .enrich(settings(), work, shown.log)
    }
    guard paths.count == 1, all.count == 1 else { throw UsageError("one folder of samples at a time") }
    guard let output else { throw UsageError("where to? use -o FOLDER") }
    // The signal tells, at the end.
    do { return try enrich(paths[0], to: output) } catch is Interruption { return .success }
  }

  private func enrich(_ path: String, to output: String) throws -> ExitCode {
    var enrichment = try Enrichment(settings(), jobs: work.jobCount)
    enrichment.step = { if Signals.requested != nil { throw Interruption() } }
    let folders = EnrichFolders(
      enrichment, to: output, drives: vehicle.drive, vin: vehicle.vin, isForced: work.force)
    if work.dryRun {
      try Console.record(folders.plan(path).line)
      return .success
    }
    let (report, record) = try folders.run(path)
    let code = try report.tell(shown.log)
    if shown.printsRecords { try Console.record(record.line) }
    return code == .success && work.failIfEmpty && report.samples == 0 ? .nothing : code
  }

  private func settings() throws -> EnrichSettings {
    var settings = try config.map { try EnrichSettings(Configuration(path: $0)) } ?? EnrichSettings()
    vehicle.apply(to: &settings)
    try weather.apply(to: &settings)
    try map.apply(to: &settings)
    try places.apply(to: &settings)
    try objects.apply(to: &settings)
    return settings
  }
}

extension EnrichReport {
  private static let mostRecords = 100

  /// Says what a person should know, and prints a record for each item of a source that fits to nothing.
  func tell(_ log: Log) throws -> ExitCode {
    for line in notes { log.warn(line) }
    for problem in problems.prefix(Self.mostRecords) {
      log.fail(problem, item: measurement)
      try Console.record(Record.failure(problem, run: log.run, item: measurement).line)
    }
    if problems.count > Self.mostRecords {
      log.warn("\(problems.count - Self.mostRecords) more problems of this kind are only counted")
    }
    return problems.isEmpty ? .success : .items
  }
}

import Foundation
import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline

private let second: Int64 = 1_000_000_000

/// Folders as av-extract and av-sync make them: ten minutes of driving east near Munich, a sample a second.
struct EnrichFixture {
  let scratch: ScratchFolder
  static let measurement = "210b1ba7-9184-4840-a1c8-ebf397b7c686"
  static let start = (Timestamp("2022-09-30T08:00:00Z")?.nanoseconds ?? 0)
  static let count = 600

  init() throws {
    scratch = try ScratchFolder()
    try write(to: "")
  }

  /// `synced` and `drive` below a folder.
  func write(to prefix: String) throws {
    for name in ["synced", "drive/gps", "drive/can"] { try scratch.makeFolder(prefix + name) }
    let id = try #require(Identifier(Self.measurement))
    let times = (0..<Self.count).map { Self.start + Int64($0) * second }
    let ids = times.map { "\(Identifier.sample(measurement: id, at: Timestamp(nanoseconds: $0)))" }
    let numbers = times.indices.map(Int64.init)
    try table(
      prefix + "synced/samples.parquet",
      [
        ("sample_id", .string, .words(ids)),
        ("measurement_id", .string, .constant(Self.measurement, count: times.count)),
        ("seq", .int64, Column(.int64(numbers))), ("t_ns", .int64, Column(.int64(times))),
      ])
    // Fixes at 5 Hz, none between 300 s and 320 s.
    let fifths = (0..<5 * Self.count).filter { $0 < 1500 || $0 > 1600 }
    let fixTimes = fifths.map { Self.start + Int64($0) * second / 5 }
    let longitudes = fifths.map { 11.5 + Double($0) * 4e-5 }
    try table(
      prefix + "drive/gps/fix.parquet",
      [
        ("t_ns", .int64, Column(.int64(fixTimes))),
        ("latitude", .float64, Column(.float64(Array(repeating: 48.137, count: fifths.count)))),
        ("longitude", .float64, Column(.float64(longitudes))),
      ])
    let busTimes = (0..<50 * Self.count).map { Self.start + Int64($0) * second / 50 }
    try table(
      prefix + "drive/can/esp.parquet",
      [
        ("t_ns", .int64, Column(.int64(busTimes))),
        ("v", .float64, Column(.float64(Array(repeating: 54.0, count: busTimes.count)))),
      ])
  }

  func table(_ path: String, _ columns: [(name: String, type: FieldType, column: Column)]) throws {
    let file = try OutputFile(
      String(path.split(separator: "/").last ?? ""),
      inStaged: Folder(scratch.path + "/" + path.split(separator: "/").dropLast().joined(separator: "/")))
    let schema = Schema(columns.map { Field($0.name, $0.type) })
    var sink = try TableKind.parquet.open(schema, file, TableOptions())
    try sink.write(Batch(schema: schema, columns: columns.map(\.column), count: columns[0].column.count))
    try sink.finish()
    _ = try file.commit()
  }

  func settings(_ text: String = "{}") throws -> EnrichSettings {
    try EnrichSettings(Configuration(Array(text.utf8), file: "\(scratch.path)/enrich.json5"))
  }

  func run(_ settings: EnrichSettings, jobs: Int = 2, to output: String = "out") throws -> (EnrichReport, Batch) {
    let folders = EnrichFolders(
      try Enrichment(settings, jobs: jobs), to: scratch.path + "/" + output, drives: [scratch.path + "/drive"],
      vin: "V1", isForced: true)
    let report = try folders.run(scratch.path + "/synced").report
    return (report, try read("\(output)/enriched.parquet"))
  }

  func read(_ path: String) throws -> Batch {
    let file = try ParquetFile(FileReader(scratch.path + "/" + path))
    return try SourceTable(scratch.path + "/" + path).columns(file.schema.fields.map(\.name))
  }
}

private let everything = """
  { signals: {speed_mps: {col: "can/esp__v", unit: "km/h"}},
    weather: {files: ["10865.csv"], stations: {"10865": [48.16, 11.54]}},
    regions: {countries: ["de.geojson"], areas: {track: ["de.geojson"]}, key: "iso_a2"},
    objects: {files: ["det.jsonl"], boxes: "xyxy"},
    joins: [{prefix: "driver", file: "notes.csv", max_age: "5min", zone: "+02:00"}] }
  """

extension EnrichFixture {
  func writeSources() throws {
    try scratch.write(
      "year,month,day,hour,temp,rhum,prcp,snwd,wdir,wspd,wpgt,pres,tsun,coco\n2022,9,30,8,10,80,0,,250,18,36,1000,,3\n2022,9,30,9,12,80,1.5,,250,18,36,1002,,8\n",
      "10865.csv")
    try scratch.write(
      #"{"type":"Feature","properties":{"iso_a2":"DE","name":"Test"},"geometry":{"type":"Polygon","coordinates":[[[11.5,48],[11.55,48],[11.55,49],[11.5,49]]]}}"#,
      "de.geojson")
    try scratch.write(
      """
      {"t": "2022-09-30T08:00:05.1Z", "objects": [{"class": "car", "bbox": [1, 2, 3, 4], "score": 0.9, "cuboid": {"center": [15, 0, 0], "frame": "vehicle"}}, {"class": "person", "bbox": [1, 2, 3, 4]}]}
      {"t": "2022-09-30T08:00:06Z", "objects": []}

      """, "det.jsonl")
    try scratch.write("time,note\n2022-09-30T10:01,start\n", "notes.csv")
  }
}

@Suite struct EnrichmentTests {
  let fixture: EnrichFixture
  init() throws { fixture = try EnrichFixture() }

  @Test func everySourceFillsItsColumns() throws {
    try fixture.writeSources()
    let (report, table) = try fixture.run(fixture.settings(everything))
    #expect(table.count == EnrichFixture.count)
    func number(_ name: String, _ row: Int) throws -> Double { try #require(table[name]?.numbers)[row] }
    func text(_ name: String, _ row: Int) throws -> String? { try #require(table[name]).texts[row] }
    #expect(abs(try number("lon", 100) - 11.52) < 1e-9)
    #expect(try number("speed_mps", 100) == 15)
    #expect(abs(try number("heading_deg", 100) - 90) < 0.01)
    #expect(abs(try number("ax_mps2", 100)) < 1e-9)
    #expect(abs(try number("temp_c", 300) - 10 - 2.0 / 12) < 1e-9)
    #expect(try number("precip_mm_h", 0) == 0)
    #expect(try number("precip_mm_h", 1) == 1.5)
    #expect(try text("road_condition", 1) == "wet")
    #expect(try text("weather_method", 100) == "interpolated")
    #expect(try text("light", 100) == "day")
    #expect(try text("geohash", 100) == "u281y5h")
    #expect(try text("country_code", 100) == "DE")
    #expect(try text("country_code", 400) == nil)
    #expect(try text("track__name", 100) == "Test")
    #expect(try number("num_objects", 5) == 2)
    #expect(try number("num_pedestrians", 5) == 1)
    #expect(try number("nearest_in_path_m", 5) == 15)
    #expect(try number("thw_s", 5) == 1)
    #expect(abs(try number("objects_age_s", 5) + 0.1) < 1e-9)
    #expect(try number("num_objects", 6) == 0)
    #expect(try number("num_objects", 7).isNaN)
    #expect(try text("driver__note", 59) == nil)
    #expect(try text("driver__note", 60) == "start")
    #expect(try number("driver_age_s", 70) == 10)
    #expect(try text("vin", 0) == "V1")
    let objects = try fixture.read("out/objects.parquet")
    #expect(objects["class_group"]?.texts == ["vehicle", "pedestrian"])
    #expect(objects["in_path"]?.texts == ["true", nil])
    #expect(report.sources.map(\.role) == ["weather", "objects", "region", "track", "driver"])
    #expect(report.joins.map(\.matched) == [600, 2, 301])
    #expect(report.problems.isEmpty)
  }

  @Test func whatNoSourceTellsIsMissing() throws {
    try FileManager.default.removeItem(atPath: fixture.scratch.path + "/drive")
    try fixture.scratch.makeFolder("drive")
    let (_, table) = try fixture.run(EnrichSettings())
    let known = zip(table.schema.fields, table.columns).filter { $1.validity?.contains(true) ?? true }.map(\.0.name)
    #expect(known == ["sample_id", "measurement_id", "seq", "t_ns", "ts", "vin"])
  }

  @Test func positionsAreMissingInAGapAndWeatherIsCoarseThere() throws {
    try fixture.writeSources()
    let (report, table) = try fixture.run(fixture.settings(everything))
    let isKnown = try #require(table["lat"]?.validity)
    #expect((0..<600).filter { !isKnown[$0] } == Array(300...320))
    for name in ["sun_elevation_deg", "geohash", "light", "country_code"] {
      #expect(table[name]?.validity?[310] == false, "\(name)")
    }
    #expect(table["weather_method"]?.texts[310] == "coarse")
    #expect(report.missing.first { $0.column == "lat" }?.count == 21)
  }

  @Test func roadsAreThoseOfTheMapAndNoneAreNearBeyondIt() throws {
    try fixture.scratch.write(
      """
      {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"id": 7, "highway": "primary", "name": "Ring", "maxspeed": "50", "tunnel": "yes"},
         "geometry": {"type": "LineString", "coordinates": [[11.49, 48.137], [11.53, 48.137]]}}]}
      """, "map.geojson")
    let (report, table) = try fixture.run(
      fixture.settings(#"{map: {files: ["map.geojson"]}, signals: {speed_mps: {col: "can/esp__v", unit: "km/h"}}}"#))
    #expect(table["road_class"]?.texts[50] == "primary")
    #expect(table["road_name"]?.texts[50] == "Ring")
    #expect(table["way_id"]?.texts[50] == "7")
    let over = try #require(table["speed_over_limit_mps"]?.numbers?[50])
    #expect(abs(over - (15 - 50 / 3.6)) < 1e-9)
    #expect(table["road_class"]?.validity?[400] == false)
    let join = try #require(report.joins.first { $0.name == "map" })
    #expect(join.matched > 100 && join.matched < 200)
    #expect(join.matched + join.unmatched.values.reduce(0, +) == EnrichFixture.count)
  }

  @Test func theSameInputsGiveTheSameBytesWhateverTheJobsAre() throws {
    try fixture.writeSources()
    let settings = try fixture.settings(everything)
    _ = try fixture.run(settings, jobs: 1, to: "one")
    _ = try fixture.run(settings, jobs: 4, to: "four")
    for name in ["enriched.parquet", "objects.parquet", "enrich_report.json", "SHA256SUMS"] {
      #expect(try fixture.scratch.read("one/" + name) == fixture.scratch.read("four/" + name))
    }
  }

  @Test func anotherWeatherFileIsAnotherConfiguration() throws {
    try fixture.writeSources()
    let settings = try fixture.settings(everything)
    let before = try Enrichment(settings, jobs: 1).digest
    #expect(try Enrichment(settings, jobs: 3).digest == before)
    try fixture.scratch.write(try fixture.scratch.text("10865.csv") + "\n", "10865.csv")
    #expect(try Enrichment(settings, jobs: 1).digest != before)
  }

  @Test func imagesThatAreNotThereAreProblemsWithTheirLine() throws {
    try fixture.writeSources()
    try fixture.scratch.write("{\"path\": \"x.png\", \"objects\": []}\n", "det.jsonl")
    let (report, _) = try fixture.run(fixture.settings(everything))
    #expect(
      report.problems.map(\.description) == [
        "\(fixture.scratch.path)/det.jsonl:1: no image 'x.png' is among the samples' data"
      ])
  }

  @Test func noSamplesGiveATableWithoutRows() throws {
    try fixture.writeSources()
    try FileManager.default.removeItem(atPath: fixture.scratch.path + "/synced/samples.parquet")
    try fixture.table(
      "synced/samples.parquet",
      [
        ("sample_id", .string, .words([])), ("measurement_id", .string, .words([])),
        ("seq", .int64, Column(.int64([]))), ("t_ns", .int64, Column(.int64([]))),
      ])
    let (report, table) = try fixture.run(fixture.settings(everything))
    #expect(table.count == 0)
    #expect(report.samples == 0)
  }

  @Test func aLoggersTableWithAClockOfItsOwnGivesSignals() throws {
    try fixture.scratch.write(
      "t,v\n\(EnrichFixture.start / second).25,36\n\(EnrichFixture.start / second + 2).25,72\n", "log.csv")
    let (_, table) = try fixture.run(
      fixture.settings(
        #"{telemetry: [{file: "log.csv", time: "t", time_unit: "s"}], signals: {speed_mps: {col: "log__v", unit: "km/h"}}}"#
      ))
    let speeds = try #require(table["speed_mps"]?.numbers)
    #expect(speeds[0].isNaN)
    #expect(abs(speeds[1] - 13.75) < 1e-5)
    #expect(speeds[3].isNaN)
  }

  @Test func aColumnOfTwoSourcesIsAnError() throws {
    try fixture.writeSources()
    let twice = #"{joins: [{prefix: "a", file: "notes.csv"}, {prefix: "a", file: "notes.csv"}]}"#
    #expect(throws: SourceError.self) { try fixture.run(fixture.settings(twice)) }
  }

  @Test func samplesThatAreNoneAreErrors() throws {
    try FileManager.default.removeItem(atPath: fixture.scratch.path + "/synced/samples.parquet")
    try fixture.table(
      "synced/samples.parquet", [("sample_id", .string, .words(["a"])), ("t_ns", .int64, Column(.int64([1])))])
    #expect(throws: SourceError.self) { try fixture.run(EnrichSettings()) }
  }

  @Test(arguments: [
    (#"{weather: {max_age: "90x"}}"#, "'weather.max_age' must be a duration"),
    (#"{signals: {speed: {col: "a"}}}"#, "'signals.speed' is no signal; did you mean 'speed_mps'?"),
    (#"{signals: {speed_mps: {col: "a", unit: "kmh/h"}}}"#, "is no known unit; did you mean 'km/h'?"),
    (#"{signals: {speed_mps: {col: "a", sign: 2}}}"#, "must be 1 or -1"),
    (#"{signals: {speed_mps: {unit: "m/s"}}}"#, "'signals.speed_mps.col' is missing"),
    (
      #"{signals: {indicator: {col: "a", values: {"1": "links"}}}}"#, "has 'links', which is not off, left, right, both"
    ),
    (#"{joins: [{prefix: "1", file: "x"}]}"#, "begin with a letter"),
    (#"{joins: [{prefix: "a", file: "x", direction: "back"}]}"#, "must be backward, forward or nearest"),
    (#"{joins: [{prefix: "a", file: "x", by: ["station"]}]}"#, "has 'station'"),
    (#"{objects: {boxes: "yolo"}}"#, "must be one of xyxy, xywh, cxcywh"),
    (#"{objects: {path: {"c": [[1, 2]]}}}"#, "at least 3 corners"),
    (#"{space: {geohash: 13}}"#, "from 1 to 12"),
    (#"{weather: {stations: {"a": [91, 0]}}}"#, "must be [latitude, longitude]"),
    (#"{weather: {zone: "CET"}}"#, "must be UTC or an offset"),
    (#"{wether: {}}"#, "unknown key 'wether'; did you mean 'weather'?"),
  ])
  func whatAConfigurationCannotSayIsTold(text: String, wanted: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try fixture.settings(text) }
    #expect(error?.description.contains(wanted) == true, "\(error?.description ?? "")")
  }
}

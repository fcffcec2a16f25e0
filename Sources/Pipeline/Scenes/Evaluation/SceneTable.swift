import Artifacts
import Core

/// Names of columns that mean something here.
enum SceneColumns {
  static let time = "t_ns", sample = "sample_id", number = "seq", measurement = "measurement_id", vehicle = "vin"
  static let latitude = "lat", longitude = "lon", speed = "speed_mps", yawRate = "yaw_rate_radps"
  /// Known where a detector has looked at the sample.
  static let detectorAge = "objects_age_s"
  /// Of the table of objects.
  static let track = "track_id", score = "score"
  /// Of the rows themselves: seconds since the row before.
  static let interval = "interval_s"
}

/// The table that scenes are looked for in: samples, with what av-enrich knows of them, or any other with times.
///
/// Memory: eight bytes a row for its times.
struct SceneTable: Sendable {
  static let tables = ["enriched.parquet", "wide.parquet", "samples.parquet"]
  static let objectsFile = "objects.parquet"

  let path: String
  /// Ascending.
  let times: [Int64]
  let measurement: String
  let vin: String?
  /// The median interval of rows, and how long a row's value holds at most; nanoseconds.
  let period: Int64, hold: Int64
  /// The same of objects, which may come more seldom.
  let trackPeriod: Int64, trackHold: Int64
  /// What expressions may name.
  let types: [String: ValueType]
  let objectTypes: [String: ValueType]
  let rows: ParquetFile
  /// More columns of the same rows.
  let more: ParquetFile?
  let objects: ParquetFile?

  /// Opens the table of a folder, or a single one; `samples` is the folder of the samples it was made of, if it is known.
  ///
  /// - Throws: `SourceError` for what is no such table; what `ParquetFile` throws.
  init(_ place: String, samples: Folder? = nil) throws {
    let file = try Self.file(place)
    path = file.path
    rows = try ParquetFile(file)
    let times = try Self.times(rows, file.path)
    self.times = times
    (measurement, vin) = (
      try Self.word(rows, SceneColumns.measurement) ?? "", try Self.word(rows, SceneColumns.vehicle)
    )
    let folder = file.path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(file.path[..<$0]) } ?? "."
    let beside = try Folder(folder)
    objects = try Self.table(Self.objectsFile, in: beside)
    more = try samples.flatMap { try Self.table(SampleSource.file, in: $0) }.flatMap { try Self.sameRows($0, times) }
    let period = Self.period(times)
    (self.period, hold) = (period, Self.hold(period))
    trackPeriod = max(period, try objects.map(Self.objectPeriod) ?? period)
    trackHold = Self.hold(trackPeriod)
    var types = Self.types(rows).merging(more.map(Self.types) ?? [:]) { own, _ in own }
    types[SceneColumns.interval] = .number
    self.types = types
    objectTypes = objects.map(Self.types) ?? [:]
  }

  var extent: ClosedRange<Int64> { (times.first ?? 0)...(times.last ?? 0) }
  /// When the last row's value ends.
  var end: Int64 { (times.last ?? 0).addingReportingOverflow(period).partialValue }

  // MARK: Opening

  private static func file(_ place: String) throws -> FileReader {
    if place.hasSuffix(".parquet") { return try FileReader(place) }
    let folder = try Folder(place)
    for name in tables where try folder.entry(name)?.kind == .file { return try FileReader("\(folder.path)/\(name)") }
    throw SourceError(
      place, "has none of \(tables.joined(separator: ", "))", hint: "av-enrich and av-sync make them", code: .missing)
  }

  private static func table(_ name: String, in folder: Folder) throws -> ParquetFile? {
    guard try folder.entry(name)?.kind == .file else { return nil }
    return try ParquetFile(FileReader(name, in: folder))
  }

  private static func times(_ table: ParquetFile, _ path: String) throws -> [Int64] {
    guard table.schema.fields.contains(where: { $0.name == SceneColumns.time }) else {
      throw SourceError(path, "has no column '\(SceneColumns.time)'")
    }
    var times: [Int64] = []
    times.reserveCapacity(table.rows)
    try table.read(columns: [SceneColumns.time]) { batch in
      guard case .int64(let values) = batch.columns[0].values, batch.columns[0].validity?.contains(false) != true else {
        throw SourceError(path, "'\(SceneColumns.time)' is not nanoseconds in every row")
      }
      times += values
    }
    guard times.allSatisfy({ $0.magnitude < 1 << 62 }) else {
      throw SourceError(path, "'\(SceneColumns.time)' has instants that are no nanoseconds since 1970")
    }
    guard zip(times, times.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw SourceError(path, "its rows are not sorted by \(SceneColumns.time)")
    }
    return times
  }

  /// The only text that a column has.
  private static func word(_ table: ParquetFile, _ name: String) throws -> String? {
    guard table.schema.fields.contains(where: { $0.name == name && $0.type == .string }) else { return nil }
    var cursor = try ParquetCursor(table, columns: [name], batch: 1)
    guard let batch = try cursor.next(), case .words(let words)? = SceneVector(batch.columns[0]) else { return nil }
    return words[0]
  }

  private static func sameRows(_ table: ParquetFile, _ times: [Int64]) throws -> ParquetFile? {
    guard table.rows == times.count, try self.times(table, "samples") == times else { return nil }
    return table
  }

  private static func types(_ table: ParquetFile) -> [String: ValueType] {
    Dictionary(
      table.schema.fields.compactMap { field in SceneVector.type(of: field.type).map { (field.name, $0) } },
      uniquingKeysWith: { one, _ in one })
  }

  /// Two and a half of it.
  private static func hold(_ period: Int64) -> Int64 { period > Int64.max / 5 ? .max : period / 2 * 5 }

  /// The median interval of samples that have objects, at the beginning of the table.
  private static func objectPeriod(_ table: ParquetFile) throws -> Int64 {
    guard table.schema.fields.contains(where: { $0.name == SceneColumns.time }) else { return 0 }
    var cursor = try ParquetCursor(table, columns: [SceneColumns.time], batch: 1 << 16)
    guard let batch = try cursor.next(), case .int64(let values) = batch.columns[0].values else { return 0 }
    return values.count > 1 ? period(values) : 0
  }

  /// Of long tables, the median of some intervals all over it.
  private static func period(_ times: [Int64]) -> Int64 {
    let step = max(1, times.count / 100_000)
    let intervals = stride(from: 1, to: times.count, by: step).map { times[$0] - times[$0 - 1] }.filter { $0 > 0 }
      .sorted()
    return intervals.isEmpty ? 100_000_000 : intervals[intervals.count / 2]
  }
}

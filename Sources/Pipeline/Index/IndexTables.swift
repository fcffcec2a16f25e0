import Artifacts
import Core

/// What the tables of completed datastreams say that searches ask for: scenes, tracks, classes of objects.
///
/// | file | rows |
/// |---|---|
/// | `scenes.parquet` | `scene`; blocks of 16 of them in `place` |
/// | `enriched.parquet`, `gps/*.parquet` | pieces of the track in `place` |
/// | `objects.parquet`, `labels.parquet` | `label_count` |
///
/// A table that cannot be read is a `problem` of its datastream, and the index is whole without it. Scenes of other
/// stores, such as one Delta table of a fleet, come in by `take(scenes:)`.
struct IndexTables {
  private let database: Database
  private let words: IndexWords
  private let longest: IndexLongest
  private let lake: Lake
  private var types: [[UInt8]: Int64] = [:]

  /// Scenes of a block of the R-tree; their rows follow one another.
  private static let block = 16
  /// Rows of a piece of a track, and how far it reaches in degrees and nanoseconds.
  private static let pieceRows = 64, pieceDegrees = 0.002, pieceGap: UInt64 = 10_000_000_000
  /// Times of the R-tree are 32-bit: seconds since 2020 keep them within a quarter of a minute.
  private static let epoch = 1_577_836_800.0

  static func seconds(_ time: Timestamp) -> Double { Double(time.nanoseconds) / 1e9 - epoch }

  init(_ database: Database, _ words: IndexWords, _ longest: IndexLongest, lake: Lake) {
    (self.database, self.words, self.longest, self.lake) = (database, words, longest, lake)
  }

  /// Reads the tables of a datastream if it is completed and they were not read; else forgets what they said.
  mutating func refresh(_ stream: LineageView.Datastream, _ number: Int64, measurement: Int64) throws {
    guard ["scenes", "enriched", "extracted", "labeled"].contains(stream.zone) else { return }
    let changed = stream.changed.nanoseconds
    let find = try database.statement(
      "SELECT read_at, first, last, place_first, place_last FROM datastream WHERE no = ?1")
    try find.bind([.integer(number)])
    let isKnown = try find.next()
    let values = (0..<5).map { isKnown ? find.integer($0) : nil }
    find.reset()
    guard stream.state != .completed || values[0] != changed else { return }
    if values[0] != nil { try forget(number, values) }
    guard stream.state == .completed else { return }
    var intake = Intake(number, measurement)
    var problem: String?
    do { try read(stream, &intake) } catch let error as any Problem {
      guard !(error is DatabaseError) else { throw error }
      problem = "\(error)"
    }
    for (type, count) in intake.counts.sorted(by: { $0.key < $1.key }) {
      try database.run(
        "INSERT OR REPLACE INTO scene_count VALUES(?1, ?2, ?3, ?4)",
        [.integer(type), .integer(measurement), .integer(number), .integer(count)])
    }
    try database.run(
      "UPDATE datastream SET read_at = ?2, first = ?3, last = ?4, place_first = ?5, place_last = ?6, problem = ?7 WHERE no = ?1",
      [
        .integer(number), .integer(changed), .integer(intake.first), .integer(intake.last),
        .integer(intake.placeFirst), .integer(intake.placeLast), .text(problem),
      ])
  }

  /// Rows that one datastream brought.
  private struct Intake {
    let number: Int64
    let measurement: Int64
    var first: Int64?, last: Int64?, placeFirst: Int64?, placeLast: Int64?
    var counts: [Int64: Int64] = [:]

    init(_ number: Int64, _ measurement: Int64) { (self.number, self.measurement) = (number, measurement) }
  }

  private func forget(_ number: Int64, _ values: [Int64?]) throws {
    if let first = values[1], let last = values[2] {
      // By type: the key begins with it.
      try database.run(
        """
        DELETE FROM scene_count WHERE datastream = ?1 AND measurement = (SELECT measurement FROM datastream WHERE no = ?1) \
        AND type IN (SELECT type FROM scene WHERE no BETWEEN ?2 AND ?3)
        """, [.integer(number), .integer(first), .integer(last)])
      try database.run("DELETE FROM scene WHERE no BETWEEN ?1 AND ?2", [.integer(first), .integer(last)])
    }
    if let first = values[3], let last = values[4] {
      for place in first...last { try database.run("DELETE FROM place WHERE no = ?1", [.integer(place)]) }
    }
    try database.run("DELETE FROM label_count WHERE datastream = ?1", [.integer(number)])
    try database.run(
      "UPDATE datastream SET read_at = NULL, first = NULL, last = NULL, place_first = NULL, place_last = NULL, problem = NULL WHERE no = ?1",
      [.integer(number)])
  }

  private mutating func read(_ stream: LineageView.Datastream, _ intake: inout Intake) throws {
    guard let folder = try lake.folder(recorded: stream.path) else { return }
    switch stream.zone {
    case "scenes":
      guard let table = try Self.table("scenes.parquet", folder) else { return }
      try table.read(columns: ["scene_id", "type", "start_ns", "end_ns", "lat", "lon"]) {
        try take(scenes: $0, &intake)
      }
    case "enriched":
      if let table = try Self.table("enriched.parquet", folder) {
        try takeTrack(table, ["t_ns", "lat", "lon"], &intake)
      }
      if let table = try Self.table("objects.parquet", folder) { try takeClasses(table, &intake) }
    case "extracted":
      guard try folder.entry("gps")?.kind == .folder else { return }
      let tables = try Folder("gps", in: folder)
      for name in try tables.names() where name.hasSuffix(".parquet") {
        guard let table = try Self.table(name, tables) else { continue }
        try takeTrack(table, ["t_ns", "latitude", "longitude"], &intake)
      }
    default:
      for name in ["objects.parquet", "labels.parquet"] {
        if let table = try Self.table(name, folder) { try takeClasses(table, &intake) }
      }
    }
  }

  private static func table(_ name: String, _ folder: Folder) throws -> ParquetFile? {
    guard try folder.entry(name)?.kind == .file else { return nil }
    return try ParquetFile(FileReader(name, in: folder))
  }

  // MARK: Scenes

  /// Columns `scene_id`, `type`, `start_ns`, `end_ns`, `lat`, `lon` (`scenes.md` §4).
  private mutating func take(scenes batch: Batch, _ intake: inout Intake) throws {
    guard batch.columns.count == 6, case .text(let ids) = batch.columns[0].values,
      case .text(let types) = batch.columns[1].values, case .int64(let starts) = batch.columns[2].values,
      case .int64(let ends) = batch.columns[3].values, let latitudes = batch.columns[4].numbers,
      let longitudes = batch.columns[5].numbers
    else { throw RecordError("scenes.parquet", "its columns have other types than those of scenes") }
    for start in stride(from: 0, to: batch.count, by: Self.block) {
      var box = Box()
      let rows = start..<min(start + Self.block, batch.count)
      var first: Int64 = 0
      for row in rows {
        let id = Array(ids[row]), type = try number(ofType: Array(types[row]))
        intake.counts[type, default: 0] += 1
        longest.take("scene", starts[row], ends[row])
        try database.run(
          "INSERT INTO scene(id, datastream, type, start, end, lat, lon) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
          [
            .blob(Identifier(String(decoding: id, as: UTF8.self))?.bytes ?? id), .integer(intake.number),
            .integer(type), .integer(starts[row]), .integer(ends[row]),
            .real(latitudes[row]), .real(longitudes[row]),
          ])
        if row == rows.lowerBound { first = database.lastRow }
        box.extend(latitudes[row], longitudes[row], starts[row], ends[row])
      }
      let last = database.lastRow
      if intake.first == nil { intake.first = first }
      intake.last = last
      try store(box, first: first, last: last, &intake)
    }
  }

  private mutating func number(ofType bytes: [UInt8]) throws -> Int64 {
    if let known = types[bytes] { return known }
    let number = try words.number(of: String(decoding: bytes, as: UTF8.self))
    types[bytes] = number
    return number
  }

  // MARK: Tracks

  private func takeTrack(_ table: ParquetFile, _ columns: [String], _ intake: inout Intake) throws {
    let names = Set(table.schema.fields.map(\.name))
    guard columns.allSatisfy(names.contains) else { return }
    var box = Box()
    try table.read(columns: columns) { batch in
      guard case .int64(let times) = batch.columns[0].values, let latitudes = batch.columns[1].numbers,
        let longitudes = batch.columns[2].numbers
      else { return }
      for row in 0..<batch.count {
        let (latitude, longitude) = (latitudes[row], longitudes[row])
        guard latitude.isFinite, longitude.isFinite else { continue }
        var next = box
        next.extend(latitude, longitude, times[row], times[row])
        if box.count > 0,
          next.count > Self.pieceRows || next.span > Self.pieceDegrees || distance(box.end, times[row]) > Self.pieceGap
        {
          try store(box, first: nil, last: nil, &intake)
          next = Box()
          next.extend(latitude, longitude, times[row], times[row])
        }
        box = next
      }
    }
    try store(box, first: nil, last: nil, &intake)
  }

  private func store(_ box: Box, first: Int64?, last: Int64?, _ intake: inout Intake) throws {
    guard box.count > 0 else { return }
    try database.run(
      "INSERT INTO place VALUES(NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
      [
        .real(box.south), .real(box.north), .real(box.west), .real(box.east),
        .real(Self.seconds(Timestamp(nanoseconds: box.start))), .real(Self.seconds(Timestamp(nanoseconds: box.end))),
        .integer(intake.measurement), .integer(intake.number), .integer(first), .integer(last), .integer(box.start),
        .integer(box.end),
      ])
    if intake.placeFirst == nil { intake.placeFirst = database.lastRow }
    intake.placeLast = database.lastRow
  }

  /// Where and when some rows are.
  private struct Box {
    var south = Double.infinity, north = -Double.infinity, west = Double.infinity, east = -Double.infinity
    var start = Int64.max, end = Int64.min
    var count = 0

    var span: Double { max(north - south, east - west) }

    mutating func extend(_ latitude: Double, _ longitude: Double, _ first: Int64, _ last: Int64) {
      guard latitude.isFinite, longitude.isFinite else { return }
      (south, north) = (min(south, latitude), max(north, latitude))
      (west, east) = (min(west, longitude), max(east, longitude))
      (start, end) = (min(start, first), max(end, last))
      count += 1
    }
  }

  // MARK: Classes

  private func takeClasses(_ table: ParquetFile, _ intake: inout Intake) throws {
    let names = Set(table.schema.fields.map(\.name))
    guard names.contains("class") else { return }
    let columns = ["class", "class_group", "sample_id"].filter(names.contains)
    var counts: [[String]: (count: Int64, frames: Int64, last: String?)] = [:]
    try table.read(columns: columns) { batch in
      let texts = columns.map { name in batch[name]?.texts ?? [] }
      let group = columns.firstIndex(of: "class_group"), sample = columns.firstIndex(of: "sample_id")
      for row in 0..<batch.count {
        let key = [texts[0][row] ?? "", group.flatMap { texts[$0][row] } ?? ""]
        var known = counts[key] ?? (0, 0, nil)
        let frame = sample.flatMap { texts[$0][row] }
        known.count += 1
        if frame != nil, frame != known.last { known.frames += 1 }
        known.last = frame ?? known.last
        counts[key] = known
      }
    }
    for (key, known) in counts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      try database.run(
        "INSERT OR REPLACE INTO label_count VALUES(?1, ?2, ?3, ?4, ?5)",
        [.integer(intake.number), .text(key[0]), .text(key[1]), .integer(known.count), .integer(known.frames)])
    }
  }
}

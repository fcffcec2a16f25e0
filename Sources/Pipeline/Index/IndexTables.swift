import Core

/// Keeps in the index what the tables of completed datastreams say.
///
/// Scenes become rows of `scene`, blocks of 16 of them and pieces of the track boxes of `place`, classes rows of
/// `label_count`. A table that cannot be read is a `problem` of its datastream, and the index is whole without it.
struct IndexTables {
  private let database: Database
  private let words: IndexWords
  private let longest: IndexLongest
  private let lake: Lake
  private var types: [[UInt8]: Int64] = [:]
  /// Datastreams whose tables are to be read.
  private var wanted: [Wanted] = []

  private struct Wanted: Sendable {
    let number, measurement: Int64
    let path, zone: String
    let changed: Timestamp
  }

  /// Scenes of a block of the R-tree; their rows follow one another.
  private static let block = 16
  /// Times of the R-tree are 32-bit: seconds since 2020 keep them within a quarter of a minute.
  private static let epoch = 1_577_836_800.0

  static func seconds(_ time: Timestamp) -> Double { Double(time.nanoseconds) / 1e9 - epoch }

  init(_ database: Database, _ words: IndexWords, _ longest: IndexLongest, lake: Lake) {
    (self.database, self.words, self.longest, self.lake) = (database, words, longest, lake)
  }

  /// Takes note of a datastream that is completed and was not read; else forgets what its tables said.
  mutating func note(_ stream: LineageView.Datastream, _ number: Int64, measurement: Int64) throws {
    guard IndexedTables.zones.contains(stream.zone) else { return }
    let find = try database.statement(
      "SELECT read_at, first, last, place_first, place_last FROM datastream WHERE no = ?1")
    try find.bind([.integer(number)])
    let isKnown = try find.next()
    let values = (0..<5).map { isKnown ? find.integer($0) : nil }
    find.reset()
    guard stream.state != .completed || values[0] != stream.changed.nanoseconds else { return }
    if values[0] != nil { try forget(number, values) }
    guard stream.state == .completed else { return }
    wanted.append(
      Wanted(
        number: number, measurement: measurement, path: stream.path, zone: stream.zone, changed: stream.changed))
  }

  /// Reads the tables of all that were noted, on other threads, and stores what they say.
  mutating func read() throws {
    let noted = wanted
    wanted = []
    var next = noted.makeIterator()
    try parallelMap(noted, jobs: Processors.available) { [lake] in
      IndexedTables($0.path, zone: $0.zone, of: lake)
    } _: {
      tables in
      if let stream = next.next() { try store(tables, of: stream) }
    }
  }

  /// Rows that one datastream brought.
  private struct Intake {
    var first: Int64?, last: Int64?, placeFirst: Int64?, placeLast: Int64?
    var counts: [Int64: Int64] = [:]
  }

  private mutating func store(_ tables: IndexedTables, of stream: Wanted) throws {
    var intake = Intake()
    for scenes in tables.scenes { try store(scenes, of: stream, &intake) }
    for piece in tables.track { try store(piece, first: nil, last: nil, of: stream, &intake) }
    for found in tables.classes {
      try database.run(
        "INSERT OR REPLACE INTO label_count VALUES(?1, ?2, ?3, ?4, ?5)",
        [
          .integer(stream.number), .text(found.name), .text(found.group), .integer(found.count),
          .integer(found.frames),
        ])
    }
    for (type, count) in intake.counts.sorted(by: { $0.key < $1.key }) {
      try database.run(
        "INSERT OR REPLACE INTO scene_count VALUES(?1, ?2, ?3, ?4)",
        [.integer(type), .integer(stream.measurement), .integer(stream.number), .integer(count)])
    }
    try database.run(
      "UPDATE datastream SET read_at = ?2, first = ?3, last = ?4, place_first = ?5, place_last = ?6, problem = ?7 WHERE no = ?1",
      [
        .integer(stream.number), .integer(stream.changed.nanoseconds), .integer(intake.first), .integer(intake.last),
        .integer(intake.placeFirst), .integer(intake.placeLast), .text(tables.problem),
      ])
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

  private mutating func store(_ scenes: IndexedTables.Scenes, of stream: Wanted, _ intake: inout Intake) throws {
    let insert = try database.statement(
      "INSERT INTO scene(id, datastream, type, start, end, lat, lon) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")
    for start in stride(from: 0, to: scenes.starts.count, by: Self.block) {
      var box = IndexBox()
      let rows = start..<min(start + Self.block, scenes.starts.count)
      var first: Int64 = 0
      for row in rows {
        let type = try number(ofType: Array(scenes.types[row]))
        let (latitude, longitude) = (scenes.latitudes[row], scenes.longitudes[row])
        intake.counts[type, default: 0] += 1
        longest.take("scene", scenes.starts[row], scenes.ends[row])
        try insert.bind([
          .blob(scenes.ids[row]), .integer(stream.number), .integer(type), .integer(scenes.starts[row]),
          .integer(scenes.ends[row]), .real(latitude), .real(longitude),
        ])
        _ = try insert.next()
        if row == rows.lowerBound { first = database.lastRow }
        box.extend(latitude, longitude, scenes.starts[row], scenes.ends[row])
      }
      let last = database.lastRow
      if intake.first == nil { intake.first = first }
      intake.last = last
      try store(box, first: first, last: last, of: stream, &intake)
    }
    insert.reset()
  }

  private mutating func number(ofType bytes: [UInt8]) throws -> Int64 {
    if let known = types[bytes] { return known }
    let number = try words.number(of: String(decoding: bytes, as: UTF8.self))
    types[bytes] = number
    return number
  }

  private func store(
    _ box: IndexBox, first: Int64?, last: Int64?, of stream: Wanted, _ intake: inout Intake
  ) throws {
    guard box.count > 0 else { return }
    try database.run(
      "INSERT INTO place VALUES(NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
      [
        .real(box.south), .real(box.north), .real(box.west), .real(box.east),
        .real(Self.seconds(Timestamp(nanoseconds: box.start))), .real(Self.seconds(Timestamp(nanoseconds: box.end))),
        .integer(stream.measurement), .integer(stream.number), .integer(first), .integer(last), .integer(box.start),
        .integer(box.end),
      ])
    if intake.placeFirst == nil { intake.placeFirst = database.lastRow }
    intake.placeLast = database.lastRow
  }
}

import Core

/// What lies in areas, by the R-tree: candidates by their boxes, then each looked at.
struct FindPlaces {
  private let database: Database

  init(_ database: Database) { self.database = database }

  /// Fills `temp.near` with the measurements that were in an area of each choice, at a time that is asked for: by a scene,
  /// or a piece of a track, which is up to 64 fixes and some 200 m long.
  func measurements(in choices: [[FindArea]], since: Timestamp?, until: Timestamp?) throws {
    try store(choices) { area, found in
      try candidates(in: area, since, until) { place in
        guard !found.contains(place.measurement) else { return }
        if try place.scenes.map({ try !scenes($0, in: area, since, until).isEmpty }) ?? area.meets(place.box) {
          found.insert(place.measurement)
        }
      }
    }
  }

  /// Fills `temp.near` with the scenes that began in an area of each choice.
  func scenes(in choices: [[FindArea]], since: Timestamp?, until: Timestamp?) throws {
    try store(choices) { area, found in
      try candidates(in: area, since, until) { place in
        if let block = place.scenes { found.formUnion(try scenes(block, in: area, since, until)) }
      }
    }
  }

  /// What every choice has, of each what any of its areas has.
  private func store(_ choices: [[FindArea]], _ find: (FindArea, inout Set<Int64>) throws -> Void) throws {
    var common: Set<Int64>?
    for areas in choices {
      var found: Set<Int64> = []
      for area in areas { try find(area, &found) }
      common = common?.intersection(found) ?? found
    }
    try store(common ?? [])
  }

  private func store(_ numbers: Set<Int64>) throws {
    try database.run("CREATE TEMP TABLE IF NOT EXISTS near(no INTEGER PRIMARY KEY); DELETE FROM temp.near")
    for number in numbers { try database.run("INSERT INTO temp.near VALUES(?1)", [.integer(number)]) }
  }

  private struct Place {
    var measurement: Int64
    var box: FindArea.Box
    /// Rows of scenes; nil of a piece of a track.
    var scenes: ClosedRange<Int64>?
  }

  private func candidates(
    in area: FindArea, _ since: Timestamp?, _ until: Timestamp?, _ body: (Place) throws -> Void
  ) throws {
    let find = try database.statement(
      """
      SELECT measurement, south, west, north, east, first, last, start, end FROM place \
      WHERE north >= ?1 AND south <= ?2 AND east >= ?3 AND west <= ?4 AND t1 >= ?5 AND t0 <= ?6
      """)
    for box in area.boxes {
      try find.bind([
        .real(box.south), .real(box.north), .real(box.west), .real(box.east),
        .real(since.map(IndexTables.seconds) ?? -.greatestFiniteMagnitude),
        .real(until.map(IndexTables.seconds) ?? .greatestFiniteMagnitude),
      ])
      while try find.next() {
        if let until, let start = find.integer(7), start >= until.nanoseconds { continue }
        if let since, let end = find.integer(8), end < since.nanoseconds { continue }
        let box = FindArea.Box(
          south: find.real(1) ?? 0, west: find.real(2) ?? 0, north: find.real(3) ?? 0, east: find.real(4) ?? 0)
        let first = find.integer(5), last = find.integer(6)
        let range = first.flatMap { first in last.flatMap { first <= $0 ? first...$0 : nil } }
        try body(Place(measurement: find.integer(0) ?? 0, box: box, scenes: range))
      }
      find.reset()
    }
  }

  private func scenes(_ rows: ClosedRange<Int64>, in area: FindArea, _ since: Timestamp?, _ until: Timestamp?) throws
    -> [Int64]
  {
    let find = try database.statement("SELECT no, lat, lon, start, end FROM scene WHERE no BETWEEN ?1 AND ?2")
    try find.bind([.integer(rows.lowerBound), .integer(rows.upperBound)])
    defer { find.reset() }
    var found: [Int64] = []
    while try find.next() {
      guard let number = find.integer(0), let latitude = find.real(1), let longitude = find.real(2) else { continue }
      let start = find.integer(3) ?? 0, end = find.integer(4) ?? start
      if let until, start >= until.nanoseconds { continue }
      if let since, end <= since.nanoseconds, start < since.nanoseconds { continue }
      if area.contains(latitude: latitude, longitude: longitude) { found.append(number) }
    }
    return found
  }
}

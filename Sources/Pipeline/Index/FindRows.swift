import Core

/// The rows of a search, in their order: numbers of the index, before anything is read elsewhere.
///
/// Which of the conditions is gone through first decides whether an answer takes a millisecond or a second, and the
/// library cannot know how frequent a value is; so it is counted here, up to a limit.
struct FindRows {
  private let database: Database
  private let request: FindRequest
  private let choice: FindChoice

  private static let few = 5000

  init(_ request: FindRequest, _ database: Database) throws {
    (self.request, self.database) = (request, database)
    choice = try FindChoice(request, database)
  }

  /// Rows whose first column is the number of what was found.
  func statement() throws -> Statement {
    switch request.kind {
    case .measurements: try measurements()
    case .streams, .frames: try streams()
    case .files: try files()
    case .scenes: try scenes()
    case .labels: try labels()
    case .runs: try runs()
    case .errors: try errors()
    }
  }

  private func longest(_ what: String) throws -> Int64 {
    let find = try database.query("SELECT duration FROM longest WHERE what = ?1", [.text(what)])
    return try find.next() ? find.integer(0) ?? 0 : 0
  }

  /// `columns` are those that can be sorted by.
  private func order(_ columns: [FindOrder.Key: String], id: String...) throws -> String {
    let wanted = try request.sort ?? FindOrder("start")
    guard let column = columns[wanted.key] else {
      throw UsageError("--sort \(wanted.key.rawValue) is no order of \(request.kind.rawValue)")
    }
    let way = wanted.isDescending ? " DESC" : ""
    // What is found of frames is counted frame by frame.
    let limit = request.kind == .frames ? nil : request.limit
    let all = ([column] + id).map { $0 + way }.joined(separator: ", ")
    return " ORDER BY \(all)" + (limit.map { " LIMIT \($0)" } ?? "")
  }

  /// Whether at most a few rows are in a selection.
  private func isFew(_ selection: String, _ query: FindQuery) throws -> Bool {
    let count = try database.query("SELECT count(*) FROM (\(selection) LIMIT \(Self.few + 1))", query.values)
    return try count.next() && (count.integer(0) ?? 0) <= Self.few
  }

  // MARK: Measurements

  private func measurements() throws -> Statement {
    var query = FindQuery()
    query.add(
      start: "m.start", end: "m.end", since: request.since, until: request.until, longest: try longest("measurement"))
    if choice.count != nil { query.add("\(choice.isNarrow ? "" : "+")m.no IN (SELECT no FROM temp.chosen)") }
    let order = try order([.start: "m.start", .end: "m.end", .id: "m.id", .vin: "m.vin"], id: "m.id")
    return try database.query("SELECT m.no FROM measurement m" + query.clause + order, query.values)
  }

  // MARK: Datastreams

  private func streams() throws -> Statement {
    var query = FindQuery()
    let isFrames = request.kind == .frames
    let zones = isFrames ? ["synchronized"] : request.zones, states = isFrames ? ["COMPLETED"] : request.states
    query.add("d.zone", isOneOf: zones)
    query.add("d.state", isOneOf: states)
    query.add("d.kind", isOneOf: request.kinds)
    // Those of one zone and state are in order by its index.
    var isByZone = zones.count == 1 && states.count == 1
    if !isByZone, !choice.isNarrow, !zones.isEmpty || !states.isEmpty {
      isByZone = try isFew("SELECT 1 FROM datastream d" + query.clause, query)
    }
    // The last frame of a datastream is at its end.
    let since = request.since.map { isFrames ? Timestamp(nanoseconds: max($0.nanoseconds, .min + 1) - 1) : $0 }
    query.add(
      start: "d.start", end: "d.end", since: since, until: request.until, longest: try longest("datastream"))
    for tag in request.tags where request.kind == .streams {
      let tagged = FindChoice.tagged(tag, &query)
      query.add("(+d.no IN (\(tagged)) OR +d.measurement IN (\(tagged)))")
    }
    let source: String
    if choice.isNarrow {
      source = "temp.chosen c CROSS JOIN datastream d"
      query.add("d.measurement = c.no")
    } else {
      let isOrdered = !isByZone && (request.sort?.key ?? .start) == .start && request.limit != nil
      source = "datastream d" + (isOrdered ? " INDEXED BY datastream_by_start" : "")
      if choice.count != nil { query.add("+d.measurement IN (SELECT no FROM temp.chosen)") }
    }
    let order = try order(
      [.start: "d.start", .end: "d.end", .id: "d.id", .bytes: "d.bytes", .changed: "d.changed"], id: "d.id")
    return try database.query(
      "SELECT d.no, d.measurement, d.id, d.path FROM \(source)" + query.clause + order, query.values)
  }

  // MARK: Files

  private func files() throws -> Statement {
    var query = FindQuery()
    query.add("f.format", isOneOf: request.formats)
    if !request.topics.isEmpty {
      var numbers: [String] = []
      let find = try database.query("SELECT no, name FROM topic")
      while try find.next() {
        if let name = find.text(1), request.topics.contains(name), let number = find.integer(0) {
          numbers.append("\(number)")
        }
      }
      query.add(
        "EXISTS (SELECT 1 FROM file_topic t WHERE t.file = f.no AND t.topic IN (\(numbers.joined(separator: ", "))))")
    }
    query.add(
      start: "coalesce(f.start, m.start)", end: "coalesce(f.end, m.end)", since: request.since, until: request.until,
      longest: .max)
    // A file lies within its measurement, so that this may leave out early.
    query.add(
      start: "m.start", end: "m.end", since: request.since, until: request.until, longest: try longest("measurement"))
    if choice.count != nil { query.add("\(choice.isNarrow ? "" : "+")m.no IN (SELECT no FROM temp.chosen)") }
    let order = try order(
      [.start: "m.start", .id: "m.id", .vin: "m.vin", .bytes: "f.bytes", .end: "m.end"], id: "m.id", "f.path")
    return try database.query(
      "SELECT f.no, m.no, f.path FROM measurement m CROSS JOIN file f ON f.measurement = m.no" + query.clause + order,
      query.values)
  }

  // MARK: Scenes

  private func scenes() throws -> Statement {
    var query = FindQuery()
    let types = request.scenes.map { query.parameter(.text($0)) }.joined(separator: ", ")
    let wanted = "SELECT no FROM word WHERE text IN (\(types))"
    let areSome = try request.scenes.isEmpty ? false : isFewScenes()
    query.add(
      start: "s.start", end: "s.end", since: request.since, until: request.until, longest: try longest("scene"))
    let streams = [("zone", request.zones), ("kind", request.kinds), ("state", request.states)].filter { !$0.1.isEmpty }
    for (name, values) in streams { query.add("d.\(name)", isOneOf: values) }
    // A tag of a stretch is one of the scenes in it.
    for tag in request.tags {
      let tagged = FindChoice.tagged(tag, &query, columns: "1")
      query.add(
        """
        EXISTS (\(tagged) AND subject = d.measurement AND (tag.start IS NULL OR tag.start <= coalesce(s.end, s.start)) \
        AND (tag.end IS NULL OR tag.end > s.start))
        """)
    }
    var source = "scene s"
    if !request.areas.isEmpty {
      try FindPlaces(database).scenes(in: request.areas, since: request.since, until: request.until)
      source = "temp.near n CROSS JOIN scene s"
      query.add("s.no = n.no")
      if !types.isEmpty { query.add("+s.type IN (\(wanted))") }
      if choice.count != nil { query.add("+d.measurement IN (SELECT no FROM temp.chosen)") }
    } else if choice.isNarrow {
      // Those of a datastream follow one another: no index is faster than their numbers.
      source = "temp.chosen c CROSS JOIN datastream d CROSS JOIN scene s NOT INDEXED"
      query.add("d.measurement = c.no AND s.no BETWEEN d.first AND d.last")
      if !types.isEmpty { query.add("s.type IN (\(wanted))") }
    } else {
      if choice.count != nil { query.add("+d.measurement IN (SELECT no FROM temp.chosen)") }
      // One type is in order by its index; of several the rare are sorted, the frequent met on the way.
      if request.scenes.count == 1 {
        query.add("s.type = (\(wanted))")
      } else if !types.isEmpty {
        query.add("\(areSome ? "" : "+")s.type IN (\(wanted))")
      }
      let index = request.scenes.count == 1 || areSome ? "scene_by_type" : "scene_by_start"
      if (request.sort?.key ?? .start) == .start { source += " INDEXED BY \(index)" }
    }
    if !source.contains("datastream d") { source += " CROSS JOIN datastream d ON d.no = s.datastream" }
    let order = try order([.start: "s.start", .end: "s.end", .id: "s.id"], id: "s.id")
    return try database.query(
      "SELECT s.no, d.no, s.id, d.path, s.no - d.first FROM \(source)" + query.clause + order, query.values)
  }

  private func isFewScenes() throws -> Bool {
    var query = FindQuery()
    let types = request.scenes.map { query.parameter(.text($0)) }.joined(separator: ", ")
    let sum = try database.query(
      "SELECT sum(count) FROM scene_count WHERE type IN (SELECT no FROM word WHERE text IN (\(types)))", query.values)
    return try sum.next() && (sum.integer(0) ?? 0) <= 4 * Int64(Self.few)
  }

  // MARK: Labels

  private func labels() throws -> Statement {
    var query = FindQuery()
    for wanted in request.classes {
      let name = query.parameter(.text(wanted.name))
      query.add(
        "(l.class = \(name) OR l.class_group = \(name)) AND l.count >= \(query.parameter(.count(wanted.least)))")
    }
    query.add("d.zone", isOneOf: request.zones)
    query.add("d.kind", isOneOf: request.kinds)
    query.add("d.state", isOneOf: request.states)
    query.add(
      start: "d.start", end: "d.end", since: request.since, until: request.until, longest: try longest("datastream"))
    if choice.count != nil { query.add("d.measurement IN (SELECT no FROM temp.chosen)") }
    let order = try order([.start: "d.start", .end: "d.end", .id: "d.id"], id: "d.id", "l.class", "l.class_group")
    return try database.query(
      """
      SELECT d.no, d.measurement, d.id, d.path, l.class, l.class_group, l.count, l.frames FROM label_count l \
      CROSS JOIN datastream d ON d.no = l.datastream
      """ + query.clause + order, query.values)
  }

  // MARK: Runs and errors

  private func runs() throws -> Statement {
    var query = FindQuery()
    if let since = request.since {
      query.add("coalesce(r.end, 9223372036854775807) > \(query.parameter(.integer(since.nanoseconds)))")
    }
    if let until = request.until { query.add("r.start < \(query.parameter(.integer(until.nanoseconds)))") }
    // Whether one without an end runs or crashed is known outside.
    let own = request.states.filter { RunStatus(rawValue: $0)?.isOfLog ?? true }
    if own.count == request.states.count {
      query.add("r.outcome", isOneOf: own)
    } else {
      var parts = ["r.outcome IS NULL"]
      if !own.isEmpty {
        parts.append("r.outcome IN (\(own.map { query.parameter(.text($0)) }.joined(separator: ", ")))")
      }
      query.add("(\(parts.joined(separator: " OR ")))")
    }
    let order = try order([.start: "r.start", .end: "r.end", .id: "r.id"], id: "r.id")
    // The limit counts what is left after the look outside.
    let clause =
      own.count == request.states.count ? order : order.split(separator: " LIMIT").first.map(String.init) ?? order
    return try database.query("SELECT r.no FROM run r" + query.clause + clause, query.values)
  }

  private func errors() throws -> Statement {
    var query = FindQuery()
    query.add("m.parked IS NOT NULL")
    if choice.count != nil { query.add("m.no IN (SELECT no FROM temp.chosen)") }
    if let since = request.since { query.add("m.parked >= \(query.parameter(.integer(since.nanoseconds)))") }
    if let until = request.until { query.add("m.parked < \(query.parameter(.integer(until.nanoseconds)))") }
    return try database.query(
      "SELECT m.no, m.parked FROM measurement m" + query.clause + " ORDER BY m.parked", query.values)
  }
}

extension RunStatus {
  /// Whether the log itself says so.
  var isOfLog: Bool { ![.crashed, .overdue, .running].contains(self) }
}

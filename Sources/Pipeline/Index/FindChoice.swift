import Core

/// Which measurements a search is about, in a table of its own, `temp.chosen`.
struct FindChoice {
  /// How many; nil where the search is about all of them.
  private(set) var count: Int?

  /// Few enough to go through one by one.
  var isNarrow: Bool { count.map { $0 <= 4096 } ?? false }

  init(_ request: FindRequest, _ database: Database) throws {
    var query = FindQuery()
    query.add("m.vin", isOneOf: request.vins, isPattern: true)
    query.add("m.region", isOneOf: request.regions)
    Self.add(ids: request.measurements, &query)
    if let text = request.text { Self.add(text: text, &query) }
    if request.kind != .files, !request.formats.isEmpty {
      let names = request.formats.map { query.parameter(.text($0)) }.joined(separator: ", ")
      query.add("m.no IN (SELECT measurement FROM file WHERE format IN (\(names)))")
    }
    if ![.files, .frames].contains(request.kind), !request.topics.isEmpty {
      let topics = try Self.topics(request.topics, database)
      query.add(
        "m.no IN (SELECT f.measurement FROM file_topic t JOIN file f ON f.no = t.file WHERE t.topic IN (\(topics)))")
    }
    if request.kind != .labels { for wanted in request.classes { Self.add(wanted, &query) } }
    if request.kind != .scenes, !request.scenes.isEmpty {
      let types = request.scenes.map { query.parameter(.text($0)) }.joined(separator: ", ")
      query.add(
        "m.no IN (SELECT measurement FROM scene_count WHERE type IN (SELECT no FROM word WHERE text IN (\(types))))")
    }
    for tag in request.tags { Self.add(tag, request.kind, &query) }
    if ![.scenes, .runs].contains(request.kind), !request.areas.isEmpty {
      // Times of frames are their own, and not those of the track around them.
      let isFrames = request.kind == .frames
      try FindPlaces(database).measurements(
        in: request.areas, since: isFrames ? nil : request.since, until: isFrames ? nil : request.until)
      query.add("m.no IN (SELECT no FROM temp.near)")
    }
    if [.measurements, .files].contains(request.kind) { Self.addStreams(request, &query) }
    guard !query.conditions.isEmpty else { return }
    try database.run("CREATE TEMP TABLE IF NOT EXISTS chosen(no INTEGER PRIMARY KEY); DELETE FROM temp.chosen")
    let insert = try database.query(
      "INSERT INTO temp.chosen SELECT m.no FROM measurement m" + query.clause, query.values)
    while try insert.next() {}
    count = database.changes
  }

  /// Beginnings of ids.
  private static func add(ids: [String], _ query: inout FindQuery) {
    guard !ids.isEmpty else { return }
    let parts = ids.map { id in
      let low = query.parameter(.text(id.lowercased())), high = query.parameter(.text(id.lowercased() + "\u{7f}"))
      return "SELECT no FROM subject WHERE kind = 1 AND id >= \(low) AND id < \(high)"
    }
    query.add("m.no IN (\(parts.joined(separator: " UNION ")))")
  }

  /// Every word is quoted, so that none is an operator of the full-text search.
  private static func add(text: String, _ query: inout FindQuery) {
    let words = text.split(whereSeparator: \.isWhitespace).map { word in
      let isPrefix = word.hasSuffix("*")
      let bare = (isPrefix ? word.dropLast() : word).replacing("\"", with: "\"\"")
      return "\"\(bare)\"" + (isPrefix ? "*" : "")
    }
    guard !words.isEmpty else { return query.add("0") }
    let found = "SELECT rowid FROM words WHERE words MATCH \(query.parameter(.text(words.joined(separator: " "))))"
    query.add("(m.no IN (\(found)) OR m.no IN (SELECT measurement FROM datastream WHERE no IN (\(found))))")
  }

  private static func topics(_ wanted: GlobSet, _ database: Database) throws -> String {
    var numbers: [String] = []
    let find = try database.query("SELECT no, name FROM topic")
    while try find.next() {
      if let name = find.text(1), wanted.contains(name), let number = find.integer(0) { numbers.append("\(number)") }
    }
    return numbers.joined(separator: ", ")
  }

  private static func add(_ wanted: FindClass, _ query: inout FindQuery) {
    let name = query.parameter(.text(wanted.name)), least = query.parameter(.count(wanted.least))
    // For frames the number is of one frame, and is looked at there.
    query.add(
      """
      m.no IN (SELECT d.measurement FROM label_count l JOIN datastream d ON d.no = l.datastream \
      WHERE l.class = \(name) OR l.class_group = \(name) GROUP BY l.datastream HAVING sum(l.count) >= \(least))
      """)
  }

  /// A tag of the measurement; of streams and frames also the datastream's own, which is looked at once more there.
  private static func add(_ tag: FindTag, _ kind: FindKind, _ query: inout FindQuery) {
    let tagged = tagged(tag, &query)
    guard kind == .streams || kind == .frames else { return query.add("m.no IN (\(tagged))") }
    query.add("(m.no IN (\(tagged)) OR m.no IN (SELECT measurement FROM datastream WHERE no IN (\(tagged))))")
  }

  /// The subjects that have a tag.
  static func tagged(_ tag: FindTag, _ query: inout FindQuery, columns: String = "subject") -> String {
    let key = query.parameter(.text(tag.key))
    let value = tag.value.map { " AND value = \(query.parameter(.text($0)))" } ?? ""
    return "SELECT \(columns) FROM tag WHERE key = \(key)\(value)"
  }

  /// One stream that has the zone, the kind and the state.
  private static func addStreams(_ request: FindRequest, _ query: inout FindQuery) {
    let columns = [("zone", request.zones), ("kind", request.kinds), ("state", request.states)]
    let parts = columns.filter { !$0.1.isEmpty }.map { name, wanted in
      "\(name) IN (\(wanted.map { query.parameter(.text($0)) }.joined(separator: ", ")))"
    }
    guard !parts.isEmpty else { return }
    query.add("m.no IN (SELECT measurement FROM datastream WHERE \(parts.joined(separator: " AND ")))")
  }
}

import Artifacts
import Core

/// `find frames`: images and scans of synchronized samples, row by row from the tables that the index names.
///
/// A frame is a file that a sample uses, a row of `sample_data.parquet`; of a file that several samples or synchronized
/// datastreams use the first that is wanted is told, of the datastream that was completed last. What is around it is asked
/// of what was made of these (`FrameSurroundings`). Memory is the samples of one drive.
struct FindFrames {
  private let index: LakeIndex
  private let request: FindRequest
  private let options: Find.Options
  private let warning: (String) -> Void

  /// A synchronized datastream, and all that the index says of it.
  private struct Source {
    var id: String
    var measurement: String
    var vin: String?
    var path: String
    var changed: Int64
    /// Folders of the enriched datastreams that were made of it.
    var enriched: [String]
    /// Folders with labels that came back for its measurement.
    var labeled: [String]
    /// Stretches in which a scene that is wanted is; nil where none is asked for.
    var scenes: [Range<Int64>]?
    /// For each tag that is wanted, its stretches; nil where one is for all of the drive.
    var tags: [[Range<Int64>]]
  }

  init(
    _ index: LakeIndex, _ request: FindRequest, _ options: Find.Options, _ warning: @escaping (String) -> Void
  ) {
    (self.index, self.request, self.options, self.warning) = (index, request, options, warning)
  }

  func records(_ body: (Record) throws -> Void) throws -> (count: Int, isWhole: Bool) {
    var deleted = 0
    let (sources, isWhole) = try index.read(options.scope) { snapshot in
      var sources: [Source] = []
      deleted = 0
      let found = try FindRows(request, snapshot.database).statement()
      while try found.next() {
        if try isThere(found, snapshot) { sources.append(try source(found, snapshot)) } else { deleted += 1 }
      }
      return (sources, snapshot.isWhole)
    }
    if deleted > 0 {
      warning("files of \(deleted) synchronized \(deleted == 1 ? "datastream" : "datastreams") were deleted by a rule")
    }
    var count = 0, lacking: [String: Int] = [:], absent: [SystemError] = []
    var seen: Set<String> = [], measurement = ""
    for source in Self.ordered(sources) {
      guard count < request.limit ?? .max else { break }
      if source.measurement != measurement { (seen, measurement) = ([], source.measurement) }
      do { try frames(of: source, &seen, &count, &lacking, body) } catch let error as ParquetFault {
        warning("\(error)")
      } catch let error as SystemError where error.code == .missing { absent.append(error) }
    }
    if let first = absent.first {
      warning(absent.count == 1 ? "\(first)" : "\(first); and \(absent.count - 1) more tables of samples are not there")
    }
    for (name, tables) in lacking.sorted(by: { $0.key < $1.key }) {
      warning("no column '\(name)', so no frame that meets the condition; enriched tables: \(tables)")
    }
    return (count, isWhole)
  }

  /// Measurement by measurement as they come, in each what was completed last first.
  private static func ordered(_ sources: [Source]) -> [Source] {
    var places: [String: Int] = [:]
    for source in sources where places[source.measurement] == nil { places[source.measurement] = places.count }
    return sources.sorted { one, other in
      let (a, b) = (places[one.measurement] ?? 0, places[other.measurement] ?? 0)
      return a == b ? (one.changed, one.id) > (other.changed, other.id) : a < b
    }
  }

  // MARK: What the index says

  /// Whether the files that its samples name are there: those of the datastreams that it was made of.
  private func isThere(_ row: Statement, _ snapshot: IndexSnapshot) throws -> Bool {
    let gone = try snapshot.database.statement(
      "SELECT 1 FROM edge e CROSS JOIN datastream d ON d.no = e.parent WHERE e.child = ?1 AND d.state = 'DELETED'")
    try gone.bind([.integer(row.integer(0))])
    defer { gone.reset() }
    return try !gone.next()
  }

  private func source(_ row: Statement, _ snapshot: IndexSnapshot) throws -> Source {
    let (number, owner) = (row.integer(0) ?? 0, row.integer(1) ?? 0)
    let database = snapshot.database
    let facts = try database.query(
      "SELECT m.id, m.vin, d.changed FROM datastream d JOIN measurement m ON m.no = d.measurement WHERE d.no = ?1",
      [.integer(number)])
    let isKnown = try facts.next()
    var source = Source(
      id: row.text(2) ?? "", measurement: isKnown ? facts.text(0) ?? "" : "", vin: isKnown ? facts.text(1) : nil,
      path: row.text(3) ?? "", changed: isKnown ? facts.integer(2) ?? 0 : 0, enriched: [], labeled: [], scenes: nil,
      tags: [])
    source.enriched = try Self.paths(
      database.query(
        """
        SELECT d.path FROM edge e CROSS JOIN datastream d ON d.no = e.child WHERE e.parent = ?1 AND d.zone = 'enriched' \
        AND d.state = 'COMPLETED' ORDER BY d.id
        """, [.integer(number)]))
    source.labeled = try Self.paths(
      database.query(
        """
        SELECT path FROM datastream WHERE measurement = ?1 AND +zone = 'labeled' AND +state = 'COMPLETED' ORDER BY id
        """, [.integer(owner)]))
    if !request.scenes.isEmpty {
      var query = FindQuery()
      query.add("w.text", isOneOf: request.scenes)
      query.add("d.measurement = \(query.parameter(.integer(owner)))")
      source.scenes = try Self.stretches(
        database.query(
          """
          SELECT s.start, s.end FROM datastream d CROSS JOIN scene s NOT INDEXED ON s.no BETWEEN d.first AND d.last \
          CROSS JOIN word w ON w.no = s.type
          """ + query.clause, query.values))
    }
    for tag in request.tags {
      var query = FindQuery()
      query.add("subject IN (\(query.parameter(.integer(owner))), \(query.parameter(.integer(number))))")
      query.add("key", isOneOf: [tag.key])
      if let value = tag.value { query.add("value", isOneOf: [value]) }
      source.tags.append(
        try Self.stretches(database.query("SELECT start, end FROM tag" + query.clause, query.values)))
    }
    return source
  }

  private static func paths(_ found: Statement) throws -> [String] {
    var paths: [String] = []
    while try found.next() { if let path = found.text(0) { paths.append(path) } }
    return paths
  }

  private static func stretches(_ found: Statement) throws -> [Range<Int64>] {
    var ranges: [Range<Int64>] = []
    while try found.next() {
      let start = found.integer(0) ?? .min, end = found.integer(1) ?? .max
      // An instant lasts a nanosecond.
      ranges.append(start..<max(start == .max ? .max : start + 1, end))
    }
    return ranges
  }

  // MARK: What the tables say

  private static let columns = ["sample_id", "seq", "stream", "t_ns", "status", "source_path"]

  private func frames(
    of source: Source, _ seen: inout Set<String>, _ count: inout Int, _ lacking: inout [String: Int],
    _ body: (Record) throws -> Void
  ) throws {
    let folder = try index.lake.openFolder(recorded: source.path)
    var surroundings: FrameSurroundings?
    if FrameSurroundings.areAsked(request) {
      let found = try FrameSurroundings(request, index.lake, source.enriched, source.labeled, &lacking)
      guard !found.isEmpty else { return }
      surroundings = found
    }
    let table = try ParquetFile(FileReader("sample_data.parquet", in: folder))
    let limit = request.limit ?? .max
    for group in table.groups.indices where count < limit {
      try table.read(columns: Self.columns, groups: group..<group + 1, batch: 1 << 14) { batch in
        guard count < limit, case .int64(let times) = batch.columns[3].values else { return }
        let samples = batch.columns[0].texts, numbers = batch.columns[1].texts, streams = batch.columns[2].texts
        let states = batch.columns[4].texts, paths = batch.columns[5].texts
        for row in 0..<batch.count where count < limit {
          guard let sample = samples[row], let path = paths[row], !path.hasSuffix(".parquet"), states[row] == "ok",
            let stream = streams[row], batch.columns[3].validity?[row] ?? true, isWanted(stream, times[row], source),
            !seen.contains(path)
          else { continue }
          var members: JSONObject = ["path": .string(path), "t": .time(Timestamp(nanoseconds: times[row]))]
          members["stream"] = .string(stream)
          members["sample_id"] = .string(sample)
          members["seq"] = numbers[row].flatMap { Int64($0) }.map { .count($0) }
          if let surroundings {
            guard let objects = surroundings.objects(of: sample, stream) else { continue }
            if !objects.members.isEmpty { members["objects"] = .object(objects) }
          }
          members["measurement"] = .string(source.measurement)
          members["datastream"] = .string(source.id)
          members["vin"] = source.vin.map(JSON.string)
          if options.detail == .brief { members["id"] = .string(sample) }
          seen.insert(path)
          count += 1
          try body(Record(.frame, members))
        }
      }
    }
  }

  private func isWanted(_ stream: String, _ time: Int64, _ source: Source) -> Bool {
    if let since = request.since, time < since.nanoseconds { return false }
    if let until = request.until, time >= until.nanoseconds { return false }
    guard request.topics.isEmpty || request.topics.contains(stream) else { return false }
    if let scenes = source.scenes, !scenes.contains(where: { $0.contains(time) }) { return false }
    return source.tags.allSatisfy { stretches in
      stretches.contains { $0.lowerBound <= time && (time < $0.upperBound || $0.upperBound == .max) }
    }
  }
}

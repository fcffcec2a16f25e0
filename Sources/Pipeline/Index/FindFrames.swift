import Artifacts
import Core

/// `find frames`: images and scans of synchronized samples, row by row from the tables that the index names.
///
/// A frame is a row of `sample_data.parquet` that a sample uses and that is a file of its own. What is around it is asked
/// of the enriched datastreams that were made of it: classes of `objects.parquet`, columns of `enriched.parquet`. Memory
/// is the samples of one drive.
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
    /// Folders of the enriched datastreams that were made of it.
    var enriched: [String]
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

  func records(_ body: (Record) throws -> Void) throws -> Int {
    var deleted = 0
    let sources = try index.read(asOf: options.time) { snapshot in
      var sources: [Source] = []
      deleted = 0
      let found = try FindRows(request, snapshot.database).statement()
      while try found.next() {
        if try isThere(found, snapshot) { sources.append(try source(found, snapshot)) } else { deleted += 1 }
      }
      return sources
    }
    if deleted > 0 {
      warning("files of \(deleted) synchronized \(deleted == 1 ? "datastream" : "datastreams") were deleted by a rule")
    }
    var count = 0, lacking: [String: Int] = [:], absent: [SystemError] = []
    for source in sources {
      guard count < request.limit ?? .max else { break }
      do { try frames(of: source, &count, &lacking, body) } catch let error as ParquetFault {
        warning("\(error)")
      } catch let error as SystemError where error.code == .missing { absent.append(error) }
    }
    if let first = absent.first {
      warning(absent.count == 1 ? "\(first)" : "\(first); and \(absent.count - 1) more tables of samples are not there")
    }
    for (name, tables) in lacking.sorted(by: { $0.key < $1.key }) {
      warning("no column '\(name)', so no frame that meets the condition; enriched tables: \(tables)")
    }
    return count
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
    let facts = try database.query("SELECT id, vin FROM measurement WHERE no = ?1", [.integer(owner)])
    let isKnown = try facts.next()
    var source = Source(
      id: row.text(2) ?? "", measurement: isKnown ? facts.text(0) ?? "" : "", vin: isKnown ? facts.text(1) : nil,
      path: row.text(3) ?? "", enriched: [], scenes: nil, tags: [])
    let children = try database.query(
      """
      SELECT d.path FROM edge e CROSS JOIN datastream d ON d.no = e.child WHERE e.parent = ?1 AND d.zone = 'enriched' \
      AND d.state = 'COMPLETED' ORDER BY d.id
      """, [.integer(number)])
    while try children.next() { if let path = children.text(0) { source.enriched.append(path) } }
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

  private static func stretches(_ found: Statement) throws -> [Range<Int64>] {
    var ranges: [Range<Int64>] = []
    while try found.next() {
      let start = found.integer(0) ?? .min, end = found.integer(1) ?? .max
      ranges.append(start..<max(start, end))
    }
    return ranges
  }

  // MARK: What the tables say

  /// Samples that meet what is asked of enriched tables, and per sample and stream how many objects of each class.
  private struct Surroundings {
    var samples: Set<String> = []
    var counts: [String: [String: [Int]]] = [:]
  }

  private static let columns = ["sample_id", "seq", "stream", "t_ns", "status", "source_path"]

  private func frames(
    of source: Source, _ count: inout Int, _ lacking: inout [String: Int], _ body: (Record) throws -> Void
  ) throws {
    let folder = try index.lake.openFolder(recorded: source.path)
    let surroundings = try isAboutSurroundings ? self.surroundings(of: source, &lacking) : nil
    if let surroundings, surroundings.isEmpty { return }
    let table = try ParquetFile(FileReader("sample_data.parquet", in: folder))
    let limit = request.limit ?? .max
    for group in table.groups.indices where count < limit {
      try table.read(columns: Self.columns, groups: group..<group + 1, batch: 1 << 14) { batch in
        guard count < limit, case .int64(let times) = batch.columns[3].values else { return }
        let samples = batch.columns[0].texts, numbers = batch.columns[1].texts, streams = batch.columns[2].texts
        let states = batch.columns[4].texts, paths = batch.columns[5].texts
        for row in 0..<batch.count where count < limit {
          guard let sample = samples[row], let path = paths[row], !path.hasSuffix(".parquet"), states[row] == "ok",
            let stream = streams[row], batch.columns[3].validity?[row] ?? true, isWanted(stream, times[row], source)
          else { continue }
          var members: JSONObject = ["path": .string(path), "t": .time(Timestamp(nanoseconds: times[row]))]
          members["stream"] = .string(stream)
          members["sample_id"] = .string(sample)
          members["seq"] = numbers[row].flatMap { Int64($0) }.map { .count($0) }
          if let surroundings {
            guard let objects = objects(of: sample, stream, surroundings) else { continue }
            if !objects.members.isEmpty { members["objects"] = .object(objects) }
          }
          members["measurement"] = .string(source.measurement)
          members["datastream"] = .string(source.id)
          members["vin"] = source.vin.map(JSON.string)
          if options.detail == .brief { members["id"] = .string(sample) }
          try body(Record(.frame, members))
          count += 1
        }
      }
    }
  }

  private var isAboutSurroundings: Bool {
    !request.classes.isEmpty || !request.conditions.isEmpty || !request.areas.isEmpty
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

  /// How many objects of each class that is wanted are in a frame; nil where it is not one of those.
  private func objects(of sample: String, _ stream: String, _ found: [Surroundings]) -> JSONObject? {
    for surroundings in found where surroundings.samples.contains(sample) {
      let counts = surroundings.counts[sample]?[stream] ?? Array(repeating: 0, count: request.classes.count)
      guard zip(counts, request.classes).allSatisfy({ $0 >= $1.least }) else { continue }
      return JSONObject(
        zip(request.classes, counts).map { JSONObject.Member(key: $0.name, value: .count($1)) })
    }
    return nil
  }

  private func surroundings(of source: Source, _ lacking: inout [String: Int]) throws -> [Surroundings] {
    var all: [Surroundings] = []
    for path in source.enriched {
      guard let folder = try index.lake.folder(recorded: path) else { continue }
      var own = Surroundings()
      try takeSamples(folder, &own, &lacking)
      if !request.classes.isEmpty, !own.samples.isEmpty { try takeObjects(folder, &own) }
      if !own.samples.isEmpty { all.append(own) }
    }
    return all
  }

  /// Samples in the areas that meet the conditions; where a column is not there, none.
  private func takeSamples(_ folder: Folder, _ own: inout Surroundings, _ lacking: inout [String: Int]) throws {
    let conditions = request.conditions
    let verdicts = conditions.isEmpty ? nil : try SampleCondition.rows(conditions, in: folder.path)
    for name in verdicts?.missing ?? [] { lacking[name, default: 0] += 1 }
    guard verdicts?.missing.isEmpty ?? true else { return }
    let table = try ParquetFile(FileReader("enriched.parquet", in: folder))
    let places = request.areas.isEmpty ? [] : ["lat", "lon"]
    guard places.allSatisfy({ name in table.schema.fields.contains { $0.name == name } }) else { return }
    var first = 0
    try table.read(columns: ["sample_id"] + places) { batch in
      defer { first += batch.count }
      let latitudes = batch["lat"]?.numbers ?? [], longitudes = batch["lon"]?.numbers ?? []
      for (row, sample) in batch.columns[0].texts.enumerated() {
        guard let sample, verdicts?.rows[first + row] ?? true else { continue }
        if !request.areas.isEmpty {
          let (latitude, longitude) = (latitudes[row], longitudes[row])
          guard latitude.isFinite, longitude.isFinite,
            request.areas.allSatisfy({ $0.contains(latitude: latitude, longitude: longitude) })
          else { continue }
        }
        own.samples.insert(sample)
      }
    }
  }

  private func takeObjects(_ folder: Folder, _ own: inout Surroundings) throws {
    guard try folder.entry("objects.parquet")?.kind == .file else {
      own.samples = []
      return
    }
    let table = try ParquetFile(FileReader("objects.parquet", in: folder))
    try table.read(columns: ["sample_id", "stream", "class", "class_group"]) { batch in
      let samples = batch.columns[0].texts, streams = batch.columns[1].texts
      let classes = batch.columns[2].texts, groups = batch.columns[3].texts
      for row in 0..<batch.count {
        guard let sample = samples[row], let stream = streams[row] else { continue }
        for (place, wanted) in request.classes.enumerated()
        where classes[row] == wanted.name || groups[row] == wanted.name {
          let none = Array(repeating: 0, count: request.classes.count)
          own.counts[sample, default: [:]][stream, default: none][place] += 1
        }
      }
    }
  }
}

package import Core

/// `av-meta find`: what a lake has, as the records that the other tools take.
package enum Find {
  /// How much of a result is wanted.
  package enum Detail: Sendable {
    /// All that is known of it.
    case full
    /// `id` and `path` alone, without a look at the log or at tables.
    case brief
  }

  package struct Options: Sendable {
    /// Which of the log counts.
    package var scope = LogScope()
    package var detail = Detail.full
    package var now = Timestamp.now

    package init() {}
  }

  /// Hands over the records of a search in their order; how many there were, and whether all of the log could be read.
  ///
  /// `warning` takes what a person should know, such as a table that cannot be read.
  package static func records(
    _ lake: Lake, _ request: FindRequest, _ options: Options = Options(),
    warning: @escaping (String) -> Void = { _ in },
    _ body: (Record) throws -> Void
  ) throws -> (count: Int, isWhole: Bool) {
    try request.check()
    let index = try LakeIndex(lake, warning: warning)
    guard request.kind != .frames else { return try FindFrames(index, request, options, warning).records(body) }
    let living = request.kind == .runs ? try LiveRuns(in: index.lineage, now: options.now).runs : []
    let (spool, isWhole) = try index.read(options.scope) { snapshot in
      var spool = Spool()
      let rows = try FindRows(request, snapshot.database)
      let found = FoundRecords(snapshot, request, options, living: living)
      try found.records(rows) { try spool.append($0) }
      for problem in found.problems.list { warning(problem) }
      return (spool, snapshot.isWhole)
    }
    try spool.forEach(body)
    return (spool.count, isWhole)
  }
}

/// The records of rows that were found.
struct FoundRecords {
  private let snapshot: IndexSnapshot
  private let request: FindRequest
  private let options: Find.Options
  private let living: Set<String>
  let problems = Problems()

  final class Problems { var list: [String] = [] }

  init(_ snapshot: IndexSnapshot, _ request: FindRequest, _ options: Find.Options, living: Set<String>) {
    (self.snapshot, self.request, self.options, self.living) = (snapshot, request, options, living)
  }

  private var isBrief: Bool { options.detail == .brief }

  func records(_ rows: FindRows, _ body: (Record) throws -> Void) throws {
    let found = try rows.statement()
    switch request.kind {
    case .measurements:
      while try found.next() {
        guard let number = found.integer(0) else { continue }
        if isBrief {
          try body(Record(.measurement, ["id": .string(snapshot.id(of: number))]))
        } else if let record = try snapshot.record(ofMeasurement: number) {
          try body(record)
        }
      }
    case .streams:
      while try found.next() {
        guard let number = found.integer(0), let owner = found.integer(1) else { continue }
        if isBrief {
          try body(Record(.datastream, ["id": .string(found.text(2) ?? ""), "path": .string(found.text(3) ?? "")]))
        } else if let record = try snapshot.record(ofDatastream: number, measurement: owner) {
          try body(record)
        }
      }
    case .files:
      while try found.next() {
        guard let owner = found.integer(1), let path = found.text(2) else { continue }
        if let record = try file(path, of: owner) { try body(record) }
      }
    case .scenes: try FoundScenes(snapshot, isBrief: isBrief).records(found, problems, body)
    case .labels:
      while try found.next() { try body(label(found)) }
    case .runs: try Runs.records(found, snapshot, request, living: living, options.now, body)
    case .errors: try errors(found, body)
    case .frames: break
    }
  }

  // MARK: Files

  /// A recording as `av-meta inspect` names it, with where it lies now.
  private func file(_ path: String, of owner: Int64) throws -> Record? {
    let id = try snapshot.id(of: owner), view = try snapshot.view(of: [owner])
    guard let measurement = view.measurements[id], let facts = measurement.files[path] else { return nil }
    let raw = measurement.datastreams.compactMap { view.datastreams[$0] }.first { $0.zone == "raw" }
    let archive = raw?.outcome["archive"]?.string
    let place = raw.flatMap { $0.state.isWhole ? $0.path : $0.state == .archived ? archive : nil }
    var members: JSONObject = ["path": .string(place.map { "\($0)/\(path)" } ?? path)]
    guard !isBrief else {
      members["id"] = .string("\(id)/\(path)")
      return Record(.recording, members)
    }
    members["measurement"] = .string(id)
    members["datastream"] = raw.map { .string($0.id) }
    members["vin"] = measurement.facts["vin"]
    members["file"] = .string(path)
    for member in facts.members where members[member.key] == nil { members[member.key] = member.value }
    if let channels = members["channels"] {
      members["channels"] = try LineageBlobs(snapshot.log).resolvedThroughout(channels)
    }
    return Record(.recording, members)
  }

  // MARK: Labels

  private func label(_ row: Statement) throws -> Record {
    var members: JSONObject = ["datastream": .string(row.text(2) ?? ""), "path": .string(row.text(3) ?? "")]
    if let owner = row.integer(1) { members["measurement"] = .string(try snapshot.id(of: owner)) }
    members["class"] = .string(row.text(4) ?? "")
    if let group = row.text(5), !group.isEmpty { members["class_group"] = .string(group) }
    members["count"] = row.integer(6).map { JSON.count($0) }
    members["frames"] = row.integer(7).map { JSON.count($0) }
    return Record(.label, members)
  }

  // MARK: Errors

  private func errors(_ found: Statement, _ body: (Record) throws -> Void) throws {
    var all: [(since: Int64, record: Record)] = []
    while try found.next() {
      guard let number = found.integer(0), let since = found.integer(1) else { continue }
      // They come by time: those of a later one are not among the first.
      if let limit = request.limit, all.count >= limit, since > all.last?.since ?? .max { break }
      let id = try snapshot.id(of: number), view = try snapshot.view(of: [number])
      guard let parked = view.measurements[id]?.parked else { continue }
      let time = Timestamp(nanoseconds: since)
      all.append((since, Errors.record(of: id, parked, snapshot.lake, time, options.now)))
    }
    if request.measurements.isEmpty, request.vins.isEmpty, request.tags.isEmpty, request.text == nil {
      for (since, record) in try Errors.uploads(snapshot, options.now) {
        if let wanted = request.since, since.map({ $0 < wanted }) ?? true { continue }
        if let wanted = request.until, since.map({ $0 >= wanted }) ?? true { continue }
        all.append((since?.nanoseconds ?? .min, record))
      }
    }
    let sorted = all.sorted { one, other in
      one.since == other.since
        ? (one.record["path"]?.string ?? "") < (other.record["path"]?.string ?? "") : one.since < other.since
    }
    for found in sorted.prefix(request.limit ?? .max) { try body(found.record) }
  }
}

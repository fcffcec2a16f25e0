package import Core

/// `av-meta errors`: what needs a person: measurements in the error zone, and uploads that stay incomplete.
package enum Errors {
  /// The records of a lake and of those that it names, of each the oldest first: `error` records with the zone, the path
  /// and the age.
  package static func records(
    _ lake: Lake, _ scope: LogScope = LogScope(), now: Timestamp = .now,
    warning: @escaping (String) -> Void = { _ in }
  ) throws -> (records: [Record], exit: ExitCode) {
    var options = Find.Options()
    (options.scope, options.now) = (scope, now)
    var records: [Record] = []
    let (_, isWhole) = try Find.everywhere(lake, FindRequest(.errors), options, warning: warning) { records.append($0) }
    return (records, isWhole ? .success : .loss)
  }

  /// Uploads that are held, but those that are whole since or were taken away.
  static func uploads(_ snapshot: IndexSnapshot, _ now: Timestamp) throws -> [(since: Timestamp?, record: Record)] {
    let held = try snapshot.database.query(
      """
      SELECT i.json FROM incomplete i WHERE NOT EXISTS (SELECT 1 FROM datastream d WHERE d.source = i.path \
      AND d.changed >= i.time) ORDER BY i.time, i.path
      """)
    var uploads: [(since: Timestamp?, record: Record)] = []
    while try held.next() {
      guard let text = held.text(0), let object = try JSON.parse(text).object,
        let record = try record(ofUpload: object, snapshot.lake, now)
      else { continue }
      uploads.append((object["since"]?.timestamp, record))
    }
    return uploads
  }

  private static func age(_ since: Timestamp?, _ now: Timestamp) -> Int64? {
    guard let since else { return nil }
    let (age, isAbsurd) = now.nanoseconds.subtractingReportingOverflow(since.nanoseconds)
    return isAbsurd ? nil : age - age % 1_000_000_000
  }

  /// What `error.json` says; a hint, so that one that is gone or damaged is no failure.
  private static func marker(_ parked: JSONObject, _ lake: Lake) -> JSON? {
    guard let path = parked["path"]?.string, let folder = try? lake.folder(recorded: path),
      let file = try? FileReader(ErrorZone.marker, in: folder), file.count < 1 << 20,
      let bytes = try? file.bytes(at: 0, count: file.count)
    else { return nil }
    return try? JSON.parse(bytes)
  }

  /// A measurement in the error zone, by its `error.parked`.
  static func record(
    of id: String, _ parked: JSONObject, _ lake: Lake, _ since: Timestamp?, _ now: Timestamp
  ) -> Record {
    let (marker, age) = (marker(parked, lake), age(since, now))
    var members: JSONObject = ["zone": "error", "measurement": .string(id)]
    members["op"] = parked["op"]
    members["errno"] = marker?["errno"]
    members["code"] = parked["code"]
    members["attempts"] = parked["attempts"]
    members["path"] = parked["path"]
    members["since"] = since.map(JSON.time)
    members["age"] = age.map { .string(Measure.text(duration: $0)) }
    members["retryable"] = marker?["retryable"]
    members["msg"] = marker?["msg"]
    members["hint"] = .string("av-ingest --retry \(id)")
    return Record(.error, members)
  }

  /// An upload that is held, by its `incomplete.held`; nil for one that a person took away, which needs nobody any more.
  private static func record(ofUpload held: JSONObject, _ lake: Lake, _ now: Timestamp) throws -> Record? {
    guard let path = held["path"]?.string else { return nil }
    let place = held["moved_to"]?.string ?? path, isMoved = place != path
    guard try lake.folder(recorded: place) != nil else { return nil }
    let since = held["since"]?.timestamp, age = age(since, now)
    var members: JSONObject = ["zone": isMoved ? "archive" : "landing"]
    members["measurement"] = held["measurement"]
    members["op"] = "validate"
    members["verdict"] = held["verdict"]
    members["codes"] = held["codes"]
    members["missing"] = held["missing"]
    members["path"] = .string(place)
    members["since"] = since.map(JSON.time)
    members["age"] = age.map { .string(Measure.text(duration: $0)) }
    if isMoved { members["hint"] = .string("av-ingest --hydrate \(place)") }
    return Record(.error, members)
  }
}

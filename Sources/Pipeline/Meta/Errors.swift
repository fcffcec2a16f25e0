package import Core

/// `av-meta errors`: what needs a person: measurements in the error zone, and uploads that stay incomplete.
package enum Errors {
  /// The records, the oldest first: `error` records with the zone, the path and the age.
  package static func records(
    _ lake: Lake, mode: LineageReader.Mode = .strict, now: Timestamp = .now
  ) throws -> (records: [Record], exit: ExitCode) {
    var reader = LineageReader(try lake.lineageFolder(), mode: mode)
    var view = LineageView()
    var facts = LifecycleFacts()
    try reader.read { entry in
      view.apply(entry)
      facts.take(entry)
    }
    var found: [(since: Timestamp?, record: Record)] = []
    for (id, measurement) in view.measurements {
      guard let parked = measurement.parked else { continue }
      let since = facts.parkedAt[id]
      found.append((since, record(of: id, parked, lake, since, now)))
    }
    for held in view.incomplete.values {
      if let record = try record(ofUpload: held, lake, now) { found.append((held["since"]?.timestamp, record)) }
    }
    let sorted = found.sorted { one, other in
      let times = (one.since?.nanoseconds ?? .min, other.since?.nanoseconds ?? .min)
      return times.0 == times.1
        ? (one.record["path"]?.string ?? "") < (other.record["path"]?.string ?? "") : times.0 < times.1
    }
    return (sorted.map(\.record), reader.damage.isEmpty ? .success : .loss)
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
  static func record(ofUpload held: JSONObject, _ lake: Lake, _ now: Timestamp) throws -> Record? {
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

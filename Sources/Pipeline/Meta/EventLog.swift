package import Core

/// `av-meta log`: the events of a lake, in order.
package enum EventLog {
  /// Hands over the events that a filter lets through, and says how that went: 3 when damage was read around.
  ///
  /// Memory does not grow with the log. `warning` takes what a person should know: the damage, line by line.
  package static func read(
    _ lake: Lake, _ filter: EventFilter = EventFilter(), mode: LineageReader.Mode = .strict,
    warning: @escaping (String) -> Void = { _ in }, _ body: (Record) throws -> Void
  ) throws -> ExitCode {
    if let id = filter.measurement ?? filter.datastream {
      let scope = LogScope(mode: mode)
      let (found, isWhole) = try LakeIndex(lake, warning: warning).read(scope, readsTables: false) { snapshot in
        (try entries(snapshot, id, filter), snapshot.isWhole)
      }
      for entry in found { try body(entry.record) }
      return isWhole ? .success : .loss
    }
    var reader = LineageReader(try lake.lineageFolder(), mode: mode)
    var sieve = EventSieve(filter)
    try reader.read { if sieve.lets($0) { try body($0.record) } }
    for damage in reader.damage { warning(damage.description) }
    return reader.damage.isEmpty ? .success : .loss
  }

  /// What is asked of one measurement or datastream is read where it stands, by the index.
  private static func entries(
    _ snapshot: IndexSnapshot, _ id: String, _ filter: EventFilter
  ) throws -> [LineageEntry] {
    let (subject, number) = try snapshot.subject(id)
    var filter = filter
    switch subject.kind {
    case .measurement where filter.measurement != nil: filter.measurement = subject.id
    case .datastream where filter.measurement == nil: filter.datastream = subject.id
    default: throw UsageError("\(subject.id) is no \(filter.measurement == nil ? "datastream" : "measurement")")
    }
    if filter.measurement != nil, let stream = filter.datastream {
      filter.datastream = try snapshot.subject(stream).subject.id
    }
    var sieve = EventSieve(filter)
    return try snapshot.entries(of: snapshot.related(to: number, subject.kind)).filter { sieve.lets($0) }
  }
}

/// `av-meta show`: everything that is known of one thing.
package enum Show {
  /// The record of a measurement, datastream or run, named by its id or the beginning of it.
  ///
  /// With its `history`, event by event; of a measurement also every datastream, of a datastream its parents and
  /// children, each as a record of its own inside. Long lists are read from their files.
  package static func record(
    _ text: String, _ lake: Lake, _ scope: LogScope = LogScope(), warning: @escaping (String) -> Void = { _ in }
  ) throws -> (record: Record, exit: ExitCode) {
    let (record, exit) = try LakeFederation(lake, warning: warning).read(scope, readsTables: false) { lakes in
      let (place, subject, number) = try lakes.subject(text)
      return try Self.record(subject, number, lakes[place])
    }
    return (record, exit)
  }

  /// By the lines that the index names alone.
  private static func record(_ subject: IndexSubject, _ number: Int64, _ snapshot: IndexSnapshot) throws -> Record {
    var view = LineageView()
    for entry in try snapshot.entries(of: snapshot.related(to: number, subject.kind)) { view.apply(entry) }
    let what: LineageView.Subject =
      switch subject.kind {
      case .measurement: .measurement(subject.id)
      case .datastream: .datastream(subject.id)
      case .run: .run(subject.id)
      }
    var record = try summary(of: what, view)
    record["lake"] = snapshot.name.map(JSON.string)
    record["history"] = .array(try snapshot.history(of: subject, number).map(line))
    record.object = try LineageBlobs(snapshot.log).resolvedThroughout(.object(record.object)).object ?? record.object
    return record
  }

  private static func line(_ entry: LineageEntry) -> JSON {
    var object = entry.object
    for key in ["v", "prev"] { object[key] = nil }
    object["writer"] = .string(entry.writer)
    return .object(object)
  }

  private static func summary(of subject: LineageView.Subject, _ view: LineageView) throws -> Record {
    func streams(_ ids: [String]) -> JSON {
      .array(ids.map { id in view.record(ofDatastream: id).map { .object($0.object) } ?? ["id": .string(id)] })
    }
    switch subject {
    case .measurement(let id):
      var record = view.record(ofMeasurement: id) ?? Record(.measurement, ["id": .string(id)])
      record["datastreams"] = streams(view.measurements[id]?.datastreams ?? [])
      return record
    case .datastream(let id):
      var record = view.record(ofDatastream: id) ?? Record(.datastream, ["id": .string(id)])
      let stream = view.datastreams[id]
      record["run"] = stream?.run.map(JSON.string)
      record["changed"] = (stream?.changed).map(JSON.time)
      record["parents"] = streams(stream?.parents ?? [])
      record["children"] = streams(view.children[id] ?? [])
      let copies = (stream?.copies ?? [:]).sorted { $0.key < $1.key }.map { path, copy in
        var object: JSONObject = ["path": .string(path), "zone": .string(copy.zone)]
        object["bytes"] = copy.bytes.map(JSON.count)
        object["sha256"] = .string(copy.sha256)
        return JSON.object(object)
      }
      record["copies"] = copies.isEmpty ? nil : .array(copies)
      return record
    case .run(let id): return view.runs[id]?.record ?? Record(.run, ["id": .string(id)])
    }
  }
}

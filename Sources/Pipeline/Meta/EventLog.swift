package import Core

/// `av-meta log`: the events of a lake, in order.
package enum EventLog {
  /// Hands over the events that a filter lets through, and says how that went: 3 when damage was read around.
  ///
  /// Memory does not grow with the log. `warning` takes what a person should know: the damage, line by line.
  package static func read(
    _ lake: Lake, _ filter: EventFilter = EventFilter(), mode: LineageReader.Mode = .strict,
    warning: (String) throws -> Void = { _ in }, _ body: (Record) throws -> Void
  ) throws -> ExitCode {
    var reader = LineageReader(try lake.lineageFolder(), mode: mode)
    var sieve = EventSieve(filter)
    try reader.read { if sieve.lets($0) { try body($0.record) } }
    for damage in reader.damage { try warning(damage.description) }
    return reader.damage.isEmpty ? .success : .loss
  }
}

/// `av-meta show`: everything that is known of one thing.
package enum Show {
  /// The record of a measurement, datastream or run, named by its id or the beginning of it.
  ///
  /// With its `history`, event by event; of a measurement also every datastream, of a datastream its parents and
  /// children, each as a record of its own inside. Long lists are read from their files.
  package static func record(
    _ text: String, _ lake: Lake, mode: LineageReader.Mode = .strict, warning: (String) throws -> Void = { _ in }
  ) throws -> (record: Record, exit: ExitCode) {
    let folder = try lake.lineageFolder()
    var first = LineageReader(folder, mode: mode)
    let view = try first.view()
    let subject = try view.subject(text)
    var record = try summary(of: subject, view)
    var filter = EventFilter()
    switch subject {
    case .measurement(let id): filter.measurement = id
    case .datastream(let id): filter.datastream = id
    case .run(let id): filter.run = id
    }
    var sieve = EventSieve(filter)
    var history: [JSON] = []
    // A second pass, so that only the history that is wanted is held.
    var second = LineageReader(folder, mode: mode)
    try second.read { entry in
      guard sieve.lets(entry) else { return }
      var object = entry.object
      for key in ["v", "prev"] { object[key] = nil }
      object["writer"] = .string(entry.writer)
      history.append(.object(object))
    }
    record["history"] = .array(history)
    for damage in first.damage { try warning(damage.description) }
    let blobs = LineageBlobs(folder)
    record.object = try blobs.resolvedThroughout(.object(record.object)).object ?? record.object
    return (record, first.damage.isEmpty ? .success : .loss)
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
    case .run(let id): return view.record(ofRun: id) ?? Record(.run, ["id": .string(id)])
    }
  }
}

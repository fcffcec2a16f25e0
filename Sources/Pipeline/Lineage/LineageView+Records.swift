package import Core

/// What the log knows of one thing, as the records that the tools exchange.
extension LineageView {
  /// A datastream as the next stage needs it (`DESIGN.md` §4), with all that the log says of it.
  ///
  /// Start and end are those of its data, else of its measurement; `rows`, `files`, `bytes` and `digest` are there when
  /// it is whole, `error` when it failed.
  package func record(ofDatastream id: String) -> Record? {
    guard let stream = datastreams[id] else { return nil }
    let measurement = measurements[stream.measurement]
    var members: JSONObject = [
      "id": .string(id), "measurement": .string(stream.measurement), "zone": .string(stream.zone),
      "kind": .string(stream.kind), "state": .string(stream.state.rawValue), "path": .string(stream.path),
    ]
    members["vin"] = measurement?.facts["vin"]
    members["region"] = measurement?.facts["region"]
    members["start"] = stream.outcome["start"] ?? measurement?.facts["start"]
    members["end"] = stream.outcome["end"] ?? measurement?.facts["end"]
    for member in stream.outcome.members + stream.facts.members
    where members[member.key] == nil && member.key != "datastream" {
      members[member.key] = member.value
    }
    members["tags"] = Self.json(stream.tags)
    members["comments"] = Self.json(stream.notes)
    members["conflict"] = stream.conflict.map { .string($0.description) }
    return Record(.datastream, members)
  }

  /// A measurement with its files; its datastreams by id.
  package func record(ofMeasurement id: String) -> Record? {
    guard let measurement = measurements[id] else { return nil }
    var members: JSONObject = ["id": .string(id)]
    for member in measurement.facts.members where member.key != "measurement" && member.key != "files" {
      members[member.key] = member.value
    }
    let files = measurement.files.sorted { $0.key < $1.key }.map { JSON.object($0.value) }
    // Until the files are known one by one, their number is.
    members["files"] = files.isEmpty ? measurement.facts["files"] : .array(files)
    members["datastreams"] = .array(measurement.datastreams.map(JSON.string))
    members["tags"] = Self.json(measurement.tags)
    members["comments"] = Self.json(measurement.notes)
    members["parked"] = measurement.parked.map(JSON.object)
    members["cleared"] = measurement.cleared.map(JSON.object)
    members["conflict"] = measurement.conflict.map { .string($0.description) }
    return Record(.measurement, members)
  }

  private static func json(_ notes: [Note]) -> JSON? {
    guard !notes.isEmpty else { return nil }
    return .array(
      notes.map { note in
        var object: JSONObject = ["text": .string(note.text)]
        object["source"] = note.source.map(JSON.string)
        object["time"] = .time(note.time)
        return .object(object)
      })
  }

  private static func json(_ tags: [Tag]) -> JSON? {
    guard !tags.isEmpty else { return nil }
    return .array(
      tags.map { tag in
        var object: JSONObject = ["key": .string(tag.key), "value": .string(tag.value)]
        object["source"] = tag.source.map(JSON.string)
        object["start"] = tag.start.map(JSON.time)
        object["end"] = tag.end.map(JSON.time)
        return .object(object)
      })
  }
}

extension LineageView.Run {
  /// Without `outcome` while it runs, or when it crashed.
  package var record: Record {
    var members: JSONObject = ["id": .string(id)]
    members["start"] = start.map(JSON.time)
    members["end"] = end.map(JSON.time)
    for member in (outcome?.members ?? []) + facts.members where members[member.key] == nil {
      members[member.key] = member.value
    }
    return Record(.run, members)
  }
}

extension LineageView {
  /// Something that has an id.
  package enum Subject: Sendable, Hashable {
    case measurement(String)
    case datastream(String)
    case run(String)

    package var id: String {
      switch self {
      case .measurement(let id), .datastream(let id), .run(let id): id
      }
    }
  }

  /// What an id, or the beginning of one, stands for; a `UsageError` when that is nothing or several things.
  package func subject(_ text: String) throws(UsageError) -> Subject {
    let wanted = text.lowercased()
    func isMeant(_ id: String) -> Bool { !wanted.isEmpty && id.lowercased().hasPrefix(wanted) }
    let found =
      measurements.keys.filter(isMeant).map(Subject.measurement)
      + datastreams.keys.filter(isMeant).map(Subject.datastream) + runs.keys.filter(isMeant).map(Subject.run)
    if let exact = found.first(where: { $0.id.lowercased() == wanted }) { return exact }
    guard let first = found.first else {
      throw UsageError("there is nothing with an id like '\(text.shown)' in this lake")
    }
    guard found.count == 1 else {
      let some = found.map(\.id).sorted().prefix(5).joined(separator: ", ")
      throw UsageError("'\(text.shown)' is the beginning of \(found.count) ids: \(some)\(found.count > 5 ? ", …" : "")")
    }
    return first
  }
}

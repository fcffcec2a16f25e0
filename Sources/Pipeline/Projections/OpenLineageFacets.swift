import Core

/// The facets of OpenLineage events, each with who made it and the schema that it keeps.
enum OpenLineageFacets {
  static let producer = "urn:avtools:\(Version.number)"
  private static let standard = "https://openlineage.io/spec/facets/"
  /// Files that a `subset` names, at most.
  private static let mostLocations = 100
  private static let mostTables = 100

  static func facet(_ schema: String, _ members: JSONObject) -> JSONObject { facet(url: standard + schema, members) }

  private static func facet(url: String, _ members: JSONObject) -> JSONObject {
    var facet: JSONObject = ["_producer": .string(producer), "_schemaURL": .string(url)]
    for member in members.members { facet[member.key] = member.value }
    return facet
  }

  static func error(_ message: String) -> JSONObject {
    facet("1-0-1/ErrorMessageRunFacet.json", ["message": .string(message), "programmingLanguage": "Swift"])
  }

  static func engine(_ run: LineageView.Run) -> JSONObject {
    facet(
      "1-1-1/ProcessingEngineRunFacet.json",
      ["version": run.facts["version"].flatMap(\.string).map(JSON.string) ?? "", "name": "avtools"])
  }

  /// How the tool was called; `schemas/AvtoolsInvocationRunFacet.json`.
  static func invocation(_ run: LineageView.Run, key: String) -> JSONObject {
    var members: JSONObject = [
      "tool": .string(run.facts["tool"]?.string ?? ""), "version": .string(run.facts["version"]?.string ?? ""),
      "args": .array((run.facts["args"]?.array ?? []).compactMap(\.string).map(JSON.string)), "key": .string(key),
    ]
    members["configSha256"] = run.facts["config"]?.string.map(JSON.string)
    members["host"] = run.facts["host"]?.string.map(JSON.string)
    members["trace"] = run.facts["trace"]?.string.map(JSON.string)
    return facet(url: "urn:avtools:schemas:openlineage:AvtoolsInvocationRunFacet:1", members)
  }

  /// What a dataset is to us; `schemas/AvtoolsDatastreamDatasetFacet.json`.
  static func datastream(_ id: String, _ stream: LineageView.Datastream, _ view: LineageView) -> JSONObject {
    var members: JSONObject = [
      "measurementId": .string(stream.measurement), "datastreamId": .string(id), "zone": .string(stream.zone),
      "kind": .string(stream.kind), "state": .string(stream.state.rawValue),
    ]
    members["vehicleId"] = view.measurements[stream.measurement]?.facts["vin"]?.string.map(JSON.string)
    if let start = stream.outcome["start"]?.timestamp, let end = stream.outcome["end"]?.timestamp {
      members["timeRange"] = ["start": .time(start), "end": .time(end)]
    }
    return facet(url: "urn:avtools:schemas:openlineage:AvtoolsDatastreamDatasetFacet:1", members)
  }

  static func version(_ facts: JSONObject) -> JSONObject? {
    guard let digest = facts["digest"]?.string else { return nil }
    return facet("1-0-1/DatasetVersionDatasetFacet.json", ["datasetVersion": .string(digest)])
  }

  static func statistics(_ schema: String, _ facts: JSONObject) -> JSONObject? {
    var members: JSONObject = [:]
    for (name, key) in [("rowCount", "rows"), ("size", "bytes"), ("fileCount", "files")] {
      // Always a number: other readers expect none as text.
      members[name] = facts[key]?.integer.map(JSON.integer)
    }
    return members.members.isEmpty ? nil : facet(schema, members)
  }

  /// The files that were copied, where the log has them one by one.
  static func subset(_ stream: LineageView.Datastream) -> JSONObject? {
    let own = stream.copies.filter { $0.value.zone == stream.zone }.keys.sorted()
    guard !own.isEmpty else { return nil }
    return facet(
      "1-0-0/BaseSubsetDatasetFacet.json#/$defs/InputSubsetInputDatasetFacet",
      ["inputCondition": ["type": "location", "locations": .array(own.prefix(mostLocations).map(JSON.string))]])
  }

  /// The verdicts of validation on the measurement's files, for what was copied.
  static func assertions(_ stream: LineageView.Datastream, _ view: LineageView) -> JSONObject? {
    guard stream.zone == "raw", let files = view.measurements[stream.measurement]?.files else { return nil }
    let verdicts = files.sorted { $0.key < $1.key }.compactMap { path, facts in
      facts["verdict"]?.string.map { verdict -> JSON in
        [
          "assertion": "validated", "success": .bool(verdict == "ok"), "column": .string(path),
          "name": .string(verdict),
        ]
      }
    }
    guard !verdicts.isEmpty else { return nil }
    return facet(
      "1-1-0/DataQualityAssertionsDatasetFacet.json", ["assertions": .array(Array(verdicts.prefix(mostLocations)))])
  }

  static func tags(_ tags: [LineageView.Tag]) -> JSONObject? {
    guard !tags.isEmpty else { return nil }
    return facet(
      "1-0-0/TagsDatasetFacet.json",
      [
        "tags": .array(
          tags.map { tag in
            var object: JSONObject = ["key": .string(tag.key), "value": .string(tag.value)]
            object["source"] = tag.source.map(JSON.string)
            return .object(object)
          })
      ])
  }

  /// The columns of the one table, or those of each table below its path.
  static func schema(_ tables: TableSchemas) -> JSONObject? {
    guard let first = tables.tables.first else { return nil }
    func fields(_ table: TableSchemas.Table) -> JSON {
      .array(table.columns.map { ["name": .string($0.name), "type": .string($0.type.uppercased())] })
    }
    let all: JSON =
      tables.tables.count == 1
      ? fields(first)
      : .array(
        tables.tables.prefix(mostTables).map {
          ["name": .string($0.path), "type": "TABLE", "fields": fields($0)]
        })
    return facet("1-2-0/SchemaDatasetFacet.json", ["fields": all])
  }

  static func without(_ name: String, _ dataset: JSON) -> JSON {
    guard var object = dataset.object, var facets = object["facets"]?.object else { return dataset }
    facets[name] = nil
    object["facets"] = .object(facets)
    return .object(object)
  }
}

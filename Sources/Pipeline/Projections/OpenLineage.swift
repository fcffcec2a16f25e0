import Core

/// The lineage as OpenLineage 2-0-2 run events (`lineage.md` §4.1), for Marquez, DataHub, Purview and others.
///
/// Every attempt at a datastream is a run of its own, below the run of the tool; it has exactly one START and, unless it
/// goes on, exactly one COMPLETE or FAIL. A datastream is one dataset. Everything that a graph needs is in run events.
/// https://openlineage.io/spec/2-0-2/OpenLineage.json
struct OpenLineage {
  private let graph: LineageGraph
  private let story: LineageStory
  private let namespace: String

  /// Some receivers refuse a million bytes.
  private static let mostBytes = 900_000

  init(_ graph: LineageGraph, in story: LineageStory, lake name: String) {
    (self.graph, self.story, namespace) = (graph, story, name.isEmpty ? "lake" : name)
  }

  enum Kind: String { case start = "START", complete = "COMPLETE", fail = "FAIL" }

  /// The events by time, a START before its end.
  ///
  /// - Throws: `IntegrityError` where an event would not be what the specification asks for.
  var lines: [JSON] {
    get throws {
      var events: [(time: Timestamp, rank: Int, json: JSON)] = []
      var runs: Set<String> = []
      for node in graph.nodes {
        for (number, attempt) in (story.attempts[node.id] ?? []).enumerated() {
          if let run = attempt.run, runs.insert(run).inserted {
            for event in toolEvents(run) { events.append(event) }
          }
          for event in try datastreamEvents(node, attempt, number) { events.append(event) }
        }
      }
      let sorted = events.enumerated().sorted {
        ($0.element.time, $0.element.rank, $0.offset) < ($1.element.time, $1.element.rank, $1.offset)
      }
      return try sorted.map { try Self.checked($0.element.json) }
    }
  }

  // MARK: Events

  private typealias Event = (time: Timestamp, rank: Int, json: JSON)

  /// The run of the tool: START, and its end if it has one; one that crashed is not known to have ended, and fails when
  /// the last of its attempts was given up.
  private func toolEvents(_ id: String) -> [Event] {
    guard let run = story.view.runs[id], let start = run.start else { return [] }
    let job = self.job(tool(run))
    let runID = Self.runID(id)
    var facets: JSONObject = ["avtools_invocation": .object(OpenLineageFacets.invocation(run, key: id))]
    facets["processing_engine"] = .object(OpenLineageFacets.engine(run))
    var events: [Event] = [(start, 0, event(.start, start, runID, facets, job, [], []))]
    guard let end = run.end, let outcome = run.outcome?["outcome"]?.string else { return events }
    let isDone = outcome == RunOutcome.done.rawValue || outcome == RunOutcome.partial.rawValue
    var last: JSONObject = [:]
    if !isDone { last["errorMessage"] = .object(OpenLineageFacets.error("the run ended \(outcome)")) }
    events.append((max(start, end), 3, event(isDone ? .complete : .fail, max(start, end), runID, last, job, [], [])))
    return events
  }

  private func datastreamEvents(
    _ node: LineageGraph.Node, _ attempt: LineageStory.Attempt, _ number: Int
  ) throws -> [Event] {
    guard let stream = node.stream else { return [] }
    let runID = Self.runID(attempt.run ?? "", node.id, number)
    let run = attempt.run.flatMap { story.view.runs[$0] }
    let job = self.job("\(tool(run)).\(stream.kind.isEmpty ? stream.zone : stream.kind)")
    var facets: JSONObject = [:]
    if let run, run.start != nil {
      facets["parent"] = .object(
        OpenLineageFacets.facet(
          "1-2-0/ParentRunFacet.json",
          [
            "run": ["runId": .string(Self.runID(run.id))],
            "job": ["namespace": .string(namespace), "name": .string(tool(run))],
          ]))
      facets["avtools_invocation"] = .object(OpenLineageFacets.invocation(run, key: node.id))
    }
    if let range = Self.range(stream) {
      facets["nominalTime"] = .object(
        OpenLineageFacets.facet(
          "1-0-1/NominalTimeRunFacet.json",
          ["nominalStartTime": .string(Self.time(range.start)), "nominalEndTime": .string(Self.time(range.end))]))
    }
    let inputs = story.parents(of: node.id).compactMap { input($0) }
    var events: [Event] = [(attempt.start, 1, event(.start, attempt.start, runID, facets, job, inputs, []))]
    let end = max(attempt.start, attempt.end ?? attempt.run.flatMap { story.view.runs[$0]?.end } ?? attempt.start)
    if attempt.end == nil, !attempt.isAbandoned { return events }
    let output = try self.output(node.id, stream, attempt, isNewest: attempt == story.making(node.id))
    guard attempt.state.isWhole, attempt.end != nil else {
      let message = attempt.facts["error"]?["msg"]?.string ?? "the run ended before the datastream did"
      let error: JSONObject = ["errorMessage": .object(OpenLineageFacets.error(message))]
      events.append((end, 2, event(.fail, end, runID, error, job, inputs, [output])))
      return events
    }
    var complete = event(.complete, end, runID, [:], job, inputs, [output])
    if complete.text.utf8.count > Self.mostBytes {
      // A schema of a hundred thousand columns is not worth the whole event.
      complete = event(.complete, end, runID, [:], job, inputs, [OpenLineageFacets.without("schema", output)])
    }
    events.append((end, 2, complete))
    return events
  }

  private func event(
    _ kind: Kind, _ time: Timestamp, _ run: String, _ facets: JSONObject, _ job: JSON, _ inputs: [JSON],
    _ outputs: [JSON]
  ) -> JSON {
    [
      "eventType": .string(kind.rawValue), "eventTime": .string(Self.time(time)),
      "producer": .string(OpenLineageFacets.producer),
      "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
      "run": ["runId": .string(run), "facets": .object(facets)], "job": job, "inputs": .array(inputs),
      "outputs": .array(outputs),
    ]
  }

  private func job(_ name: String) -> JSON {
    [
      "namespace": .string(namespace), "name": .string(name),
      "facets": [
        "jobType": .object(
          OpenLineageFacets.facet(
            "2-0-4/JobTypeJobFacet.json",
            ["processingType": "BATCH", "integration": "AVTOOLS", "jobType": "COMMAND"]))
      ],
    ]
  }

  private func tool(_ run: LineageView.Run?) -> String { run?.facts["tool"]?.string ?? "avtools" }

  // MARK: Datasets

  private func name(_ id: String) -> JSONObject? {
    guard let place = story.place(of: id) else { return nil }
    return ["namespace": "file", "name": .string(place)]
  }

  private func input(_ id: String) -> JSON? {
    guard var dataset = name(id), let stream = story.view.datastreams[id] else { return nil }
    var facets: JSONObject = ["avtools_datastream": .object(OpenLineageFacets.datastream(id, stream, story.view))]
    facets["version"] = OpenLineageFacets.version(stream.outcome).map(JSON.object)
    dataset["facets"] = .object(facets)
    var own: JSONObject = [:]
    own["inputStatistics"] = OpenLineageFacets.statistics("1-0-0/InputStatisticsInputDatasetFacet.json", stream.outcome)
      .map(JSON.object)
    own["subset"] = OpenLineageFacets.subset(stream).map(JSON.object)
    dataset["inputFacets"] = .object(own)
    return .object(dataset)
  }

  private func output(
    _ id: String, _ stream: LineageView.Datastream, _ attempt: LineageStory.Attempt, isNewest: Bool
  ) throws -> JSON {
    var dataset: JSONObject = name(id) ?? ["namespace": "file", "name": .string(id)]
    var facets: JSONObject = ["avtools_datastream": .object(OpenLineageFacets.datastream(id, stream, story.view))]
    facets["version"] = OpenLineageFacets.version(attempt.facts).map(JSON.object)
    if attempt.state.isWhole {
      let tables = isNewest ? try story.folder(of: id).map { try TableSchemas(in: $0) } : nil
      facets["schema"] = tables.flatMap { OpenLineageFacets.schema($0) }.map(JSON.object)
      facets["storage"] = .object(
        OpenLineageFacets.facet(
          "1-0-1/StorageDatasetFacet.json",
          ["storageLayer": "filesystem", "fileFormat": tables?.tables.isEmpty == false ? "parquet" : "files"]))
      let isFirst = story.attempts[id]?.first { $0.state.isWhole }?.start == attempt.start
      facets["lifecycleStateChange"] = .object(
        OpenLineageFacets.facet(
          "1-0-1/LifecycleStateChangeDatasetFacet.json",
          ["lifecycleStateChange": isFirst ? "CREATE" : "OVERWRITE"]))
      facets["dataQualityAssertions"] = OpenLineageFacets.assertions(stream, story.view).map(JSON.object)
    }
    facets["tags"] = OpenLineageFacets.tags(stream.tags).map(JSON.object)
    dataset["facets"] = .object(facets)
    var own: JSONObject = [:]
    own["outputStatistics"] = OpenLineageFacets.statistics(
      "1-0-2/OutputStatisticsOutputDatasetFacet.json", attempt.facts
    ).map(JSON.object)
    dataset["outputFacets"] = .object(own)
    return .object(dataset)
  }

  // MARK: Values

  /// RFC 3339 with microseconds, which Java's and Python's readers take.
  static func time(_ time: Timestamp) -> String { String("\(time)".prefix(26)) + "Z" }

  /// A tool's run by its id, which is a UUID; any other id gives one of its own.
  static func runID(_ run: String) -> String {
    if let id = Identifier(run) { return "\(id)" }
    return "\(Identifier(namespace: .namespace, name: "run:\(run)"))"
  }

  /// One attempt of a run at a datastream.
  static func runID(_ run: String, _ datastream: String, _ number: Int) -> String {
    let words = [run, datastream].map(\.jsonQuoted).joined(separator: ",")
    return "\(Identifier(namespace: .namespace, name: "attempt:[\(words),\(number)]"))"
  }

  private static func range(_ stream: LineageView.Datastream) -> TimeRange? {
    guard let start = stream.outcome["start"]?.timestamp, let end = stream.outcome["end"]?.timestamp else { return nil }
    return TimeRange(start: start, end: end)
  }

  /// What the schema does not ask for: a type that graphs know, and ids that are UUIDs.
  private static func checked(_ event: JSON) throws -> JSON {
    let run = event["run"]?["runId"]?.string ?? ""
    guard Kind(rawValue: event["eventType"]?.string ?? "") != nil, Identifier(run) != nil,
      !(event["job"]?["name"]?.string ?? "").isEmpty
    else { throw IntegrityError(run, "gives no event of OpenLineage", code: .bug) }
    return event
  }
}

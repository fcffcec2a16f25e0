import Core

/// The lineage as W3C PROV, in PROV-JSON (`lineage.md` §4.2).
///
/// An entity is a datastream, an activity a run at a datastream, an agent a tool, a user or who labelled.
/// https://www.w3.org/submissions/prov-json/
struct Provenance {
  private let graph: LineageGraph
  private let story: LineageStory
  private let lake: String

  init(_ graph: LineageGraph, in story: LineageStory, lake: String) {
    (self.graph, self.story, self.lake) = (graph, story, lake)
  }

  var document: JSON {
    var writer = Writer()
    for node in graph.nodes { add(node, to: &writer) }
    var document: JSONObject = [
      "prefix": [
        "av": .string("urn:avtools:lineage#"), "xsd": "http://www.w3.org/2001/XMLSchema#",
      ]
    ]
    for (name, members) in writer.sections where !members.members.isEmpty { document[name] = .object(members) }
    return .object(document)
  }

  private func add(_ node: LineageGraph.Node, to writer: inout Writer) {
    let entity = Self.name("datastream", node.id)
    guard let stream = node.stream else {
      writer.put("entity", entity, ["prov:label": .string(node.id), "av:unknown": true])
      return
    }
    var facts: JSONObject = [
      "prov:label": .string(node.id),
      "prov:type": .string("\(stream.zone)/\(stream.kind)"), "av:path": .string(stream.path),
      "av:measurement": .string(stream.measurement), "av:state": .string(stream.state.rawValue),
      "av:lake": .string(lake),
    ]
    facts["av:digest"] = stream.outcome["digest"]?.string.map(JSON.string)
    writer.put("entity", entity, facts)
    let parents = story.parents(of: node.id)
    for (number, attempt) in (story.attempts[node.id] ?? []).enumerated() {
      add(attempt, number, node.id, entity, parents, to: &writer)
    }
    let maker = story.making(node.id).flatMap { making in
      story.attempts[node.id]?.firstIndex(of: making).map { Self.activity(node.id, $0) }
    }
    for parent in parents {
      var derivation: JSONObject = [
        "prov:generatedEntity": .string(entity), "prov:usedEntity": .string(Self.name("datastream", parent)),
      ]
      derivation["prov:activity"] = maker.map(JSON.string)
      writer.relate("wasDerivedFrom", derivation)
    }
    if let vendor = story.returned[node.id]?["vendor"]?.string {
      let agent = Self.name("agent", vendor)
      writer.put("agent", agent, ["prov:label": .string(vendor), "prov:type": "vendor"])
      writer.relate("wasAttributedTo", ["prov:entity": .string(entity), "prov:agent": .string(agent)])
    }
    if let next = story.successors[node.id] {
      let newer = Self.name("datastream", next)
      if story.view.datastreams[next] == nil { writer.put("entity", newer, ["prov:label": .string(next)]) }
      writer.relate(
        "wasDerivedFrom",
        [
          "prov:generatedEntity": .string(newer), "prov:usedEntity": .string(entity), "prov:type": "prov:Revision",
        ])
    }
    if let time = story.deleted[node.id] {
      writer.relate("wasInvalidatedBy", ["prov:entity": .string(entity), "prov:time": .string("\(time)")])
    }
  }

  private func add(
    _ attempt: LineageStory.Attempt, _ number: Int, _ id: String, _ entity: String, _ parents: [String],
    to writer: inout Writer
  ) {
    let activity = Self.activity(id, number)
    let run = attempt.run.flatMap { story.view.runs[$0] }
    var facts: JSONObject = ["prov:startTime": .string("\(attempt.start)")]
    facts["prov:endTime"] = attempt.end.map { .string("\($0)") }
    facts["av:run"] = attempt.run.map(JSON.string)
    facts["av:outcome"] = .string(attempt.isAbandoned ? "CRASHED" : attempt.state.rawValue)
    facts["av:config"] = run?.facts["config"]?.string.map(JSON.string)
    writer.put("activity", activity, facts)
    for parent in parents {
      let used = Self.name("datastream", parent)
      if story.view.datastreams[parent] == nil { writer.put("entity", used, ["prov:label": .string(parent)]) }
      writer.relate("used", ["prov:activity": .string(activity), "prov:entity": .string(used)])
    }
    if attempt.state.isWhole, let end = attempt.end {
      writer.relate(
        "wasGeneratedBy",
        ["prov:entity": .string(entity), "prov:activity": .string(activity), "prov:time": .string("\(end)")])
    }
    guard let run else { return }
    if let tool = run.facts["tool"]?.string {
      let label = "\(tool) \(run.facts["version"]?.string ?? "")"
      let agent = Self.name("agent", label)
      writer.put("agent", agent, ["prov:label": .string(label), "prov:type": "prov:SoftwareAgent"])
      writer.relate("wasAssociatedWith", ["prov:activity": .string(activity), "prov:agent": .string(agent)])
    }
    if let user = run.facts["user"]?.string {
      let agent = Self.name("agent", "user " + user)
      writer.put("agent", agent, ["prov:label": .string(user), "prov:type": "prov:Person"])
      writer.relate("wasAssociatedWith", ["prov:activity": .string(activity), "prov:agent": .string(agent)])
      if attempt.state.isWhole {
        writer.relate("wasAttributedTo", ["prov:entity": .string(entity), "prov:agent": .string(agent)])
      }
    }
  }

  private static func activity(_ id: String, _ number: Int) -> String { name("attempt", "\(id)/\(number)") }

  /// A qualified name: the id where it is a UUID, else a UUID of it, since names of data are no names of PROV.
  private static func name(_ kind: String, _ id: String) -> String {
    if kind == "datastream", let known = Identifier(id) { return "av:\(known)" }
    return "av:\(Identifier(namespace: .namespace, name: "prov:[\(kind.jsonQuoted),\(id.jsonQuoted)]"))"
  }

  /// The sections of the document, in the order in which people read them.
  private struct Writer {
    private(set) var sections: [(name: String, members: JSONObject)] = [
      "entity", "activity", "agent", "used", "wasGeneratedBy", "wasDerivedFrom", "wasAssociatedWith", "wasAttributedTo",
      "wasInvalidatedBy",
    ].map { ($0, JSONObject()) }
    private var places: Set<String> = []
    private var told: Set<JSONObject> = []

    /// What is known first counts, except that a known entity replaces one that was only named.
    mutating func put(_ section: String, _ name: String, _ facts: JSONObject) {
      guard let index = sections.firstIndex(where: { $0.name == section }) else { return }
      if places.insert("\(section) \(name)").inserted {
        sections[index].members = JSONObject(
          sections[index].members.members + [.init(key: name, value: .object(facts))])
      } else if let old = sections[index].members[name]?.object, old.members.count < facts.members.count {
        sections[index].members[name] = .object(facts)
      }
    }

    /// A relation without a name of its own, once.
    mutating func relate(_ section: String, _ facts: JSONObject) {
      guard let index = sections.firstIndex(where: { $0.name == section }) else { return }
      var keyed = facts
      keyed["section"] = .string(section)
      guard told.insert(keyed).inserted else { return }
      let members = sections[index].members.members
      sections[index].members = JSONObject(
        members + [.init(key: "_:\(section)\(members.count)", value: .object(facts))])
    }
  }
}

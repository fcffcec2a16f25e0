package import Core

/// The lineage as records, one a datastream, and as a tree for people.
package struct LineageRecords {
  private let graph: LineageGraph
  private let story: LineageStory

  package init(_ graph: LineageGraph, in story: LineageStory) { (self.graph, self.story) = (graph, story) }

  /// `datastream` records, parents first: all that is known of each, its `distance` and who made it.
  package var records: [Record] { graph.nodes.map(record) }

  /// One document: nodes as `records` has them, and edges.
  package var document: JSON {
    [
      "schema": "av.lineage/1", "type": "lineage", "nodes": .array(records.map { .object($0.object) }),
      "edges": .array(graph.edges.map { ["parent": .string($0.parent), "child": .string($0.child)] }),
    ]
  }

  private func record(_ node: LineageGraph.Node) -> Record {
    var record = story.view.record(ofDatastream: node.id) ?? Record(.datastream, ["id": .string(node.id)])
    if node.stream == nil { record["unknown"] = true }
    record["parents"] = .array(story.parents(of: node.id).map(JSON.string))
    record["children"] = .array((story.view.children[node.id] ?? []).map(JSON.string))
    record["distance"] = .count(node.distance)
    record["made_by"] = story.maker(of: node.id).map(JSON.object)
    record["deleted"] = story.deleted[node.id].map(JSON.time)
    record["successor"] = story.successors[node.id].map(JSON.string)
    return record
  }

  /// A line a datastream, children below their first parent and further in; `*` marks what was asked for.
  ///
  /// Names are escaped.
  package var text: String {
    var children: [String: [String]] = [:], isChild: Set<String> = []
    for edge in graph.edges {
      children[edge.parent, default: []].append(edge.child)
      isChild.insert(edge.child)
    }
    let nodes = Dictionary(graph.nodes.map { ($0.id, $0) }, uniquingKeysWith: { one, _ in one })
    var lines = "", shown: Set<String> = []
    // A lineage may be thousands of steps deep: no recursion.
    var stack = graph.nodes.filter { !isChild.contains($0.id) }.reversed().map { ($0.id, 0) }
    // In a cycle nothing is the first.
    if stack.isEmpty, let first = graph.nodes.first { stack = [(first.id, 0)] }
    while let (id, level) = stack.popLast() {
      guard let node = nodes[id] else { continue }
      let isNew = shown.insert(id).inserted
      let mark = node.distance == 0 ? "* " : "  "
      lines += mark + String(repeating: "  ", count: min(level, 40)) + (isNew ? line(node) : "\(id.shown) (above)")
      lines += "\n"
      guard isNew else { continue }
      stack += (children[id] ?? []).reversed().map { ($0, level + 1) }
    }
    return lines
  }

  private func line(_ node: LineageGraph.Node) -> String {
    guard node.stream != nil else { return "\(node.id.shown)  not in this lake" }
    var words = [node.lines[0], node.id] + node.lines.dropFirst()
    if let maker = story.maker(of: node.id), let tool = maker["tool"]?.string {
      words.append("by \(tool) \(maker["version"]?.string ?? "")")
    }
    return words.map(\.shown).joined(separator: "  ")
  }
}

extension LineageStory {
  /// Who made a datastream, and when: run, tool, version, user, host, start, end.
  package func maker(of id: String) -> JSONObject? {
    guard let attempt = making(id) else { return nil }
    var maker: JSONObject = [:]
    let run = attempt.run.flatMap { view.runs[$0] }
    for key in ["tool", "version", "user", "host"] { maker[key] = run?.facts[key] }
    maker["run"] = attempt.run.map(JSON.string)
    maker["trace"] = run?.facts["trace"]
    maker["start"] = .time(attempt.start)
    maker["end"] = attempt.end.map(JSON.time)
    return maker
  }
}

/// `av-meta lineage --history`: every event of one thing.
package enum LineageHistory {
  /// Hands over the events as they stand in the log, of each lake that has some; what an id stands for as for lineage.
  package static func read(
    _ text: String, _ lake: Lake, _ scope: LogScope = LogScope(), warning: @escaping (String) -> Void = { _ in },
    _ body: (Record) throws -> Void
  ) throws -> ExitCode {
    let (records, exit) = try LakeFederation(lake, warning: warning).read(scope, readsTables: false) { lakes in
      let (_, subject, _) = try lakes.subject(text)
      return try lakes.flatMap { lake -> [Record] in
        guard let number = try lake.number(of: subject) else { return [] }
        return try lake.history(of: subject, number).map(\.record)
      }
    }
    for record in records { try body(record) }
    return exit
  }
}

import Core

/// A part of the lineage: datastreams, and which were made of which.
package struct LineageGraph: Sendable {
  package enum Direction: String, Sendable { case up, down, both }

  package struct Node: Sendable, Hashable {
    package var id: String
    /// Nil for a parent that no log of these lakes knows.
    package var stream: LineageView.Datastream?
    /// Steps from what was asked for: below zero what it was made of, above zero what was made of it.
    package var distance: Int
    /// How many datastreams it stands for.
    package var count = 1
  }

  package struct Edge: Sendable, Hashable {
    package var parent: String
    package var child: String
  }

  /// Parents before children, as far as there are no cycles.
  package private(set) var nodes: [Node] = []
  package private(set) var edges: [Edge] = []

  init(nodes: [Node] = [], edges: [Edge] = []) { (self.nodes, self.edges) = (nodes, edges) }

  /// What surrounds a subject: at most `depth` steps, all when it is nil.
  ///
  /// Of a measurement it begins with all its datastreams, of a run with those that it worked on.
  package init(
    of subject: LineageView.Subject, in story: LineageStory, _ direction: Direction = .both, depth: Int? = nil
  ) {
    let seeds: [String] =
      switch subject {
      case .datastream(let id): [id]
      case .measurement(let id): story.view.measurements[id]?.datastreams ?? []
      case .run(let run): story.attempts.filter { $0.value.contains { $0.run == run } }.keys.sorted()
      }
    self.init(seeds, in: story, direction, depth: depth)
  }

  init(_ seeds: [String], in story: LineageStory, _ direction: Direction = .both, depth: Int? = nil) {
    var distances: [String: Int] = [:]
    for seed in seeds { distances[seed] = 0 }
    if direction != .down { Self.walk(seeds, &distances, -1, depth) { story.parents(of: $0) } }
    if direction != .up { Self.walk(seeds, &distances, 1, depth) { story.view.children[$0] ?? [] } }
    for id in Self.ordered(distances.keys, story.parents) {
      nodes.append(Node(id: id, stream: story.view.datastreams[id], distance: distances[id] ?? 0))
      // An edge more than once is one.
      for parent in Set(story.parents(of: id)).sorted() where distances[parent] != nil && parent != id {
        edges.append(Edge(parent: parent, child: id))
      }
    }
  }

  private static func walk(
    _ seeds: [String], _ distances: inout [String: Int], _ step: Int, _ depth: Int?, _ next: (String) -> [String]
  ) {
    var front = seeds, distance = 0
    while !front.isEmpty, depth.map({ distance.magnitude < $0 }) ?? true {
      distance += step
      var found: [String] = []
      for id in front {
        for other in next(id) where distances[other] == nil {
          distances[other] = distance
          found.append(other)
        }
      }
      front = found
    }
  }

  /// Parents first, then by when they were created, which the log's ids do not tell; ties by id.
  static func ordered(_ ids: some Sequence<String>, _ parentsOf: (String) -> [String]) -> [String] {
    var waiting: [String: Int] = [:], children: [String: [String]] = [:]
    let all = Set(ids)
    for id in all {
      let parents = Set(parentsOf(id)).filter { all.contains($0) && $0 != id }
      waiting[id] = parents.count
      for parent in parents { children[parent, default: []].append(id) }
    }
    var ready = waiting.filter { $0.value == 0 }.keys.sorted()
    var order: [String] = [], index = 0
    while index < ready.count {
      let id = ready[index]
      index += 1
      order.append(id)
      for child in (children[id] ?? []).sorted() {
        waiting[child, default: 1] -= 1
        if waiting[child] == 0 { ready.append(child) }
      }
    }
    // What is left is in a cycle, which no tool of ours makes.
    let done = Set(order)
    return order + all.filter { !done.contains($0) }.sorted()
  }

  /// The same by zone and kind when there are more nodes than can be looked at, each with how many it stands for.
  package func collapsed(above limit: Int) -> LineageGraph {
    guard nodes.count > limit else { return self }
    var graph = LineageGraph(), groups: [String: String] = [:], places: [String: Int] = [:]
    for node in nodes {
      let key = node.stream.map { "\($0.zone)/\($0.kind)" } ?? "?"
      groups[node.id] = key
      if let place = places[key] {
        graph.nodes[place].count += 1
      } else {
        places[key] = graph.nodes.count
        graph.nodes.append(Node(id: key, stream: node.stream, distance: node.distance))
      }
    }
    var seen: Set<Edge> = []
    for edge in edges {
      guard let parent = groups[edge.parent], let child = groups[edge.child], parent != child else { continue }
      if seen.insert(Edge(parent: parent, child: child)).inserted {
        graph.edges.append(Edge(parent: parent, child: child))
      }
    }
    return graph
  }
}

extension LineageGraph.Node {
  /// What a box of a picture says, line by line.
  var lines: [String] {
    guard let stream else { return ["not in this lake", String(id.prefix(8))] }
    let title = stream.kind == stream.zone || stream.kind.isEmpty ? stream.zone : "\(stream.zone)/\(stream.kind)"
    guard count == 1 else { return [title, "\(Measure.brief(count: Int64(count))) datastreams"] }
    var amounts: [String] = []
    if let rows = stream.outcome["rows"]?.integer { amounts.append("\(Measure.brief(count: rows)) rows") }
    if let files = stream.outcome["files"]?.integer, amounts.isEmpty {
      amounts.append("\(Measure.brief(count: files)) files")
    }
    if let bytes = stream.outcome["bytes"]?.integer { amounts.append(Measure.brief(size: bytes) + "B") }
    return [title] + (amounts.isEmpty ? [] : [amounts.joined(separator: ", ")]) + [stream.state.rawValue]
  }

  /// What a picture colours: how far the datastream is.
  var tone: Tone {
    guard let stream else { return .unknown }
    guard count == 1 else { return .whole }
    switch stream.state {
    case .copyComplete, .completed: return .whole
    case .failed: return .failed
    case .archived, .deleted, .superseded: return .gone
    case .created, .startCopy, .processing: return .working
    }
  }

  enum Tone: String, CaseIterable { case whole, working, failed, gone, unknown }
}

import Core

extension LineageGraph {
  /// All datastreams of some lakes, by zone and kind.
  init(kindsOf lakes: [IndexSnapshot]) throws {
    var groups: [String: Node] = [:], parents: [String: Set<String>] = [:]
    for lake in lakes {
      let found = try lake.database.query("SELECT zone, kind, count(*), min(no) FROM datastream GROUP BY zone, kind")
      while try found.next() {
        let key = Self.key(found, 0)
        // One stands for all of them; what a picture says of one alone is its own.
        let stream = try found.integer(3).flatMap { try lake.view(of: [$0]).datastreams.values.first }
        groups[key, default: Node(id: key, stream: stream, distance: 0, count: 0)].count += Int(found.integer(2) ?? 0)
      }
      let edges = try lake.database.query(
        """
        SELECT DISTINCT p.zone, p.kind, c.zone, c.kind FROM edge e CROSS JOIN datastream c ON c.no = e.child \
        CROSS JOIN datastream p ON p.no = e.parent
        """)
      while try edges.next() { parents[Self.key(edges, 2), default: []].insert(Self.key(edges, 0)) }
    }
    var unknown: Set<String> = []
    for (child, id) in try Self.crossing(lakes) {
      let key = try lakes.lazy.compactMap { try Self.key(of: id, in: $0) }.first
      if key == nil { unknown.insert(id) }
      parents[child, default: []].insert(key ?? "?")
    }
    if !unknown.isEmpty { groups["?"] = Node(id: "?", stream: nil, distance: 0, count: unknown.count) }
    var nodes: [Node] = [], edges: [Edge] = []
    for key in Self.ordered(groups.keys, { Array(parents[$0] ?? []) }) {
      if let node = groups[key] { nodes.append(node) }
      for parent in (parents[key] ?? []).sorted() where parent != key { edges.append(Edge(parent: parent, child: key)) }
    }
    self.init(nodes: nodes, edges: edges)
  }

  private static func key(_ row: Statement, _ column: Int32) -> String {
    "\(row.text(column) ?? "")/\(row.text(column + 1) ?? "")"
  }

  /// Parents that the lake of a child does not have, and the zone and kind of the child.
  private static func crossing(_ lakes: [IndexSnapshot]) throws -> [(child: String, parent: String)] {
    var found: [(child: String, parent: String)] = []
    for lake in lakes {
      let edges = try lake.database.query(
        """
        SELECT DISTINCT c.zone, c.kind, s.id FROM edge e CROSS JOIN datastream c ON c.no = e.child \
        CROSS JOIN subject s ON s.no = e.parent WHERE NOT EXISTS (SELECT 1 FROM datastream p WHERE p.no = e.parent)
        """)
      while try edges.next() { found.append((key(edges, 0), edges.text(2) ?? "")) }
    }
    return found
  }

  private static func key(of id: String, in lake: IndexSnapshot) throws -> String? {
    guard let number = try lake.number(of: IndexSubject(kind: .datastream, id: id)) else { return nil }
    let found = try lake.database.query("SELECT zone, kind FROM datastream WHERE no = ?1", [.integer(number)])
    return try found.next() ? key(found, 0) : nil
  }
}

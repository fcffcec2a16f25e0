/// Where the nodes of a directed graph go so that arrows lead from left to right and cross seldom (Sugiyama's method).
///
/// A node's layer is the longest path to it. An arrow over several layers gets a place in each, so that it passes between
/// the nodes; two sweeps put every node at the median of its neighbours.
struct LayeredLayout {
  /// A node's layer and its row in the layer.
  struct Place: Equatable {
    var layer: Int
    var row: Double
  }

  /// One a node.
  let places: [Place]
  /// The rows that each edge passes, a layer each, from its parent's to its child's; empty for an edge that is left out
  /// because it closes a cycle.
  let routes: [[Place]]
  let layers: Int
  let rows: Int

  private static let sweeps = 2
  /// Long edges are drawn straight above so many places, so that a hostile graph takes no memory.
  private static let mostPlaces = 20_000

  /// `edges` are pairs of numbers of nodes.
  init(nodes: Int, edges: [(parent: Int, child: Int)]) {
    let (forward, layer) = Self.layered(nodes, edges)
    // Virtual nodes follow the real ones.
    var layerOf = layer, chains: [[Int]] = []
    for (index, edge) in edges.enumerated() {
      guard forward[index] else {
        chains.append([])
        continue
      }
      var chain = [edge.parent]
      let steps = layer[edge.parent] + 1..<max(layer[edge.parent] + 1, layer[edge.child])
      if layerOf.count + steps.count <= nodes + Self.mostPlaces {
        for step in steps {
          chain.append(layerOf.count)
          layerOf.append(step)
        }
      }
      chains.append(chain + [edge.child])
    }
    var before = Array(repeating: [Int](), count: layerOf.count), after = before
    for chain in chains {
      for (one, next) in zip(chain, chain.dropFirst()) {
        before[next].append(one)
        after[one].append(next)
      }
    }
    let count = (layerOf.max() ?? -1) + 1
    var order = Array(repeating: [Int](), count: count)
    for node in layerOf.indices { order[layerOf[node]].append(node) }
    var row = Array(repeating: 0.0, count: layerOf.count)
    func number(_ layer: Int) {
      for (index, node) in order[layer].enumerated() { row[node] = Double(index) }
    }
    for layer in order.indices { number(layer) }
    func sort(_ layer: Int, by neighbours: [[Int]]) {
      let keys = order[layer].map { node in (node, Self.median(neighbours[node].map { row[$0] }) ?? row[node]) }
      order[layer] = keys.enumerated().sorted {
        ($0.element.1, $0.offset) < ($1.element.1, $1.offset)
      }.map(\.element.0)
      number(layer)
    }
    for _ in 0..<Self.sweeps {
      for layer in order.indices.dropFirst() { sort(layer, by: before) }
      for layer in order.indices.dropLast().reversed() { sort(layer, by: after) }
    }
    let most = order.map(\.count).max() ?? 0
    // Shorter layers are centred.
    for layer in order.indices {
      let shift = Double(most - order[layer].count) / 2
      for node in order[layer] { row[node] += shift }
    }
    places = (0..<nodes).map { Place(layer: layerOf[$0], row: row[$0]) }
    routes = chains.map { chain in chain.map { Place(layer: layerOf[$0], row: row[$0]) } }
    (layers, rows) = (count, most)
  }

  /// Which edges lead on, and each node's layer; edges that close a cycle do not count.
  private static func layered(_ nodes: Int, _ edges: [(parent: Int, child: Int)]) -> (forward: [Bool], layer: [Int]) {
    var waiting = Array(repeating: 0, count: nodes), children = Array(repeating: [Int](), count: nodes)
    for edge in edges where edge.parent != edge.child {
      waiting[edge.child] += 1
      children[edge.parent].append(edge.child)
    }
    var layer = Array(repeating: 0, count: nodes), rank = Array(repeating: Int.max, count: nodes)
    var ready = (0..<nodes).filter { waiting[$0] == 0 }, index = 0, next = 0
    while next < nodes {
      if index == ready.count {
        // Only cycles are left: the first of them begins anyway.
        while next < nodes, rank[next] != Int.max { next += 1 }
        guard next < nodes else { break }
        ready.append(next)
      }
      let node = ready[index]
      index += 1
      guard rank[node] == Int.max else { continue }
      rank[node] = index
      for child in children[node] where rank[child] == Int.max {
        layer[child] = max(layer[child], layer[node] + 1)
        waiting[child] -= 1
        if waiting[child] == 0 { ready.append(child) }
      }
    }
    return (edges.map { $0.parent != $0.child && layer[$0.parent] < layer[$0.child] }, layer)
  }

  private static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted(), middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

import Core

/// Shortest routes over a network, each search bounded and kept for the next fix.
struct RouteSearch {
  private static let mostKept = 1 << 21

  private let network: RoadNetwork
  private var trees: [UInt32: Tree] = [:]
  private var kept = 0
  /// Of the search that runs: per node, valid where `round` is its number.
  private var distances: [Double]
  private var via: [UInt32]
  private var round: [UInt32]
  private var rounds: UInt32 = 0

  /// All nodes within `limit` of a node, in order of their numbers, and by which edge each is reached.
  private struct Tree {
    var limit: Double
    var nodes: [UInt32]
    var distances: [Double]
    var via: [UInt32]

    func index(of node: UInt32) -> Int? {
      let low = nodes.indices.bisect { nodes[$0] >= node }
      return low < nodes.count && nodes[low] == node ? low : nil
    }
  }

  init(_ network: RoadNetwork) {
    self.network = network
    distances = Array(repeating: 0, count: network.nodeIDs.count)
    via = Array(repeating: 0, count: network.nodeIDs.count)
    round = Array(repeating: 0, count: network.nodeIDs.count)
  }

  /// Metres from a place of an edge to one of another, or the same; nil where no route is as short as `limit`.
  ///
  /// On the same edge, a place at most `reverse` metres back is no way at all: noise moved the fix.
  mutating func distance(from a: RoadCandidate, to b: RoadCandidate, limit: Double, reverse: Double) -> Double? {
    if let same = Self.distanceOnEdge(a, b, reverse: reverse) { return same <= limit ? same : nil }
    let rest = network.length(a.edge) - a.offset + b.offset
    guard rest <= limit else { return nil }
    let tree = tree(from: network.end(a.edge), limit: limit)
    guard let index = tree.index(of: network.start(b.edge)) else { return nil }
    let route = rest + tree.distances[index]
    return route <= limit ? route : nil
  }

  /// The edges after a's up to b's and with it; none where it goes on on the same edge.
  mutating func edges(from a: RoadCandidate, to b: RoadCandidate, limit: Double, reverse: Double) -> [RoadNetwork.Edge]
  {
    if Self.distanceOnEdge(a, b, reverse: reverse) != nil { return [] }
    let tree = tree(from: network.end(a.edge), limit: limit)
    var edges = [b.edge]
    var node = network.start(b.edge)
    while node != network.end(a.edge), let index = tree.index(of: node) {
      let edge = RoadNetwork.Edge(number: Int(tree.via[index]))
      edges.append(edge)
      node = network.start(edge)
    }
    return edges.reversed()
  }

  private static func distanceOnEdge(_ a: RoadCandidate, _ b: RoadCandidate, reverse: Double) -> Double? {
    guard a.edge == b.edge else { return nil }
    if b.offset >= a.offset { return b.offset - a.offset }
    return a.offset - b.offset <= reverse ? 0 : nil
  }

  private mutating func tree(from node: UInt32, limit: Double) -> Tree {
    if let tree = trees[node], tree.limit >= limit { return tree }
    // Somewhat farther than asked, so that the next fix finds it.
    let tree = search(from: node, limit: (limit / 250).rounded(.up) * 250)
    if kept > Self.mostKept {
      trees.removeAll()
      kept = 0
    }
    kept += tree.nodes.count
    trees[node] = tree
    return tree
  }

  /// Dijkstra's algorithm; of routes as long, the one whose last edge has the lower number.
  private mutating func search(from start: UInt32, limit: Double) -> Tree {
    rounds += 1
    var heap = DistanceHeap()
    var settled: [UInt32] = []
    distances[Int(start)] = 0
    round[Int(start)] = rounds
    via[Int(start)] = .max
    heap.push(0, start)
    while let (distance, node) = heap.pop() {
      guard distance == distances[Int(node)], distance <= limit else { continue }
      settled.append(node)
      for at in Int(network.firstLeaving[Int(node)])..<Int(network.firstLeaving[Int(node) + 1]) {
        let edge = RoadNetwork.Edge(number: Int(network.leaving[at]))
        let next = Int(network.end(edge)), sum = distance + network.length(edge)
        guard sum <= limit else { continue }
        if round[next] != rounds || sum < distances[next] {
          round[next] = rounds
          distances[next] = sum
          via[next] = UInt32(edge.number)
          heap.push(sum, UInt32(next))
        } else if sum == distances[next], next != Int(start), sum > distance {
          via[next] = min(via[next], UInt32(edge.number))
        }
      }
    }
    settled.sort()
    return Tree(
      limit: limit, nodes: settled, distances: settled.map { distances[Int($0)] }, via: settled.map { via[Int($0)] })
  }
}

/// The nearest first; of equal ones the node with the lower number.
private struct DistanceHeap {
  private var items: [(distance: Double, node: UInt32)] = []

  mutating func push(_ distance: Double, _ node: UInt32) {
    items.append((distance, node))
    var child = items.count - 1
    while child > 0, items[child] < items[(child - 1) / 2] {
      items.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> (distance: Double, node: UInt32)? {
    guard let first = items.first else { return nil }
    items.swapAt(0, items.count - 1)
    items.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < items.count && items[child] < items[least] {
        least = child
      }
      if least == parent { return first }
      items.swapAt(parent, least)
      parent = least
    }
  }
}

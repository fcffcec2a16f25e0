import Core

/// Where a node is, in units of 1e-7 degrees: as OpenStreetMap keeps it, about 11 mm.
package struct MapPosition: Sendable, Hashable {
  package static let unit = 1e-7

  package var latitude: Int32
  package var longitude: Int32

  package init(latitude: Int32, longitude: Int32) {
    self.latitude = latitude
    self.longitude = longitude
  }

  /// Nil for what is no place on Earth.
  package init?(latitude: Double, longitude: Double) {
    guard abs(latitude) <= 90, abs(longitude) <= 180 else { return nil }
    self.latitude = Int32((latitude * 1e7).rounded())
    self.longitude = Int32((longitude * 1e7).rounded())
  }

  package var degrees: (latitude: Double, longitude: Double) {
    (Double(latitude) / 1e7, Double(longitude) / 1e7)
  }
}

/// A box of the map; its west is west of its east.
package struct MapBox: Sendable, Equatable {
  package var south: Int32, west: Int32, north: Int32, east: Int32

  package init(south: Int32, west: Int32, north: Int32, east: Int32) {
    self.south = south
    self.west = west
    self.north = north
    self.east = east
  }

  package func contains(_ place: MapPosition) -> Bool {
    (south...max(south, north)).contains(place.latitude) && (west...max(west, east)).contains(place.longitude)
  }

  /// The bounds of a track and `margin` metres around; nil without a valid position, and where it would meet the
  /// antimeridian or a pole: all of the map is needed then.
  package init?(around latitudes: [Double], _ longitudes: [Double], margin: Double = 2000) {
    let places = zip(latitudes, longitudes).filter(MapTrack.isPlace)
    guard let south = places.map(\.0).min(), let north = places.map(\.0).max(), let west = places.map(\.1).min(),
      let east = places.map(\.1).max()
    else { return nil }
    let up = margin / MapMetric.metersPerDegree
    let aside = up / max(0.01, MapMetric.cosine(max(abs(south), abs(north))))
    guard let first = MapPosition(latitude: south - up, longitude: west - aside),
      let last = MapPosition(latitude: north + up, longitude: east + aside)
    else { return nil }
    self.init(south: first.latitude, west: first.longitude, north: last.latitude, east: last.longitude)
  }
}

/// The tags of an element, in the file's order.
package struct OSMTags: Sendable, Equatable {
  package var pairs: [(key: String, value: String)] = []

  package init(_ pairs: [(key: String, value: String)] = []) { self.pairs = pairs }

  package subscript(key: String) -> String? { pairs.first { $0.key == key }?.value }

  package static func == (left: OSMTags, right: OSMTags) -> Bool {
    left.pairs.elementsEqual(right.pairs) { $0 == $1 }
  }
}

package struct OSMNode: Sendable, Equatable {
  package var id: Int64
  package var position: MapPosition
  /// Its `highway` tag, such as `traffic_signals`.
  package var highway: String?

  package init(id: Int64, position: MapPosition, highway: String? = nil) {
    self.id = id
    self.position = position
    self.highway = highway
  }
}

package struct OSMWay: Sendable, Equatable {
  package var id: Int64
  package var nodes: [Int64]
  package var tags: OSMTags

  package init(id: Int64, nodes: [Int64], tags: OSMTags) {
    self.id = id
    self.nodes = nodes
    self.tags = tags
  }
}

/// Some elements of a map file, in its order.
package struct OSMBlock: Sendable {
  package var nodes: [OSMNode] = []
  package var ways: [OSMWay] = []
  package var counts = OSMCounts()

  package init() {}
}

/// How many elements were met, wanted or not.
package struct OSMCounts: Sendable, Equatable {
  package var nodes = 0, ways = 0, relations = 0
  /// Node references of all ways.
  package var references = 0

  package init() {}

  package static func += (left: inout OSMCounts, right: OSMCounts) {
    left.nodes += right.nodes
    left.ways += right.ways
    left.relations += right.relations
    left.references += right.references
  }
}

/// Which elements a pass over a file delivers.
package struct OSMSelection: Sendable {
  package enum Nodes: Sendable { case none, all, inside(MapBox), among(NodeSet) }
  package enum Ways: Sendable { case none, all, roads(RoadRules, touching: NodeSet?) }

  package var nodes: Nodes
  package var ways: Ways

  package init(nodes: Nodes = .none, ways: Ways = .none) {
    self.nodes = nodes
    self.ways = ways
  }

  package func includes(_ node: OSMNode) -> Bool {
    switch nodes {
    case .none: false
    case .all: true
    case .inside(let box): box.contains(node.position)
    case .among(let set): set.index(of: node.id) != nil
    }
  }

  package func includes(_ way: OSMWay) -> Bool {
    switch ways {
    case .none: false
    case .all: true
    case .roads(let rules, let near):
      rules.isDrivable(way.tags) && (near.map { set in way.nodes.contains { set.index(of: $0) != nil } } ?? true)
    }
  }
}

/// Node ids, in order, each once.
package struct NodeSet: Sendable {
  package private(set) var ids: [Int64]

  package init(_ ids: [Int64]) {
    var sorted = ids
    sorted.sort()
    var kept = 0
    for index in sorted.indices where index == 0 || sorted[index] != sorted[kept - 1] {
      sorted[kept] = sorted[index]
      kept += 1
    }
    sorted.removeLast(sorted.count - kept)
    self.ids = sorted
  }

  package func index(of id: Int64) -> Int? {
    let low = ids.indices.bisect { ids[$0] >= id }
    return low < ids.count && ids[low] == id ? low : nil
  }
}

package import Core

extension RoadNetwork {
  /// Reads the roads of a map: OSM PBF, OSM XML (also gzip) or GeoJSON, told by its first bytes.
  ///
  /// A way is kept whole if one of its nodes is in the box. Throws `MapError`, `SystemError`.
  package init(
    _ file: FileReader, rules: RoadRules = RoadRules(), box: MapBox? = nil, metric: MapMetric = .sphere, jobs: Int = 1
  ) throws {
    var assembly: RoadAssembly
    switch try MapFormat(file) {
    case .pbf:
      let map = try OSMPBF(file)
      assembly = try RoadAssembly(rules: rules, box: box) { try map.read($0, jobs: jobs, $1) }
    case .xml:
      let map = OSMXML(file)
      assembly = try RoadAssembly(rules: rules, box: box) { try map.read($0, $1) }
    case .geoJSON: assembly = try RoadAssembly(GeoJSONRoads(file), rules: rules, box: box)
    }
    assembly.metric = metric
    guard let network = assembly.network() else {
      throw MapError(file.path, "the map", at: 0, "has more roads than can be held; a smaller box is needed")
    }
    try file.checkUnchanged()
    self = network
  }
}

/// How a map file is written.
package enum MapFormat: Sendable {
  case pbf, xml, geoJSON

  package init(_ file: FileReader) throws {
    let start = try file.bytes(at: 0, count: min(64, file.count))
    if OSMPBF.recognises(start) {
      self = .pbf
      return
    }
    let text = try UnpackedInput.start(of: file)
    switch text.first(where: { !XMLText.isBlank($0) && ![0xef, 0xbb, 0xbf].contains($0) }) {
    case UInt8(ascii: "<"): self = .xml
    case UInt8(ascii: "{"): self = .geoJSON
    default:
      throw MapError(
        file.path, "the map", at: 0, "is neither OSM PBF, OSM XML nor GeoJSON", code: .unknownFormat)
    }
  }
}

extension UnpackedInput {
  /// The first bytes; a gzip stream that is damaged there starts with nothing.
  fileprivate static func start(of file: FileReader) throws -> [UInt8] {
    do { return try UnpackedInput(file).next() } catch is CodecError { return [] }
  }
}

extension RoadAssembly {
  /// Two passes, for roads and for their nodes; with a box one before them, for the nodes in it.
  ///
  /// So memory holds the roads of the box, however large the file is.
  init(
    rules: RoadRules, box: MapBox?, _ read: (OSMSelection, (OSMBlock) throws -> Void) throws -> Void
  ) throws {
    self.init()
    var near: NodeSet?
    if let box {
      var ids: [Int64] = []
      try read(OSMSelection(nodes: .inside(box))) { ids += $0.nodes.map(\.id) }
      near = NodeSet(ids)
    }
    var nodes: [Int64] = []
    try read(OSMSelection(ways: .roads(rules, touching: near))) { block in
      for way in block.ways {
        let start = nodes.count
        nodes += way.nodes
        lines.append(
          Line(
            way: RoadNetwork.Way(id: way.id, way.tags, &texts), directions: RoadDirections(way.tags),
            references: start..<nodes.count))
      }
    }
    try place(nodes, read)
  }

  /// Finds where the nodes are that the lines refer to.
  private mutating func place(
    _ nodes: [Int64], _ read: (OSMSelection, (OSMBlock) throws -> Void) throws -> Void
  ) throws {
    let set = NodeSet(nodes)
    nodeIDs = set.ids
    positions = Array(repeating: MapPosition(latitude: 0, longitude: 0), count: set.ids.count)
    events = Array(repeating: 0, count: set.ids.count)
    var isPlaced = [Bool](repeating: false, count: set.ids.count)
    try read(OSMSelection(nodes: .among(set))) { block in
      for node in block.nodes {
        guard let index = set.index(of: node.id) else { continue }
        positions[index] = node.position
        events[index] = RoadEvent(highway: node.highway)?.rawValue ?? 0
        isPlaced[index] = true
      }
    }
    references = nodes.map { id in
      set.index(of: id).flatMap { isPlaced[$0] ? Int32(truncatingIfNeeded: $0) : nil } ?? Self.absent
    }
    missing = references.count { $0 == Self.absent }
  }
}

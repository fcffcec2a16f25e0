package import Core

extension RoadNetwork {
  /// Reads the roads of maps, such as of one area each: OSM PBF and OSM XML (also gzip), or GeoJSON, told by their first
  /// bytes.
  ///
  /// They are one network: nodes of one id are one node, and a way that several files have is taken from the first. A way
  /// is kept whole if one of its nodes is in the box. Throws `MapError`, `SystemError`.
  package init(
    _ files: [FileReader], rules: RoadRules = RoadRules(), box: MapBox? = nil, metric: MapMetric = .sphere,
    jobs: Int = 1
  ) throws {
    let formats = try files.map(MapFormat.init)
    var assembly: RoadAssembly
    if formats.contains(.geoJSON) {
      if let other = zip(files, formats).first(where: { $1 != .geoJSON }) {
        throw MapError(
          other.0.path, "the map", at: 0, "is beside GeoJSON, with which it has no nodes in common",
          code: .configuration)
      }
      assembly = try RoadAssembly(GeoJSONRoads(files), rules: rules, box: box)
    } else {
      var maps: [(OSMSelection, (OSMBlock) throws -> Void) throws -> Void] = []
      for (file, format) in zip(files, formats) {
        if format == .pbf {
          let map = try OSMPBF(file)
          maps.append { try map.read($0, jobs: jobs, $1) }
        } else {
          maps.append(OSMXML(file).read)
        }
      }
      assembly = try RoadAssembly(rules: rules, box: box) { selection, take in
        for read in maps { try read(selection, take) }
      }
    }
    assembly.metric = metric
    guard let network = assembly.network() else {
      throw MapError(
        files.first?.path ?? "", "the map", at: 0, "has more roads than can be held; a smaller box is needed")
    }
    for file in files { try file.checkUnchanged() }
    self = network
  }

  /// The roads of one map.
  package init(
    _ file: FileReader, rules: RoadRules = RoadRules(), box: MapBox? = nil, metric: MapMetric = .sphere, jobs: Int = 1
  ) throws {
    try self.init([file], rules: rules, box: box, metric: metric, jobs: jobs)
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
    var nodes: [Int64] = [], seen: Set<Int64> = []
    try read(OSMSelection(ways: .roads(rules, touching: near))) { block in
      for way in block.ways where seen.insert(way.id).inserted {
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

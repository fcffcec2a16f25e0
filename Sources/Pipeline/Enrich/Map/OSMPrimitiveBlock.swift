import Core

/// Some thousand elements of a PBF file, as they are on disk.
///
/// ```
///   PrimitiveBlock {1 StringTable {1 s*}, 2 group*, 17 granularity (100), 19 lat_offset, 20 lon_offset}
///   group          {1 Node*, 2 DenseNodes, 3 Way*, 4 Relation*}
///   Node           {1 id: sint64, 2 keys, 3 vals, 8 lat: sint64, 9 lon: sint64}
///   DenseNodes     {1 id, 8 lat, 9 lon: sint64, differences; 10 keys_vals: (k v)* 0 a node, or empty}
///   Way            {1 id, 2 keys, 3 vals, 8 refs: sint64, differences}
///   degrees        1e-9 * (offset + granularity * value)
/// ```
struct OSMPrimitiveBlock {
  private let bytes: [UInt8]
  private var strings: [Range<Int>] = []
  private var groups: [Range<Int>] = []
  private var granularity: Int64 = 100
  private var latitudeOffset: Int64 = 0
  private var longitudeOffset: Int64 = 0

  init(_ bytes: [UInt8]) throws(ByteCursor.Failure) {
    self.bytes = bytes
    var fields = ProtobufCursor(bytes.bytes)
    while let field = try fields.next() {
      switch field {
      case 1: try readStrings(try fields.range())
      case 2: groups.append(try fields.range())
      case 17: granularity = try fields.integer()
      case 19: latitudeOffset = try fields.integer()
      case 20: longitudeOffset = try fields.integer()
      default: break
      }
    }
  }

  private mutating func readStrings(_ table: Range<Int>) throws(ByteCursor.Failure) {
    let part = bytes[table]
    var fields = ProtobufCursor(part.bytes, at: table.lowerBound)
    while let field = try fields.next() {
      guard field == 1 else { continue }
      let range = try fields.range()
      strings.append(range.lowerBound + table.lowerBound..<range.upperBound + table.lowerBound)
    }
  }

  /// What is selected of the block's elements.
  func elements(_ selection: OSMSelection) throws(ByteCursor.Failure) -> OSMBlock {
    var block = OSMBlock()
    let highway = index(of: "highway")
    for group in groups {
      let part = bytes[group]
      var fields = ProtobufCursor(part.bytes, at: group.lowerBound)
      while let field = try fields.next() {
        switch field {
        case 1:
          block.counts.nodes += 1
          if case .none = selection.nodes { break }
          let node = try node(fields.message(), highway)
          if selection.includes(node) { block.nodes.append(node) }
        case 2: try readDense(fields.message(), highway, selection, &block)
        case 3:
          block.counts.ways += 1
          if case .none = selection.ways { break }
          let way = try way(fields.message(), highway, selection, &block.counts)
          if let way, selection.includes(way) { block.ways.append(way) }
        case 4: block.counts.relations += 1
        default: break
        }
      }
    }
    return block
  }

  private func node(_ input: consuming ProtobufCursor, _ highway: UInt64?) throws(ByteCursor.Failure) -> OSMNode {
    var id: Int64 = 0, latitude: Int64 = 0, longitude: Int64 = 0
    var keys: [UInt64] = [], values: [UInt64] = []
    while let field = try input.next() {
      switch field {
      case 1: id = try input.signed()
      case 2: try input.append(to: &keys)
      case 3: try input.append(to: &values)
      case 8: latitude = try input.signed()
      case 9: longitude = try input.signed()
      default: break
      }
    }
    guard keys.count == values.count else {
      throw input.failure("as many values as keys, not \(values.count) and \(keys.count)")
    }
    var tag: String?
    if let at = keys.firstIndex(where: { $0 == highway }) { tag = try string(values[at], input.offset) }
    return OSMNode(id: id, position: try position(latitude, longitude, input.offset), highway: tag)
  }

  private func readDense(
    _ input: consuming ProtobufCursor, _ highway: UInt64?, _ selection: OSMSelection, _ block: inout OSMBlock
  ) throws(ByteCursor.Failure) {
    var ids: [Int64] = [], latitudes: [Int64] = [], longitudes: [Int64] = [], tags: [UInt64] = []
    while let field = try input.next() {
      switch field {
      case 1: try input.appendDeltas(to: &ids)
      case 8: try input.appendDeltas(to: &latitudes)
      case 9: try input.appendDeltas(to: &longitudes)
      case 10: try input.append(to: &tags)
      default: break
      }
    }
    block.counts.nodes += ids.count
    if case .none = selection.nodes { return }
    guard latitudes.count == ids.count, longitudes.count == ids.count else {
      throw input.failure("\(ids.count) positions, not \(latitudes.count) latitudes and \(longitudes.count) longitudes")
    }
    var at = 0
    for index in ids.indices {
      var tag: UInt64?
      while at < tags.count, tags[at] != 0 {
        guard at + 1 < tags.count else { throw input.failure("a value for the last key of the nodes") }
        if tags[at] == highway { tag = tags[at + 1] }
        at += 2
      }
      guard tags.isEmpty || at < tags.count else { throw input.failure("tags of \(ids.count) nodes, not \(index)") }
      at += 1
      var node = OSMNode(id: ids[index], position: try position(latitudes[index], longitudes[index], input.offset))
      guard selection.includes(node) else { continue }
      if let tag { node.highway = try string(tag, input.offset) }
      block.nodes.append(node)
    }
  }

  /// Nil for a way that cannot be a road where roads are wanted.
  private func way(
    _ input: consuming ProtobufCursor, _ highway: UInt64?, _ selection: OSMSelection, _ counts: inout OSMCounts
  ) throws(ByteCursor.Failure) -> OSMWay? {
    var id: Int64 = 0
    var keys: [UInt64] = [], values: [UInt64] = [], nodes: [Int64] = []
    while let field = try input.next() {
      switch field {
      case 1: id = try input.integer()
      case 2: try input.append(to: &keys)
      case 3: try input.append(to: &values)
      case 8: try input.appendDeltas(to: &nodes)
      default: break
      }
    }
    counts.references += nodes.count
    guard keys.count == values.count else {
      throw input.failure("as many values as keys, not \(values.count) and \(keys.count)")
    }
    if case .roads = selection.ways, !keys.contains(where: { $0 == highway }) { return nil }
    var tags = OSMTags()
    for (key, value) in zip(keys, values) {
      tags.pairs.append((try string(key, input.offset), try string(value, input.offset)))
    }
    return OSMWay(id: id, nodes: nodes, tags: tags)
  }

  private func position(_ latitude: Int64, _ longitude: Int64, _ offset: Int) throws(ByteCursor.Failure) -> MapPosition
  {
    func units(_ value: Int64, _ origin: Int64, _ most: Int64) -> Int32? {
      let (scaled, isTooLarge) = value.multipliedReportingOverflow(by: granularity)
      let (sum, isTooFar) = scaled.addingReportingOverflow(origin)
      guard !isTooLarge, !isTooFar, sum.magnitude <= UInt64(most) * 1_000_000_000 else { return nil }
      // To the nearest, away from zero in the middle.
      return Int32((sum + (sum < 0 ? -50 : 50)) / 100)
    }
    guard let north = units(latitude, latitudeOffset, 90), let east = units(longitude, longitudeOffset, 180) else {
      throw ByteCursor.Failure(
        offset: offset, wanted: "a place on Earth, not \(latitude), \(longitude) times \(granularity)e-9 degrees")
    }
    return MapPosition(latitude: north, longitude: east)
  }

  private func index(of key: String) -> UInt64? {
    strings.firstIndex { bytes[$0].elementsEqual(key.utf8) }.map(UInt64.init)
  }

  private func string(_ index: UInt64, _ offset: Int) throws(ByteCursor.Failure) -> String {
    guard index < UInt64(strings.count) else {
      throw ByteCursor.Failure(offset: offset, wanted: "one of \(strings.count) strings, not number \(index)")
    }
    return String(decoding: bytes[strings[Int(index)]], as: UTF8.self)
  }
}

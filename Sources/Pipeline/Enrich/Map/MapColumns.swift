package import Core

/// What the map says of each sample, as columns of `enriched.parquet`.
package enum MapColumns {
  package static let schema = Schema([
    Field("way_id", .int64, isNullable: true), Field("edge_from", .int64, isNullable: true),
    Field("edge_to", .int64, isNullable: true), Field("offset_m", .float64, isNullable: true, unit: "m"),
    Field("dist_m", .float64, isNullable: true, unit: "m"),
    Field("snapped_lat", .float64, isNullable: true, unit: "deg"),
    Field("snapped_lon", .float64, isNullable: true, unit: "deg"), Field("road_class", .string, isNullable: true),
    Field("road_name", .string, isNullable: true), Field("road_ref", .string, isNullable: true),
    Field("speed_limit_kph", .float64, isNullable: true, unit: "km/h"),
    Field("speed_limit_tag", .string, isNullable: true), Field("lanes", .int32, isNullable: true),
    Field("oneway", .bool, isNullable: true), Field("tunnel", .bool, isNullable: true),
    Field("bridge", .bool, isNullable: true), Field("lit", .bool, isNullable: true),
    Field("surface", .string, isNullable: true), Field("match_prob", .float64, isNullable: true),
    Field("match_break", .bool, isNullable: true), Field("dist_to_signal_m", .float64, isNullable: true, unit: "m"),
    Field("dist_to_stop_m", .float64, isNullable: true, unit: "m"),
    Field("dist_to_crossing_m", .float64, isNullable: true, unit: "m"), Field("intersection", .bool, isNullable: true),
    Field("junction", .string, isNullable: true),
    Field("speed_over_limit_mps", .float64, isNullable: true, unit: "m/s"),
  ])

  /// One row a match, null where there is none; `speeds` in metres a second, NaN where it is not known.
  package static func batch(
    _ matches: [RoadMatch?], speeds: [Double], _ network: RoadNetwork, limits: SpeedLimits = SpeedLimits()
  ) -> Batch {
    var rows = MapRows(count: matches.count, limits: limits)
    for (match, speed) in zip(matches, speeds) { rows.append(match, speed: speed, network) }
    return Batch(schema: schema, columns: rows.columns, count: matches.count)
  }
}

/// Values of the columns, in the schema's order; nil is null.
private struct MapRows {
  private let limits: SpeedLimits
  /// Of limits by their texts, so that each is parsed once.
  private var parsed: [String: Double?] = [:]
  private var integers: [[Int64?]]
  private var numbers: [[Double?]]
  private var words: [[String?]]
  private var lanes: [Int32?] = []
  private var truths: [[Bool?]]

  init(count: Int, limits: SpeedLimits) {
    self.limits = limits
    func empty<Value>(_ columns: Int) -> [[Value?]] {
      (0..<columns).map { _ in
        var column: [Value?] = []
        column.reserveCapacity(count)
        return column
      }
    }
    integers = empty(3)
    numbers = empty(10)
    words = empty(6)
    truths = empty(6)
  }

  mutating func append(_ match: RoadMatch?, speed: Double, _ network: RoadNetwork) {
    let way = match.map { network.way($0.edge) }
    let tag = match.flatMap { network.speedLimit($0.edge) }
    let limit = tag.flatMap { kilometersPerHour($0) }
    let over = limit.flatMap { speed.isFinite ? speed - $0 / 3.6 : nil }
    Self.add(
      [
        way?.id, match.map { network.nodeIDs[Int(network.start($0.edge))] },
        match.map { network.nodeIDs[Int(network.end($0.edge))] },
      ], to: &integers)
    Self.add(
      [
        match?.offset, match?.distance, match?.latitude, match?.longitude, limit, match?.probability, match?.signal,
        match?.stop, match?.crossing, over,
      ], to: &numbers)
    Self.add(
      [way?.roadClass, way?.name, way?.reference, way?.surface, way?.junction].map { $0.flatMap(network.text) } + [tag],
      to: &words)
    lanes.append(way.flatMap { $0.lanes > 0 ? $0.lanes : nil })
    Self.add(
      [way?.isOneWay, way?.isTunnel, way?.isBridge, way?.isLit ?? nil, match?.isBreak, match?.isIntersection],
      to: &truths)
  }

  private mutating func kilometersPerHour(_ tag: String) -> Double? {
    if let known = parsed[tag] { return known }
    let limit = limits.kilometersPerHour(tag)
    parsed[tag] = .some(limit)
    return limit
  }

  private static func add<Value>(_ row: [Value?], to columns: inout [[Value?]]) {
    for (index, value) in row.enumerated() { columns[index].append(value) }
  }

  var columns: [Column] {
    let integers = integers.map { column($0, 0) { .int64($0) } }
    let numbers = numbers.map { column($0, 0) { .float64($0) } }
    let words = words.map { column($0, "") { .text(Texts($0)) } }
    let truths = truths.map { column($0, false) { .bool($0.map { $0 ? 1 : 0 }) } }
    let lanes = column(lanes, 0) { .int32($0) }
    var columns: [Column] = integers
    columns += numbers[0...3]
    columns += words[0...2]
    columns += [numbers[4], words[5], lanes]
    columns += truths[0...3]
    columns += [words[3], numbers[5], truths[4]]
    columns += numbers[6...8]
    columns += [truths[5], words[4], numbers[9]]
    return columns
  }

  private func column<Value>(_ values: [Value?], _ none: Value, _ make: ([Value]) -> Column.Values) -> Column {
    let validity = values.contains { $0 == nil } ? values.map { $0 != nil } : nil
    return Column(make(values.map { $0 ?? none }), validity: validity)
  }
}

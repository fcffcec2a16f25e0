import Core

/// What is known of an object in its sample.
struct PlacedObject: Sendable {
  var group: ObjectGroup
  var lateral = Double.nan
  var isInPath: Bool?

  init(_ object: DetectedObject, in stream: String, _ path: EgoPath?, _ settings: ObjectSettings) {
    group = settings.group(object.name)
    if let cuboid = object.cuboid {
      guard let path else { return }
      lateral = path.lateral(cuboid)
      isInPath = path.contains(cuboid)
    } else if let box = object.box, let area = settings.paths[stream] {
      isInPath = Self.isInside(SIMD2((box.left + box.right) / 2, box.bottom), area)
    }
  }

  private static func isInside(_ point: SIMD2<Double>, _ corners: [SIMD2<Double>]) -> Bool {
    var isInside = false
    for (index, corner) in corners.enumerated() {
      let next = corners[(index + 1) % corners.count]
      guard (corner.y > point.y) != (next.y > point.y) else { continue }
      let x = corner.x + (point.y - corner.y) / (next.y - corner.y) * (next.x - corner.x)
      if point.x < x { isInside.toggle() }
    }
    return isInside
  }
}

/// What the objects of a sample are together.
struct ObjectSummary: Sendable {
  var counts: [Int32]
  var nearest = Double.nan
  var nearestInPath = Double.nan
  var nearestInPathClass: String?
  var timeToCollision = Double.nan
  var headway = Double.nan
  /// From the message to the sample, the greatest.
  var age = 0.0

  /// Columns of counts, and what they count.
  static let counted: [(name: String, isCounted: @Sendable (ObjectGroup) -> Bool)] = [
    ("num_objects", { _ in true }), ("num_vehicles", { $0 == .vehicle }), ("num_vulnerable", { $0.isVulnerable }),
    ("num_pedestrians", { $0 == .pedestrian }), ("num_cyclists", { $0 == .cyclist }),
    ("num_traffic_lights", { $0 == .light }), ("num_traffic_signs", { $0 == .sign }),
  ]

  init(
    _ frames: ArraySlice<ObjectJoin.Frame>, at time: Int64, speed: Double, path: EgoPath?, _ settings: ObjectSettings
  ) {
    counts = Self.counted.map { _ in 0 }
    var closing = Double.nan
    for frame in frames {
      let own = seconds(from: frame.time, to: time)
      if abs(own) >= abs(age) { age = own }
      for (object, speed) in zip(frame.objects, frame.closing) {
        let placed = PlacedObject(object, in: frame.stream, path, settings)
        for (index, column) in Self.counted.enumerated() where column.isCounted(placed.group) { counts[index] += 1 }
        guard let distance = object.distance else { continue }
        if !(distance >= nearest) { nearest = distance }
        if placed.isInPath == true, !(distance >= nearestInPath) {
          (nearestInPath, nearestInPathClass, closing) = (distance, object.name, speed)
        }
      }
    }
    if closing > 0 { timeToCollision = nearestInPath / closing }
    if speed > 0.5 { headway = nearestInPath / speed }
  }
}

/// The rows of `objects.parquet`.
enum ObjectRows {
  private static let numbers: [(name: String, unit: String?)] = [
    ("score", nil), ("x_min", "px"), ("y_min", "px"), ("x_max", "px"), ("y_max", "px"), ("x_m", "m"), ("y_m", "m"),
    ("z_m", "m"), ("length_m", "m"), ("width_m", "m"), ("height_m", "m"), ("yaw_rad", "rad"), ("dist_m", "m"),
    ("lateral_m", "m"),
  ]

  static let schema: Schema = {
    var fields = [
      Field("sample_id", .string), Field("seq", .int64), Field("t_ns", .int64, unit: "ns"), Field("ts", .timestamp),
      Field("stream", .string), Field("object_index", .int32), Field("class", .string), Field("class_group", .string),
    ]
    for (name, unit) in numbers {
      fields.append(Field(name, .float64, isNullable: true, unit: unit))
      if name == "score" { fields.append(Field("track_id", .string, isNullable: true)) }
    }
    return Schema(
      fields + [Field("in_path", .bool, isNullable: true), Field("attributes", .string, isNullable: true)])
  }()

  /// The objects of some samples; `ids` and `times` are of those samples, which begin with number `first`.
  static func batch(
    _ frames: ArraySlice<ObjectJoin.Frame>, _ settings: ObjectSettings, ids: Column, times: [Int64], first: Int,
    path: (Int) -> EgoPath?
  ) -> Batch {
    var rows: [Int] = [], indices: [Int32] = [], words: [[String?]] = Array(repeating: [], count: 5)
    var values = numbers.map { _ in [Double]() }, inPath: [Bool?] = []
    var index: Int32 = 0, last = -1
    for frame in frames {
      let row = frame.sample - first
      if frame.sample != last { (index, last) = (0, frame.sample) }
      for object in frame.objects {
        let placed = PlacedObject(object, in: frame.stream, path(row), settings)
        rows.append(row)
        indices.append(index)
        index += 1
        for (column, word) in [frame.stream, object.name, placed.group.rawValue, object.track, object.attributes]
          .enumerated()
        {
          words[column].append(word)
        }
        let (box, cuboid) = (object.box, object.cuboid)
        let own = [
          object.score, box?.left, box?.top, box?.right, box?.bottom, cuboid?.x, cuboid?.y, cuboid?.z, cuboid?.length,
          cuboid?.width, cuboid?.height, cuboid?.yaw, object.distance, placed.lateral,
        ]
        for (column, value) in own.enumerated() { values[column].append(value ?? .nan) }
        inPath.append(placed.isInPath)
      }
    }
    let instants = rows.map { times[$0] }
    var columns: [Column] = [
      ids.rows(rows), Column(.int64(rows.map { Int64(first + $0) })), Column(.int64(instants)),
      Column(.int64(instants.map(Timestamp.microseconds))), .words(words[0]), Column(.int32(indices)), .words(words[1]),
      .words(words[2]),
    ]
    columns += [.known(values[0]), .words(words[3])] + values.dropFirst().map { Column.known($0) }
    columns += [.flags(inPath), .words(words[4])]
    return Batch(schema: schema, columns: columns, count: rows.count)
  }
}

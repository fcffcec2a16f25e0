import Core

/// Where a measurement was driven, from the GeoJSON track that extraction wrote.
struct LakeTrack: Sendable {
  /// Longitude and latitude in degrees, stretch by stretch, thinned for pictures.
  var lines: [[SIMD2<Double>]] = []
  /// Along all points, before they were thinned.
  var metres = 0.0

  private static let mostBytes = 64 << 20, mostPoints = 240

  /// The longest track of the folder, since several receivers saw the same way; nil where there is none that can be read.
  init?(in folder: Folder) throws {
    var best: LakeTrack?
    var paths: [String] = []
    try folder.walk { path, entry in
      if entry.kind == .file, entry.isText, path.hasSuffix(".geojson"), entry.size <= Self.mostBytes {
        paths.append(path)
      }
      // Tracks are two levels deep at most, frames are many.
      return path.split(separator: "/").count < 3 && !path.hasPrefix("camera") && !path.hasPrefix("lidar")
    }
    for path in paths.sorted().prefix(16) {
      let file = try FileReader(path, in: folder)
      guard let json = try? JSON.parse(file.bytes(at: 0, count: file.count)), let track = LakeTrack(json) else {
        continue
      }
      if best.map({ $0.metres < track.metres }) ?? true { best = track }
    }
    guard let best else { return nil }
    self = best
  }

  /// Of a feature collection of lines and points; nil where it is none.
  init?(_ json: JSON) {
    guard let features = json["features"]?.array else { return nil }
    for feature in features {
      let geometry = feature["geometry"], coordinates = geometry?["coordinates"]?.array ?? []
      let points = (geometry?["type"]?.string == "Point" ? [JSON.array(coordinates)] : coordinates).compactMap(
        Self.point)
      guard !points.isEmpty else { continue }
      for (one, next) in zip(points, points.dropFirst()) {
        metres += EarthPoint(latitude: one.y, longitude: one.x).distance(
          to: EarthPoint(latitude: next.y, longitude: next.x))
      }
      lines.append(points)
    }
    guard !lines.isEmpty else { return nil }
    let count = lines.reduce(0) { $0 + $1.count }
    let step = max(1, count / Self.mostPoints)
    lines = lines.prefix(Self.mostPoints).map { line in
      line.indices.filter { $0 % step == 0 || $0 == line.count - 1 }.map { line[$0] }
    }
  }

  private static func point(_ json: JSON) -> SIMD2<Double>? {
    guard let numbers = json.array, numbers.count >= 2, let x = numbers[0].number, let y = numbers[1].number,
      x.magnitude <= 180, y.magnitude <= 90
    else { return nil }
    return SIMD2(x, y)
  }
}

package import Core

/// A part of the earth that a search is about.
package enum FindArea: Sendable {
  /// Degrees; west is greater than east where it crosses the antimeridian.
  case box(south: Double, west: Double, north: Double, east: Double)
  case circle(latitude: Double, longitude: Double, metres: Double)
  case polygons(FindPolygons)

  struct Box: Sendable, Equatable {
    var south, west, north, east: Double
  }

  /// `west,south,east,north` in degrees, as GeoJSON orders them.
  package init(box text: String) throws(UsageError) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard parts.count == 4, let west = parts[0], let south = parts[1], let east = parts[2], let north = parts[3],
      abs(west) <= 180, abs(east) <= 180, abs(south) <= 90, abs(north) <= 90, south <= north
    else { throw UsageError("'\(text.shown)' is not a box: west,south,east,north in degrees") }
    self = .box(south: south, west: west, north: north, east: east)
  }

  /// `latitude,longitude,radius`, such as `48.1,11.5,500m`.
  package init(near text: String) throws(UsageError) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 3, let latitude = Double(parts[0]), let longitude = Double(parts[1]),
      let metres = Measure.distance(String(parts[2])), abs(latitude) <= 90, abs(longitude) <= 180, metres >= 0,
      metres.isFinite
    else { throw UsageError("'\(text.shown)' is not a circle: latitude,longitude,radius such as 48.1,11.5,500m") }
    self = .circle(latitude: latitude, longitude: longitude, metres: metres)
  }

  /// The beginning of a geohash: a cell that has all places whose geohash begins so.
  package init(geohash text: String) throws(UsageError) {
    let alphabet = Array("0123456789bcdefghjkmnpqrstuvwxyz".utf8)
    guard !text.isEmpty, text.utf8.count <= 12 else { throw UsageError("'\(text.shown)' is not a geohash") }
    var (south, north, west, east) = (-90.0, 90.0, -180.0, 180.0), isLongitude = true
    for letter in text.lowercased().utf8 {
      guard let digit = alphabet.firstIndex(of: letter) else { throw UsageError("'\(text.shown)' is not a geohash") }
      for bit in (0..<5).reversed() {
        let isUpper = digit >> bit & 1 == 1
        if isLongitude {
          if isUpper { west = (west + east) / 2 } else { east = (west + east) / 2 }
        } else {
          if isUpper { south = (south + north) / 2 } else { north = (south + north) / 2 }
        }
        isLongitude.toggle()
      }
    }
    // The cell's northern and eastern edges are the next cell's.
    self = .box(
      south: south, west: west, north: north == 90 ? 90 : north.nextDown, east: east == 180 ? 180 : east.nextDown)
  }

  /// Polygons of a GeoJSON file.
  package init(polygonFile path: String) throws {
    let file = try FileReader(path)
    guard file.count <= 64 << 20 else { throw UsageError("\(path.shown): is longer than 64 MiB") }
    let bytes = try file.bytes(at: 0, count: file.count), json: JSON
    do throws(JSON.Failure) {
      json = try JSON.parse(bytes, limits: JSON.Limits(bytes: max(1, file.count)))
    } catch { throw UsageError("\(path.shown):\(error.line):\(error.column): \(error.problem)") }
    self = .polygons(try FindPolygons(json, path))
  }

  /// One or two boxes that have all of it.
  var boxes: [Box] {
    switch self {
    case .box(let south, let west, let north, let east): return Self.split(south, west, north, east)
    case .circle(let latitude, let longitude, let metres):
      let degrees = metres / EarthPoint.radius * 180 / .pi * 1.000_001
      let (south, north) = (max(-90, latitude - degrees), min(90, latitude + degrees))
      let widest = max(abs(south), abs(north))
      // Around a pole it has all longitudes.
      guard widest < 90 else { return [Box(south: south, west: -180, north: north, east: 180)] }
      let sine = Mathematics.sin(min(.pi / 2, metres / EarthPoint.radius))
      let across = Mathematics.cos(latitude * .pi / 180)
      guard sine < across else { return [Box(south: south, west: -180, north: north, east: 180)] }
      let reach = Mathematics.asin(sine / across) * 180 / .pi * 1.000_001
      let (west, east) = (longitude - reach, longitude + reach)
      return Self.split(south, west < -180 ? west + 360 : west, north, east > 180 ? east - 360 : east)
    case .polygons(let polygons): return polygons.boxes
    }
  }

  private static func split(_ south: Double, _ west: Double, _ north: Double, _ east: Double) -> [Box] {
    guard west > east else { return [Box(south: south, west: west, north: north, east: east)] }
    return [
      Box(south: south, west: west, north: north, east: 180), Box(south: south, west: -180, north: north, east: east),
    ]
  }

  /// Whether a place is in one of the boxes, which have all of the area.
  package func mayContain(latitude: Double, longitude: Double) -> Bool {
    boxes.contains {
      latitude >= $0.south && latitude <= $0.north && longitude >= $0.west && longitude <= $0.east
    }
  }

  package func contains(latitude: Double, longitude: Double) -> Bool {
    switch self {
    case .box: mayContain(latitude: latitude, longitude: longitude)
    case .circle(let north, let east, let metres):
      EarthPoint(latitude: north, longitude: east).distance(
        to: EarthPoint(latitude: latitude, longitude: longitude)) <= metres
    case .polygons(let polygons): polygons.contains(latitude: latitude, longitude: longitude)
    }
  }

  /// Whether any of it lies in a small box, such as a piece of a track.
  func meets(_ box: Box) -> Bool {
    switch self {
    case .box:
      boxes.contains {
        box.south <= $0.north && box.north >= $0.south && box.west <= $0.east && box.east >= $0.west
      }
    case .circle(let latitude, let longitude, _):
      contains(
        latitude: min(max(latitude, box.south), box.north), longitude: min(max(longitude, box.west), box.east))
    case .polygons(let polygons): polygons.meets(box)
    }
  }
}

/// Polygons of GeoJSON: a place is in them when it is in one.
package struct FindPolygons: Sendable {
  private let polygons: [Polygon]

  init(_ json: JSON, _ place: String) throws {
    var found: [Polygon] = []
    let features = json["features"]?.array ?? [json]
    for feature in features {
      found += try Regions.polygons(feature["geometry"] ?? feature, place)
    }
    guard !found.isEmpty else { throw UsageError("\(place.shown): has no polygon") }
    polygons = found
  }

  var boxes: [FindArea.Box] {
    polygons.map {
      FindArea.Box(south: $0.bounds.south, west: $0.bounds.west, north: $0.bounds.north, east: $0.bounds.east)
    }
  }

  func contains(latitude: Double, longitude: Double) -> Bool {
    polygons.contains { $0.contains(latitude: latitude, longitude: longitude) }
  }

  func meets(_ box: FindArea.Box) -> Bool {
    polygons.contains { $0.meets(south: box.south, west: box.west, north: box.north, east: box.east) }
  }
}

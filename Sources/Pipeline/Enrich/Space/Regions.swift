import Core

/// Areas with names, such as countries, of GeoJSON (RFC 7946); a place is in the first that contains it.
package struct Regions: Sendable {
  private struct Area: Sendable {
    var name: String
    var polygons: [Polygon]
  }

  private let areas: [Area]
  private static let largest = 1 << 30

  /// Members of a feature's properties that may hold its name, in order.
  package static let countryKeys = ["country_code", "iso_a2", "ISO_A2", "ISO3166-1-Alpha-2", "ISO3166-1:alpha2"]
  static let areaKeys = ["name", "NAME", "id"]

  /// Takes features with polygons; `key` names the property, else it is the first of `usual` that is there.
  package init(_ bytes: [UInt8], file: String, key: String?, usual: [String]) throws(SourceError) {
    let json: JSON
    do throws(JSON.Failure) { json = try JSON.parse(bytes, limits: JSON.Limits(bytes: Self.largest)) } catch {
      throw SourceError("\(file):\(error.line):\(error.column)", error.problem)
    }
    let features = json["type"]?.string == "Feature" ? [json] : json["features"]?.array ?? []
    var areas: [Area] = []
    for (number, feature) in features.enumerated() {
      let polygons = try Self.polygons(feature["geometry"], "\(file): feature \(number)")
      guard !polygons.isEmpty else { continue }
      let properties = feature["properties"]
      let keys = key.map { [$0] } ?? usual
      // Natural Earth has -99 where there is no code.
      let name =
        keys.lazy.compactMap { properties?[$0]?.string }.first { !$0.isEmpty && $0 != "-99" }
        ?? (key == nil ? feature["id"]?.string : nil)
      guard let name else { continue }
      areas.append(Area(name: name, polygons: polygons))
    }
    guard !areas.isEmpty else {
      throw SourceError(
        file, "has no polygon with a property \((key.map { [$0] } ?? usual).joined(separator: ", "))",
        hint: "say which property is the name", code: .configuration)
    }
    self.areas = areas
  }

  var count: Int { areas.count }

  package func name(latitude: Double, longitude: Double) -> String? {
    areas.first { area in area.polygons.contains { $0.contains(latitude: latitude, longitude: longitude) } }?.name
  }

  static func polygons(_ geometry: JSON?, _ place: String) throws(SourceError) -> [Polygon] {
    guard let geometry else { return [] }
    let coordinates = geometry["coordinates"]?.array ?? []
    var polygons: [Polygon] = []
    switch geometry["type"]?.string {
    case "Polygon": polygons.append(try Polygon(coordinates, place))
    case "MultiPolygon":
      for polygon in coordinates { polygons.append(try Polygon(polygon.array ?? [], place)) }
    case "GeometryCollection":
      for inner in geometry["geometries"]?.array ?? [] where inner["type"]?.string != "GeometryCollection" {
        polygons += try Self.polygons(inner, place)
      }
    default: break
    }
    return polygons
  }
}

/// An area within rings, without what inner rings cut out: a place is in it when a line east of it meets them an odd
/// number of times.
struct Polygon: Sendable {
  private struct Edge: Sendable {
    var south, north: SIMD2<Double>
  }

  private let low, high: SIMD2<Double>
  private let edges: [Edge]
  /// The edges that meet each band of latitude, all bands equally high.
  private let bands: [[Int32]]
  private let height: Double

  /// Rings of [longitude, latitude], closed or not.
  init(_ rings: [JSON], _ place: String) throws(SourceError) {
    var low = SIMD2(Double.infinity, .infinity), high = -low, edges: [Edge] = []
    for ring in rings {
      var points: [SIMD2<Double>] = []
      for position in ring.array ?? [] {
        let parts = position.array ?? []
        guard parts.count >= 2, let x = parts[0].number, let y = parts[1].number, abs(x) <= 540, abs(y) <= 90 else {
          throw SourceError(place, "wanted a longitude and a latitude, found \(position.text.prefix(40))")
        }
        points.append(SIMD2(x, y))
      }
      guard points.count >= 3 else { throw SourceError(place, "a ring has \(points.count) positions, and needs 3") }
      for (index, point) in points.enumerated() {
        let next = points[(index + 1) % points.count]
        low = pointwiseMin(low, point)
        high = pointwiseMax(high, point)
        if point.y != next.y {
          edges.append(point.y < next.y ? Edge(south: point, north: next) : Edge(south: next, north: point))
        }
      }
    }
    (self.low, self.high, self.edges) = (low, high, edges)
    // Edges that are as high as the area gain nothing from bands, and would be in all of them.
    let total = edges.reduce(0) { $0 + $1.north.y - $1.south.y }
    let count = edges.isEmpty || total > 16 * (high.y - low.y) ? 1 : max(1, min(1024, edges.count))
    let height = edges.isEmpty ? 1 : (high.y - low.y) / Double(count)
    var bands: [[Int32]] = Array(repeating: [], count: count)
    func band(_ latitude: Double) -> Int { max(0, min(count - 1, Int((latitude - low.y) / height))) }
    for (index, edge) in edges.enumerated() {
      for number in band(edge.south.y)...band(edge.north.y) { bands[number].append(Int32(truncatingIfNeeded: index)) }
    }
    (self.bands, self.height) = (bands, height)
  }

  var bounds: (south: Double, west: Double, north: Double, east: Double) { (low.y, low.x, high.y, high.x) }

  /// Whether any of it lies in a box.
  func meets(south: Double, west: Double, north: Double, east: Double) -> Bool {
    guard south <= high.y, north >= low.y, west <= high.x, east >= low.x else { return false }
    if contains(latitude: south, longitude: west) || contains(latitude: north, longitude: east) { return true }
    return edges.contains { edge in
      // What is left of an edge within the latitudes of the box.
      let (from, to) = (max(edge.south.y, south), min(edge.north.y, north))
      guard from <= to else { return false }
      let slope = (edge.north.x - edge.south.x) / (edge.north.y - edge.south.y)
      let (one, other) = (edge.south.x + (from - edge.south.y) * slope, edge.south.x + (to - edge.south.y) * slope)
      return max(one, other) >= west && min(one, other) <= east
    }
  }

  func contains(latitude: Double, longitude: Double) -> Bool {
    guard latitude >= low.y, latitude <= high.y, longitude >= low.x, longitude <= high.x else { return false }
    let band = max(0, min(bands.count - 1, Int((latitude - low.y) / height)))
    var isInside = false
    for index in bands[band] {
      let edge = edges[Int(index)]
      guard edge.south.y <= latitude, latitude < edge.north.y else { continue }
      let part = (latitude - edge.south.y) / (edge.north.y - edge.south.y)
      if longitude < edge.south.x + part * (edge.north.x - edge.south.x) { isInside.toggle() }
    }
    return isInside
  }
}

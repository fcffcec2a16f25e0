import Testing

@testable import Core
@testable import Pipeline

private let geo = "geo/golden.csv"

@Test(.enabled(if: GoldenTables.isHere(geo))) func keysAreThoseOfTheTable() throws {
  let rows = try GoldenTables.rows(geo)
  #expect(rows.count == 9)
  for row in rows {
    let latitude = try #require(row["lat"].flatMap(Double.init)),
      longitude = try #require(row["lon"].flatMap(Double.init))
    let hash = Geohash.text(latitude: latitude, longitude: longitude, length: 9)
    #expect(String(decoding: hash, as: UTF8.self) == row["geohash9"])
    let key = Quadkey.text(latitude: latitude, longitude: longitude, zoom: 16)
    #expect(String(decoding: key, as: UTF8.self) == row["quadkey_z16"])
  }
}

@Test func distancesAreThoseOfTheGreatCircle() {
  let quarter = EarthPoint(latitude: 0, longitude: 0).distance(to: EarthPoint(latitude: 0, longitude: 90))
  #expect(abs(quarter - EarthPoint.radius * .pi / 2) < 1e-6)
  let chord = EarthPoint.chord(ofDistance: 50_000)
  #expect(abs(EarthPoint.distance(ofChord: chord) - 50_000) < 1e-6)
  #expect(abs(EarthPoint.bearing(from: (48, 11), to: (49, 11))) < 1e-9)
  #expect(abs(EarthPoint.bearing(from: (0, 11), to: (0, 10)) - 270) < 1e-9)
}

private func regions(_ text: String, key: String? = nil) throws -> Regions {
  try Regions(Array(text.utf8), file: "areas.geojson", key: key, usual: Regions.countryKeys)
}

private let square = """
  {"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"iso_a2": "AA"}, "geometry": {"type": "Polygon", "coordinates": [
      [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]]]}},
    {"type": "Feature", "properties": {"iso_a2": "BB"}, "geometry": {"type": "MultiPolygon", "coordinates": [
      [[[10, 0], [20, 0], [15, 10]]], [[[4, 4], [6, 4], [6, 6], [4, 6]]]]}},
    {"type": "Feature", "properties": {"iso_a2": "-99"}, "geometry": {"type": "Polygon", "coordinates": [
      [[-10, 0], [0, 0], [0, 10]]]}},
    {"type": "Feature", "properties": {}, "geometry": null}]}
  """

@Test func aPlaceIsInTheAreaAroundItAndNotInItsHoles() throws {
  let areas = try regions(square)
  #expect(areas.count == 2)
  #expect(areas.name(latitude: 1, longitude: 1) == "AA")
  #expect(areas.name(latitude: 5, longitude: 5) == "BB")
  #expect(areas.name(latitude: 1, longitude: 15) == "BB")
  #expect(areas.name(latitude: 9, longitude: 11) == nil)
  #expect(areas.name(latitude: 11, longitude: 5) == nil)
  #expect(areas.name(latitude: 1, longitude: -1) == nil)
}

@Test func aRingOfManyPointsIsACircle() throws {
  let points = (0..<5000).map { index -> String in
    let angle = Double(index) / 5000 * 2 * .pi
    return "[\(Mathematics.cos(angle)), \(Mathematics.sin(angle))]"
  }
  let circle = try regions(
    #"{"type":"Feature","properties":{"country_code":"CC"},"geometry":{"type":"Polygon","coordinates":[["#
      + points.joined(separator: ",") + "]]}}")
  var random = Random(7)
  for _ in 0..<2000 {
    let (x, y) = (random.uniform(-1.1, 1.1), random.uniform(-1.1, 1.1))
    let radius = Mathematics.hypot(x, y)
    guard abs(radius - 1) > 1e-6 else { continue }
    #expect((circle.name(latitude: y, longitude: x) != nil) == (radius < 1))
  }
}

@Test func areasThatAreNoneAreErrorsWithTheirPlace() {
  #expect(throws: SourceError("areas.geojson:1:2", "wanted a key in double quotes, found the end")) {
    try regions("{")
  }
  #expect(throws: SourceError.self) { try regions(#"{"features": []}"#) }
  #expect(throws: SourceError.self) { try regions(square, key: "name") }
  #expect(throws: SourceError.self) {
    try regions(
      #"{"type":"Feature","properties":{"iso_a2":"A"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,1e9],[1,0]]]}}"#
    )
  }
}

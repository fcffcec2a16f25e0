import Testing

@testable import Core
@testable import Pipeline

private let solar = "solar/golden.csv"

/// The smallest angle between two directions in the sky, in degrees.
private func apart(_ one: (elevation: Double, azimuth: Double), _ other: (elevation: Double, azimuth: Double)) -> Double
{
  let (a, b) = (one.elevation * .pi / 180, other.elevation * .pi / 180)
  let turn = (one.azimuth - other.azimuth) * .pi / 180
  let cosine =
    Mathematics.sin(a) * Mathematics.sin(b) + Mathematics.cos(a) * Mathematics.cos(b) * Mathematics.cos(turn)
  return Mathematics.acos(max(-1, min(1, cosine))) * 180 / .pi
}

@Test(.enabled(if: GoldenTables.isHere(solar))) func theSunIsWhereTheTableOfTheFormulasHasIt() throws {
  let rows = try GoldenTables.rows(solar)
  #expect(rows.count == 280)
  for row in rows {
    let time = try #require(row["time_utc"].flatMap(Timestamp.init))
    func number(_ name: String) throws -> Double { try #require(row[name].flatMap(Double.init)) }
    let sun = SunPosition(at: time.nanoseconds, latitude: try number("lat"), longitude: try number("lon"))
    #expect(abs(sun.elevation - (try number("noaa_geometric_elev_deg"))) <= 1e-6, "\(row)")
    #expect(abs(sun.refraction - (try number("noaa_refraction_deg"))) <= 1e-6, "\(row)")
    let turn = (sun.azimuth - (try number("noaa_azimuth_deg"))).remainder(dividingBy: 360)
    #expect(abs(turn) <= 1e-6, "\(row)")
    #expect(sun.light.rawValue == row["light"], "\(row)")
    let precise = (try number("spa_elev_deg"), try number("spa_azimuth_deg"))
    #expect(abs(sun.elevation - precise.0) <= 0.02)
    #expect(apart((sun.elevation, sun.azimuth), precise) <= 0.02)
  }
}

@Test func theSunIsInTheSouthAtNoonAndNowhereSpecialAtThePole() {
  let noon = Timestamp("2022-06-21T12:00:00Z")?.nanoseconds ?? 0
  let greenwich = SunPosition(at: noon, latitude: 51.4779, longitude: 0)
  #expect(abs(greenwich.azimuth - 180) < 1)
  #expect(abs(greenwich.elevation - (90 - 51.4779 + 23.44)) < 0.1)
  let pole = SunPosition(at: noon, latitude: 90, longitude: 0)
  #expect(abs(pole.elevation - 23.44) < 0.01)
  #expect(pole.azimuth >= 0 && pole.azimuth < 360)
}

@Test func twilightsBeginWhereTheyAreDefined() {
  #expect(Light(elevation: -0.833) == .day)
  #expect(Light(elevation: -0.8331) == .civilTwilight)
  #expect(Light(elevation: -6) == .civilTwilight)
  #expect(Light(elevation: -12) == .nauticalTwilight)
  #expect(Light(elevation: -18) == .astronomicalTwilight)
  #expect(Light(elevation: -18.001) == .night)
}

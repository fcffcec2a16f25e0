import Testing

@testable import Core
@testable import Pipeline

private let minute: Int64 = 60_000_000_000
private let noon = Timestamp("2022-09-30T12:00:00Z")?.nanoseconds ?? 0
private let home = EarthPoint(latitude: 48, longitude: 11)

/// Metres north of home.
private func north(_ metres: Double) -> EarthPoint {
  EarthPoint(latitude: 48 + metres / EarthPoint.radius * 180 / .pi, longitude: 11)
}

private func observation(_ minutes: Int64, _ values: [WeatherField: Double]) -> WeatherObservation {
  var row = WeatherObservation(time: noon + minutes * minute)
  for (field, value) in values { row[field] = value }
  return row
}

private func station(
  _ rows: [WeatherObservation], name: String = "s", at position: EarthPoint? = home
) -> WeatherStation {
  WeatherStation(name: name, source: "test", position: position, rows)
}

private func join(_ stations: [WeatherStation]) -> WeatherJoin {
  WeatherJoin(stations, maxDistance: 50_000, maxAge: 90 * minute)
}

extension WeatherJoin {
  fileprivate func at(
    _ minutes: Int64, _ position: EarthPoint? = home, isCoarse: Bool = false
  ) -> Result<Match, Refusal> { match(at: noon + minutes * minute, position: position, isCoarse: isCoarse) }

  fileprivate func found(_ minutes: Int64) throws -> Match { try at(minutes).get() }

  fileprivate func miss(_ minutes: Int64, _ position: EarthPoint? = home) -> Miss? {
    if case .failure(let refusal) = at(minutes, position) { refusal.miss } else { nil }
  }
}

@Test func aStationMoreThan50KilometresAwayIsNone() throws {
  let row = observation(0, [.temperature: 1])
  #expect(join([station([row], at: north(51_000))]).miss(0) == .tooFar)
  let near = try join([station([row], at: north(49_999))]).found(0)
  #expect(abs(near.distance - 49_999) < 0.01)
}

@Test func anObservationOlderThan90MinutesIsNone() throws {
  let join = join([station([observation(0, [.temperature: 1])])])
  #expect(join.miss(91) == .tooOld)
  #expect(join.miss(-1) == .tooOld)
  #expect(try join.found(90).age == 5400)
}

@Test func theNextNearestStationStandsInForOneWithoutObservations() throws {
  let join = join([
    station([observation(0, [.temperature: 2])], name: "far", at: north(20_000)),
    station([observation(-200, [.temperature: 1])], name: "near", at: north(1_000)),
  ])
  #expect(try join.found(5).station == 0)
  #expect(try join.found(-150).station == 1)
}

@Test func whatChangesSteadilyIsInterpolatedAndTheRestHeld() throws {
  let fields: [WeatherField: Double] = [.temperature: 10, .pressure: 1000, .windDirection: 100, .wind: 4, .cover: 0]
  let later: [WeatherField: Double] = [.temperature: 20, .pressure: 1010, .windDirection: 200, .wind: 8, .cover: 100]
  let both = try join([station([observation(0, fields), observation(60, later)])]).found(15)
  #expect(both.method == .interpolated)
  #expect(abs(both.observation[.temperature] - 12.5) < 1e-9)
  #expect(abs(both.observation[.pressure] - 1002.5) < 1e-9)
  #expect(both.observation[.windDirection] == 100)
  #expect(both.observation[.wind] == 4)
  #expect(both.observation[.cover] == 0)
  #expect(both.age == 900)
  let alone = try join([station([observation(0, fields), observation(180, later)])]).found(60)
  #expect(alone.method == .held)
  #expect(alone.observation[.temperature] == 10)
}

@Test func precipitationIsThatOfTheHourAndNeverInterpolated() throws {
  let rain = { observation($0, [.temperature: 10, .precipitation: $1]) }
  let join = join([station([rain(-60, 0), rain(0, 4), rain(60, 0), rain(180, 8)])])
  #expect(try join.found(-30).observation[.precipitation] == 4)
  #expect(try join.found(0).observation[.precipitation] == 4)
  #expect(try join.found(1).observation[.precipitation] == 0)
  // The next observation is of an hour that this is not in.
  #expect(try join.found(61).observation[.precipitation].isNaN)
  #expect(try join.found(120).observation[.precipitation] == 8)
}

@Test func aRoadIsWetForAnHourAndSlipperyWhenItFreezes() throws {
  let rain = { observation($0, [.temperature: 10, .precipitation: $1]) }
  let wet = join([station([rain(-60, 0), rain(0, 4), rain(60, 0), rain(120, 0)])])
  #expect(try wet.found(-30).road == "wet")
  #expect(try wet.found(59).road == "wet")
  #expect(try wet.found(61).road == "dry")
  let cold = join([station([observation(0, [.temperature: 0.5, .precipitation: 0.1])])])
  #expect(try cold.found(0).road == "slippery")
  var snow = observation(0, [.temperature: 5])
  snow.state = WeatherState(.snow, .light)
  #expect(try join([station([snow])]).found(0).road == "slippery")
}

@Test func positionsThatAreNotKnownAreTold() throws {
  let row = observation(0, [.temperature: 1])
  #expect(join([station([row])]).miss(0, nil) == .noPosition)
  let nowhere = try join([station([row], at: nil)]).found(0)
  #expect(nowhere.method == .coarse)
  #expect(nowhere.distance.isNaN)
  #expect(try join([station([row])]).at(0, isCoarse: true).get().method == .coarse)
}

import Testing

@testable import Core
@testable import Pipeline

private func read(_ text: String, file: String = "w/10865.csv.gz", _ hints: WeatherHints = WeatherHints()) throws
  -> WeatherContents
{ try WeatherFormat.read(Array(text.utf8), file: file, hints) }

private func at(_ text: String) -> Int64 { Timestamp(text)?.nanoseconds ?? 0 }

/// The same weather as each source writes it: 10 °C, 80 %, 1 mm, 250°, 5 m/s, 10 m/s gusts, rain.
private let meteostat = """
  year,month,day,hour,temp,rhum,prcp,snwd,wdir,wspd,wpgt,pres,tsun,coco,temp_source
  2022,9,30,8,10.0,80,1.0,,250,18.0,36.0,1000.0,,8,isd
  """
private let older = "2022-09-30,8,10.0,,80,1.0,,250,18.0,36.0,1000.0,,8\n"
private let openMeteo = """
  latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation
  48.12,11.58,524.0,7200,Europe/Berlin,CEST

  time,temperature_2m (°F),relative_humidity_2m (%),precipitation (inch),weather_code (wmo code),wind_speed_10m (kn),wind_direction_10m (°),wind_gusts_10m (m/s),surface_pressure (hPa)
  2022-09-30T10:00,50.0,80,0.03937007874015748,63,9.719222462203025,250,10.0,1000.0
  2022-09-30T11:00,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN

  time,sunrise (iso8601)
  2022-09-30,2022-09-30T07:10
  """
private let metar = """
  #DEBUG: what was asked for
  station,valid,lon,lat,tmpf,relh,drct,sknt,p01i,alti,mslp,vsby,gust,skyc1,skyc2,wxcodes
  EDDM,2022-09-30 10:00,11.58,48.12,50.00,80.00,250.00,9.719222462203025,0.03937007874015748,M,1000.0,6.21,19.43844492440605,FEW,BKN,RA
  """

private func check(_ contents: WeatherContents, _ source: String, station: String) throws {
  let only = try #require(contents.stations.first)
  #expect(contents.stations.count == 1)
  #expect(only.source == source)
  #expect(only.name == station)
  let row = try #require(only.observations.first)
  #expect(row.time == at("2022-09-30T08:00:00Z"))
  let wanted: [(WeatherField, Double)] = [
    (.temperature, 10), (.humidity, 80), (.precipitation, 1), (.windDirection, 250), (.wind, 5), (.gust, 10),
    (.pressure, 1000), (.dewPoint, 6.7079),
  ]
  for (field, value) in wanted { #expect(abs(row[field] - value) < 1e-3, "\(field) \(row[field])") }
  #expect(row.state == WeatherState(.rain, .moderate))
  #expect(contents.unknownCodes == 0)
}

@Test func everyFormatWithTheSameWeatherGivesTheSame() throws {
  try check(read(meteostat), "meteostat", station: "10865")
  try check(read(older), "meteostat", station: "10865")
  try check(read(openMeteo, file: "city.csv"), "open-meteo", station: "city")
  var hints = WeatherHints()
  hints.zone = try #require(LocalTime("+02:00"))
  try check(read(metar, file: "asos.txt", hints), "metar", station: "EDDM")
}

@Test func anOffsetHoldsForTheWholeFileAlsoWhereClocksChange() throws {
  // On 2022-10-30 clocks in Berlin went back at 03:00; the file says +7200 and stays with it.
  let text = """
    latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation
    52.5,13.4,40.0,7200,Europe/Berlin,CEST

    time,temperature_2m (°C)
    2022-10-30T01:00,1
    2022-10-30T02:00,2
    2022-10-30T03:00,3
    2022-10-30T04:00,4
    """
  let times = try #require(try read(text, file: "b.csv").stations.first).times
  #expect(times == (0..<4).map { at("2022-10-29T23:00:00Z") + Int64($0) * 3_600_000_000_000 })
}

@Test func severalPlacesAreSeveralStations() throws {
  let text = """
    location_id,latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation
    0,48.0,11.0,500,0,GMT,GMT
    1,49.0,12.0,500,3600,x,x

    location_id,time,temperature_2m (°C)
    0,2022-09-30T00:00,1
    0,2022-09-30T01:00,2
    1,2022-09-30T01:00,3
    1,2022-09-30T02:00,4
    """
  let stations = try read(text, file: "p.csv").stations
  #expect(stations.map(\.name) == ["p/0", "p/1"])
  #expect(
    stations.map(\.times) == Array(repeating: [at("2022-09-30T00:00:00Z"), at("2022-09-30T01:00:00Z")], count: 2))
  #expect(stations[1].position == EarthPoint(latitude: 49, longitude: 12))
}

@Test func aTableWithoutItsFirstBlockNeedsAnOffset() throws {
  let text = "time,temperature_2m (°C)\n2022-09-30T10:00,1\n2022-09-30T11:00,2\n"
  #expect(throws: WeatherError.self) { try read(text, file: "x.csv") }
  var hints = WeatherHints()
  hints.offset = LocalTime("+02:00")
  hints.positions[""] = SIMD2(48, 11)
  let station = try #require(try read(text, file: "x.csv", hints).stations.first)
  #expect(station.times.first == at("2022-09-30T08:00:00Z"))
  #expect(station.position == EarthPoint(latitude: 48, longitude: 11))
}

@Test func missingValuesTracesAndUnknownCodesAreTold() throws {
  let text = """
    station,valid,tmpf,p01i,skyc1,wxcodes
    EDDM,2022-09-30 08:00,M,T,VV ,M
    EDDM,2022-09-30 09:00,M,M,CLR,XX
    EDDM,2022-09-30 10:00,M,M,M,VCTS -SN BR
    """
  let contents = try read(text, file: "a.csv")
  let rows = try #require(contents.stations.first).observations
  #expect(rows[0][.temperature].isNaN)
  #expect(abs(rows[0][.precipitation] - 0.00254) < 1e-12)
  #expect(rows[0].state == WeatherState(.overcast, .absent))
  #expect(rows[1].state == WeatherState(nil, nil))
  #expect(rows[2].state == WeatherState(.snow, .light))
  #expect(contents.unknownCodes == 1)
}

@Test(arguments: [
  ("2022,9,30,8,x,,,,,,,,,,", "w/1.csv:2: wanted a number, found 'x'"),
  ("2022,9,31,8,1,,,,,,,,,,", "w/1.csv:2: has no date and hour"),
  ("2022,9,30", "w/1.csv:2: wanted 15 fields, found 3"),
  ("\"2022", "w/1.csv:2: a quote is not closed"),
])
func rowsThatAreNoneAreErrorsWithTheirLine(line: String, wanted: String) throws {
  let header = meteostat.prefix { $0 != "\n" }
  let error = #expect(throws: WeatherError.self) { try read("\(header)\n\(line)\n", file: "w/1.csv") }
  #expect(error?.description == wanted)
}

@Test func aHeaderOfNoFormatIsRefused() {
  let error = #expect(throws: WeatherError.self) { try read("a,b,c\n1,2,3\n", file: "x.csv") }
  #expect(error?.hint != nil)
  let unit = #expect(throws: WeatherError.self) {
    try read("latitude,longitude,utc_offset_seconds\n1,1,0\n\ntime,visibility (furlong)\n", file: "x.csv")
  }
  #expect(unit?.description == "x.csv:4: 'furlong' is no unit of visibility")
}

@Test func ofObservationsOfOneTimeTheLastCounts() {
  var (one, other) = (WeatherObservation(time: 5), WeatherObservation(time: 5))
  (one[.temperature], other[.temperature]) = (1, 2)
  let station = WeatherStation(name: "s", source: "x", position: nil, [one, other])
  #expect(station.observations.map { $0[.temperature] } == [2])
  #expect(station.duplicates == 1)
}

@Test func groupsOfReportsAreOrderedByTheirHarm() {
  func state(_ text: String, cover: Double? = nil) -> WeatherState {
    var unknown = 0
    return WeatherState(metar: text.split(separator: " ").map(String.init), cover: cover, unknown: &unknown)
  }
  let wanted: [(String, WeatherState)] = [
    ("-RA BR", .init(.rain, .light)), ("+TSRA", .init(.thunderstorm, .heavy)), ("TS", .init(.thunderstorm, .absent)),
    ("FZFG", .init(.freezingFog, .absent)), ("FZDZ", .init(.freezingRain, .moderate)),
    ("-SHSN", .init(.snow, .light)), ("RASN", .init(.sleet, .moderate)), ("GR", .init(.hail, .moderate)),
    ("SQ", .init(.storm, .absent)), ("+FC", .init(.storm, .absent)), ("BR", .init(.mist, .absent)),
    ("FG -DZ", .init(.drizzle, .light)), ("HZ FU", .init(.haze, .absent)), ("TSGR", .init(.thunderstorm, .moderate)),
  ]
  for (text, expected) in wanted { #expect(state(text) == expected, "\(text)") }
  #expect(state("", cover: 0).condition == .clear)
  #expect(state("", cover: 19).condition == .fair)
  #expect(state("", cover: 44).condition == .cloudy)
  #expect(state("", cover: 100).condition == .overcast)
  #expect(state("").condition == nil)
}

@Test func everyCodeOfTheTablesHasAMeaning() {
  for code in 1...27 { #expect(WeatherState(meteostat: code) != nil) }
  for code in [0, 28, -1] { #expect(WeatherState(meteostat: code) == nil) }
  let codes = [
    0, 1, 2, 3, 45, 48, 51, 53, 55, 56, 57, 61, 63, 65, 66, 67, 71, 73, 75, 77, 80, 81, 82, 85, 86, 95, 96, 99,
  ]
  #expect((0...99).filter { WeatherState(wmo: $0) != nil } == codes)
}

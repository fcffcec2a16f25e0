import Testing

@testable import Core
@testable import Pipeline

@Test(arguments: [
  ("km/h", "m/s", 36.0, 10.0), ("kn", "m/s", 1, 1852.0 / 3600), ("mph", "m/s", 1, 0.44704), ("°F", "°C", 50, 10),
  ("K", "°C", 273.15, 0), ("inch", "mm", 1, 25.4), ("SM", "m", 1, 1609.344), ("inHg", "hPa", 1, 33.86389),
  ("deg/s", "rad/s", 180, Double.pi), ("rad", "deg", .pi, 180), ("deg", "rad", 180, .pi), ("%", "1", 50, 0.5),
  ("Pa", "hPa", 101_325, 1013.25), ("g", "m/s2", 1, 9.80665), ("cm", "mm", 2, 20),
])
func unitsBecomeOthersOfTheirQuantity(from: String, to: String, value: Double, wanted: Double) throws {
  let conversion = try #require(UnitConversion(from: from, to: to))
  #expect(abs(conversion(value) - wanted) < 1e-9)
}

@Test func unitsOfOtherQuantitiesAndUnknownOnesAreRefused() {
  #expect(UnitConversion(from: "m/s", to: "deg") == nil)
  #expect(UnitConversion(from: "furlong", to: "m") == nil)
  #expect(Set(Unit.names).count == Unit.names.count)
}

@Test func recordsOfTextMayHoldQuotesCommasAndLines() throws {
  var reader = Delimited(Array("a,\"b, \"\"c\"\"\nd\",\r\n\n\"\",e\n".utf8))
  #expect(try reader.next() == ["a", "b, \"c\"\nd", ""])
  #expect(reader.line == 1)
  #expect(try reader.next() == [""])
  #expect(reader.line == 3)
  #expect(try reader.next() == ["", "e"])
  #expect(try reader.next() == nil)
  var open = Delimited(Array("x\n\"y".utf8))
  _ = try open.next()
  #expect(throws: Delimited.Failure(line: 2)) { try open.next() }
}

@Test func columnsOfTextGetTheNarrowestType() throws {
  let csv = try TextTables.csv(
    Array("i,f,b,s,z,e\n1,1.5,true,x,007,\n-2,2,false,,1,\n".utf8), file: "t.csv")
  #expect(csv.schema.fields.map(\.type) == [.int64, .float64, .bool, .string, .string, .string])
  #expect(csv["s"]?.texts == ["x", nil])
  #expect(csv["e"]?.texts == [nil, nil])
  let lines = try TextTables.jsonLines(
    Array("{\"a\": 1, \"o\": {\"x\": 1.5}}\n\n{\"o\": {\"x\": 2}, \"l\": [1]}\n".utf8), file: "t.jsonl")
  #expect(lines.schema.fields.map(\.name) == ["a", "o.x", "l"])
  #expect(lines.schema.fields.map(\.type) == [.int64, .float64, .string])
  #expect(lines["a"]?.validity == [true, false])
  #expect(lines["l"]?.texts == [nil, "[1]"])
  #expect(throws: SourceError("t.csv:3", "wanted 2 fields, found 1")) {
    try TextTables.csv(Array("a,b\n1,2\n3\n".utf8), file: "t.csv")
  }
  #expect(throws: SourceError.self) { try TextTables.jsonLines(Array("{}\n[1]\n".utf8), file: "t.jsonl") }
}

@Test func textsKeepTheirLettersAndLargeNumbersTheirDigits() throws {
  let csv = try TextTables.csv(
    Array("a,b,c,d,e,f\n1e5,0x10,18446744073709551615,+5,1.5,-0\nx,7,1,6,NaN,2\n".utf8), file: "t.csv")
  #expect(csv["a"]?.texts == ["1e5", "x"])
  #expect(csv["b"]?.texts == ["0x10", "7"])
  #expect(csv["c"]?.texts == ["18446744073709551615", "1"])
  #expect(csv["d"]?.texts == ["+5", "6"])
  #expect(csv["e"]?.numbers?[0] == 1.5)
  #expect(csv["e"]?.numbers?[1].isNaN == true)
  #expect(csv["f"]?.numbers == [0, 2])
  let lines = try TextTables.jsonLines(Array("{\"n\": 18446744073709551615}\n{\"n\": 1}\n".utf8), file: "t.jsonl")
  #expect(lines["n"]?.texts == ["18446744073709551615", "1"])
}

@Test func timesAreOfTheZoneThatIsNamed() throws {
  let berlin = try #require(LocalTime("+02:00"))
  #expect(berlin.instant("2022-09-30T10:00") == Timestamp("2022-09-30T08:00:00Z")?.nanoseconds)
  #expect(berlin.instant("2022-09-30 10:00:30") == Timestamp("2022-09-30T08:00:30Z")?.nanoseconds)
  #expect(berlin.instant("2022-09-30T10:00:00Z") == Timestamp("2022-09-30T10:00:00Z")?.nanoseconds)
  #expect(LocalTime("-0330")?.offset == -12_600)
  for text in ["Europe/Berlin", "+25:00", "+0a:00", "2", ""] { #expect(LocalTime(text) == nil) }
  for text in ["2022-09-30", "10:00", "2022-13-01T00:00", ""] { #expect(berlin.instant(text) == nil) }
}

import Testing

@testable import Artifacts
@testable import Core

private let second: Int64 = 1_000_000_000

private func point(_ time: Int64, _ latitude: Double, _ longitude: Double, _ altitude: Double = 100) -> TrackPoint {
  TrackPoint(
    time: Timestamp(nanoseconds: time), latitude: latitude, longitude: longitude, altitude: altitude)
}

/// The file of some points, and the writer after it.
private func track(_ points: [TrackPoint], gap: Int64 = 2 * second) throws -> (JSON, TrackWriter) {
  let output = MemoryOutput()
  var writer = try TrackWriter(to: output, gap: gap, properties: ["topic": "/fix"])
  for point in points { try writer.write(point) }
  try writer.finish()
  return (try JSON.parse(output.bytes), writer)
}

@Suite struct TrackWriterTests {
  @Test func aTrackIsALineWithPlacesAndTimes() throws {
    let (json, writer) = try track([point(0, 50.25, 8.5), point(second + 5, 50.5, 8.75, 101.125)])
    #expect(
      json.text == """
        {"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"LineString","coordinates":\
        [[8.5,50.25,100],[8.75,50.5,101.125]]},"properties":{"topic":"/fix",\
        "start":"1970-01-01T00:00:00.000000000Z","end":"1970-01-01T00:00:01.000000005Z","points":2,\
        "times":["1970-01-01T00:00:00.000000000Z","1970-01-01T00:00:01.000000005Z"],"t_ns":[0,1000000005]}}]}
        """)
    #expect(writer.points == 2 && writer.stretches == 1 && writer.invalidPoints == 0)
  }

  @Test func aPauseLongerThanTheGapBeginsAnotherStretch() throws {
    let (json, writer) = try track([
      point(0, 1, 1), point(2 * second, 1, 2), point(4 * second + 1, 1, 3), point(5 * second, 1, 4),
      point(9 * second, 1, 5),
    ])
    let features = try #require(json["features"]?.array)
    #expect(features.map { $0["properties"]?["points"]?.integer } == [2, 2, 1])
    #expect(features.map { $0["geometry"]?["type"]?.string } == ["LineString", "LineString", "Point"])
    #expect(features[2]["geometry"]?["coordinates"]?.array?.compactMap(\.number) == [5, 1, 100])
    #expect(writer.stretches == 3 && writer.points == 5)
  }

  @Test func timeThatRunsBackwardsAndTheAntimeridianEndAStretch() throws {
    let (_, back) = try track([point(second, 1, 1), point(0, 1, 2), point(.min, 1, 3), point(.max, 1, 4)])
    #expect(back.stretches == 4)
    let (_, around) = try track([point(0, 1, 179.9), point(1, 1, -179.9)])
    #expect(around.stretches == 2)
  }

  @Test func whatIsNoPlaceIsLeftOutAndCounted() throws {
    var lost = point(second, 2, 2)
    lost.hasFix = false
    let (json, writer) = try track([
      point(0, 1, 1), lost, point(second, .nan, 1), point(second, 91, 1), point(second, 1, -180.5),
      point(second, 1, .infinity), point(2 * second, 1, 2, .nan),
    ])
    #expect(writer.invalidPoints == 5 && writer.points == 2 && writer.stretches == 1)
    let places = json["features"]?.array?[0]["geometry"]?["coordinates"]?.array
    #expect(places?.map { $0.array?.count } == [3, 2])
  }

  @Test func withoutPointsTheFileIsValid() throws {
    #expect(try track([]).0["features"]?.array?.isEmpty == true)
  }

  @Test func timesBeyondWhatANumberHoldsAreText() throws {
    let (json, _) = try track([point(1_664_527_000_000_000_123, 1, 1)])
    #expect(json["features"]?.array?[0]["properties"]?["t_ns"]?.array?[0].string == "1664527000000000123")
  }

  @Test(arguments: [
    (0, "0"), (-0.0, "0"), (8.1, "8.1"), (-8.100000001, "-8.100000001"), (50.12345678949, "50.123456789"),
    (50.12345678951, "50.12345679"), (179.9999999999, "180"), (0.000000001, "0.000000001"), (-0.0000000004, "0"),
    (100, "100"), (1e12, "1000000000000.0"),
  ])
  func aCoordinateHasNineDecimalsAtMostAndNoZerosAtItsEnd(_ value: Double, _ text: String) {
    var bytes: [UInt8] = []
    bytes.append(coordinate: value)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }
}

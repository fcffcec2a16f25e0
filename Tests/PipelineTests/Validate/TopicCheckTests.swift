import Core
import Recordings
import Testing

@testable import Pipeline

@Suite struct TopicCheckTests {
  static let second: Int64 = 1_000_000_000

  /// Ten seconds of a topic at 10 Hz; `at` are the numbers of the messages that are there.
  static func recording(
    _ name: String = "/a", type: String = "sensor_msgs/Imu", at numbers: [Int64] = Array(0...100)
  ) -> RecordingSummary {
    var rhythm = Rhythm()
    rhythm.add(numbers.map { $0 * second / 10 })
    var channel = Channel(name: name, type: type, kind: .structured, messages: numbers.count, range: rhythm.range)
    channel.rhythm = rhythm
    let whole = TimeRange(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 10 * second))
    return RecordingSummary("f.bag", Recording(format: "x", bytes: 1, range: whole, channels: [channel]))
  }

  static func codes(_ topic: String, _ recordings: [RecordingSummary]) throws -> [String] {
    let expected = try ExpectedTopics(JSON.parse(#"{"tolerance":0.1,"max_gap":2.5,"topics":[\#(topic)]}"#))
    return TopicCheck(expected, recordings).findings.map { "\($0.code.rawValue) \($0.severity.rawValue)" }
  }

  @Test func whatIsAsExpectedHasNoFindings() throws {
    #expect(try Self.codes(#"{"topic":"/a","type":"sensor_msgs/msg/Imu","hz":10}"#, [Self.recording()]) == [])
  }

  @Test func aMissingTopicNamesItsNearest() throws {
    let expected = try ExpectedTopics(JSON.parse(#"{"topics":[{"topic":"/imu/dta"},{"topic":"/x/y/data"}]}"#))
    let findings = TopicCheck(expected, [Self.recording("/imu/data")]).findings
    #expect(findings.map(\.code) == [.topic, .topic])
    #expect(findings.map(\.hint) == ["did you mean /imu/data?", "did you mean /imu/data?"])
  }

  @Test func whatIsNotRequiredIsAWarning() throws {
    #expect(try Self.codes(#"{"topic":"/b","required":false}"#, [Self.recording()]) == ["T1 warning"])
  }

  @Test func anotherType() throws {
    #expect(try Self.codes(#"{"topic":"/a","type":"sensor_msgs/Image"}"#, [Self.recording()]) == ["T2 error"])
  }

  @Test(arguments: [(20.0, true), (11.5, true), (10.5, false), (9.5, false), (8.5, true)])
  func aRateBeyondTheTolerance(_ hertz: Double, _ isFound: Bool) throws {
    let codes = try Self.codes(#"{"topic":"/a","hz":\#(hertz)}"#, [Self.recording()])
    #expect(codes == (isFound ? ["T3 error"] : []))
  }

  @Test func whatStopsHalfwayHasHalfItsRate() throws {
    let recording = Self.recording(at: Array(0...50))
    #expect(try Self.codes(#"{"topic":"/a","hz":10}"#, [recording]) == ["T3 error"])
  }

  @Test func aGap() throws {
    let recording = Self.recording(at: Array(0...50) + Array(54...100))
    #expect(try Self.codes(#"{"topic":"/a","hz":10}"#, [recording]) == ["T4 warning"])
    let small = Self.recording(at: Array(0...50) + Array(52...100))
    #expect(try Self.codes(#"{"topic":"/a","hz":10}"#, [small]) == [])
  }
}

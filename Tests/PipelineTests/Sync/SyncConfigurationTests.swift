import Testing

@testable import Core
@testable import Pipeline

private func settings(_ text: String) throws -> SyncSettings {
  try SyncSettings(Configuration(Array(text.utf8), file: "sync.json5"))
}

@Test func aConfigurationIsReadWithAllItsParts() throws {
  let settings = try settings(
    """
    { policy: "nearest", reference: "lidar/top", keyframes: "2Hz", skip_start: "2s", incomplete: "drop",
      streams: { "lidar/top": {required: true}, "camera/*": {tolerance: "25ms", phase: "auto", required: true},
                 "can/*": {policies: {gear: "previous", speed: "linear"}, max_gap: "100ms"},
                 "gps/fix": {policies: {lat: "geodetic", lon: "geodetic", course: "circular"}, clock: "gps-utc"} },
      clocks: { reference: "imu/main", yaw: {"imu/main": "gyro_z", "can/esp": "-yaw_rate_degps",
                "gps/fix": {column: "course", kind: "course", speed: "speed"}}, apply: false } }
    """)
  #expect(settings.keyframes == 500 * millisecond && settings.incomplete == .drop)
  #expect(try settings.rules(for: "camera/a").tolerance == 25 * millisecond)
  #expect(try settings.rules(for: "can/x").policies?.map(\.policy) == [.previous, .linear])
  #expect(try settings.rules(for: "gps/fix").clock == .named(.gpsUTC))
  #expect(settings.clocks.isEstimated && !settings.clocks.isApplied)
  #expect(settings.clocks.signals.map(\.signal.sign) == [1, -1, 1])
  #expect(settings.clocks.signals[2].signal.kind == .course)
}

@Test(arguments: [
  ("{polizy: 'grid'}", "policy"), ("{policy: 'nearst'}", "nearest"), ("{streams: {a: {tolerence: '1s'}}}", "tolerance"),
  ("{streams: {a: {tolerance: '-1s'}}}", "negative"), ("{rate: 0}", "rate"),
  ("{streams: {'a[': {}}}", "pattern"), ("{streams: {a: {clock: 'gps'}}}", "gps-utc"),
  ("{clocks: {yaw: {a: {sign: 1}}}}", "column"), ("{streams: {a: {policies: {x: 'lineer'}}}}", "linear"),
])
func aMistakeInTheConfigurationIsNamed(text: String, part: String) {
  do {
    _ = try settings(text)
    Issue.record("taken: \(text)")
  } catch {
    #expect("\(error)".contains(part) && "\(error)".hasPrefix("sync.json5:1:"), "\(error)")
  }
}

@Test func whateverChangesTheOutputChangesTheDigest() throws {
  let texts = [
    "{}", "{policy: 'exact'}", "{reference: 'a'}", "{rate: 5}", "{keyframes: 2}", "{skip_start: '1s'}",
    "{incomplete: 'pad'}", "{sample_time: 'mid'}", "{approximate: {age_penalty: 0.2}}", "{only: 'a'}",
    "{streams: {a: {required: true}}}", "{streams: {a: {required: false}}}", "{streams: {b: {required: true}}}",
    "{streams: {a: {nature: 'state'}}}", "{streams: {a: {tolerance: '1s'}}}", "{streams: {a: {phase: 'auto'}}}",
    "{streams: {a: {phase: 0}}}", "{streams: {a: {reuse: true}}}", "{streams: {a: {policies: {x: 'nearest'}}}}",
    "{streams: {a: {max_gap: '1s'}}}", "{streams: {a: {max_age: '1s'}}}", "{streams: {a: {time: 'log'}}}",
    "{streams: {a: {clock: '+1s'}}}", "{streams: {a: {timestamp_offset: '1s'}}}",
    "{streams: {a: {required_clock: true}}}", "{clocks: {}}", "{clocks: {apply: true}}",
    "{clocks: {reference: 'a'}}", "{clocks: {yaw: {a: 'x'}}}", "{clocks: {yaw: {a: '-x'}}}", "{columns: '**'}",
    "{columns: '!a'}", "{report: 'html'}",
  ]
  let digests = try texts.map { SyncStage.digest(of: try settings($0)) }
  #expect(Set(digests).count == texts.count)
  #expect(try SyncStage.digest(of: settings("{policy: 'nearest', incomplete: 'keep'}")) == digests[0])
}

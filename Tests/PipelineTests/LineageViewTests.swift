import Core
import Testing

@testable import Pipeline

@Suite struct LineageViewTests {
  @Test func theViewKnowsWhatTheLogSays() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    let view = try fixture.view()
    let measurement = try #require(view.measurements["m1"])
    #expect(measurement.vin == "KA123456")
    #expect(measurement.manifest == "sha256:5f70")
    #expect(measurement.files["a.bag"]?["messages"] == 3)
    #expect(measurement.datastreams == ["raw-m1", "extracted-m1"])
    #expect(measurement.cleared?["files"] == 1)
    let raw = try #require(view.datastreams["raw-m1"])
    #expect(raw.state == .copyComplete)
    #expect(raw.copies["raw/raw-m1/a.bag"] == LineageView.Copy(zone: "raw", bytes: 5, sha256: "aa"))
    #expect(view.children["raw-m1"] == ["extracted-m1"])
    let derived = try #require(view.datastreams["extracted-m1"])
    #expect(derived.state == .completed)
    #expect(derived.parents == ["raw-m1"])
    #expect(derived.outcome == ["digest": "sha256:ab"])
    #expect(view.runs["run-m1"]?.outcome?["outcome"] == "done")
    #expect(view.allConflicts.isEmpty)
  }

  /// What any number of writers wrote, in whatever order their files are read or their lines fall, is one state.
  @Test(arguments: 0..<20) func anyInterleavingOfWritersGivesOneState(_ seed: UInt64) throws {
    var random = Seeded(seed)
    let one = try LineageFixture(), many = try LineageFixture()
    let logs = try (0..<4).map { try many.log("w\($0)") }
    let single = try one.log("single")
    let streams = (0..<5).map { "s\($0)" }
    for stream in streams {
      let event = LineageEvent.datastreamCreated(
        stream, measurement: "m", zone: "extracted", kind: "sensors", path: stream, parents: [], stage: "extract",
        config: "c", outputVersion: 1)
      for log in [single, logs[0]] { try log.append(event, run: nil, .soon) }
    }
    for step in 0..<60 {
      let stream = streams[Int.random(in: 0..<5, using: &random)]
      let states = DatastreamState.allCases.shuffled(using: &random)
      let digest = JSON.string("\(Int.random(in: 0..<2, using: &random))")
      let facts: JSONObject = states[1].isWhole ? ["digest": digest] : [:]
      let events: [LineageEvent] = [
        .datastreamState(stream, Transition(from: states[0], to: states[1]), facts: facts),
        .tag(["datastream": .string(stream)], key: "k\(step % 3)", value: step % 5 == 0 ? nil : "\(step)", source: "t"),
        .measurementUpdated("m", set: ["k\(step % 4)": .count(step)]),
      ]
      let event = events[Int.random(in: 0..<3, using: &random)]
      let run = "r\(step % 3)"
      try single.append(event, run: run, .soon)
      try logs[Int.random(in: 0..<4, using: &random)].append(event, run: run, .soon)
    }
    let (expected, actual) = (try one.view(), try many.view())
    for (id, stream) in expected.datastreams {
      let other = try #require(actual.datastreams[id])
      #expect(other.history == stream.history)
      #expect(other.tags == stream.tags)
      #expect(other.run == stream.run)
      #expect((other.conflict == nil) == (stream.conflict == nil))
      #expect(other.conflict?.problem == stream.conflict?.problem)
    }
    #expect(actual.measurements["m"]?.facts == expected.measurements["m"]?.facts)
  }

  @Test func contradictionsAreKeptAndShown() throws {
    let fixture = try LineageFixture()
    let log = try fixture.fill()
    try log.append(
      [
        .measurementCreated(
          "m1", vin: "X", start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 1), manifest: "other", files: 1),
        .datastreamState("extracted-m1", Transition(from: .processing, to: .completed), facts: ["digest": "sha256:cd"]),
        .datastreamState("nowhere", Transition(from: .created, to: .processing)),
        .datastreamCreated(
          "raw-m1", measurement: "m2", zone: "raw", kind: "raw", path: "p", parents: [], stage: "ingest",
          config: "5f70", outputVersion: 1),
      ], run: "r")
    let view = try fixture.view()
    #expect(view.measurements["m1"]?.vin == "KA123456")
    #expect(view.allConflicts.map(\.subject) == ["datastream.state", "extracted-m1", "m1", "raw-m1"])
    #expect(view.datastreams["extracted-m1"]?.state == .completed)
  }

  @Test func aRetryForgetsTheCopiesOfTheAttemptBefore() throws {
    let fixture = try LineageFixture()
    let log = try fixture.log()
    func copied(_ path: String) -> LineageEvent {
      .fileCopied(measurement: "m", datastream: "d", zone: "raw", path: path, bytes: 1, sha256: "aa")
    }
    try log.append(
      [
        .datastreamCreated(
          "d", measurement: "m", zone: "raw", kind: "raw", path: "raw/1", parents: [], stage: "ingest", config: "c",
          outputVersion: 1),
        .datastreamState("d", Transition(from: .created, to: .startCopy)), copied("raw/1/a"),
        .datastreamState("d", Transition(from: .startCopy, to: .failed), facts: ["error": ["code": "AV-IO-003"]]),
        .datastreamCreated(
          "d", measurement: "m", zone: "raw", kind: "raw", path: "raw/2", parents: [], stage: "ingest", config: "c",
          outputVersion: 1),
        .datastreamState("d", Transition(from: .failed, to: .startCopy)), copied("raw/2/a"),
        .datastreamState("d", Transition(from: .startCopy, to: .copyComplete)),
      ], run: "r")
    let stream = try #require(try fixture.view().datastreams["d"])
    #expect(stream.path == "raw/2")
    #expect(Array(stream.copies.keys) == ["raw/2/a"])
    #expect(stream.conflict == nil)
    #expect(stream.outcome.members.isEmpty)
  }
}

/// Random numbers that can be had again: SplitMix64.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

import Testing

@testable import Core
@testable import Pipeline
@testable import Recordings

private func recording(_ events: [JSON]) -> Recording {
  var recording = Recording(format: "mdf4", bytes: 0)
  recording.facts["events"] = .array(events)
  return recording
}

private func time(_ second: Int) -> String { "2023-11-14T22:13:\(second).000000000Z" }

@Test func rangesAreOneEventAndEventsWithoutATimeAreNone() throws {
  let events = recording([
    ["name": "hill", "type": "marker", "range": "begin", "time": .string(time(20))],
    ["name": "", "type": "start trigger", "time": .string(time(21))],
    ["name": "hill ends", "type": "marker", "range": "end", "begins_at": 0, "time": .string(time(25))],
    ["name": "at an angle", "type": "marker", "value": 3.14],
    // An end of a range that nothing began.
    ["name": "lost", "type": "marker", "range": "end", "begins_at": 17, "time": .string(time(30))],
    // One that ends before it begins.
    ["name": "back", "type": "marker", "range": "begin", "time": .string(time(40))],
    ["name": "back", "type": "marker", "range": "end", "begins_at": 5, "time": .string(time(35))],
  ]).events
  let seconds = events.map { [$0.start, $0.end].map { Int($0.nanoseconds / 1_000_000_000 % 60) } }
  #expect(events.map(\.name) == ["hill", "start trigger", "lost", "back"])
  #expect(seconds == [[20, 25], [21, 21], [30, 30], [40, 40]])
}

@Test func aRecordingWithoutEventsHasNone() {
  #expect(Recording(format: "rosbag", bytes: 0).events.isEmpty)
  #expect(recording([.null, "text", [:]]).events.isEmpty)
}

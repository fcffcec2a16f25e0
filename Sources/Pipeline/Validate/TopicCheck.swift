package import Core
package import Recordings

/// What a validation remembers of a channel.
package struct ChannelSummary: Sendable {
  package var name: String
  package var type: String
  package var messages: Int
  package var range: TimeRange?
  package var rhythm: Rhythm?

  init(_ channel: Channel) {
    (name, type, messages) = (channel.name, channel.type, channel.messages)
    (range, rhythm) = (channel.range, channel.rhythm)
  }
}

/// Expected topics against what is recorded: codes T1 to T4.
struct TopicCheck {
  private(set) var findings: [ValidationFinding] = []

  /// A channel, and the recording that it is in.
  private typealias Place = (channel: ChannelSummary, recording: RecordingSummary)

  init(_ expected: ExpectedTopics, _ recordings: [RecordingSummary]) {
    var places: [String: [Place]] = [:]
    for recording in recordings {
      for channel in recording.channels { places[channel.name, default: []].append((channel, recording)) }
    }
    let names = places.keys.sorted()
    for topic in expected.topics {
      let found = (places[topic.name] ?? []).filter { $0.channel.messages > 0 }
      guard !found.isEmpty else {
        missing(topic, names, isEmpty: places[topic.name] != nil)
        continue
      }
      checkType(topic, found)
      guard let hertz = topic.hertz else { continue }
      checkRate(topic, hertz, expected.tolerance, found)
      checkGaps(topic, hertz, expected.longestGap, found)
    }
  }

  private mutating func missing(_ topic: ExpectedTopics.Topic, _ names: [String], isEmpty: Bool) {
    let near = Self.nearest(to: topic.name, among: names)
    findings.append(
      ValidationFinding(
        topic.isRequired ? .error : .warning, .topic, nil,
        isEmpty ? "\(topic.name) has no messages" : "\(topic.name) is not recorded", expected: .string(topic.name),
        found: near.isEmpty ? nil : .array(near.map(JSON.string)),
        hint: near.isEmpty ? nil : "did you mean \(near.joined(separator: " or "))?"))
  }

  /// Up to three names that may be meant: spelled alike, or with the same last parts.
  private static func nearest(to name: String, among names: [String]) -> [String] {
    var near: [String] = []
    if let alike = names.nearest(to: name) { near.append(alike) }
    let parts = name.split(separator: "/")
    for count in stride(from: min(3, parts.count), to: 0, by: -1) {
      let tail = parts.suffix(count)
      for other in names where !near.contains(other) && other.split(separator: "/").suffix(count) == tail {
        near.append(other)
      }
    }
    return Array(near.prefix(3))
  }

  private mutating func checkType(_ topic: ExpectedTopics.Topic, _ found: [Place]) {
    guard let type = topic.type else { return }
    for (channel, recording) in found where Self.plain(channel.type) != Self.plain(type) {
      findings.append(
        ValidationFinding(
          topic.isRequired ? .error : .warning, .type, recording.path, "\(topic.name) is \(channel.type), not \(type)",
          expected: .string(type), found: .string(channel.type)))
    }
  }

  /// `sensor_msgs/msg/Imu` and `sensor_msgs/Imu` are one type.
  private static func plain(_ type: String) -> String {
    let parts = type.split(separator: "/")
    return parts.count == 3 && parts[1] == "msg" ? "\(parts[0])/\(parts[2])" : type
  }

  /// Over the whole of the recordings that have the topic: what stops halfway has half its rate.
  ///
  /// A message more or less is no fault: where a recording begins and ends within a period is chance.
  private mutating func checkRate(
    _ topic: ExpectedTopics.Topic, _ hertz: Double, _ tolerance: Double, _ found: [Place]
  ) {
    var (messages, seconds) = (0, 0.0)
    for (channel, recording) in found {
      messages += channel.messages
      if let range = recording.range { seconds += Self.seconds(range.start, range.end) }
    }
    guard seconds > 0 else { return }
    let rate = Double(messages) / seconds
    let wanted = hertz * seconds
    guard abs(Double(messages) - wanted) > wanted * tolerance + 1 else { return }
    let rounded = (rate * 1000).rounded() / 1000
    findings.append(
      ValidationFinding(
        topic.isRequired ? .error : .warning, .rate, found.count == 1 ? found[0].recording.path : nil,
        "\(topic.name) has \(rounded) Hz, expected \(hertz) ± \((tolerance * 1000).rounded() / 10) %",
        expected: .number(hertz), found: .number(rounded)))
  }

  private mutating func checkGaps(
    _ topic: ExpectedTopics.Topic, _ hertz: Double, _ periods: Double, _ found: [Place]
  ) {
    for (channel, recording) in found {
      guard let rhythm = channel.rhythm, let longest = rhythm.longest, let median = rhythm.percentile(0.5) else {
        continue
      }
      let limit = periods / hertz * 1e9
      guard Double(longest.nanoseconds) > limit else { continue }
      let count = max(1, rhythm.gaps(longerThan: limit / median))
      let seconds = (Double(longest.nanoseconds) / 1e6).rounded() / 1000
      findings.append(
        ValidationFinding(
          .warning, .gap, recording.path,
          "\(topic.name): \(count) gaps of more than \(periods) periods, the longest \(seconds) s from "
            + "\(Timestamp(nanoseconds: longest.from))", expected: .number((limit / 1e6).rounded() / 1000),
          found: .number(seconds)))
    }
  }

  private static func seconds(_ start: Timestamp, _ end: Timestamp) -> Double {
    (Double(end.nanoseconds) - Double(start.nanoseconds)) / 1e9
  }
}

package import Core
package import Recordings

/// What an extraction did, for the report beside the data, the records and the exit code.
package struct ExtractReport: Sendable {
  /// One a recording, in order.
  package var recordings: [Source] = []
  package var streams: [Stream] = []
  /// Channels that no task took: `name type`.
  package var left: [String] = []
  /// Patterns for topics that no channel's name matches: most likely misspelt.
  package var unused: [String] = []
  /// Databases for buses that are not there.
  package var strays: [Stray] = []
  /// Every file that was written, with its digest.
  package var sums: [DatastreamContents.File] = []

  /// A database that no bus took, and why.
  package struct Stray: Sendable {
    package var database: String
    package var problem: String
  }

  package struct Source: Sendable {
    package var name: String
    package var bytes: Int
    package var read: ReadReport
  }

  package struct Stream: Sendable {
    package var channel: String
    package var type: String
    package var kind: SensorKind
    package var undecoded: String?
    package var messages = 0
    package var rows = 0
    /// Messages left out by each rule.
    package var dropped: [String: Int] = [:]
    package var clock: String
    package var clockOffset: Int64
    package var warnings: [String] = []
    package var failed = 0
    package var firstFailure: String?
    package var replaced = 0
    package var files: [String] = []
    package var fileCount = 0
    package var bytes = 0
    package var range: TimeRange?
    /// What became of the frames of buses that were decoded.
    package var buses: [CANReport] = []
  }

  package init() {}

  package var rows: Int { streams.reduce(0) { $0 + $1.rows } }
  package var files: Int { streams.reduce(0) { $0 + $1.fileCount } }
  package var bytes: Int { streams.reduce(0) { $0 + $1.bytes } }

  package var range: TimeRange? {
    let ranges = streams.compactMap(\.range)
    return ranges.dropFirst().reduce(ranges.first) { $0?.extended(to: $1.start).extended(to: $1.end) }
  }

  /// Something of the input is in no artifact although it was asked for.
  package var isLossy: Bool {
    recordings.contains { $0.read.outcome != .whole || $0.read.undecoded > 0 } || streams.contains { $0.failed > 0 }
  }

  /// Nothing at all could be read of a recording that holds something.
  package var isNothing: Bool { !recordings.isEmpty && recordings.allSatisfy { $0.read.outcome == .nothing } }

  /// What a person should be told, a line each.
  package var complaints: [String] {
    var lines: [String] = []
    for source in recordings {
      lines += source.read.findings.filter { $0.severity != .info }.map { finding in
        "\(source.name): \(finding.code)\(finding.offset.map { " at byte \($0)" } ?? ""): \(finding.message)"
      }
      if source.read.lost > 0 { lines.append("\(source.name): \(source.read.lost) messages are lost") }
    }
    for stream in streams {
      lines += stream.warnings.map { "\(stream.channel): \($0)" }
      if stream.failed > 0 {
        lines.append(
          "\(stream.channel): \(stream.failed) messages could not be written; the first: \(stream.firstFailure ?? "")")
      }
    }
    return lines
  }

  /// What was decoded of each bus, and what is wrong with its databases, a line each.
  package var notes: [String] {
    let buses = streams.flatMap(\.buses)
    var lines: [String] = []
    for database in buses.flatMap(\.databases) {
      for finding in database.findings where finding.severity != .info {
        let line = "\(database.name): \(finding.message)"
        if !lines.contains(line), lines.count < 100 { lines.append(line) }
      }
    }
    lines += strays.map { "\($0.database): \($0.problem)" }
    lines += idleDatabases.map { "\($0): no frame has an id of this database" }
    // Loggers have a group for each bus and kind of frame, most of them empty.
    let busy = buses.filter { !$0.isIdle }
    if busy.isEmpty, !buses.isEmpty { lines.append("no bus has frames: \(buses.map(\.bus).joined(separator: ", "))") }
    return lines + busy.flatMap { bus in [bus.summary] + bus.hints.map { "\(bus.bus): \($0)" } }
  }

  /// Databases that no bus has a frame for.
  package var idleDatabases: [String] {
    let buses = streams.flatMap(\.buses)
    let used = Set(buses.flatMap { bus in bus.databases.map(\.name).filter { !bus.unused.contains($0) } })
    return Set(buses.flatMap(\.unused)).subtracting(used).sorted()
  }

  package var json: JSON {
    [
      "schema": "av.extract_report/1",
      "recordings": .array(recordings.map(\.json)),
      "streams": .array(streams.map(\.json)),
      "not_taken": .array(left.map { .string($0) }),
    ]
  }
}

extension ExtractReport.Source {
  var json: JSON {
    [
      "name": .string(name), "bytes": .count(bytes), "outcome": .string(read.outcome.rawValue),
      "messages": .count(read.messages), "messages_lost": .count(read.lost),
      "messages_undecoded": .count(read.undecoded), "findings": .array(read.findings.map(\.json)),
    ]
  }
}

extension ExtractReport.Stream {
  var json: JSON {
    var object: JSONObject = [
      "channel": .string(channel), "type": .string(type), "kind": .string(kind.rawValue),
      "messages": .count(messages), "rows": .count(rows),
    ]
    object["undecoded"] = undecoded.map { .string($0) }
    if !dropped.isEmpty {
      object["left_out"] = .object(
        JSONObject(dropped.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .count($0.value)) }))
    }
    object["time"] = .string(clock)
    object["stamp_minus_log_ns"] = .count(clockOffset)
    object["start"] = range.map { .string("\($0.start)") }
    object["end"] = range.map { .string("\($0.end)") }
    object["files"] = .count(fileCount)
    object["bytes"] = .count(bytes)
    object["paths"] = .array(files.map { .string($0) })
    if failed > 0 { object["failed"] = ["count": .count(failed), "first": .string(firstFailure ?? "")] }
    if replaced > 0 { object["values_replaced"] = .count(replaced) }
    if !buses.isEmpty { object["can"] = .array(buses.map(\.json)) }
    if !warnings.isEmpty { object["warnings"] = .array(warnings.map { .string($0) }) }
    return .object(object)
  }
}

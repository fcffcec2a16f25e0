package import Core
package import Recordings

/// What is in a recording, as the record that `av-meta inspect` prints.
package struct Inspection: Sendable {
  package let path: String
  package let recording: Recording

  /// 3 where some messages cannot be read, 1 where none can.
  package var exitCode: ExitCode {
    switch recording.outcome {
    case .whole: .success
    case .lossy: .loss
    case .nothing: .items
    }
  }

  /// What a person should be told, a line each.
  package var complaints: [String] {
    recording.findings.filter { $0.severity != .info }.map { finding in
      let place = finding.offset.map { " at byte \($0)" } ?? ""
      return "\(path): \(finding.code)\(place): \(finding.message)"
    }
  }

  /// How much of the file is looked at.
  package enum Depth: Sendable {
    /// Headers and index.
    case index
    /// Everything: counts are found, not promised.
    case everything
  }

  /// - Throws: `FormatError` for what is no recording, `SystemError`.
  package init(path: String, depth: Depth, jobs: Int) throws {
    let file = try FileReader(path)
    let reader: any RecordingReader
    do { reader = try Format.open(file) } catch let error as FormatError { throw error.at(path) }
    self.path = path
    recording = depth == .index ? reader.recording : try reader.check(jobs: jobs)
    try file.checkUnchanged()
  }

  package var record: JSONObject { recording.record(path: path) }
}

extension Recording {
  /// The `recording` record of a file at a path.
  package func record(path: String) -> JSONObject {
    var object: JSONObject = [
      "schema": .string(RecordKind.recording.schema), "type": "recording", "path": .string(path),
      "format": .string(format), "bytes": .count(bytes),
    ]
    object["start"] = range.map { .string("\($0.start)") } ?? .null
    object["end"] = range.map { .string("\($0.end)") } ?? .null
    object["messages"] = .count(messages)
    object["complete"] = .bool(isComplete)
    object["outcome"] = .string(outcome.rawValue)
    for member in facts.members { object[member.key] = member.value }
    object["findings"] = .array(findings.map(\.json))
    object["channels"] = .array(channels.map(\.record))
    return object
  }
}

extension Signal {
  /// The entry of `signals` in a channel's entry.
  fileprivate var record: JSON {
    var object: JSONObject = ["name": .string(name), "unit": unit.map { .string($0) } ?? .null, "type": .string(type)]
    for member in facts.members { object[member.key] = member.value }
    return .object(object)
  }
}

extension Channel {
  /// The entry of `channels` in a recording record.
  var record: JSON {
    var object: JSONObject = ["name": .string(name), "type": .string(type), "kind": .string(kind.rawValue)]
    object["messages"] = .count(messages)
    object["rate_hz"] = rate.map { .number($0) } ?? .null
    object["start"] = range.map { .string("\($0.start)") } ?? .null
    object["end"] = range.map { .string("\($0.end)") } ?? .null
    if let rhythm, let median = rhythm.percentile(0.5) {
      object["period_ms"] = .number((median / 1e3).rounded() / 1e3)
      object["period_p95_ms"] = .number(((rhythm.percentile(0.95) ?? median) / 1e3).rounded() / 1e3)
      if let longest = rhythm.longest {
        object["longest_gap_ms"] = .number((Double(longest.nanoseconds) / 1e3).rounded() / 1e3)
        object["longest_gap_at"] = .string("\(Timestamp(nanoseconds: longest.from))")
      }
      object["gaps"] = .count(rhythm.gaps(longerThan: 2.5))
      if rhythm.backward > 0 { object["out_of_order"] = .count(rhythm.backward) }
      if rhythm.repeated > 0 { object["equal_times"] = .count(rhythm.repeated) }
    }
    object["undecoded"] = undecoded.map { .string($0) }
    for member in facts.members { object[member.key] = member.value }
    if let signals { object["signals"] = .array(signals.map(\.record)) }
    return .object(object)
  }

  /// Messages a second between the first and the last.
  package var rate: Double? {
    guard messages > 1, let range, range.end > range.start else { return nil }
    let seconds = Double(range.end.nanoseconds - range.start.nanoseconds) / 1e9
    return (Double(messages - 1) / seconds * 1e6).rounded() / 1e6
  }
}

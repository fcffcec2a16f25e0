import Core

/// A file as the `Recording` that records and people see.
struct TDMSDescription {
  private let plan: TDMSPlan

  init(_ plan: TDMSPlan) { self.plan = plan }

  /// By headers.
  func recording() throws -> Recording {
    var recording = Recording(format: Format.tdms.name, bytes: plan.file.count)
    for table in plan.tables {
      var channel = channel(table)
      channel.messages = table.count
      channel.range = try range(table)
      recording.add(channel)
    }
    var findings = plan.findings
    findings.append(clockFindings)
    if plan.index.isIndexFile {
      findings.append(
        Finding(.info, "index-alone", "an index file: the values are in the .tdms file that it belongs to"))
    }
    finish(&recording, findings, isLossy: plan.isLossy)
    return recording
  }

  /// With what a walk over all values found.
  func recording(after run: TDMSRun, _ rhythms: [Rhythm]) throws -> Recording {
    guard !plan.index.isIndexFile else { return try recording() }
    var recording = Recording(format: Format.tdms.name, bytes: plan.file.count)
    for (table, rhythm) in zip(plan.tables, rhythms) {
      var channel = channel(table)
      channel.messages = rhythm.count
      if channel.hasTimes { (channel.range, channel.rhythm) = (rhythm.range, rhythm) }
      recording.add(channel)
    }
    var findings = plan.findings
    findings.append(clockFindings)
    findings.append(run.findings)
    finish(&recording, findings, isLossy: run.isLossy)
    return recording
  }

  private func finish(_ recording: inout Recording, _ findings: Findings, isLossy: Bool) {
    recording.findings = findings.all
    recording.outcome = !isLossy ? .whole : recording.messages == 0 ? .nothing : .lossy
    recording.isComplete = !isLossy && !plan.index.isUnclosed && !plan.index.isIndexFile
    recording.facts = facts
  }

  private var clockFindings: Findings {
    var findings = Findings()
    for table in plan.tables where table.count > 0 {
      switch table.axis {
      case .none:
        findings.append(Finding(.info, "no-times", "\(table.name): nothing says when its values were measured"))
      case .waveform(let waveform) where waveform.runs.count > 1:
        findings.append(
          Finding(.info, "start-changes", "\(table.name): \(waveform.runs.count) runs with starts of their own"))
      default: break
      }
    }
    return findings
  }

  private var facts: JSONObject {
    let index = plan.index
    var facts: JSONObject = ["version": .count(Int(index.version)), "segments": .count(index.segmentCount)]
    facts["chunks"] = .count(index.segments.reduce(0) { $0 + $1.chunks })
    if index.lostBytes > 0 { facts["bytes_lost"] = .count(index.lostBytes) }
    if index.isIndexFile { facts["index_alone"] = true }
    facts["properties"] = index.number(of: TDMSPath()).flatMap { index.objects[$0].json }
    return facts
  }

  private func channel(_ table: TDMSPlan.Table) -> Channel {
    let index = plan.index
    let areFrames = table.frames != nil
    var channel = Channel(
      name: table.name, type: areFrames ? "NI-XNET/CAN" : "Group", kind: areFrames ? .can : .structured,
      schema: table.schema)
    channel.signals = table.members.map { member in
      let object = index.objects[member.object]
      var signal = Signal(
        name: object.path.channel ?? "", unit: object["unit_string"]?.text ?? object["NI_UnitDescription"]?.text,
        type: object.type.map { "\($0)" } ?? "none")
      if let scaling = member.scaling { signal.facts["scales"] = .array(scaling.scales.map { .string($0.name) }) }
      signal.facts["properties"] = object.json
      return signal
    }
    if table.name != table.group { channel.facts["group"] = .string(table.group) }
    channel.facts["properties"] = index.number(of: TDMSPath(group: table.group)).flatMap { index.objects[$0].json }
    switch table.axis {
    case .none:
      channel.hasTimes = false
      channel.facts["time"] = "none"
    case .waveform: channel.facts["time"] = "waveform"
    case .frames: channel.facts["time"] = "frames"
    case .channel(let object): channel.facts["time"] = index.objects[object].path.channel.map { .string($0) }
    }
    return channel
  }

  /// First and last time; of times that are values those of the first and last row.
  private func range(_ table: TDMSPlan.Table) throws -> TimeRange? {
    guard table.count > 0 else { return nil }
    var times: [Int64] = []
    switch table.axis {
    case .none: return nil
    case .frames: return table.frames?.range
    case .waveform(let waveform):
      for (number, run) in waveform.runs.enumerated() {
        let end = number + 1 < waveform.runs.count ? waveform.runs[number + 1].value : table.count
        guard end > run.value else { continue }
        times += waveform.times(run.value..<run.value + 1) + waveform.times(end - 1..<end)
      }
    case .channel(let object):
      guard !plan.index.isIndexFile,
        let number = plan.tables.firstIndex(where: { $0.clock == table.clock && $0.name == table.name })
      else { return nil }
      let gathering = TDMSGathering(plan, TDMSSource(plan, tables: [number]), table, only: object)
      for row in [0, table.count - 1] {
        guard let clock = table.clock, let column = try gathering.values(of: row..<row + 1)[clock]?.columns.first,
          case .int64(let values) = column.values, column.validity?.first ?? true
        else { continue }
        times += values
      }
    }
    guard let first = times.min(), let last = times.max() else { return nil }
    return TimeRange(start: Timestamp(nanoseconds: first), end: Timestamp(nanoseconds: last))
  }
}

extension Recording {
  fileprivate mutating func add(_ channel: Channel) {
    messages = messages.addingSaturated(channel.messages)
    for time in [channel.range?.start, channel.range?.end].compactMap({ $0 }) {
      range = range?.extended(to: time) ?? TimeRange(start: time, end: time)
    }
    channels.append(channel)
  }
}

extension TDMSIndex.Object {
  /// Its properties; nothing where it has none.
  var json: JSON? {
    guard !properties.isEmpty else { return nil }
    var object: JSONObject = [:]
    for (name, value) in properties { object[name] = value.json }
    return .object(object)
  }
}

extension TDMSProperty {
  var json: JSON {
    switch self {
    case .integer(let value): .count(value)
    case .unsigned(let value): Int64(exactly: value).map { .count($0) } ?? .string("\(value)")
    case .number(let value): .number(value)
    case .bool(let value): .bool(value)
    case .string(let value): .string(value)
    case .timestamp(let time):
      time.isUnset ? .null : time.nanoseconds.map { .string("\(Timestamp(nanoseconds: $0))") } ?? .null
    case .complex(let real, let imaginary): .array([.number(real), .number(imaginary)])
    }
  }
}

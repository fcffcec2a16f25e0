import Core

/// A file as the `Recording` that records and people see.
struct MDF4Description {
  private let plan: MDF4Plan
  /// Packed bytes that opening unpacks to learn the first and last time of groups.
  private static let mostUnpacked = 1 << 20
  private static let mostEvents = 1000

  init(_ plan: MDF4Plan) { self.plan = plan }

  /// By headers; `count` walks the data groups whose records nobody counted.
  func recording(counting count: (Set<Int>) throws -> MDF4Tally) throws -> Recording {
    let unknown = plan.tables.filter { $0.count == nil }.map(\.dataGroup)
    var recording = try recording(count(Set(unknown)))
    if !unknown.isEmpty { return recording }
    recording.isComplete = recording.outcome == .whole && plan.index.identification.unfinished.isFinished
    return recording
  }

  /// With what a walk found.
  func recording(_ tally: MDF4Tally) throws -> Recording {
    let index = plan.index
    var recording = Recording(format: Format.mdf4.name, bytes: plan.file.count)
    var budget = Self.mostUnpacked
    for (number, table) in plan.tables.enumerated() {
      var channel = channel(table)
      if let rhythm = tally.rhythms[number] {
        (channel.messages, channel.range) = (rhythm.count, table.hasTime ? rhythm.range : nil)
        channel.rhythm = table.hasTime ? rhythm : nil
      } else {
        channel.messages = table.count ?? 0
        channel.range = try range(table, &budget)
      }
      recording.messages += channel.messages
      for time in [channel.range?.start, channel.range?.end].compactMap({ $0 }) {
        recording.range = recording.range?.extended(to: time) ?? TimeRange(start: time, end: time)
      }
      recording.channels.append(channel)
    }
    if let events = plan.eventChannel?.channel {
      recording.messages += events.messages
      recording.channels.append(events)
    }
    var findings = plan.findings
    findings.append(tally.findings)
    let attachments = try MDF4Attachment.all(of: index, plan.file)
    let history = try MDF4History.all(of: index, plan.file)
    findings.append(attachments.findings)
    findings.append(history.findings)
    recording.findings = findings.all
    let lost = max(tally.lost, plan.tables.reduce(0) { $0.addingSaturated($1.lost) })
    let isLossy = plan.isLossy || tally.isLossy || lost > 0
    recording.outcome = !isLossy ? .whole : recording.messages == 0 ? .nothing : .lossy
    recording.isComplete = !isLossy && index.identification.unfinished.isFinished
    recording.facts = facts
    if lost > 0 { recording.facts["messages_lost"] = .count(lost) }
    if !attachments.attachments.isEmpty { recording.facts["attachments"] = .array(attachments.attachments.map(\.json)) }
    if !plan.events.isEmpty {
      let numbers = Dictionary(plan.events.enumerated().map { ($1.address, $0) }) { first, _ in first }
      recording.facts["events"] = .array(
        plan.events.prefix(Self.mostEvents).map { $0.json(start: index.header.start, begin: numbers[$0.begin]) })
    }
    if !history.entries.isEmpty {
      recording.facts["history"] = .array(history.entries.prefix(Self.mostEvents).map(\.json))
    }
    return recording
  }

  private var facts: JSONObject {
    let index = plan.index, start = index.header.start
    let version = index.identification.version
    var facts: JSONObject = ["version": .string("\(version / 100).\(version % 100 < 10 ? "0" : "")\(version % 100)")]
    if !index.identification.program.isEmpty { facts["program"] = .string(index.identification.program) }
    if !start.isUnknown { facts["measurement_start"] = .string("\(Timestamp(nanoseconds: start.nanoseconds))") }
    if start.isLocal { facts["clock"] = "local" }
    if start.hasOffsets {
      facts["zone_minutes"] = .count(start.zoneMinutes)
      facts["daylight_saving_minutes"] = .count(start.daylightMinutes)
    }
    facts["comment"] = index.comment.json
    if index.reductions > 0 { facts["reductions"] = .count(index.reductions) }
    if index.hierarchy > 0 { facts["hierarchy"] = .count(index.hierarchy) }
    return facts
  }

  private func channel(_ table: MDF4Plan.Table) -> Channel {
    let group = table.group
    let event = group.eventName
    // Frames of LIN, FlexRay and other buses stand beside those of CAN, as they are.
    let isBus = event?.hasPrefix("CAN_") == true || event != nil && group.isBusEvent
    let kind: SensorKind = isBus ? .can : .structured
    var channel = Channel(
      name: group.name, type: event ?? "ChannelGroup", kind: kind, schema: table.columns.schema)
    channel.signals = group.channels.map { signal($0) }
    channel.facts["data_group"] = .count(group.dataGroup)
    channel.facts["channel_group"] = .count(group.number)
    if !plan.index.dataGroups[group.dataGroup].isSorted {
      channel.facts["record_id"] = .count(Int64(clamping: group.recordID))
    }
    channel.facts["source"] = group.source?.json
    channel.facts["comment"] = group.comment.json
    if let master = group.master {
      channel.facts["master"] = .string(group.channels[master].name)
    }
    channel.hasTimes = table.hasTime
    if !table.hasTime { channel.facts["time"] = "none" }
    return channel
  }

  private func signal(_ channel: MDF4Channel) -> Signal {
    var signal = Signal(name: channel.name, unit: channel.unit, type: channel.typeName)
    if !channel.conversion.isNone { signal.facts["conversion"] = .string(channel.conversion.name) }
    if channel.isMaster {
      let kinds: [UInt8: JSON] = [1: "time", 2: "angle", 3: "distance", 4: "index"]
      signal.facts["master"] = kinds[channel.sync] ?? "unknown"
    }
    if channel.isSynchronisation { signal.facts["synchronisation"] = true }
    signal.facts["media_type"] = channel.contentType.map { .string($0) }
    signal.facts["source"] = channel.source?.json
    signal.facts["comment"] = channel.comment.json
    if let limits = channel.limits {
      signal.facts["limits"] = .array([.number(limits.lowerBound), .number(limits.upperBound)])
    }
    signal.facts["fault"] = channel.fault.map { .string($0) }
    return signal
  }

  /// First and last time of a sorted group, where these cost little; nil where only the whole data would tell.
  private func range(_ table: MDF4Plan.Table, _ budget: inout Int) throws -> TimeRange? {
    guard let clock = table.clock, let count = table.count, count > 0, table.stride > 0,
      plan.index.dataGroups[table.dataGroup].isSorted
    else { return nil }
    let stream = plan.streams[table.dataGroup]
    let records = [0, count - 1]
    var numbers: Set<Int> = []
    for record in records {
      numbers.insert(stream.fragment(at: record * table.stride))
      numbers.insert(stream.fragment(at: (record + 1) * table.stride - 1))
    }
    var cost = 0
    for fragment in numbers.map({ stream.fragments[$0] }) where fragment.packing != nil {
      cost += max(fragment.stored, fragment.count / 8)
    }
    guard cost <= budget else { return nil }
    budget -= cost
    var reader = MDF4StreamReader(plan.file, stream)
    var range: TimeRange?
    for record in records {
      guard let bytes = try reader.bytes(record * table.stride..<(record + 1) * table.stride) else { return nil }
      let times = clock.times(
        MDF4Records(
          bytes: bytes, stride: table.stride, count: 1, first: record, dataBytes: table.group.dataBytes))
      for time in times.map(Timestamp.init(nanoseconds:)) {
        range = range?.extended(to: time) ?? TimeRange(start: time, end: time)
      }
    }
    return range
  }
}

extension MDF4Plan.Table {
  /// Whether its records have times of their own.
  var hasTime: Bool { clock != nil || master != nil }
}

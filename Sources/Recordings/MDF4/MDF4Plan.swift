import Core

/// What is known before any data is read: where everything is, and what it becomes; one a reader.
struct MDF4Plan: Sendable {
  /// One channel group that gives rows.
  struct Table: Sendable {
    let group: MDF4Group
    /// Number of its data group.
    let dataGroup: Int
    let columns: MDF4Columns
    let clock: MDF4Clock?
    /// Another table whose records say when those of this one were taken.
    var master: Int?
    /// Values of any length, by channel: in a stream, or in a group (by its index among all groups).
    let streams: [Int: MDF4Stream]
    let valueGroups: [Int: Int]
    /// Records to be read; nil where only a walk can tell.
    var count: Int?
    /// Records that are promised and not there.
    var lost = 0
    /// The bytes of a record in the stream.
    let stride: Int
  }

  let file: FileReader
  let index: MDF4Index
  let values: SignalValues
  private(set) var tables: [Table] = []
  /// By data group.
  private(set) var streams: [MDF4Stream] = []
  private(set) var findings = Findings()
  /// Something that was recorded cannot be read.
  private(set) var isLossy = false

  /// By data group: the tables of each.
  private(set) var tablesOfGroup: [[Int]] = []
  let events: [MDF4Event]
  /// The events as a channel behind the tables.
  let eventChannel: MDF4Events?

  init(_ file: FileReader, _ index: MDF4Index, _ values: SignalValues) throws {
    self.file = file
    self.index = index
    self.values = values
    let events = try MDF4Event.all(of: index, file)
    self.events = events.events
    eventChannel = MDF4Events(events.events, index)
    findings.append(index.findings)
    findings.append(events.findings)
    isLossy = index.isDamaged
    var builder = try MDF4StreamBuilder(file, index)
    for group in index.dataGroups {
      let stream = try builder.stream(at: group.data, of: .data)
      findings.append(stream.findings)
      isLossy = isLossy || stream.isDamaged || stream.missing > 0
      streams.append(stream)
    }
    var numbers: [Int: Int] = [:]
    for group in index.groups where !group.holdsValues { numbers[group.address] = numbers.count }
    tablesOfGroup = index.dataGroups.map { _ in [] }
    for group in index.groups where !group.holdsValues {
      tablesOfGroup[group.dataGroup].append(tables.count)
      tables.append(try table(group, numbers, &builder))
    }
    compareWithMasters()
    tellIDsApart()
    findings.append(startFindings)
  }

  /// A record has a time where the group with its master has a record, too.
  private mutating func compareWithMasters() {
    for number in tables.indices {
      guard let master = tables[number].master else { continue }
      let group = tables[number].group
      guard index.dataGroups[tables[master].dataGroup].isSorted, tables[master].stride > 0,
        tables[master].clock != nil, let present = tables[master].count
      else {
        tables[number].master = nil
        findings.append(
          Finding(
            .warning, "master-missing", at: group.address,
            "\(group.name): its master, in \(tables[master].group.name), gives no times"))
        continue
      }
      guard let count = tables[number].count, count > present else { continue }
      isLossy = true
      tables[number].count = present
      tables[number].lost = tables[number].lost.addingSaturated(count - present)
      findings.append(
        Finding(
          .error, "cycle-count", at: group.address,
          "\(group.name): \(count) records, \(present) of its master in \(tables[master].group.name); "
            + "the others have no time and are left out"))
    }
  }

  /// Records of groups that have one id cannot be told apart.
  private mutating func tellIDsApart() {
    for group in index.dataGroups where !group.isSorted {
      let members = group.groups.map { index.groups[$0] }
      for (id, same) in Dictionary(grouping: members, by: \.recordID).sorted(by: { $0.key < $1.key })
      where same.count > 1 {
        isLossy = true
        let names = same.map(\.name).joined(separator: ", ")
        findings.append(
          Finding(
            .error, "record-id", at: same[0].address,
            "record id \(id) is that of \(names); all of its records are read as those of the last"))
      }
    }
  }

  private var startFindings: [Finding] {
    var findings: [Finding] = []
    let start = index.header.start, unfinished = index.identification.unfinished
    if start.isUnknown {
      findings.append(Finding(.warning, "start-unknown", at: 64, "the start of the measurement is not recorded"))
    } else if start.isLocal {
      findings.append(
        Finding(
          .warning, "start-local", at: 64, "times are those of a clock on the wall, in a zone that is not recorded"))
    }
    if !unfinished.isFinished {
      findings.append(
        Finding(
          .info, "unfinalized", at: 60,
          "the recorder did not finish the file (flags 0x\(String(unfinished.flags.rawValue, radix: 16)))"))
    }
    if unfinished.flags.rawValue & ~0x7F != 0 || unfinished.vendor != 0 {
      findings.append(
        Finding(.warning, "unfinalized", at: 60, "flags that only the program knows which wrote the file"))
    }
    return findings
  }

  /// The same with other columns.
  init(_ plan: MDF4Plan, _ values: SignalValues) {
    (file, index, streams, findings, isLossy) = (plan.file, plan.index, plan.streams, plan.findings, plan.isLossy)
    (tablesOfGroup, events, eventChannel) = (plan.tablesOfGroup, plan.events, plan.eventChannel)
    self.values = values
    tables = plan.tables.map { table in
      Table(
        group: table.group, dataGroup: table.dataGroup, columns: MDF4Columns(table.group, values), clock: table.clock,
        master: table.master, streams: table.streams, valueGroups: table.valueGroups, count: table.count,
        lost: table.lost, stride: table.stride)
    }
  }

  private mutating func table(
    _ group: MDF4Group, _ numbers: [Int: Int], _ builder: inout MDF4StreamBuilder
  ) throws -> Table {
    let columns = MDF4Columns(group, values)
    for (channel, problem) in columns.left {
      isLossy = true
      let place = group.channels[channel]
      guard place.fault == nil, case .unreadable = place.conversion else {
        findings.append(
          Finding(.error, "channel-layout", at: place.address, "channel \(place.name) cannot be read: \(problem)"))
        continue
      }
    }
    let stream = streams[group.dataGroup]
    let stride = stream.isColumn ? group.dataBytes : group.recordBytes
    var valueStreams: [Int: MDF4Stream] = [:], valueGroups: [Int: Int] = [:]
    for (number, channel) in group.channels.enumerated()
    where channel.place == .stream && channel.data != 0 {
      if let other = index.groups.firstIndex(where: { $0.address == channel.data }) {
        valueGroups[number] = other
      } else {
        let values = try builder.stream(at: channel.data, of: .values)
        findings.append(values.findings)
        isLossy = isLossy || values.isDamaged || values.missing > 0
        valueStreams[number] = values
      }
    }
    let master = group.masterGroup == 0 ? nil : numbers[group.masterGroup]
    if group.masterGroup != 0, master == nil {
      findings.append(
        Finding(.warning, "master-missing", at: group.address, "\(group.name): the group with its master is not there"))
    }
    var clock: MDF4Clock?
    if let number = group.timeMaster, group.channels[number].misfit(in: group.dataBytes) == nil,
      group.channels[number].fault == nil
    {
      if group.channels[number].dimensions.isEmpty {
        clock = MDF4Clock(group.channels[number], start: index.header.start.nanoseconds)
      } else {
        findings.append(
          Finding(
            .warning, "channel-layout", at: group.channels[number].address,
            "\(group.name): its master is an array, and gives no times"))
      }
    }
    var table = Table(
      group: group, dataGroup: group.dataGroup, columns: columns, clock: clock, master: clock == nil ? master : nil,
      streams: valueStreams, valueGroups: valueGroups, count: nil, stride: stride)
    count(&table, stream)
    return table
  }

  /// How many records a sorted group has; an unsorted one what it promises, unless nobody can know.
  private mutating func count(_ table: inout Table, _ stream: MDF4Stream) {
    let group = table.group
    let isUncounted = index.identification.unfinished.flags.contains(.cycles)
    guard index.dataGroups[group.dataGroup].isSorted else {
      if !isUncounted, stream.missing == 0, !stream.isDamaged { table.count = Int(clamping: group.cycles) }
      return
    }
    guard table.stride > 0 else {
      let isVirtual = !group.channels.isEmpty && group.channels.allSatisfy { $0.place == .number }
      table.count = isVirtual ? Int(clamping: min(group.cycles, 1 << 32)) : 0
      if group.cycles > 0, !isVirtual, !group.channels.isEmpty {
        isLossy = true
        findings.append(
          Finding(.error, "record-size", at: group.address, "\(group.name): \(group.cycles) records of no bytes"))
      }
      return
    }
    if index.dataGroups[group.dataGroup].groups.count > 1 {
      isLossy = true
      findings.append(
        Finding(
          .error, "record-id", at: group.address,
          "\(group.name): several groups in one stream whose records have no ids"))
      table.count = 0
      return
    }
    var present = stream.count / table.stride
    let rest = stream.count - present * table.stride
    if let flags = stream.invalidation, group.invalidationBytes > 0 {
      let other = flags.last.map { ($0.offset + $0.count) / group.invalidationBytes } ?? 0
      if other < present {
        isLossy = true
        findings.append(
          Finding(
            .warning, "cycle-count", at: group.address,
            "\(group.name): \(present) values, \(other) invalidation records"))
      }
      present = min(present, other)
    }
    let cycles = isUncounted ? present : Int(clamping: group.cycles)
    table.count = min(cycles, present)
    if rest > 0, isUncounted || cycles > present {
      isLossy = true
      findings.append(
        Finding(
          .warning, "partial-record", at: place(of: stream.count - rest, stream), length: rest,
          "\(group.name): the last record has \(rest) of \(table.stride) bytes, and is left out"))
    }
    if cycles > present {
      let promised = stream.missing.addingSaturated(table.stride - 1) / table.stride
      table.lost = stream.missing == 0 ? 0 : min(cycles - present, promised)
      findings.append(
        Finding(
          .warning, "cycle-count", at: group.address,
          "\(group.name): \(cycles) records are promised, \(present) are there"))
    } else if cycles < present {
      findings.append(
        Finding(
          .info, "cycle-count", at: group.address, "\(group.name): \(cycles) records are counted, \(present) are there")
      )
    }
  }

  /// The byte in the file of a byte of a stream, where that is not packed.
  func place(of offset: Int, _ stream: MDF4Stream) -> Int? {
    let number = stream.fragment(at: offset)
    guard number < stream.fragments.count else { return nil }
    let fragment = stream.fragments[number]
    return fragment.packing == nil ? fragment.start + offset - fragment.offset : fragment.block
  }
}

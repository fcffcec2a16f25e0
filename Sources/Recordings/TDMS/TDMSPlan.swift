import Core

/// What the channels of a file become: planned once, before any raw data is read.
struct TDMSPlan: Sendable {
  /// Channels of one group that have as many values as one another, at the same times.
  struct Table: Sendable {
    let name: String
    let group: String
    let members: [Member]
    /// Rows.
    fileprivate(set) var count: Int
    let axis: TDMSAxis
    let schema: Schema
    /// Its values lie in the same chunks, as many of each: rows need not be put together.
    let isAligned: Bool
    /// Strands that are read, by their numbers in the plan.
    let strands: Range<Int>
    /// Of the axis' times, where these are values of an object.
    let clock: Int?
    /// What its rows are, where they are not its channels' values.
    fileprivate(set) var frames: TDMSFrames?
  }

  /// One channel of a table.
  struct Member: Sendable {
    let object: Int
    /// Strands of its values, by their numbers in the plan.
    let strands: Range<Int>
    let scaling: TDMSScaling?
    let columns: [Part]
  }

  /// Which values of a member become a column.
  enum Part: Sendable {
    case scaled
    case recorded(strand: Int)
  }

  let file: FileReader
  let index: TDMSIndex
  let values: SignalValues
  private(set) var tables: [Table] = []
  private(set) var strands: [TDMSStrand] = []
  private(set) var findings = Findings()
  /// A channel that cannot be read, or bytes that were lost.
  private(set) var isLossy = false

  init(_ file: FileReader, _ index: TDMSIndex, _ values: SignalValues) {
    (self.file, self.index, self.values) = (file, index, values)
    findings.append(index.findings)
    isLossy = index.lostBytes > 0 || index.isCut
    let tracks = TDMSTracks(index)
    let groups = groups()
    var names = Set(groups.map(\.name))
    for (group, channels) in groups { add(group, channels, tracks, &names) }
  }

  /// The same with other columns.
  init(_ plan: TDMSPlan, _ values: SignalValues) {
    self.init(plan.file, plan.index, values)
    for (number, table) in plan.tables.enumerated() { if let frames = table.frames { set(frames, of: number) } }
  }

  mutating func set(_ frames: TDMSFrames, of table: Int) {
    (tables[table].frames, tables[table].count) = (frames, frames.count)
    let object = tables[table].members[0].object
    if frames.rest > 0 {
      isLossy = true
      findings.append(
        Finding(
          .warning, "frame-cut", "\(index.objects[object].path): the last \(frames.rest) bytes are no whole frame"))
    }
  }

  /// Channels with values or a type, by group in the order of the file.
  private mutating func groups() -> [(name: String, channels: [Int])] {
    var places: [String: Int] = [:], groups: [(name: String, channels: [Int])] = []
    for (number, object) in index.objects.enumerated() {
      guard let group = object.path.group, object.path.channel != nil else { continue }
      guard object.fault == nil else {
        isLossy = true
        continue
      }
      guard object.type != nil else { continue }
      if let place = places[group] {
        groups[place].channels.append(number)
      } else {
        places[group] = groups.count
        groups.append((group, [number]))
      }
    }
    return groups
  }

  /// Tables of a group: the largest has the group's name, the others that of their first channel behind it.
  private mutating func add(_ group: String, _ channels: [Int], _ tracks: TDMSTracks, _ names: inout Set<String>) {
    let times = channels.filter { index.objects[$0].type == .timestamp }
    var keys: [TDMSTableKey: Int] = [:], sets: [(key: TDMSTableKey, channels: [Int])] = []
    for channel in channels {
      let count = index.objects[channel].count
      var key = TDMSTableKey(count: count, axis: .none)
      if index.hasFrames(channel) {
        key.axis = .frames(channel)
      } else if let waveform = index.waveform(channel) {
        key.axis = .waveform(waveform)
      } else if times.count == 1, index.objects[times[0]].count == count {
        key.axis = .channel(times[0])
      }
      if let place = keys[key] {
        sets[place].channels.append(channel)
      } else {
        keys[key] = sets.count
        sets.append((key, [channel]))
      }
    }
    let largest = sets.indices.max { (sets[$0].channels.count, -$0) < (sets[$1].channels.count, -$1) }
    for (number, set) in sets.enumerated() {
      var name = group
      if number != largest {
        // A group may be called as a channel of another is behind its group.
        let own = "\(group).\(index.objects[set.channels[0]].path.channel ?? "")"
        var copy = 1
        name = own
        while !names.insert(name).inserted {
          copy += 1
          name = "\(own)~\(copy)"
        }
      }
      add(name, group, set.key, set.channels, tracks)
    }
  }

  private mutating func add(
    _ name: String, _ group: String, _ key: TDMSTableKey, _ channels: [Int], _ tracks: TDMSTracks
  ) {
    let start = strands.count
    var members: [Member] = [], fields: [Field] = [], clock: Int?
    for channel in channels {
      let object = index.objects[channel]
      let first = strands.count
      if object.forms.isEmpty, let type = object.type {
        strands.append(TDMSStrand(object: channel, number: 0, type: type, scale: nil))
      }
      for (number, form) in object.forms.enumerated() {
        guard let type = TDMSType(scaler: form.type) else { continue }
        strands.append(TDMSStrand(object: channel, number: number, type: type, scale: form.scale))
      }
      if key.axis == .channel(channel) { clock = first }
      let own = member(channel, first..<strands.count)
      members.append(own.member)
      fields += own.fields
    }
    let areFrames = channels.contains { key.axis == .frames($0) }
    tables.append(
      Table(
        name: name, group: group, members: members, count: key.count, axis: key.axis,
        schema: areFrames ? TDMSFrames.schema : Schema(fields),
        isAligned: Set(channels.map { tracks.ofObject[$0] }).count == 1, strands: start..<strands.count, clock: clock))
  }

  private mutating func member(_ channel: Int, _ own: Range<Int>) -> (member: Member, fields: [Field]) {
    let object = index.objects[channel], name = object.path.channel ?? ""
    let unit = object["unit_string"]?.text ?? object["NI_UnitDescription"]?.text
    var scaling: TDMSScaling?, isRefused = false
    if own.contains(where: { strands[$0].type.isNumber }) {
      (scaling, isRefused) = self.scaling(of: channel)
    }
    var columns: [Part] = [], fields: [Field] = []
    if scaling != nil, values != .raw {
      columns.append(.scaled)
      fields.append(Field(name, .float64, unit: unit))
    }
    let isRecorded = values != .physical || scaling == nil && !isRefused
    for number in own where isRecorded {
      var field = name + (scaling == nil || values == .raw ? "" : ".raw")
      if own.count > 1 { field += ".\(strands[number].scale ?? 0)" }
      columns.append(.recorded(strand: number))
      let types = strands[number].type.fields
      for type in types {
        let ending = types.count == 1 ? "" : type.name
        fields.append(
          Field(field + ending, type.type, isNullable: type.isNullable, unit: scaling == nil ? unit : nil))
      }
    }
    return (Member(object: channel, strands: own, scaling: scaling, columns: columns), fields)
  }

  /// The scales of a channel: its own, else its group's, else the file's; and whether they must not be left out.
  private mutating func scaling(of channel: Int) -> (scaling: TDMSScaling?, isRefused: Bool) {
    let path = index.objects[channel].path
    for holder in [path, TDMSPath(group: path.group), TDMSPath()].compactMap({ index.number(of: $0) }) {
      let properties = index.objects[holder].properties
      if index.objects[holder]["NI_Scaling_Status"]?.text == "scaled" { return (nil, false) }
      do throws(TDMSScaling.Fault) {
        if let scaling = try TDMSScaling(properties) { return (scaling, false) }
      } catch {
        if case .unknownType(let type) = error {
          findings.append(
            Finding(.warning, "scale-unknown", "\(path): scales of type \(type) are not known; values are raw"))
          return (nil, false)
        }
        findings.append(Finding(.error, "scale-wrong", "\(path): \(error)"))
        isLossy = true
        return (nil, true)
      }
    }
    return (nil, false)
  }
}

/// What channels of a table have in common.
private struct TDMSTableKey: Hashable {
  var count: Int
  var axis: TDMSAxis
}

/// Which objects have as many values as one another in every chunk.
struct TDMSTracks {
  /// The same number for those that are alike.
  private(set) var ofObject: [Int: Int] = [:]

  init(_ index: TDMSIndex) {
    // A layout and how many values of the object a chunk has; after cut chunks minus the segment and how many.
    var marks: [Int: [Int]] = [:]
    for (number, layout) in index.layouts.enumerated() {
      for (part, count) in zip(layout.parts, index.chunks[number].counts) {
        marks[Int(part.object), default: []] += [number, count]
      }
    }
    for (number, segment) in index.segments.enumerated() {
      let chunk = index.chunks[Int(segment.layout)], rest = segment.data.count - segment.chunks * chunk.bytes
      guard rest > 0 else { continue }
      for (part, count) in zip(index.layouts[Int(segment.layout)].parts, chunk.counts(in: rest)) {
        marks[Int(part.object), default: []] += [-1 - number, count]
      }
    }
    var known: [[Int]: Int] = [:]
    for (object, marks) in marks {
      let track = known[marks] ?? known.count
      known[marks] = track
      ofObject[object] = track
    }
  }
}

extension TDMSType {
  /// Columns of its values: what is behind the channel's name, and the type.
  var fields: [(name: String, type: FieldType, isNullable: Bool)] {
    switch self {
    case .int8: [("", .int8, false)]
    case .int16: [("", .int16, false)]
    case .int32: [("", .int32, false)]
    case .int64: [("", .int64, false)]
    case .uint8: [("", .uint8, false)]
    case .uint16: [("", .uint16, false)]
    case .uint32: [("", .uint32, false)]
    case .uint64: [("", .uint64, false)]
    case .float32, .float32WithUnit: [("", .float32, false)]
    case .float64, .float64WithUnit, .extended, .extendedWithUnit: [("", .float64, false)]
    case .string: [("", .string, false)]
    case .bool: [("", .bool, false)]
    case .timestamp: [("", .time, true)]
    case .complex64: [(".re", .float32, false), (".im", .float32, false)]
    case .complex128: [(".re", .float64, false), (".im", .float64, false)]
    case .void, .fixedPoint, .daqmx: []
    }
  }

  /// Whether scales can take its values.
  var isNumber: Bool {
    switch self {
    case .string, .timestamp, .complex64, .complex128, .void, .fixedPoint, .daqmx: false
    default: true
    }
  }
}

package import Core

/// Turns the frames of one bus into a batch a message, by one or more databases, and counts what it met.
///
/// ```
///   id ──exact──▶ message of the first database that has it
///      ──PGN────▶ J1939 message: priority, source and (PF < 240) destination do not matter
///      ──none───▶ counted, with its id
/// ```
package struct CANDecoder: Sendable {
  /// A database and the name that reports use.
  package struct Source: Sendable {
    package var name: String
    package var database: DBC

    package init(name: String, database: DBC) {
      self.name = name
      self.database = database
    }
  }

  package struct Options: Sendable {
    /// All extended messages are matched by their parameter group.
    package var isJ1939 = false
    /// J1939's values for "not available" and "error" stay numbers.
    package var keepsUnavailable = false
    /// Values beyond the database's limits are null.
    package var checksRange = false
    /// Parts have the raw values besides.
    package var keepsRaw = false

    package init() {}
  }

  /// Frames of one message: which rows they were, and their columns.
  package struct Part: Sendable {
    /// Index into `messages`.
    package var message: Int
    package var rows: [Int]
    package var batch: Batch
    /// A column a signal, with values also where there is no physical one; empty where they were not asked for.
    package var raw: [Column] = []
  }

  package private(set) var messages: [CANMessagePlan] = []
  /// What the databases disagree about.
  package private(set) var findings: [Finding] = []
  private let sources: [String]
  private let sourceFindings: [[Finding]]
  private let options: Options
  private var exact: [UInt32: Int] = [:]
  private var groups: [UInt32: Int] = [:]
  private var ids = CANIdentifiers()
  private var counts: [CANMessagePlan.Counts]
  private var remote = 0, error = 0, overload = 0

  package init(_ sources: [Source], _ options: Options = Options()) {
    self.options = options
    self.sources = sources.map(\.name)
    sourceFindings = sources.map(\.database.findings)
    var duplicates: [String] = []
    for source in sources {
      for message in source.database.messages {
        let matchesGroup = message.isJ1939 || options.isJ1939 && message.isExtended
        let key = message.isExtended ? message.id | CANFrames.extended : message.id
        guard exact[key] == nil else {
          duplicates.append("\(message.idText) \(message.name) of \(source.name)")
          continue
        }
        let index = messages.count
        exact[key] = index
        if matchesGroup, groups[Self.group(message.id)] == nil { groups[Self.group(message.id)] = index }
        messages.append(CANMessagePlan(message, database: source.name, matchesGroup: matchesGroup))
      }
    }
    counts = Array(repeating: CANMessagePlan.Counts(), count: messages.count)
    if !duplicates.isEmpty {
      let some = duplicates.prefix(8).joined(separator: ", ")
      findings.append(
        Finding(.info, "can-duplicate", "\(duplicates.count) messages are in an earlier database already: \(some)"))
    }
  }

  /// The parameter group of an id: without priority, source, and destination where it has one.
  static func group(_ id: UInt32) -> UInt32 {
    let group = id >> 8 & 0x3_ffff
    return group & 0xff00 < 0xf000 ? group & 0x3_ff00 : group
  }

  /// Equal for all ids that may be of one message, with their flag in bit 31.
  package static func kin(of id: UInt32) -> UInt32 {
    id & CANFrames.extended == 0 ? id : group(id & ~CANFrames.extended) | CANFrames.extended
  }

  /// The message of an id with its flag in bit 31.
  private func message(of id: UInt32) -> Int? {
    if let index = exact[id] { return index }
    // Never a frame with an 11-bit id.
    return id & CANFrames.extended != 0 ? groups[Self.group(id)] : nil
  }

  /// Decodes frames in their order; `times` are nanoseconds since 1970.
  ///
  /// - Returns: a part a message that occurs, in the order of the databases.
  package mutating func decode(_ frames: CANFrames, times: [Int64]) -> [Part] {
    var rows = group(frames)
    var ofMessages: [Int: [Int]] = [:]
    for slot in rows.indices where !rows[slot].isEmpty {
      // The last is of ids that have no place.
      ids.add(slot < rows.count - 1 ? slot : -1, rows[slot], times, frames.lengths)
      guard slot < rows.count - 1, let message = ids.entries[slot].message else { continue }
      let own = rows[slot]
      rows[slot] = []
      ofMessages[message, default: []].append(contentsOf: own)
    }
    return ofMessages.keys.sorted().map { index in
      var rows = ofMessages[index] ?? []
      // Of several ids of one message.
      if zip(rows, rows.dropFirst()).contains(where: { $0 > $1 }) { rows.sort() }
      var part = Part(message: index, rows: rows, batch: Batch(schema: messages[index].schema, columns: [], count: 0))
      messages[index].decode(frames, options, into: &part, &counts[index])
      return part
    }
  }

  /// The rows of data frames by slot, and last those that have none.
  private mutating func group(_ frames: CANFrames) -> [[Int]] {
    // Counted, then placed: place 0 is of those without a slot, -1 of what is no data.
    var places = [Int](repeating: -1, count: frames.count)
    for row in places.indices {
      switch frames.kinds?[row] ?? .data {
      case .data:
        let id = frames.ids[row]
        places[row] = (ids.slot(of: id) ?? ids.slot(new: id, message: message(of: id))) + 1
      case .remote: remote += 1
      case .error: error += 1
      case .overload: overload += 1
      }
    }
    var ends = [Int](repeating: 0, count: ids.entries.count + 1)
    for place in places where place >= 0 { ends[place] += 1 }
    var total = 0
    for place in ends.indices { (ends[place], total) = (total, total + ends[place]) }
    var order = [Int](repeating: 0, count: total)
    for row in places.indices where places[row] >= 0 {
      order[ends[places[row]]] = row
      ends[places[row]] += 1
    }
    var rows = ends.indices.dropFirst().map { Array(order[ends[$0 - 1]..<ends[$0]]) }
    rows.append(Array(order[..<ends[0]]))
    return rows
  }

  /// What became of all frames so far.
  package func report(bus: String) -> CANReport {
    var report = CANReport(bus: bus)
    (report.remote, report.error, report.overload) = (remote, error, overload)
    report.databases = zip(sources, sourceFindings).map { CANReport.Database(name: $0, findings: $1) }
    report.findings = findings
    report.identifiers = ids.all.map { entry in
      CANReport.Identifier(
        id: entry.id & 0x1fff_ffff, isExtended: entry.id & CANFrames.extended != 0,
        message: entry.message.map { messages[$0].message.name }, frames: entry.frames, range: entry.range,
        period: entry.rhythm.percentile(0.5), lengths: entry.allLengths)
    }
    report.otherIdentifiers = ids.others
    let seen = ids.framesByMessage(messages.count)
    for (index, plan) in messages.enumerated() where seen[index] > 0 {
      let count = counts[index]
      report.messages.append(
        CANReport.Message(
          name: plan.message.name, id: plan.message.idText, database: plan.database, frames: seen[index],
          short: count.short, long: count.long, unknownSelector: count.unknownSelector, outOfRange: count.outOfRange,
          notAvailable: count.notAvailable))
    }
    report.unseen = messages.indices.filter { seen[$0] == 0 }.map { messages[$0].message.name }
    report.unused = sources.filter { name in
      !messages.indices.contains { seen[$0] > 0 && messages[$0].database == name }
    }
    report.hints = hints(report)
    return report
  }

  /// Likely mistakes of configuration.
  private func hints(_ report: CANReport) -> [String] {
    let unknown = ids.all.filter { $0.message == nil }
    var hints: [String] = []
    if !unknown.isEmpty, !messages.isEmpty {
      let flipped = unknown.filter { exact[$0.id ^ CANFrames.extended] != nil }
      if flipped.count == unknown.count { hints.append("all ids without a message match when bit 31 is ignored") }
      let all = Set(messages.filter(\.message.isExtended).map { Self.group($0.message.id) })
      let matched = unknown.filter { $0.id & CANFrames.extended != 0 && all.contains(Self.group($0.id)) }
      if matched.count == unknown.count, flipped.isEmpty {
        hints.append("all ids without a message match by parameter group: is this bus J1939?")
      }
      if report.decoded == 0 { hints.append("no id matches any message of \(sources.joined(separator: ", "))") }
    }
    let short = report.messages.reduce(0) { $0 + $1.short }
    if short * 2 > report.decoded {
      hints.append("\(short) of \(report.decoded) frames are shorter than their message")
    }
    return hints
  }

  /// How many of the frames that have no message so far have one in another bus's databases.
  package func unknownFrames(knownTo other: CANDecoder) -> Int {
    ids.all.reduce(0) { $0 + ($1.message == nil && other.message(of: $1.id) != nil ? $1.frames : 0) }
  }
}

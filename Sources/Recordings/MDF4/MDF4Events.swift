import Core

/// The events of a file as one more channel, `events`, behind those of its groups.
///
/// | column | |
/// |---|---|
/// | `name`, `type`, `cause`, `comment` | `marker`, `start trigger`, …; `user`, `tool`, … |
/// | `value`, `sync` | where it happened: a `time` in seconds, an `angle`, a `distance`, an `index` |
/// | `range` | `point`; a range is two events, `begin` and `end` |
/// | `number`, `begins_at`, `parent` | the event's number in the file, and those of two others |
/// | `scopes` | names of the groups and channels that it is about; none for all |
///
/// By time, where all have one; else in the file's order and without times.
struct MDF4Events: Sendable {
  let channel: Channel
  private let events: [MDF4Event]
  private let times: [Int64]
  private let batch: Batch
  private let container: Int64

  private static let schema = Schema([
    Field("name", .string), Field("type", .string), Field("cause", .string), Field("comment", .string),
    Field("value", .float64), Field("sync", .string), Field("range", .string), Field("number", .uint32),
    Field("begins_at", .uint32, isNullable: true), Field("parent", .uint32, isNullable: true),
    Field("scopes", .list(.string)),
  ])

  /// Nil where there are none.
  init?(_ found: [MDF4Event], _ index: MDF4Index) {
    guard !found.isEmpty else { return nil }
    let start = index.header.start
    let known = found.map { $0.time(start: start)?.nanoseconds }
    let hasTimes = known.allSatisfy { $0 != nil }
    let times = known.map { $0 ?? start.nanoseconds }
    // Equal times stay in the file's order.
    let order = hasTimes ? found.indices.sorted { (times[$0], $0) < (times[$1], $1) } : Array(found.indices)
    let events = order.map { found[$0] }
    self.events = events
    self.times = order.map { times[$0] }
    container = Int64(index.header.events)

    var channel = Channel(name: "events", type: "Event", kind: .structured, schema: Self.schema)
    channel.messages = events.count
    channel.hasTimes = hasTimes
    if let first = self.times.first, let last = self.times.last, hasTimes {
      channel.range = TimeRange(start: Timestamp(nanoseconds: first), end: Timestamp(nanoseconds: last))
    } else {
      channel.facts["time"] = "none"
    }
    self.channel = channel

    var numbers: [Int: UInt32] = [:], names: [Int: String] = [:]
    for (number, event) in found.enumerated() { numbers[event.address] = UInt32(number) }
    for group in index.groups {
      names[group.address] = group.name
      for channel in group.channels { names[channel.address] = "\(group.name)/\(channel.name)" }
    }
    func text(_ value: (MDF4Event) -> String) -> Column { Column(.text(Texts(events.map(value)))) }
    func reference(_ address: (MDF4Event) -> Int) -> Column {
      let wanted = events.map { numbers[address($0)] }
      return Column(.uint32(wanted.map { $0 ?? 0 }), validity: wanted.map { $0 != nil })
    }
    let scopes = events.map { event in event.scopes.compactMap { names[$0] } }
    var offsets = [0]
    for own in scopes { offsets.append(offsets[offsets.count - 1] + own.count) }
    batch = Batch(
      schema: Self.schema,
      columns: [
        text(\.name), text(\.typeName), text(\.causeName), text(\.comment.text),
        Column(.float64(events.map(\.value))), text(\.syncName), text(\.rangeName),
        Column(.uint32(events.map { numbers[$0.address] ?? 0 })), reference(\.begin), reference(\.parent),
        Column(.list(offsets: offsets, element: Column(.text(Texts(scopes.joined()))))),
      ], count: events.count)
  }

  /// As one batch of the channel with a number; nil where the selection wants none of them.
  func batch(_ selection: Selection, channel number: Int) -> ChannelBatch? {
    var batch = batch
    switch selection.form {
    case .decoded: break
    case .times: batch = Batch(schema: Schema([]), columns: [], count: events.count)
    case .raw:
      var bodies = Texts()
      for event in events { bodies.append(event.body) }
      batch = Batch(schema: Schema([Field("data", .bytes)]), columns: [Column(.text(bodies))], count: events.count)
    }
    var wanted = Array(times.indices)
    if let range = selection.range, channel.hasTimes {
      wanted = wanted.filter { range.start.nanoseconds <= times[$0] && times[$0] <= range.end.nanoseconds }
    }
    guard !wanted.isEmpty else { return nil }
    return ChannelBatch(
      channel: number, log: wanted.map { times[$0] }, container: container,
      positions: wanted.map { Int64(events[$0].address) },
      batch: wanted.count < times.count ? batch.rows(wanted) : batch)
  }
}

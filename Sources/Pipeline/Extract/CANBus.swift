import Artifacts
import Core
import Recordings

/// One bus on its way from frames to tables: its decoder, and a table a message that was met.
final class CANBus {
  let name: String
  /// It has databases.
  let isDecoded: Bool
  private let isLong: Bool
  private(set) var decoder: CANDecoder
  private let digests: [String: String]
  private let plan: StreamPlan
  private let channel: Channel
  private let thinner: Thinner
  private var messages: [Int: (writer: TableWriter, thinner: Thinner)] = [:]
  private var long: TableWriter?
  /// Frames that several channels carry, and where their tables go.
  private var held: (sorter: CANSorter, place: CANPlace)?
  /// Names that tables have, in small letters.
  private var names: Set<String> = []

  init(_ names: [String], _ plan: StreamPlan, _ channel: Channel, _ thinner: Thinner, isLong: Bool) {
    name = names[0]
    let databases = plan.settings.can.databases(for: names)
    isDecoded = !databases.isEmpty
    digests = Dictionary(databases.map { ($0.name, $0.sha256) }) { first, _ in first }
    var options = plan.settings.can.options(for: names)
    options.keepsRaw = isLong
    decoder = CANDecoder(databases.map { CANDecoder.Source(name: $0.name, database: $0.content) }, options)
    self.isLong = isLong
    self.plan = plan
    self.channel = channel
    self.thinner = thinner
  }

  func hasDatabase(_ sha256: String) -> Bool { digests.values.contains(sha256) }

  var tables: [TableWriter] { (long.map { [$0] } ?? []) + messages.values.map(\.writer) }
  var tableCount: Int { messages.count + (long == nil ? 0 : 1) }
  var buffered: Int { tables.reduce(held?.sorter.buffered ?? 0) { $0 + $1.buffered } }

  /// Has what is largest give up memory.
  func flush() throws {
    let table = tables.max { $0.buffered < $1.buffered }
    if let held, held.sorter.buffered > table?.buffered ?? 0 { return try held.sorter.flush() }
    try table?.flush()
  }

  /// Keeps frames until those of all channels are there, since they are written by time; `order` is the channel's.
  func hold(
    _ rows: StreamRows, _ frames: CANFrames, _ numbers: [Int], order: Int, _ place: CANPlace, in folder: Folder
  ) throws {
    let sorter = held?.sorter ?? CANSorter(folder, "." + name.safeFileName + ".unsorted")
    held = (sorter, place)
    try sorter.add(rows, frames, numbers, order: order)
  }

  private func release() throws {
    guard let (sorter, place) = held else { return }
    try sorter.merge { rows, frames in
      try write(rows, frames, place)
      if buffered > CANSorter.most { try flush() }
    }
    held = nil
  }

  func write(_ rows: StreamRows, _ frames: CANFrames, _ place: CANPlace) throws {
    var bare = rows
    bare.messages.batch = Batch(schema: Schema([]), columns: [], count: rows.count)
    let parts = decoder.decode(frames, times: rows.times)
    for part in parts where !isLong {
      var (writer, thinner) = try messages[part.message] ?? (table(of: decoder.messages[part.message], place), thinner)
      var some = bare.rows(part.rows)
      some.messages.batch = part.batch
      let kept = thinner.keep(some.times)
      if !kept.isEmpty { try writer.write(some.rows(kept)) }
      messages[part.message] = (writer, thinner)
    }
    guard isLong, !parts.isEmpty else { return }
    let table = try long ?? place.long(name, plan.settings.table)
    long = table
    let (numbers, values) = CANLongTable.values(parts, decoder.messages)
    var some = bare.rows(numbers)
    some.messages.batch = values
    try table.write(some)
  }

  private func table(of message: CANMessagePlan, _ place: CANPlace) throws -> TableWriter {
    var table = message.message.name
    if !names.insert(table.lowercased()).inserted {
      table += "~\(message.message.idText)"
      names.insert(table.lowercased())
    }
    let metadata = [
      ("avtools.channel", channel.name), ("avtools.type", channel.type), ("avtools.can.bus", name),
      ("avtools.can.message", message.message.name), ("avtools.can.id", message.message.idText),
      ("avtools.can.database", message.database),
      ("avtools.can.database_sha256", digests[message.database] ?? ""),
      ("avtools.can.signals", message.message.signalsText),
    ]
    return try place.message(name, table, message.schema, metadata, plan.settings.table, channel)
  }

  func finish(_ outcome: inout StreamOutcome) throws {
    try release()
    let order = messages.sorted {
      let (one, other) = (decoder.messages[$0.key].message, decoder.messages[$1.key].message)
      return (one.isExtended ? 1 : 0, one.id) < (other.isExtended ? 1 : 0, other.id)
    }
    for (_, table) in order {
      outcome.add(try table.writer.finish())
      outcome.dropped.merge(table.thinner.dropped, uniquingKeysWith: +)
    }
    if let long { outcome.add(try long.finish()) }
  }
}

extension DBC.Message {
  /// What the database says of its signals, as JSON by name.
  fileprivate var signalsText: String {
    var object = JSONObject()
    for signal in signals {
      var facts: JSONObject = ["factor": .number(signal.factor.double), "offset": .number(signal.offset.double)]
      if signal.minimum < signal.maximum { facts["range"] = [.number(signal.minimum), .number(signal.maximum)] }
      facts["unit"] = signal.unit.isEmpty ? nil : .string(signal.unit)
      facts["comment"] = signal.comment.map { .string($0) }
      object[signal.name] = .object(facts)
    }
    return JSON.object(object).text
  }
}
